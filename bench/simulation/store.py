"""Counter items in memory, under the conditions of the real write; fast, for ten million calls."""

from collections.abc import Mapping

from tiergate.domain.counters import NEWEST_HOUR, Debit, Reply


class Counters:
    """``totals``: the last value of every attribute that counts, also of those removed since."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, int]] = {}
        self.totals: dict[str, int] = {}

    def debit(self, debit: Debit) -> Reply:
        """Apply a debit if its conditions hold."""
        old = self.items.get(debit.subscription, {})
        if not holds(debit, old):
            return Reply(False, old)
        item, counted = dict(old), self.totals
        for name in (*debit.drop, *debit.idle):
            item.pop(name, None)
        item[NEWEST_HOUR] = debit.hour
        for window in debit.windows:
            item[window.attribute] = counted[window.attribute] = item.get(window.attribute, 0) + debit.units
        bucket = debit.bucket
        if bucket is not None:
            item[bucket.attribute] = (item[bucket.attribute] if bucket.busy else bucket.now) + bucket.step
        ahead = debit.ahead
        if ahead is not None:
            item[ahead.attribute] = item.get(ahead.attribute, 0) + ahead.units
        for name, number in debit.counts.items():
            item[name] = counted[name] = item.get(name, 0) + number
        self.items[debit.subscription] = item
        return Reply(True, item)


def holds(debit: Debit, item: Mapping[str, int]) -> bool:
    """Whether all conditions of a debit hold for an item."""
    if item.get(NEWEST_HOUR, 0) > debit.hour:
        return False
    for window in debit.windows:
        if window.attribute in item and item[window.attribute] > window.most:
            return False
    for name in debit.idle:
        if name in item and item[name] >= debit.idle_before:
            return False
    ahead = debit.ahead
    if ahead is not None:
        if ahead.attribute in item and item[ahead.attribute] > ahead.most:
            return False
        if any(name in item for name in ahead.absent):
            return False
    bucket = debit.bucket
    if bucket is None:
        return True
    time = item.get(bucket.attribute)
    if bucket.busy:
        return time is not None and bucket.now <= time <= bucket.ceiling
    return time is None or time < bucket.now
