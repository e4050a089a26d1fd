"""Soft thresholds: a quota's window of which four fifths, or all, are used."""

from collections.abc import Iterator
from typing import NamedTuple

from tiergate.domain.counters import counter
from tiergate.domain.limits import Limits, window_start
from tiergate.domain.usage import Use, period_of

THRESHOLDS = (80, 100)
"""Percent of a quota."""


class Reached(NamedTuple):
    """``used`` units of a window's ``limit`` are at least ``threshold`` percent of it."""

    window: str
    number: int
    threshold: int
    limit: int
    used: int

    @property
    def mark(self) -> str:
        """What the record of its ``period`` has once this was told: it is told once, whatever the limit becomes."""
        return f"{counter(self.window, self.number)}:{self.threshold}"

    @property
    def period(self) -> str:
        return period_of(self.window, self.number)

    @property
    def start(self) -> int:
        """In microseconds."""
        return window_start(self.window, self.number)

    @property
    def end(self) -> int:
        """The first moment of the next window, in microseconds."""
        return window_start(self.window, self.number + 1)


def reached(use: Use, limits: Limits) -> Iterator[Reached]:
    """What the units debited have reached, the lower threshold first; also of a quota that is not held to."""
    for quota in limits.quotas:
        for (window, number), used in sorted(use.windows.items()):
            for threshold in THRESHOLDS:
                if window == quota.window and used * 100 >= quota.limit * threshold:
                    yield Reached(window, number, threshold, quota.limit, used)
