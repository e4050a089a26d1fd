"""What subscriptions used in the course of a log, under the domain's own limits: one write a call, never in doubt."""

from tiergate.domain.admission import Verdict
from tiergate.domain.counters import EXPIRES, NEWEST_HOUR
from tiergate.domain.debited import applied, holds
from tiergate.domain.debits import debit_of, tidying, waits_of
from tiergate.domain.leases import Lot
from tiergate.domain.limits import EXACT, SECOND, Limits, Rate, too_small

MOST_BACK = 900 * SECOND
"""How far a line's time may lie behind the one before: lines come in the order of the calls' ends, by several ways."""


LEAST_ROOM = 10_000
"""Items from which on it is worth a look which of them are over."""

NOTHING: tuple[int, dict[str, int]] = (0, {})


class OutOfOrder(Exception):
    """A call lies too far behind those that were counted before it."""


class Usage:
    """Counter items by the name of what is counted, as the usage table has them: as many as are in use."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, dict[str, int]]] = {}
        """With the latest time of each."""
        self._room = LEAST_ROOM

    def __len__(self) -> int:
        return len(self._known)

    def take(self, name: str, limits: Limits, units: int, now: int, *, anyway: bool = False) -> str:
        """Take units from every limit at once: the refusal where one stands in the way, or nothing.

        A time that goes back a little is taken for the latest. ``anyway``: they are taken though they are refused.

        Raises
        ------
        OutOfOrder
            It goes back further than ``MOST_BACK``.
        """
        latest, item = self._known.get(name, NOTHING)
        if now < latest:
            if latest - now > MOST_BACK:
                raise OutOfOrder(name)
            now = latest
        debit = debit_of(name, limits, Lot.of(units), now, now, item)
        never = () if limits.metered else too_small(limits, units)
        refused = ""
        if never or not holds(debit, item):
            refused = Verdict(False, item, never or tuple(waits_of(limits, units, 0, now, item))).reason
        if not refused or anyway:
            if item.get(NEWEST_HOUR) != debit.hour:
                debit = tidying(debit, item, now, idle=True)
            item = applied(debit, item)
        self._known[name] = now, item
        if len(self._known) > self._room:
            self._forget(now // SECOND)
        return refused

    def _forget(self, second: int) -> None:
        """What the table need not keep either: items of addresses that called long ago."""
        self._known = {name: kept for name, kept in self._known.items() if kept[1].get(EXPIRES, second) >= second}
        self._room = max(LEAST_ROOM, 2 * len(self._known))


def whole(limits: Limits) -> Limits:
    """Limits as they are stated: what instances hold ahead of calls is not in a log."""
    rate = limits.rate
    if rate is None or not rate.ahead:
        return limits
    return limits._replace(rate=Rate(rate.per_second, rate.burst), mode=EXACT)
