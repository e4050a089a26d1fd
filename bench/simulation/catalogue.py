"""The scenarios, by name: plan-mode/arrivals/load/routing/instances, and for failures and adversaries what they are."""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatch
from typing import Any

from bench.simulation.arrivals import boundary, bursty, daily, edges, hoards, lapses, poisson
from bench.simulation.network import Weather
from bench.simulation.scenario import Scenario

FLEETS = (1, 2, 5, 10, 100, 1000)
ROUTINGS = ("packed", "uniform")

Raw = Mapping[str, Any]

FREE: Raw = {"mode": "exact", "rate": {"per_second": 5, "burst": 10}, "quota": {"hour": 450}}
ENTERPRISE: Raw = {"mode": "exact", "rate": {"per_second": 200, "burst": 400}, "quota": {"hour": 45_000}}
LEASED: Raw = {**ENTERPRISE, "mode": "leased"}
QUOTA: Raw = {"mode": "leased", "quota": {"hour": 45_000, "day": 500_000}}
BUSIEST: Raw = {**LEASED, "quota": {"hour": 600_000, "day": 9_800_000}}
METERED: Raw = {**ENTERPRISE, "mode": "off"}

PACE, OVER, RATE, FLOOD = "pace", "over", "rate", "flood"
"""Loads: what the hour's quota allows; four times that; what the rate allows; four times that."""

LOADS = {PACE: 12.5, OVER: 50.0, RATE: 200.0, FLOOD: 800.0}
FREE_LOADS = {PACE: 0.125, OVER: 0.5, RATE: 5.0, FLOOD: 20.0}

FAULTS: Mapping[str, Mapping[str, Any]] = {
    "down": {"weather": Weather(down=(60, 90))},
    "silent": {"weather": Weather(silent=(60, 90))},
    "throttled": {"weather": Weather(throttled=0.1)},
    "lost": {"weather": Weather(lost=0.01)},
    "slow": {"weather": Weather(median=0.06, sigma=0.8)},
    "deaths": {"lives": 600.0},
    "frozen": {"frozen": 30.0},
    "all": {"weather": Weather(0.01, 0.6, 0.01, 0.1, (60, 90)), "lives": 600.0, "frozen": 30.0},
}
"""All of half an hour at four times the quota's pace, but ``frozen`` and ``all``: of four, so that sleepers wake."""

QUICK = (
    "enterprise-*/poisson/over/*/10",
    "free-*/poisson/rate/*/10",
    "*/hoards/*/10",
    "enterprise-leased/[a-f]*/packed/10",
)
"""Patterns of a first look."""

DAY = "day"
OUTAGE = "outage"


def catalogue() -> tuple[Scenario, ...]:
    """Every scenario, the longest first."""
    return (*_days(), *_steady(), *_free(), *_adversarial(), *_faulty(), *_outages(), *_metered())


def quick() -> tuple[Scenario, ...]:
    """A few of each kind."""
    return tuple(each for each in catalogue() if any(fnmatch(each.name, pattern) for pattern in QUICK))


def _days() -> Iterator[Scenario]:
    name, requests = f"busiest-leased/{DAY}/packed/10", 10_000_000
    yield Scenario(name, BUSIEST, requests / 86_400, requests, 10, arrivals=daily, first=82_800.0, lives=7_200.0)


def _steady() -> Iterator[Scenario]:
    for load in (PACE, OVER, RATE):
        for routing, instances in _fleets():
            yield _scenario("enterprise-leased", LEASED, poisson, load, routing, instances)
        for routing, instances in _fleets(1, 10, 1000):
            yield _scenario("enterprise-leased", LEASED, bursty, load, routing, instances)
    for load in (PACE, OVER, RATE):
        for instances in (1, 10, 100):
            yield _scenario("enterprise-exact", ENTERPRISE, poisson, load, "packed", instances)
    for plan, limits in (("enterprise-leased", LEASED), ("enterprise-exact", ENTERPRISE)):
        for routing, instances in _fleets(10, 100):
            yield _scenario(plan, limits, poisson, FLOOD, routing, instances)
    for routing, instances in _fleets():
        yield _scenario("quota-leased", QUOTA, poisson, OVER, routing, instances)
    for routing, instances in _fleets(10):
        yield _scenario("weighted-leased", LEASED, poisson, OVER, routing, instances, costs=(1, 1, 1, 5))


def _free() -> Iterator[Scenario]:
    for arrivals in (poisson, bursty):
        for load in (PACE, RATE, FLOOD):
            for routing, instances in _fleets(10, 1000):
                name = f"free-exact/{arrivals.__name__}/{load}/{routing}/{instances}"
                yield Scenario(
                    name, FREE, FREE_LOADS[load], 5_000, instances, packed=routing == "packed", arrivals=arrivals
                )


def _adversarial() -> Iterator[Scenario]:
    plans = (
        ("enterprise-leased", LEASED),
        ("enterprise-exact", ENTERPRISE),
        ("quota-leased", QUOTA),
        ("free-exact", FREE),
    )
    for plan, limits in plans:
        for instances in (10, 100, 1000):
            for arrivals in (boundary, edges, lapses, hoards):
                pace = FREE_LOADS[PACE] if limits is FREE else LOADS[PACE]
                requests, first = (150_000, 6_000.0) if arrivals is boundary else (60_000, 90.0)
                name = f"{plan}/{arrivals.__name__}/uniform/{instances}"
                yield Scenario(name, limits, pace, requests, instances, packed=False, arrivals=arrivals, first=first)


def _faulty() -> Iterator[Scenario]:
    for plan, limits in (("enterprise-leased", LEASED), ("enterprise-exact", ENTERPRISE), ("quota-leased", QUOTA)):
        for fault, what in FAULTS.items():
            for routing in ROUTINGS:
                requests, first = (300_000, 2_400.0) if "frozen" in what else (90_000, 1_200.0)
                name = f"{plan}/{fault}/{routing}/10"
                yield Scenario(name, limits, LOADS[OVER], requests, 10, packed=routing == "packed", first=first, **what)


def _outages() -> Iterator[Scenario]:
    for plan, limits in (("enterprise-leased", LEASED), ("enterprise-exact", ENTERPRISE)):
        weather = Weather(down=(60, 90))
        yield Scenario(
            f"{plan}/{OUTAGE}/packed/10", limits, 150.0, 78_000, 10, first=400.0, weather=weather, followed=True
        )


def _metered() -> Iterator[Scenario]:
    for routing, instances in _fleets(10):
        yield _scenario("metered-off", METERED, poisson, RATE, routing, instances)


def _fleets(*sizes: int) -> Iterator[tuple[str, int]]:
    return ((routing, instances) for routing in ROUTINGS for instances in sizes or FLEETS)


def _scenario(plan: str, limits: Raw, arrivals: Any, load: str, routing: str, instances: int, **more: Any) -> Scenario:
    return Scenario(
        f"{plan}/{arrivals.__name__}/{load}/{routing}/{instances}",
        limits,
        LOADS[load],
        120_000,
        instances,
        packed=routing == "packed",
        arrivals=arrivals,
        **more,
    )
