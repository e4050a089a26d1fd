"""What lies between an instance and the store: time, and what can go wrong."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.simulation.store import Counters
from bench.simulation.timeline import Timeline
from tiergate.domain.counters import Debit, Reply
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable

TIMEOUT = 300_000
"""How long an instance waits for an answer, microseconds."""

REFUSED = 1_000
"""How long it takes to be told that there is no connection, or to come back later."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How the store fares. Rates are shares of calls; ``silent`` and ``down`` are spans from ``(start, end)``, seconds.

    ``lost``: the write is made, its answer never comes. ``down``: no connection. ``silent``: the write may be made or
    not, and there is no answer in time.
    """

    median: float = 0.004
    """Seconds there and back; lognormal."""
    sigma: float = 0.35
    lost: float = 0.0
    throttled: float = 0.0
    down: tuple[float, float] | None = None
    silent: tuple[float, float] | None = None


FAIR = Weather()


class Network:
    """The store, for all instances; ``calls`` counts the attempts of all."""

    def __init__(self, timeline: Timeline, store: Counters, weather: Weather, begin: int, random: Random) -> None:
        self._timeline = timeline
        self._store = store
        self._weather = weather
        self._random = random
        self._median = math.log(weather.median * SECOND)
        self._down, self._silent = _span(weather.down, begin), _span(weather.silent, begin)
        self.calls = 0

    def send(self, debit: Debit, time: int) -> tuple[Reply, int]:
        """A call that an instance makes at ``time``: what it is answered, and when.

        Raises ``Failed`` where it is not answered.
        """
        self.calls += 1
        random, weather = self._random, self._weather
        there = self._half()
        if time in self._down:
            raise Failed("unreachable", time + REFUSED, untouched=True)
        if weather.throttled and random.random() < weather.throttled:
            raise Failed("throttled", time + 2 * there, untouched=True)
        back = self._half()
        silent = time in self._silent
        if silent and random.random() < 0.5:
            raise Failed("slow", time + TIMEOUT)
        if silent or there + back > TIMEOUT or (weather.lost and random.random() < weather.lost):
            self._timeline.at(time + there, lambda: self._apply(debit))
            raise Failed("slow", time + TIMEOUT)
        self._timeline.wait(time + there)
        answered = time + there + back
        return self._store.debit(debit)._replace(took=answered - time), answered

    def _half(self) -> int:
        return int(math.exp(self._random.gauss(self._median, self._weather.sigma)) / 2) + 1

    def _apply(self, debit: Debit) -> None:
        self._store.debit(debit)


class Failed(StoreUnavailable):
    """No answer, and when the instance knows it."""

    def __init__(self, reason: str, time: int, *, untouched: bool = False) -> None:
        super().__init__(reason, untouched=untouched)
        self.time = time


class Line:
    """The store as one instance sees it. ``time`` is when the instance does what it does next, by a true clock."""

    def __init__(self, send: Callable[[Debit, int], tuple[Reply, int]]) -> None:
        self._send = send
        self.time = 0

    def debit(self, debit: Debit) -> Reply:
        """See ``CounterStore.debit``."""
        try:
            reply, self.time = self._send(debit, self.time)
        except Failed as failed:
            self.time = failed.time
            raise
        return reply


def _span(seconds: tuple[float, float] | None, begin: int) -> range:
    if seconds is None:
        return range(0)
    start, end = seconds
    return range(begin + int(start * SECOND), begin + int(end * SECOND))
