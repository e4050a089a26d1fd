"""What API Gateway's own usage plans can hold of a plan's limits, and what they cannot.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
"""

from typing import NamedTuple

from tiergate.domain.limits import Limits, Quota

BEST_EFFORT = "native limits are best-effort: API Gateway may let somewhat more calls through than a limit says"

LARGEST = 2_147_483_647
"""The greatest quota or burst that API Gateway takes."""

HOURS = 24
DAYS = 31
"""Of the longest month: quotas are compared by what they allow in one."""


class NativeLimits(NamedTuple):
    """``rate`` calls a second, ``burst`` at once, ``quota`` calls a ``period`` (``DAY`` or ``MONTH``, in UTC).

    0 and empty where there is no such limit.
    """

    rate: float = 0
    burst: int = 0
    quota: int = 0
    period: str = ""


class _Choice(NamedTuple):
    """A quota as API Gateway would have it. ``most``: what it allows in a month."""

    quota: Quota
    limit: int
    period: str
    most: int

    @property
    def told(self) -> str:
        if self.quota.window == "hour":
            return f"{_told(self.quota)} ({self.limit:,} a day)"
        return _told(self.quota)


def native_limits(limits: Limits, *, hourly: bool) -> tuple[NativeLimits, tuple[str, ...]]:
    """The nearest native limits, and in words what differs.

    A usage plan has one quota: of those that it could have, the one that allows fewest calls in a month. ``hourly``:
    whether an hourly quota may be mirrored, as 24 of it a day.
    """
    if limits.metered:
        return NativeLimits(), ()
    differences: list[str] = []
    chosen = _chosen(limits.quotas, hourly, differences)
    rate, burst = (limits.rate.per_second, limits.rate.burst) if limits.rate else (0, 0)
    if burst > LARGEST:
        differences.append(f"a burst of {burst:,} is mirrored as {LARGEST:,}, the most that API Gateway takes")
    native = NativeLimits(rate, min(burst, LARGEST), chosen.limit if chosen else 0, chosen.period if chosen else "")
    return native, (*differences, *([BEST_EFFORT] if native != NativeLimits() else []))


def _chosen(quotas: tuple[Quota, ...], hourly: bool, differences: list[str]) -> _Choice | None:
    choices: list[_Choice] = []
    for quota in quotas:
        if quota.window == "hour" and not hourly:
            differences.append(f"{_told(quota)} is not mirrored: say hourly: day at its entry of rest_apis")
            continue
        choice = _choice(quota)
        if choice.limit > LARGEST:
            differences.append(f"{choice.told} is not mirrored: it is more than API Gateway can count ({LARGEST:,})")
            continue
        choices.append(choice)
    if not choices:
        return None
    least = min(choices, key=lambda each: each.most)
    if len(choices) > 1:
        both = "both " if len(choices) == 2 else ""
        all_ = ", ".join(each.told for each in choices[:-1]) + f" and {choices[-1].told}"
        differences.append(f"{both}{all_}: only {least.told} is mirrored, as a usage plan has one quota")
    if least.quota.window == "hour":
        differences.append(
            f"{_told(least.quota)} is mirrored as {least.limit:,} a day: all of it can be used within one hour"
        )
    return least


def _choice(quota: Quota) -> _Choice:
    if quota.window == "month":
        return _Choice(quota, quota.limit, "MONTH", quota.limit)
    limit = quota.limit * (HOURS if quota.window == "hour" else 1)
    return _Choice(quota, limit, "DAY", limit * DAYS)


def _told(quota: Quota) -> str:
    return f"{quota.limit:,} {'an' if quota.window == 'hour' else 'a'} {quota.window}"
