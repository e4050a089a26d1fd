"""When the consumers of a deprecated API version are told of it: once, and again as its sunset comes near."""

from typing import NamedTuple

from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import SECOND

ANNOUNCED, REMINDER = "announced", "reminder"

REMINDERS = (30, 7, 1)
"""Days before the sunset."""

DAY = 86_400 * SECOND


class Told(NamedTuple):
    """What a subscription was told last: of which ``sunset`` (Unix seconds) and ``brownouts``, with how many days left,
    when (``at``, in microseconds), in the how-many-eth ``announcement`` or a reminder of that."""

    sunset: int
    days_left: int
    at: int
    announcement: int
    brownouts: tuple[tuple[int, int], ...] = ()


class Notice(NamedTuple):
    """What a subscription is to be told now. ``days_left``: begun days until the sunset, 0 once it has passed."""

    kind: str
    days_left: int
    announcement: int
    reminder: int = 0

    def id(self, subscription: str, api: str, sunset: str) -> str:
        """The same whenever the same is told, so that a receiver knows it again."""
        return f"{subscription}/{api}/{sunset}/{self.announcement}" + (f"/{self.reminder}" if self.reminder else "")

    def told(self, lifecycle: Lifecycle, now: int) -> Told:
        """What is kept of it."""
        return Told(lifecycle.sunset, self.days_left, now, self.announcement, lifecycle.brownouts)


def due(lifecycle: Lifecycle, told: Told | None, now: int) -> Notice | None:
    """What is to be told; nothing where it was told already. ``now`` in microseconds.

    Another sunset is announced anew, and so is a brownout to come that was not told. Of reminders that have come due
    together only the last is told, and none that was due before the announcement.
    """
    days_left = max(0, -((now - lifecycle.sunset * SECOND) // DAY))
    if told is None:
        return Notice(ANNOUNCED, days_left, 1)
    if told.sunset != lifecycle.sunset or {*lifecycle.brownouts_after(now)} - {*told.brownouts}:
        return Notice(ANNOUNCED, days_left, told.announcement + 1)
    passed = [days for days in REMINDERS if days_left <= days < told.days_left]
    return Notice(REMINDER, days_left, told.announcement, min(passed)) if days_left and passed else None
