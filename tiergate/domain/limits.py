"""Limits of a plan: a rate (token bucket) and quotas (calendar windows in UTC)."""

import math
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

SECOND = 1_000_000
"""Microseconds. Every time and duration in the domain is an integer of them."""

SKEW = 20_000
"""How far Lambda's clocks are taken to differ from each other, in microseconds."""

WINDOWS = ("hour", "day", "month")
NAMES = (*WINDOWS, "rate", "burst")
"""What a single partner's override may name; ``rate`` is units a second."""

EXACT, LEASED, OFF = "exact", "leased", "off"
MODES = (EXACT, LEASED, OFF)
"""How limits are held to: one write a call; units taken ahead in larger lots; counted only."""

LEAST_LEASED = 64
"""The smallest burst of which a part can be held ahead."""

LARGEST = 999_999_999_999_999
"""The greatest integer of a structured field (RFC 9651, 3.3.1); JSON has it exactly too."""

SLOWEST, FASTEST = 0.001, 1_000_000
"""Bounds of a rate, units a second."""


class _Rate(NamedTuple):
    per_second: float
    burst: int
    ahead: int
    interval: int
    """Microseconds a unit, rounded up: T."""
    reach: int
    """How many microseconds the bucket may run ahead of the clock: τ.

    Less than ``burst`` intervals by what is held ahead and by what two clocks may differ, so that neither over-admits.
    """


class Rate(_Rate):
    """A token bucket: ``per_second`` units a second, at most ``burst`` at once.

    ``ahead``: the part of the burst that instances may hold ahead of calls.
    """

    __slots__ = ()

    def __new__(cls, per_second: float, burst: int, ahead: int = 0) -> "Rate":
        interval = math.ceil(SECOND / per_second)
        reach = (burst - ahead) * interval - _slack(per_second, interval)
        return super().__new__(cls, per_second, burst, ahead, interval, reach)

    @property
    def slack(self) -> int:
        """What two clocks may differ, 2ε, at this rate: 2εr·T microseconds."""
        return _slack(self.per_second, self.interval)


def _slack(per_second: float, interval: int) -> int:
    return math.ceil(2 * SKEW * per_second * interval / SECOND)


class Quota(NamedTuple):
    """At most ``limit`` units in each calendar ``window`` (hour, day or month, UTC)."""

    window: str
    limit: int


class Limits(NamedTuple):
    """What a plan allows, and how it is held to. Quotas stand in the order of ``WINDOWS``; ``mode`` is of ``MODES``."""

    rate: Rate | None
    quotas: tuple[Quota, ...]
    mode: str = EXACT

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Limits":
        """From a bundle's ``{"mode": …, "rate": {"per_second": …, "burst": …}, "quota": {"hour": …}}``."""
        rate, quota, mode = raw.get("rate"), raw.get("quota") or {}, raw.get("mode", EXACT)
        return cls(
            rate=_rate(rate["per_second"], rate["burst"], mode) if rate else None,
            quotas=tuple(Quota(window, quota[window]) for window in WINDOWS if window in quota),
            mode=mode,
        )

    @property
    def metered(self) -> bool:
        """Whether nothing is limited, only counted."""
        return self.mode == OFF or (self.rate is None and not self.quotas)


def _rate(per_second: float, burst: int, mode: str) -> Rate:
    """A quarter of the burst is for holding ahead, where calls are leased and the burst is worth it."""
    return Rate(per_second, burst, burst // 4 if mode == LEASED and burst >= LEAST_LEASED else 0)


def replaced(limits: Limits, named: Mapping[str, float]) -> Limits:
    """The limits with those of ``named`` (see ``NAMES``) in place of their own, or added.

    The burst stays when a rate is named alone, even one at which no call could pass it: see ``impossible``. Where the
    limits have no rate, it comes with a burst of what it gives in two seconds. A burst without any rate limits nothing.
    """
    own = {quota.window: quota.limit for quota in limits.quotas}
    quotas = {**own, **{window: int(named[window]) for window in WINDOWS if window in named}}
    return Limits(
        rate=_replaced_rate(limits, named),
        quotas=tuple(Quota(window, quotas[window]) for window in WINDOWS if window in quotas),
        mode=limits.mode,
    )


def _replaced_rate(limits: Limits, named: Mapping[str, float]) -> Rate | None:
    rate = limits.rate
    per_second = named.get("rate", rate.per_second if rate else None)
    if per_second is None:
        return None
    burst = rate.burst if rate else max(2, math.ceil(2 * per_second))
    return _rate(per_second, int(named.get("burst", burst)), limits.mode)


def unlocked(limits: Limits, plan: Limits) -> Limits:
    """Limits that ``replaced`` made of a plan's, never with a rate and burst that no call could pass.

    Such a burst is raised to the least that lets the dearest call pass that the plan's own burst does.
    """
    rate, own = limits.rate, plan.rate
    if rate is None or _passes(rate, 1):
        return limits
    units = max(1, own.reach // own.interval) if own else 1
    return limits._replace(rate=_rate(rate.per_second, _least_burst(rate, limits.mode, units), limits.mode))


def wrong_limits(named: Mapping[str, float]) -> str:
    """What is wrong with an override's limits, or nothing: unknown names, numbers out of bounds, a burst too small."""
    if not named:
        return f"no limit is named; known: {', '.join(NAMES)}"
    for name, number in named.items():
        if name not in NAMES:
            return f'there is no limit "{name}"; known: {", ".join(NAMES)}'
        if isinstance(number, bool) or not isinstance(number, int | float):
            return f"{name} must be a number"
        if name == "rate":
            if not SLOWEST <= number <= FASTEST:
                return f"rate must be {SLOWEST} to {FASTEST} a second"
        elif not (1 <= number <= LARGEST and number == int(number)):
            return f"{name} must be a whole number from 1 to {LARGEST}"
    if "rate" in named and "burst" in named:
        faults = impossible(Limits(Rate(named["rate"], int(named["burst"])), ()), 1)
        return faults[0][1] if faults else ""
    return ""


def too_small(limits: Limits, units: int) -> tuple[str, ...]:
    """The limits that no call of so many units could ever pass: windows, and ``burst``."""
    found = tuple(quota.window for quota in limits.quotas if quota.limit < units)
    rate = limits.rate
    return found if rate is None or _passes(rate, units) else (*found, "burst")


def _passes(rate: Rate, units: int) -> bool:
    return rate.reach >= units * rate.interval


def impossible(limits: Limits, cost: int) -> list[tuple[tuple[str, ...], str]]:
    """Limits that a request of ``cost`` units could never pass: (place, what to change)."""
    names = () if limits.metered else too_small(limits, cost)
    found: list[tuple[tuple[str, ...], str]] = []
    rate = limits.rate
    if rate is not None and "burst" in names:
        enough = _least_burst(rate, limits.mode, cost)
        found.append(
            (
                ("rate", "burst"),
                f"burst {rate.burst} at {rate.per_second:.15g} a second never admits a request of cost {cost}; "
                f"raise burst to {enough} or more",
            )
        )
    for quota in limits.quotas:
        if quota.window in names:
            found.append(
                (
                    ("quota", quota.window),
                    f"{quota.window} quota {quota.limit} never admits a request of cost {cost}; "
                    f"raise it to {cost} or more",
                )
            )
    return found


def _least_burst(rate: Rate, mode: str, cost: int) -> int:
    """The burst from which on a request of ``cost`` units passes: a quarter of it may be for holding ahead."""
    reached = cost + math.ceil(rate.slack / rate.interval)
    if mode != LEASED or reached <= LEAST_LEASED - LEAST_LEASED // 4:
        return reached
    return 4 * (reached - 1) // 3 + 1


def window_number(window: str, now: int) -> int:
    """The number of the window that ``now`` lies in; it grows by one from window to window."""
    if window == "hour":
        return now // (3600 * SECOND)
    if window == "day":
        return now // (86400 * SECOND)
    date = time.gmtime(now // SECOND)
    return date.tm_year * 12 + date.tm_mon - 1


def window_start(window: str, number: int) -> int:
    """When a window begins, in microseconds."""
    if window == "hour":
        return number * 3600 * SECOND
    if window == "day":
        return number * 86400 * SECOND
    year, month = divmod(number, 12)
    return int(datetime(year, month + 1, 1, tzinfo=UTC).timestamp()) * SECOND


def window_seconds(window: str, number: int) -> int:
    """How long a window lasts, in seconds; months differ."""
    if window != "month":
        return 3600 if window == "hour" else 86400
    return (window_start(window, number + 1) - window_start(window, number)) // SECOND
