"""Leases: units that one instance takes ahead of calls in one write and spends from memory.

Two things are taken: units of every window, which stay good until the first window ends; and units of the bucket, which
must not pile up. A quarter of a plan's burst is set apart for them (``Rate.ahead``, O), and the bucket reaches less far
by as much. What is bought ahead in an epoch counts in that epoch's attribute, at most O/2, and expires with the epoch
after it, two clocks' difference early. So at most O are held at any time, and calls let through in any stretch of time
are at most what the bucket gave in it and what was held when it began: (B - O) + r·t + O.

Epochs come in four lengths. Short ones let a hot key take a lot several times a second; long ones suit a slow one. A
write names the counters of the other lengths as absent, so that only one is in use at a time.
"""

from collections.abc import Mapping
from typing import NamedTuple

from tiergate.domain.counters import AHEAD, AheadDebit, bucket, counter, counts
from tiergate.domain.limits import SECOND, SKEW, Limits, Rate, window_number, window_start

EPOCHS = (250_000, 700_000, 2 * SECOND, 6 * SECOND)
"""Lengths, microseconds; each attribute's class is the index of its length."""

MARGIN = 1.15
"""By so much must another length of epoch be better before the one in use is left, so that instances agree on it."""

LATE = EPOCHS[0] - 2 * SKEW
"""A write that took longer may have been granted two epochs after it was asked for, where none looked for it."""

SHARE = 50
"""One lot holds ahead at most this part of what is left in any window."""

MEMORY = 2 * SECOND
"""Over how long a pace is averaged."""

CAUTION = 0.7
"""Of what an instance would use of a lot at its pace, it asks for so much: what lapses is missing to others."""

STALE = 2 * EPOCHS[-1]
"""A pace that was last seen longer ago says nothing about now."""


class Lot(NamedTuple):
    """What one write takes for an instance: ``units`` of the bucket, ``debit`` of every window.

    ``expires``: when the units ahead are void; ``ends``: when those of the windows are.
    """

    units: int
    debit: int
    expires: int
    ends: int
    ahead: AheadDebit | None

    @classmethod
    def of(cls, units: int) -> "Lot":
        """So many and nothing ahead."""
        return cls(units, units, 0, 0, None)


class Pace:
    """How fast a growing number grows, a second, as seen now and then, and for ``least`` microseconds at least."""

    __slots__ = ("_age", "_least", "_pace", "_time", "_total")

    def __init__(self, least: int = 1) -> None:
        self._least = least
        self._pace = 0.0
        self._age = self._time = self._total = 0

    def observe(self, now: int, total: int) -> None:
        passed = now - self._time
        if total < self._total or not 0 <= passed <= STALE:
            self._age = 0
        elif passed == 0:
            return
        else:
            self._age = min(self._age + passed, MEMORY)
            self._pace += ((total - self._total) * SECOND / passed - self._pace) * min(1.0, passed / self._age)
        self._time, self._total = now, total

    def at(self, now: int) -> float | None:
        """None when it was not seen for long enough, or too long ago."""
        return self._pace if self._age >= self._least and now - self._time <= STALE else None


class Lease:
    """One instance's units of one subscription; nothing to begin with."""

    __slots__ = ("_all", "_asked", "_bought", "_ends", "_expires", "_index", "_own", "_spent", "ready", "units")

    def __init__(self) -> None:
        self.ready = 0
        """Units that calls can have without a write, until they expire."""
        self.units = 0
        """Units debited from every window and not spent; those of the bucket may have expired."""
        self._bought = self._expires = self._ends = 0
        self._asked = self._spent = self._index = 0
        self._own, self._all = Pace(), Pace(MEMORY)

    def spend(self, units: int, now: int) -> bool:
        """Take a call's units from memory. A clock that went back makes a lease void, as one that ran out does."""
        if units > self.ready or not self._bought <= now < self._expires:
            return False
        self.ready -= units
        self.units -= units
        return True

    def lot(self, limits: Limits, units: int, now: int, at: int, item: Mapping[str, int], *, spare: bool) -> Lot:
        """What to ask for a call of ``units`` at ``now``, where windows are those of ``at``.

        ``item`` is the last that was seen of the counters; ``spare=False`` asks for nothing ahead.
        """
        rate, index = limits.rate, self._class(limits, now, item)
        void = (now // EPOCHS[index] + 2) * EPOCHS[index] - 2 * SKEW
        ends = min((_end(quota.window, at) for quota in limits.quotas), default=void)
        if not self._bought <= now < self._ends == ends:
            self.units = 0  # of a window that has ended, or has for the store
        wanted = self._wanted(units, now, min(void, ends)) if spare else 0
        for quota in limits.quotas:
            left = quota.limit - item.get(counter(quota.window, window_number(quota.window, at)), 0) + self.units
            wanted = min(wanted, left // SHARE, left - units)
        ahead = None
        if rate is not None:
            wanted = min(wanted, _headroom(rate, units, now, item))
            ahead = _ahead(index, wanted, now, rate, item)
            wanted = ahead.units if ahead else 0
        asked = units + max(wanted, 0)
        debit = max(0, asked - self.units) if limits.quotas else 0
        return Lot(asked, debit, ends if rate is None else min(void, ends), ends, ahead)

    def take(self, lot: Lot, units: int, now: int, limits: Limits, item: Mapping[str, int], *, late: bool) -> None:
        """A lot was granted for a call of ``units``; ``item`` is what the write left.

        ``late``: it may have been granted in a later epoch than it was asked for, so its units ahead are void.
        """
        self._spent += max(0, self._asked - self.ready)
        self._own.observe(now, self._spent)
        self._all.observe(now, sum(number for name, _, number in counts(item) if "/" in name))
        self.units = self.units + lot.debit - units if limits.quotas else lot.units - units
        self.ready = self.units if limits.rate is None else 0 if late else lot.units - units
        self._asked, self._bought, self._expires, self._ends = lot.units, now, lot.expires, lot.ends

    def _wanted(self, units: int, now: int, until: int) -> int:
        """What this instance spends until a moment at its pace, but at most twice as much as the last time."""
        pace = self._own.at(now)
        return 0 if pace is None else min(max(2 * self._asked - units, 1), int(CAUTION * pace * (until - now) / SECOND))

    def _class(self, limits: Limits, now: int, item: Mapping[str, int]) -> int:
        """The longest epoch whose part of the burst keeps pace with all calls.

        While that is not known, the one that others use, or the shortest.
        """
        if limits.rate is None:
            return len(EPOCHS) - 1
        pace, most = self._all.at(now), limits.rate.ahead // 2
        if pace is None:
            self._index = next((index for index in range(len(EPOCHS)) if _in_use(index, now, item)), 0)
            return self._index
        needed = [pace * length / SECOND for length in EPOCHS]
        while self._index and needed[self._index] > most * MARGIN:
            self._index -= 1
        while self._index + 1 < len(EPOCHS) and needed[self._index + 1] * MARGIN < most:
            self._index += 1
        return self._index


def _end(window: str, at: int) -> int:
    """When units of a window are void: before any clock takes the next one for begun."""
    return window_start(window, window_number(window, at) + 1) - 2 * SKEW


def _headroom(rate: Rate, units: int, now: int, item: Mapping[str, int]) -> int:
    """Units that the bucket has beyond the call's own."""
    return (now + rate.reach - max(now, item.get(bucket(rate), 0))) // rate.interval - units


def _ahead(index: int, wanted: int, now: int, rate: Rate, item: Mapping[str, int]) -> AheadDebit | None:
    """As many of the wanted units as this epoch has left; none where another length of epoch is in use."""
    absent = tuple(name for other in range(len(EPOCHS)) if other != index for name in _near(other, now))
    name, most = attribute(index, now // EPOCHS[index]), rate.ahead // 2
    units = min(wanted, most - item.get(name, 0))
    if units <= 0 or any(each in item for each in absent):
        return None
    return AheadDebit(name, units, most - units, absent)


def _in_use(index: int, now: int, item: Mapping[str, int]) -> bool:
    return any(name in item for name in _near(index, now))


def _near(index: int, now: int) -> list[str]:
    """What counts the epoch of a moment, and those before and after it, as other clocks may be in."""
    return [attribute(index, now // EPOCHS[index] + near) for near in (-1, 0, 1)]


def attribute(index: int, epoch: int) -> str:
    """What counts the units bought ahead in an epoch."""
    return f"{AHEAD}{index}.{epoch}"


def over(name: str, now: int) -> bool:
    """Whether an attribute counts an epoch of which nothing can be held any more, by any clock."""
    index, _, epoch = name[1:].partition(".")
    known = index.isdecimal() and epoch.isdecimal() and int(index) < len(EPOCHS)
    return known and int(epoch) < now // EPOCHS[int(index)] - 2
