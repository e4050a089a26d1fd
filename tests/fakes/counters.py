"""A counter store in memory, with the conditions of the real one."""

from collections.abc import Callable

from tiergate.domain.admission import Debit, Reply, StoreUnavailable


class FakeCounters:
    """``fault``, when set, is asked at each call and may say ``"before"`` or ``"after"``: the reply is lost then."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, int]] = {}
        self.calls = 0
        self.fault: Callable[[], str] | None = None

    def debit(self, debit: Debit) -> Reply:
        self.calls += 1
        fault = self.fault() if self.fault else ""
        if fault == "before":
            raise StoreUnavailable("no answer")
        item = self.items.get(debit.subscription, {})
        if not _holds(debit, item):
            return Reply(False, dict(item))
        item = {name: value for name, value in item.items() if name not in (*debit.drop, *debit.idle)}
        item["w"] = debit.hour
        for window in debit.windows:
            item[window.attribute] = item.get(window.attribute, 0) + debit.units
        bucket = debit.bucket
        if bucket is not None:
            item[bucket.attribute] = (item[bucket.attribute] if bucket.busy else bucket.now) + bucket.step
        self.items[debit.subscription] = item
        if fault == "after":
            raise StoreUnavailable("the reply was lost")
        return Reply(True, dict(item))


def _holds(debit: Debit, item: dict[str, int]) -> bool:
    if item.get("w", debit.hour) > debit.hour:
        return False
    if any(item.get(window.attribute, window.most) > window.most for window in debit.windows):
        return False
    if any(name in item and item[name] >= debit.idle_before for name in debit.idle):
        return False
    bucket = debit.bucket
    if bucket is None:
        return True
    time = item.get(bucket.attribute)
    if bucket.busy:
        return time is not None and bucket.now <= time <= bucket.ceiling
    return time is None or time < bucket.now
