"""What a debit means for a counter item: what DynamoDB decides where calls are admitted, for items held in memory."""

from collections.abc import Mapping

from tiergate.domain.counters import EXPIRES, NEWEST_HOUR, BucketDebit, Debit


def holds(debit: Debit, item: Mapping[str, int]) -> bool:
    """Whether all conditions of a debit hold for an item: the meaning of the store's own."""
    if item.get(NEWEST_HOUR, debit.hour) > debit.hour:
        return False
    for attribute, most in debit.windows:
        if item.get(attribute, most) > most:
            return False
    for name in debit.idle:
        if name in item and item[name] >= debit.idle_before:
            return False
    ahead, bucket = debit.ahead, debit.bucket
    if ahead is not None and (
        item.get(ahead.attribute, ahead.most) > ahead.most or any(name in item for name in ahead.absent)
    ):
        return False
    return bucket is None or _moves(bucket, item.get(bucket.attribute))


def applied(debit: Debit, item: Mapping[str, int]) -> dict[str, int]:
    """The item after a debit whose conditions hold."""
    after = dict(item)
    for name in (*debit.drop, *debit.idle):
        after.pop(name, None)
    after[NEWEST_HOUR] = debit.hour
    for attribute, _ in debit.windows:
        after[attribute] = after.get(attribute, 0) + debit.units
    for attribute, number in debit.counts.items():
        after[attribute] = after.get(attribute, 0) + number
    if debit.expires:
        after[EXPIRES] = debit.expires
    ahead, bucket = debit.ahead, debit.bucket
    if bucket is not None:
        after[bucket.attribute] = (after[bucket.attribute] if bucket.busy else bucket.now) + bucket.step
    if ahead is not None:
        after[ahead.attribute] = after.get(ahead.attribute, 0) + ahead.units
    return after


def _moves(bucket: BucketDebit, time: int | None) -> bool:
    """Whether the bucket may move on from there; None where there is none."""
    if bucket.busy:
        return time is not None and bucket.now <= time <= bucket.ceiling
    return time is None or time < bucket.now
