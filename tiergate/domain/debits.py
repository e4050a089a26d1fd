"""One conditional write for a call: how it is made, what it removes, and which limits a refused one ran into."""

from collections.abc import Collection, Mapping

from tiergate.domain.counters import (
    AHEAD,
    MOST_SKEW,
    NEWEST_HOUR,
    NOBODYS,
    PREFIX,
    BucketDebit,
    Debit,
    WindowDebit,
    bucket,
    counter,
    is_bucket,
)
from tiergate.domain.leases import Lot, over
from tiergate.domain.limits import LARGEST, SECOND, Limits, window_number, window_start
from tiergate.domain.store import StoreUnavailable

MOST_IDLE = 4
"""Buckets of other rates that one write removes at most; the next one has the rest."""

KEPT = 24 * 3600
"""Seconds for which what is counted for no organization is kept when it no longer counts."""

MOST_ENDED = 60
"""Attributes that ended and that one write removes at most."""

WINDOW_OF = {prefix: window for window, prefix in PREFIX.items()}


def whole(limits: Limits, names: Collection[str], now: int) -> int:
    """How long until the named limits are whole again: as good an answer as any to a call they can never admit."""
    waits = [
        window_start(quota.window, window_number(quota.window, now) + 1) - now
        for quota in limits.quotas
        if quota.window in names
    ]
    return max(waits, default=SECOND)


def adopted(item: Mapping[str, int], now: int) -> int:
    """The time to take windows from: now, or the start of the newest hour the store has seen."""
    newest = window_start("hour", item.get(NEWEST_HOUR, 0))
    if newest - now > MOST_SKEW:
        raise StoreUnavailable("skew", "the store's newest hour is ahead of this clock", untouched=True)
    return max(now, newest)


def debit_of(
    subscription: str, limits: Limits, lot: Lot, now: int, at: int, item: Mapping[str, int], *, crowded: bool = False
) -> Debit:
    """The write that takes a lot at ``now``, from windows of ``at``; ``item`` is the last seen of the counters.

    ``crowded``: a bucket that was last seen idle by now is taken for busy, as others have been there meanwhile.
    """
    windows: tuple[WindowDebit, ...] = ()
    if lot.debit:
        windows = tuple(
            WindowDebit(
                counter(quota.window, window_number(quota.window, at)),
                (LARGEST if limits.metered else quota.limit) - lot.debit,
            )
            for quota in limits.quotas
        )
    taken, rate = None, limits.rate
    if rate is not None and not limits.metered:
        name, step = bucket(rate), lot.units * rate.interval
        taken = BucketDebit(name, now, step, now + rate.reach - step, busy=crowded or item.get(name, -1) >= now)
    expires = _expires(limits, now, at) if subscription.startswith(NOBODYS) else 0
    return Debit(subscription, lot.debit, window_number("hour", at), windows, taken, ahead=lot.ahead, expires=expires)


def tidying(debit: Debit, item: Mapping[str, int], now: int, *, idle: bool) -> Debit:
    """The debit, removing what ended, and (``idle``) buckets of other rates that nobody's clock can take for busy.

    An absent bucket is an idle one, so removing it changes no decision. Another instance may fill it meanwhile, under a
    record that is up to a minute old; the condition then holds the whole debit back.
    """
    before = now - MOST_SKEW
    ended = sorted(name for name in item if _ended(name, debit.hour, now))
    other = sorted(name for name in others(item, debit) if item[name] < before) if idle else []
    return debit._replace(drop=tuple(ended[:MOST_ENDED]), idle=tuple(other[:MOST_IDLE]), idle_before=before)


def others(item: Mapping[str, int], debit: Debit) -> list[str]:
    """The buckets of other rates."""
    own = debit.bucket.attribute if debit.bucket else ""
    return [name for name in item if is_bucket(name) and name != own]


def _expires(limits: Limits, now: int, at: int) -> int:
    """When nothing that a write leaves counts any more, neither a window nor the bucket, and a while has passed."""
    ends = [window_start(quota.window, window_number(quota.window, at) + 1) for quota in limits.quotas]
    idle = now + (limits.rate.reach if limits.rate else 0)
    return max([idle, *ends]) // SECOND + KEPT


def _ended(name: str, hour: int, now: int) -> bool:
    """Whether an attribute counts what is over, so that no write adds to it any more."""
    _, at, counted = name.partition("@")
    if at:
        return counted.isdecimal() and int(counted) < hour - 1
    if name[0] == AHEAD:
        return over(name, now)
    window = WINDOW_OF.get(name[0])
    if window is None or not name[1:].isdecimal():
        return False
    return int(name[1:]) < window_number(window, max(now, window_start("hour", hour)))


def waits_of(limits: Limits, units: int, held: int, now: int, item: Mapping[str, int]) -> dict[str, int]:
    """The limits that stand in the way of a call, and how long each does; ``held`` units are debited already."""
    at, waits = adopted(item, now), dict[str, int]()
    for quota in limits.quotas:
        number = window_number(quota.window, at)
        if item.get(counter(quota.window, number), 0) + max(0, units - held) > quota.limit:
            waits[quota.window] = window_start(quota.window, number + 1) - now
    if limits.rate is not None:
        late = item.get(bucket(limits.rate), -1) - (now + limits.rate.reach - units * limits.rate.interval)
        if late > 0:
            waits["burst"] = late
    return waits
