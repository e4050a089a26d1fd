"""One scenario: what it is made of, and how it is run."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from bench.simulation.arrivals import Arrivals, Setting, poisson
from bench.simulation.fleet import Fleet
from bench.simulation.network import FAIR, Network, Weather
from bench.simulation.store import Counters
from bench.simulation.timeline import Timeline
from bench.simulation.trace import Trace
from tiergate.domain.limits import SECOND, SKEW, Limits, Rate

MIDNIGHT = int(datetime(2026, 4, 1, tzinfo=UTC).timestamp()) * SECOND
"""When an hour, a day and a month end at once; scenarios lie around it."""

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Scenario:
    """``requests`` calls at ``load`` a second, half of them before windows end, or the first ``first`` seconds before.

    ``lives``: seconds that an instance lives on average. ``frozen``: half of the instances sleep for an hour, from so
    many seconds after the start. ``costs``: units that calls take, at random. ``skew``: microseconds that every clock
    is off, one way or the other.
    ``followed``: report every second.
    """

    name: str
    limits: Mapping[str, Any]
    load: float
    requests: int
    instances: int
    packed: bool = True
    arrivals: Arrivals = poisson
    weather: Weather = FAIR
    first: float | None = None
    lives: float | None = None
    frozen: float | None = None
    costs: tuple[int, ...] = (1,)
    skew: int = SKEW
    followed: bool = False

    @property
    def before(self) -> float:
        """Seconds from the start to the end of windows."""
        return self.requests / self.load / 2 if self.first is None else self.first

    @property
    def begin(self) -> int:
        return MIDNIGHT - round(self.before * SECOND)


@dataclass(frozen=True, slots=True)
class Run:
    """What a scenario came to."""

    limits: Limits
    trace: Trace
    store: Counters
    calls: int
    turned_away: int
    end: int


def run(scenario: Scenario, seed: int, progress: Progress = lambda _: None) -> Run:
    """Run a scenario; the same seed gives the same run. ``progress`` is told how many calls came so far."""
    random = _chance(seed, scenario, "fleet")
    limits, timeline, store, trace = Limits.of(scenario.limits), Timeline(scenario.begin), Counters(), Trace()
    network = Network(timeline, store, scenario.weather, scenario.begin, random)
    fleet = Fleet(
        timeline,
        network,
        trace,
        limits,
        instances=scenario.instances,
        packed=scenario.packed,
        skew=scenario.skew,
        random=random,
    )
    _Source(scenario, timeline, fleet, seed, progress).start()
    timeline.run()
    return Run(limits, trace, store, network.calls, fleet.turned_away, trace.times[-1])


def arrivals(scenario: Scenario, seed: int) -> Iterator[float]:
    """When the calls of a scenario come, seconds from its start."""
    rate = Limits.of(scenario.limits).rate or Rate(200, 400)
    setting = Setting(scenario.load, scenario.before, scenario.instances, rate)
    return scenario.arrivals(setting, _chance(seed, scenario, "calls"))


def _chance(seed: int, scenario: Scenario, of: str) -> Random:
    """One for each thing that happens, so that the same calls come whatever the mode of the plan and the code do."""
    _, _, name = scenario.name.partition("/")
    return Random(f"{seed} {name} {of}")  # noqa: S311 - repeatable, not secret


class _Source:
    """Where calls come from, and what befalls instances until the last one has come."""

    def __init__(self, scenario: Scenario, timeline: Timeline, fleet: Fleet, seed: int, progress: Progress) -> None:
        self._scenario, self._timeline, self._fleet, self._progress = scenario, timeline, fleet, progress
        self._random = _chance(seed, scenario, "fate")
        self._arrivals = arrivals(scenario, seed)
        self._come = 0

    def start(self) -> None:
        scenario = self._scenario
        self._next_arrival()
        if scenario.lives:
            self._next_death()
        if scenario.frozen is not None:
            at = scenario.begin + round(scenario.frozen * SECOND)
            self._timeline.at(at, lambda: self._fleet.freeze(0.5, at + 3600 * SECOND))

    def _next_arrival(self) -> None:
        if self._come < self._scenario.requests:
            self._timeline.at(self._scenario.begin + round(next(self._arrivals) * SECOND), self._arrive)

    def _arrive(self) -> None:
        self._come += 1
        if self._come % 250_000 == 0:
            self._progress(self._come)
        self._next_arrival()
        costs = self._scenario.costs
        self._fleet.arrive(costs[0] if len(costs) == 1 else self._random.choice(costs))

    def _next_death(self) -> None:
        if self._come < self._scenario.requests:
            mean = (self._scenario.lives or 0) / self._scenario.instances
            self._timeline.at(self._timeline.now + round(self._random.expovariate(1 / mean) * SECOND), self._die)

    def _die(self) -> None:
        self._fleet.kill()
        self._next_death()
