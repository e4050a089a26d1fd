"""A counter store that only tries: debits are judged by items that somebody read, and written nowhere."""

from collections.abc import Callable, Mapping

from tiergate.domain.counters import AHEAD, NEWEST_HOUR, PREFIX, BucketDebit, Debit, Reply, counter, is_bucket
from tiergate.domain.limits import window_number

NEAR = 60_000_000
"""How far from the reading of a bucket, in microseconds, it still says something."""


class TriedCounters:
    """``items``: the counter item of what is counted, as it is taken to stand before the call."""

    def __init__(self, items: Callable[[str], Mapping[str, int]]) -> None:
        self._items = items

    def debit(self, debit: Debit) -> Reply:
        old = self._items(debit.subscription)
        return Reply(True, _after(debit, old)) if _holds(debit, old) else Reply(False, old)


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


def _holds(debit: Debit, item: Mapping[str, int]) -> bool:
    if item.get(NEWEST_HOUR, debit.hour) > debit.hour:
        return False
    if any(item.get(attribute, most) > most for attribute, most in debit.windows):
        return False
    if any(item.get(name, debit.idle_before - 1) >= debit.idle_before for name in debit.idle):
        return False
    ahead = debit.ahead
    if ahead is not None and (
        item.get(ahead.attribute, ahead.most) > ahead.most or any(name in item for name in ahead.absent)
    ):
        return False
    return debit.bucket is None or _takes(debit.bucket, item.get(debit.bucket.attribute))


def _takes(bucket: BucketDebit, time: int | None) -> bool:
    if bucket.busy:
        return time is not None and bucket.now <= time <= bucket.ceiling
    return time is None or time < bucket.now


def _after(debit: Debit, old: Mapping[str, int]) -> dict[str, int]:
    """What limits are counted by; what was used, and by whom, is no matter here."""
    item = {name: number for name, number in old.items() if name not in {*debit.drop, *debit.idle}}
    for attribute, _ in debit.windows:
        item[attribute] = item.get(attribute, 0) + debit.units
    bucket, ahead = debit.bucket, debit.ahead
    if bucket is not None:
        item[bucket.attribute] = (item[bucket.attribute] if bucket.busy else bucket.now) + bucket.step
    if ahead is not None:
        item[ahead.attribute] = item.get(ahead.attribute, 0) + ahead.units
    return item
