"""A native usage plan's limits as ours: the nearest, and every difference in words."""

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tiergate.domain.limits import FASTEST, LARGEST, SLOWEST, Limits, Rate, impossible
from tiergate.domain.rest_account import AccountUsagePlan

PERIODS = {"DAY": "day", "MONTH": "month"}
WEEKS = {"day": (1, 7), "month": (31, 7)}
"""What part of a week's quota each window gets, as a fraction: so that an even use of it passes."""

BEST_EFFORT = (
    "usage plans throttle and count as best they can, and may let more through; here limits are exact, and the call "
    "after the last one is refused"
)


class Mapped(NamedTuple):
    """``limits`` as a plan's file has them; ``differences`` in words."""

    limits: Mapping[str, Any]
    differences: tuple[str, ...]


def mapped_limits(plan: AccountUsagePlan, *, week: str = "month") -> Mapped:
    """The nearest limits. ``week``: the window that a weekly quota becomes, ``day`` or ``month``.

    None is higher than its native one, unless a difference says so with both numbers.
    """
    differences: list[str] = []
    rate = _rate(plan, differences)
    quota = _quota(plan, week, differences)
    if plan.throttled:
        stages = ", ".join(plan.throttled)
        differences.append(f"rates of single methods ({stages}) have no counterpart: the plan's rate holds for them")
    if not rate and not quota:
        differences.append("it limits nothing: calls are counted only")
    return Mapped({**({"rate": rate} if rate else {}), **({"quota": quota} if quota else {})}, tuple(differences))


def _rate(plan: AccountUsagePlan, differences: list[str]) -> dict[str, Any] | None:
    if plan.rate is None:
        if plan.burst is not None:
            differences.append(f"burst {plan.burst} without a rate limits nothing here and is left out")
        return None
    per_second = min(max(plan.rate, SLOWEST), FASTEST)
    if per_second != plan.rate:
        bound = "least" if per_second > plan.rate else "most"
        differences.append(
            f"rate {plan.rate:.15g} a second becomes {per_second:.15g}, the {bound} that there is"
            + (": a plan without any calls needs none" if plan.rate == 0 else "")
        )
    if plan.burst is None:
        burst = max(1, min(math.ceil(per_second), LARGEST))
        differences.append(f"it states no burst: {burst}, what its rate gives in a second")
    else:
        burst = min(max(plan.burst, 1), LARGEST)
    least = _least_burst(per_second, burst)
    if least != burst or (plan.burst is not None and burst != plan.burst):
        differences.append(
            f"burst {burst if plan.burst is None else plan.burst} becomes {least}, the nearest with which calls pass "
            f"at {per_second:.15g} a second"
        )
    return {"per_second": per_second, "burst": least}


def _least_burst(per_second: float, burst: int) -> int:
    """The burst itself, or the least with which a call passes at this rate."""
    rate = Rate(per_second, burst)
    if not impossible(Limits(rate, ()), 1):
        return burst
    return 1 + math.ceil(rate.slack / rate.interval)


def _quota(plan: AccountUsagePlan, week: str, differences: list[str]) -> dict[str, int] | None:
    if plan.quota is None:
        return None
    window = PERIODS.get(plan.period)
    limit = plan.quota
    if window is None:
        window = week
        part, of = WEEKS[week]
        limit = plan.quota * part // of
        differences.extend(_weekly(plan.quota, limit, window))
    if not 1 <= limit <= LARGEST:
        bounded = min(max(limit, 1), LARGEST)
        differences.append(
            f"quota {limit} a {window} becomes {bounded}, the {'least' if limit < 1 else 'most'} there is"
        )
        limit = bounded
    if plan.offset:
        differences.append(
            f"its first period is {plan.offset} calls short (offset); here every {window} has all of them"
        )
    return {window: limit}


def _weekly(quota: int, limit: int, window: str) -> Iterator[str]:
    if window == "day":
        yield (
            f"there are no weekly quotas: {quota} a week becomes {limit} a day, a seventh; who uses it unevenly is "
            "refused sooner. --week month gives a monthly quota instead"
        )
    else:
        yield (
            f"there are no weekly quotas: {quota} a week becomes {limit} a month (31 days of it), all of which can be "
            "used within one week. --week day gives a seventh a day instead"
        )
