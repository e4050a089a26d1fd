"""When calls come: seconds from the start of a scenario, in order.

``poisson``, ``bursty`` and ``daily`` are what clients do. The others are what an adversary would do who knows how
admission works and can reach every instance: they strike when windows end, when the bucket has refilled to the
microsecond, when leases lapse, and when instances hold most.
"""

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, cycle
from random import Random

from tiergate.domain.leases import EPOCHS
from tiergate.domain.limits import SECOND, SKEW, Rate

DAY = 86_400.0
HOUR = 3_600.0
TICK = 1 / SECOND


@dataclass(frozen=True, slots=True)
class Setting:
    """What arrivals may depend on. ``before``: seconds from the start to the first end of a window."""

    load: float
    before: float
    instances: int
    rate: Rate


Arrivals = Callable[[Setting, Random], Iterator[float]]


def poisson(setting: Setting, random: Random) -> Iterator[float]:
    """Independent of each other, ``load`` a second."""
    time = 0.0
    while True:
        time += random.expovariate(setting.load)
        yield time


def bursty(setting: Setting, random: Random) -> Iterator[float]:
    """On for about 2 s at four times the load, off for about 6 s."""
    time, end = 0.0, 0.0
    while True:
        time += random.expovariate(4 * setting.load)
        if time < end:
            yield time
        else:
            time = end + random.expovariate(1 / 6)
            end = time + random.expovariate(1 / 2)


def daily(setting: Setting, random: Random) -> Iterator[float]:
    """``load`` a second over the day, three times as many at noon as at midnight."""
    time = 0.0
    while True:
        pace = setting.load * (1 - math.cos(2 * math.pi * time / DAY) / 2)
        time += random.expovariate(pace)
        yield time


def boundary(setting: Setting, random: Random) -> Iterator[float]:
    """The load, and all instances at once around the end of every hour, on both sides of it by any clock."""
    skew = SKEW / SECOND
    offsets = (-2 * skew - TICK, -2 * skew, -skew, -TICK, 0, TICK, skew - TICK, skew, 2 * skew)
    strikes = (
        setting.before + hour * HOUR + offset
        for hour in count()
        for offset in offsets
        for _ in range(setting.instances)
    )
    return heapq.merge(poisson(setting, random), strikes)


def edges(setting: Setting, random: Random) -> Iterator[float]:
    """The whole burst and more in one instant; each unit as it comes back, and a tick early; all again when full."""
    rate, start = setting.rate, 0.0
    unit, single = rate.interval / SECOND, min(rate.burst, 50)
    while True:
        yield from [start] * (rate.burst + setting.instances)
        for number in range(1, single + 1):
            yield start + number * unit - TICK
            yield start + number * unit
        start += (single + rate.burst) * unit
        yield start - TICK
        start += random.choice((0, unit / 2, rate.burst * unit))


def lapses(setting: Setting, random: Random) -> Iterator[float]:
    """Every instance twice, then nothing until leases of one or other length have lapsed, or are about to."""
    start = 0.0
    for length in cycle(EPOCHS):
        for epochs in (1, 2, 3):
            yield from [start] * setting.instances
            yield from [start + unit * TICK for unit in range(setting.instances)]
            start += epochs * length / SECOND + random.choice((-1, 1)) * SKEW / SECOND * random.random()


def hoards(setting: Setting, random: Random) -> Iterator[float]:
    """Every instance at once whenever an epoch begins, slowly or fast, so that all buy ahead at the same time, by one
    or more lengths of epoch; then twice the burst in one instant, before what is held lapses."""
    rate, start = setting.rate, 0.0
    while True:
        for length in random.sample(EPOCHS, random.randint(1, len(EPOCHS))):
            epoch = length / SECOND
            start = math.ceil(start / epoch) * epoch
            rounds = max(1, round(random.choice((0.06, 0.25, 0.9)) * rate.per_second * epoch / setting.instances))
            for _ in range(random.randint(2, 6)):
                for number in range(rounds):
                    yield from [start + number * epoch / rounds / 2] * setting.instances
                start += epoch
        yield from [start] * (2 * rate.burst)
        start += (1 + random.random()) * rate.burst / rate.per_second
