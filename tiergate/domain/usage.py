"""What was actually used, in records of days and months.

The counts of a counter item (``domain/counters.py``) only grow while they are there. So a record takes the greatest
number seen of each: in any order, however often, and however late.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import chain
from typing import NamedTuple

from tiergate.domain.counters import counter, counts
from tiergate.domain.limits import SECOND, WINDOWS, window_number, window_start

Counts = Mapping[str, Mapping[int, int]]
"""How many by name and by hour or day."""

KEPT_MONTHS = 13
"""Whole months for which a record is kept after its own."""

HOUR = 3600 * SECOND
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Record:
    """What a subscription used in a ``period`` of UTC: a day (2026-11-23) by hour, or a month (2026-11) by day.

    ``units`` are those admitted, by API version; ``refusals`` calls, by reason. Hours are 0 to 23, days 1 to 31; those
    without any are left out. Whose subscription it is, its product and plan are as last seen, empty where never known.
    """

    period: str
    units: Counts
    refusals: Counts
    organization: str = ""
    application: str = ""
    product: str = ""
    plan: str = ""

    @property
    def total(self) -> int:
        """All units admitted."""
        return sum(by_name(self.units).values())

    @property
    def refused(self) -> int:
        """All calls refused."""
        return sum(by_name(self.refusals).values())


class Image(NamedTuple):
    """A counter item as a write at ``at`` left it, and as the write found it; ``hour``: the newest it has seen."""

    subscription: str
    at: int
    hour: int
    item: Mapping[str, int]
    before: Mapping[str, int] = {}


class Use(NamedTuple):
    """What images of one counter item show together; ``at`` is the time of the newest.

    ``counts`` by name and hour. ``windows`` by window and number: units debited, only of those that had not ended when
    they were written.
    """

    at: int
    counts: Mapping[tuple[str, int], int]
    windows: Mapping[tuple[str, int], int]


def by_name(numbers: Counts) -> dict[str, int]:
    """The sum of each API version's units, or of each reason's refusals."""
    return {name: sum(each.values()) for name, each in numbers.items()}


def by_time(numbers: Counts) -> dict[int, int]:
    """The sum of each hour or day, in their order."""
    sums = Counter[int]()
    for each in numbers.values():
        sums.update(each)
    return dict(sorted(sums.items()))


def fold(images: Iterable[Image]) -> Use:
    """The greatest of each number. What a write removed is in the image before it."""
    at = 0
    most: dict[tuple[str, int], int] = {}
    windows: dict[tuple[str, int], int] = {}
    for image in images:
        at = max(at, image.at)
        for name, hour, number in chain(counts(image.before), counts(image.item)):
            most[name, hour] = max(number, most.get((name, hour), 0))
        for window in WINDOWS:
            current = window, window_number(window, image.hour * HOUR)
            used = image.item.get(counter(*current), 0)
            windows[current] = max(used, windows.get(current, 0))
    return Use(at, most, windows)


def days(use: Use) -> Iterator[Record]:
    """A record of each day that was seen, in order; nobody's yet."""
    units: dict[int, dict[str, dict[int, int]]] = {}
    refusals: dict[int, dict[str, dict[int, int]]] = {}
    for (name, hour), number in use.counts.items():
        day, hour_of_day = divmod(hour, 24)
        kind = units if "/" in name else refusals
        kind.setdefault(day, {}).setdefault(name, {})[hour_of_day] = number
    written = {number for window, number in use.windows if window == "day"}
    for day in sorted({*units, *refusals, *written}):
        yield Record(period_of("day", day), units.get(day, {}), refusals.get(day, {}))


def month_of(day: Record) -> Record:
    """A day's share of its month's record."""
    number = int(day.period[8:])
    units, refusals = (
        {name: {number: total} for name, total in by_name(each).items()} for each in (day.units, day.refusals)
    )
    return replace(day, period=day.period[:7], units=units, refusals=refusals)


def merged(known: Record, seen: Record) -> Record:
    """The greater of each number; whose it is as in ``seen``, unless that does not know."""
    owner = seen if seen.organization else known
    return replace(
        owner,
        period=known.period,
        units=_greater(known.units, seen.units),
        refusals=_greater(known.refusals, seen.refusals),
    )


def period_of(window: str, number: int) -> str:
    """The record that a window lies in: a day's for an hour and a day, a month's for a month."""
    if window == "month":
        year, month = divmod(number, 12)
        return f"{year:04}-{month + 1:02}"
    return (EPOCH + timedelta(days=window_start(window, number) // (24 * HOUR))).isoformat()


def expires(period: str) -> int:
    """When a record is no longer kept, in microseconds."""
    year, month = int(period[:4]), int(period[5:7])
    return window_start("month", year * 12 + month + KEPT_MONTHS)


def _greater(known: Counts, seen: Counts) -> Counts:
    return {
        name: {
            time: max(known.get(name, {}).get(time, 0), seen.get(name, {}).get(time, 0))
            for time in sorted({*known.get(name, {}), *seen.get(name, {})})
        }
        for name in sorted({*known, *seen})
    }
