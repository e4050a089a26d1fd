"""What one instance knows of one subscription: its counters as last seen, what it holds, what it has still to tell."""

from collections.abc import Mapping
from typing import NamedTuple

from tiergate.domain.counters import Debit, count
from tiergate.domain.leases import Lease
from tiergate.domain.limits import Limits, window_number

MOST_TOLD = 100
"""Counts that one write adds to at most, as DynamoDB's expressions are bounded; the next one has the rest."""

Uses = dict[tuple[str, int], int]
"""Units by API version, and calls by refusal, each with its hour."""


class Refused(NamedTuple):
    """What will be refused until a moment: calls of so many units or more."""

    until: int
    units: int
    violated: tuple[str, ...]


class Account:
    """``item``: the counters as last seen. ``tidied``: the hour in which what ended was removed from them.

    ``used``: what was not written yet. ``doubtful``: a write is in doubt, so that the next one tells nothing of it.
    ``failed``: the call at hand met a failure; ``took``: microseconds that it waited for the store. ``written``: when
    the last batch was. ``crowded``: above 0 where others are expected at the bucket.
    """

    __slots__ = (
        "_free",
        "_free_hour",
        "crowded",
        "doubtful",
        "failed",
        "item",
        "lease",
        "limits",
        "refused",
        "tidied",
        "took",
        "used",
        "written",
    )

    def __init__(self, limits: Limits) -> None:
        self.item: Mapping[str, int] = {}
        self.used: Uses = {}
        self.written: int | None = None
        self.failed = self.doubtful = False
        self.took = 0
        self.crowded = 0
        self._free = self._free_hour = 0
        self.adopt(limits)

    def adopt(self, limits: Limits) -> None:
        """Go by these limits from now on; what is held or refused under others is void."""
        self.limits = limits
        self.lease = Lease()
        self.refused: Refused | None = None
        self.tidied = 0

    def learn(self, debit: Debit, before: Mapping[str, int], *, granted: bool) -> None:
        """Whether a bucket that should have been idle by now was: two surprises in a row and others are expected."""
        bucket = debit.bucket
        if bucket is not None and before.get(bucket.attribute, -1) < bucket.now:
            busy = bucket.busy if granted else self.item.get(bucket.attribute, -1) >= bucket.now
            self.crowded = min(self.crowded + 1, 2) if busy else max(self.crowded - 1, -1)

    def count(self, name: str, now: int, number: int) -> None:
        if name:
            key = (name, window_number("hour", now))
            self.used[key] = self.used.get(key, 0) + number

    def to_tell(self) -> Uses:
        """What the next write says of the time before it."""
        if self.doubtful or not self.used:
            return {}
        return dict(list(self.used.items())[:MOST_TOLD])

    def told(self, uses: Uses) -> None:
        """It was said, or may have been, and is not to be said twice."""
        for key in uses:
            del self.used[key]

    def passes_unchecked(self, units: int, most: int, now: int) -> bool:
        """Whether a call may pass while limits cannot be checked: at most so many units in a clock hour."""
        hour = window_number("hour", now)
        if hour != self._free_hour:
            self._free, self._free_hour = most, hour
        if units > self._free:
            return False
        self._free -= units
        return True


def counts_of(uses: Uses, hour: int, api: str, units: int) -> dict[str, int]:
    """What a write of this hour adds to the counts: its own units, and uses before it.

    It can add to its own hour and to the one before.
    """
    counts = {count(api, hour): units} if api else {}
    for (name, when), number in uses.items():
        attribute = count(name, min(max(when, hour - 1), hour))
        counts[attribute] = counts.get(attribute, 0) + number
    return counts
