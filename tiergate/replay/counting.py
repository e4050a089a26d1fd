"""What subscriptions used in the course of a log, under the domain's own limits: one write a call, never in doubt."""

from collections.abc import Mapping

from tiergate.domain.admission import Verdict
from tiergate.domain.counters import NEWEST_HOUR, Debit
from tiergate.domain.debits import debit_of, tidying, waits_of
from tiergate.domain.leases import Lot
from tiergate.domain.limits import EXACT, SECOND, Limits, Rate, too_small

MOST_BACK = 900 * SECOND
"""How far a line's time may lie behind the one before: lines come in the order of the calls' ends, by several ways."""


class OutOfOrder(Exception):
    """A call lies too far behind those that were counted before it."""


class Usage:
    """Counter items by the name of what is counted, as the usage table has them."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, int]] = {}
        self._latest: dict[str, int] = {}

    def take(self, name: str, limits: Limits, units: int, now: int, *, anyway: bool = False) -> str:
        """Take units from every limit at once: the refusal where one stands in the way, or nothing.

        A time that goes back a little is taken for the latest. ``anyway``: they are taken though they are refused.

        Raises
        ------
        OutOfOrder
            It goes back further than ``MOST_BACK``.
        """
        latest = self._latest.get(name, 0)
        if now < latest:
            if latest - now > MOST_BACK:
                raise OutOfOrder(name)
            now = latest
        self._latest[name] = now
        item = self._items.get(name)
        if item is None:
            item = self._items[name] = {}
        debit = debit_of(name, limits, Lot.of(units), now, now, item)
        refused = "" if _holds(debit, item) else _reason(limits, units, now, item)
        if not refused or anyway:
            if item.get(NEWEST_HOUR) != debit.hour:
                debit = tidying(debit, item, now, idle=True)
            _apply(debit, item)
        return refused


def whole(limits: Limits) -> Limits:
    """Limits as they are stated: what instances hold ahead of calls is not in a log."""
    rate = limits.rate
    if rate is None or not rate.ahead:
        return limits
    return limits._replace(rate=Rate(rate.per_second, rate.burst), mode=EXACT)


def _reason(limits: Limits, units: int, now: int, item: Mapping[str, int]) -> str:
    violated = too_small(limits, units) or tuple(waits_of(limits, units, 0, now, item))
    return Verdict(False, item, violated).reason


def _holds(debit: Debit, item: Mapping[str, int]) -> bool:
    """As the table would, but that units of which no limit ever has so many are refused too."""
    for attribute, most in debit.windows:
        if item.get(attribute, 0) > most:
            return False
    taken = debit.bucket
    return taken is None or (item[taken.attribute] if taken.busy else taken.now) <= taken.ceiling


def _apply(debit: Debit, item: dict[str, int]) -> None:
    for name in (*debit.drop, *debit.idle):
        item.pop(name, None)
    item[NEWEST_HOUR] = debit.hour
    for attribute, _ in debit.windows:
        item[attribute] = item.get(attribute, 0) + debit.units
    taken = debit.bucket
    if taken is not None:
        item[taken.attribute] = (item[taken.attribute] if taken.busy else taken.now) + taken.step
