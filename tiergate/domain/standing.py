"""How much of each quota is used, and how much when."""

import calendar
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tiergate.domain.counters import counter
from tiergate.domain.limits import Limits, window_number, window_start
from tiergate.domain.moments import utc


class Standing(NamedTuple):
    """The window that ``start`` begins, ``end`` being the next one's start, in microseconds; ``used`` units of it."""

    window: str
    limit: int
    used: int
    start: int
    end: int


def standings(limits: Limits, item: Mapping[str, int], now: int) -> Iterator[Standing]:
    """The current window of each quota, also where calls are only counted. ``item``: the subscription's counters."""
    for quota in limits.quotas:
        number = window_number(quota.window, now)
        yield Standing(
            quota.window,
            quota.limit,
            item.get(counter(quota.window, number), 0),
            window_start(quota.window, number),
            window_start(quota.window, number + 1),
        )


def is_day(period: str) -> bool:
    """Whether a period is a day (2026-11-23) and not a month (2026-11)."""
    return len(period) == len("2026-11-23")


def points(period: str, used: Mapping[int, int], now: int) -> dict[str, int]:
    """How many in each hour of a day (``2026-11-23T13:00:00Z``), or on each day of a month (``2026-11-23``), that has
    begun, in order; also where there were none. ``used`` by the number of the hour or day."""
    clock = utc(now)
    if is_day(period):
        first, last, form = 0, 23, "{}T{:02}:00:00Z"
    else:
        first, last, form = 1, calendar.monthrange(int(period[:4]), int(period[5:]))[1], "{}-{:02}"
    if clock.startswith(period):
        last = max(int(clock[len(period) + 1 :][:2]), *used, first)
    return {form.format(period, each): used.get(each, 0) for each in range(first, last + 1)}
