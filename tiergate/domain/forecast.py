"""Which limit is reached first if calls go on as they do."""

from collections.abc import Iterable
from typing import NamedTuple

from tiergate.domain.standing import Standing

LEAST_SHARE = 10
"""Percent of a window that has to be over before anything is said of its end."""

LEAST_USED = 20
"""Units that have to be used before that."""


class Forecast(NamedTuple):
    """``projected``: units at the window's end; ``by``: when the limit is reached, in microseconds."""

    window: str
    projected: int
    limit: int
    by: int


def forecast(standings: Iterable[Standing], now: int, *, began: int = 0) -> Forecast | None:
    """The limit that is reached first at each window's average pace so far, None where none will be.

    The pace of a month is that of its days since calls ``began`` in it (microseconds; earlier: since its start), so
    that whoever begins on the 20th is not taken for somebody who calls little. A limit that is used up already is
    nothing to forecast.
    """
    found = [each for standing in standings if (each := _of(standing, now, began))]
    return min(found, key=lambda each: each.by, default=None)


def _of(standing: Standing, now: int, began: int) -> Forecast | None:
    window, limit, used, start, end = standing
    since = max(start, began) if window == "month" else start
    over = now - since
    if not LEAST_USED <= used < limit or over * 100 < (end - since) * LEAST_SHARE or now >= end:
        return None
    projected = used * (end - since) // over
    if projected <= limit:
        return None
    return Forecast(window, projected, limit, now + (limit - used) * over // used)
