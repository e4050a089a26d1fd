"""A counter store in memory, with the conditions of the real one."""

from collections.abc import Callable, Mapping

from tiergate.domain.counters import EXPIRES, NEWEST_HOUR, BucketDebit, Debit, Reply
from tiergate.domain.store import StoreUnavailable


class FakeCounters:
    """Items are replaced, never changed. ``took``: what its replies say of their time.

    ``fault``, when set, is asked at each call and says what goes wrong: ``""`` nothing; ``"throttled"`` refused, and
    the store says so; ``"before"`` lost on the way; ``"after"`` applied, the reply is lost; ``"late"`` the same, but
    applied only after the next call; ``"twice"`` applied two times, as a client that repeats would, and answered as the
    second.
    """

    def __init__(self) -> None:
        self.items: dict[str, Mapping[str, int]] = {}
        self.calls = 0
        self.took = 0
        self.fault: Callable[[], str] | None = None
        self._late: Debit | None = None

    def debit(self, debit: Debit) -> Reply:
        self.calls += 1
        late, self._late = self._late, None
        try:
            return self._faulty(debit, self.fault()) if self.fault else self._apply(debit)
        finally:
            if late is not None:
                self._apply(late)

    def _faulty(self, debit: Debit, fault: str) -> Reply:
        if fault == "throttled":
            raise StoreUnavailable("throttled", untouched=True)
        if fault == "late":
            self._late = debit
        if fault in ("after", "twice"):
            self._apply(debit)
        if fault in ("before", "after", "late"):
            raise StoreUnavailable("slow", "no answer")
        return self._apply(debit)

    def _apply(self, debit: Debit) -> Reply:
        old = self.items.get(debit.subscription, {})
        if not _holds(debit, old):
            return Reply(False, old, self.took)
        item = self.items[debit.subscription] = _after(debit, old)
        return Reply(True, item, self.took)


def _holds(debit: Debit, item: Mapping[str, int]) -> bool:
    if item.get(NEWEST_HOUR, debit.hour) > debit.hour:
        return False
    for attribute, most in debit.windows:
        if item.get(attribute, most) > most:
            return False
    for name in debit.idle:
        if name in item and item[name] >= debit.idle_before:
            return False
    ahead = debit.ahead
    if ahead is not None:
        if item.get(ahead.attribute, ahead.most) > ahead.most:
            return False
        for name in ahead.absent:
            if name in item:
                return False
    return debit.bucket is None or _takes(debit.bucket, item.get(debit.bucket.attribute))


def _takes(bucket: BucketDebit, time: int | None) -> bool:
    if bucket.busy:
        return time is not None and bucket.now <= time <= bucket.ceiling
    return time is None or time < bucket.now


def _after(debit: Debit, old: Mapping[str, int]) -> dict[str, int]:
    item = dict(old)
    for name in (*debit.drop, *debit.idle):
        item.pop(name, None)
    item[NEWEST_HOUR] = debit.hour
    for attribute, _ in debit.windows:
        item[attribute] = item.get(attribute, 0) + debit.units
    for attribute, number in debit.counts.items():
        item[attribute] = item.get(attribute, 0) + number
    if debit.expires:
        item[EXPIRES] = debit.expires
    bucket, ahead = debit.bucket, debit.ahead
    if bucket is not None:
        item[bucket.attribute] = (item[bucket.attribute] if bucket.busy else bucket.now) + bucket.step
    if ahead is not None:
        item[ahead.attribute] = item.get(ahead.attribute, 0) + ahead.units
    return item
