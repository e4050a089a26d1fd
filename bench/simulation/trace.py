"""What happened to every call, and what a single perfect limiter would have made of it."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil

from tiergate.domain.limits import SECOND, Limits, Quota, window_number, window_start

REFUSED, ADMITTED, UNDECIDED, KILLED = range(4)
"""Outcomes: ``UNDECIDED`` where the store could not be asked, ``KILLED`` where the instance ended with the call."""


class Trace:
    """Every call that an instance took: true time, units and outcome, in order of time."""

    def __init__(self) -> None:
        self.times = array("q")
        self.units = bytearray()
        self.outcomes = bytearray()
        self.spent: dict[int, int] = {}
        """Units admitted by the hour whose debit they came from."""

    def begin(self, time: int, units: int) -> int:
        """A call that begins now; returns its number."""
        self.times.append(time)
        self.units.append(units)
        self.outcomes.append(KILLED)
        return len(self.outcomes) - 1

    def end(self, number: int, outcome: int, hour: int) -> None:
        """How a call ended; ``hour`` is the newest of the counter item that it was admitted by."""
        self.outcomes[number] = outcome
        if outcome == ADMITTED:
            self.spent[hour] = self.spent.get(hour, 0) + self.units[number]


class Bucket:
    """A token bucket as the plan describes it, in whole numbers: exact over any stretch of time."""

    def __init__(self, per_second: float, burst: int) -> None:
        rate = Fraction(per_second).limit_denominator(1_000_000)
        self._unit = SECOND * rate.denominator
        self._gain = rate.numerator
        self._most = self._tokens = burst * self._unit
        self._time = 0

    def fill(self, time: int) -> None:
        self._tokens = min(self._most, self._tokens + (time - self._time) * self._gain)
        self._time = time

    def has(self, units: int) -> bool:
        return self._tokens >= units * self._unit

    def take(self, units: int) -> int:
        """Take them, be they there or not; returns by how many units the bucket is overdrawn."""
        self._tokens -= units * self._unit
        return max(0, ceil(-self._tokens / self._unit)) if self._tokens < 0 else 0


class Windows:
    """The counters of one quota's windows."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self.units: dict[int, int] = {}
        self.short: set[int] = set()
        """Windows in which a call was refused because they were used up."""
        self._number, self.end = 0, 0

    def at(self, time: int) -> int:
        """The window that a time lies in; times never go back."""
        if time >= self.end:
            self._number = window_number(self.quota.window, time)
            self.end = window_start(self.quota.window, self._number + 1)
        return self._number

    def has(self, number: int, units: int) -> bool:
        return self.units.get(number, 0) + units <= self.quota.limit

    def take(self, number: int, units: int) -> None:
        self.units[number] = self.units.get(number, 0) + units

    @property
    def over(self) -> int:
        """Units above the limit, of all windows."""
        return sum(max(0, units - self.quota.limit) for units in self.units.values())


@dataclass(slots=True)
class Findings:
    """Units and calls, counted from a trace; see ``judged``."""

    admitted: int = 0
    admitted_calls: int = 0
    undecided: int = 0
    killed: int = 0
    over_window: int = 0
    over_rate: int = 0
    perfect: int = 0
    perfect_calls: int = 0
    denied_in_error: int = 0
    short: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Windows in which a perfect limiter had to refuse."""


def judged(trace: Trace, limits: Limits, skew: int) -> Findings:
    """Hold a trace against its limits by true time, and against one perfect limiter that sees the same calls.

    A window is over its limit by what was admitted in it, its first and last ``skew`` microseconds aside: which of two
    windows those belong to is for the clock of the instance to say. The rate has no such allowance: units beyond what
    ``burst`` and ``per_second`` allow over any stretch of time are over.
    """
    found = Findings()
    rate = limits.rate
    real, ideal = (Bucket(rate.per_second, rate.burst) if rate else None for _ in range(2))
    inner, perfect = ([Windows(quota) for quota in limits.quotas] for _ in range(2))
    for time, units, outcome in zip(trace.times, trace.units, trace.outcomes, strict=True):
        if outcome == KILLED:
            found.killed += 1
            continue
        if outcome == ADMITTED:
            found.admitted += units
            found.admitted_calls += 1
            if real is not None:
                real.fill(time)
                found.over_rate = max(found.over_rate, real.take(units))
            for each in inner:
                number = each.at(time - skew)
                if time + skew < each.end:
                    each.take(number, units)
        elif outcome == UNDECIDED:
            found.undecided += 1
        if _passes(time, units, ideal, perfect):
            found.perfect += units
            found.perfect_calls += 1
            found.denied_in_error += outcome != ADMITTED
    found.over_window = sum(each.over for each in inner)
    found.short = {each.quota.window: frozenset(each.short) for each in perfect}
    return found


def _passes(time: int, units: int, ideal: Bucket | None, perfect: list[Windows]) -> bool:
    numbers = [each.at(time) for each in perfect]
    for each, number in zip(perfect, numbers, strict=True):
        if not each.has(number, units):
            each.short.add(number)
            return False
    if ideal is not None:
        ideal.fill(time)
        if not ideal.has(units):
            return False
        ideal.take(units)
    for each, number in zip(perfect, numbers, strict=True):
        each.take(number, units)
    return True
