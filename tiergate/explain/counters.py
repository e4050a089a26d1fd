"""A counter store that only tries: debits are judged by items that somebody read, and written nowhere."""

from collections.abc import Callable, Mapping

from tiergate.domain.counters import AHEAD, PREFIX, Debit, Reply, counter, is_bucket
from tiergate.domain.debited import applied, holds
from tiergate.domain.limits import window_number

NEAR = 60_000_000
"""How far from the reading of a bucket, in microseconds, it still says something."""


class TriedCounters:
    """``items``: the counter item of what is counted, as it is taken to stand before the call."""

    def __init__(self, items: Callable[[str], Mapping[str, int]]) -> None:
        self._items = items

    def debit(self, debit: Debit) -> Reply:
        old = self._items(debit.subscription)
        return Reply(True, applied(debit, old)) if holds(debit, old) else Reply(False, old)


def as_of(item: Mapping[str, int], now: int, read: int) -> dict[str, int]:
    """An item that was read at ``read`` as far as it says something of ``now``: windows that hold both, and buckets
    where the two are near. When it was last written does not matter to a trial."""
    current = {counter(window, window_number(window, now)) for window in PREFIX}
    near = abs(now - read) <= NEAR
    return {
        name: number
        for name, number in item.items()
        if name in current or (near and (is_bucket(name) or name.startswith(AHEAD)))
    }
