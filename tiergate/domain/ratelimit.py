"""The ``RateLimit`` and ``RateLimit-Policy`` fields (draft-ietf-httpapi-ratelimit-headers-10)."""

from functools import lru_cache

from tiergate.domain.admission import Verdict
from tiergate.domain.counters import bucket, counter
from tiergate.domain.limits import LARGEST, SECOND, Limits, window_number, window_seconds, window_start


def policy_field(limits: Limits, now: int) -> str:
    """``"hour";q=450;w=3600, "burst";q=10;w=2``: each limit, its size and its window in seconds."""
    return _policy(limits, window_number("day", now))


@lru_cache(maxsize=1_000)
def _policy(limits: Limits, day: int) -> str:
    """No window changes its length within a day."""
    now = window_start("day", day)
    parts = [
        f'"{quota.window}";q={_integer(quota.limit)};w={window_seconds(quota.window, window_number(quota.window, now))}'
        for quota in limits.quotas
    ]
    if limits.rate is not None:
        refill = seconds(limits.rate.burst * limits.rate.interval)
        parts.append(f'"burst";q={_integer(limits.rate.burst)};w={_integer(refill)}')
    return ", ".join(parts)


def state_field(limits: Limits, verdict: Verdict, now: int) -> str:
    """``"hour";r=123;t=1790, "burst";r=9;t=1``: units left of each limit, and seconds until there are more.

    What this instance still holds of a lease is left too; what others hold, is not. A refusal shows the limits in the
    way alone, so that its ``Retry-After`` is never earlier than a ``t`` beside it, as the draft demands.
    """
    parts, item, only = [], verdict.item, verdict.violated
    for quota in limits.quotas:
        if only and quota.window not in only:
            continue
        number = window_number(quota.window, now)
        left = max(0, quota.limit - item.get(counter(quota.window, number), 0) + verdict.units)
        parts.append(f'"{quota.window}";r={_integer(left)};t={seconds(window_start(quota.window, number + 1) - now)}')
    if limits.rate is not None and (not only or "burst" in only):
        ahead = max(0, item.get(bucket(limits.rate), 0) - now)
        left = max(0, (limits.rate.reach - ahead) // limits.rate.interval)
        more = max(0, ahead - (limits.rate.reach - (left + 1) * limits.rate.interval))
        parts.append(f'"burst";r={_integer(left + verdict.ready)};t={_integer(seconds(more if ahead else 0))}')
    return ", ".join(parts)


def _integer(number: int) -> int:
    """As much of a number as a structured field can hold."""
    return min(number, LARGEST)


def seconds(duration: int) -> int:
    """Whole seconds, rounded up: nobody is told to come back too early."""
    return -(-duration // SECOND)
