"""Instances of the authorizer, and which of them a call goes to."""

from collections import deque
from collections.abc import Callable
from random import Random

from bench.simulation.network import Line, Network
from bench.simulation.timeline import Timeline
from bench.simulation.trace import ADMITTED, REFUSED, UNDECIDED, Trace
from tiergate.domain.admission import Admission
from tiergate.domain.counters import NEWEST_HOUR
from tiergate.domain.limits import SECOND, Limits
from tiergate.domain.store import StoreUnavailable

SUBSCRIPTION, API = "s", "api/v1"

WORK = 2_000
"""What a call costs an instance beside the store's time, microseconds; half of it before the store is asked."""

PATIENCE = SECOND
"""How long a call waits for an instance, at most."""


class Instance:
    """One instance: its memory, the error of its clock, and its line to the store."""

    __slots__ = ("admission", "dead", "line", "skew")

    def __init__(self, network: Network, skew: int, random: Random) -> None:
        self.line = Line(network.send)
        self.admission = Admission(self.line, jitter=random.random)
        self.skew = skew
        self.dead = False


class Fleet:
    """``instances`` at most; each takes one call at a time, and calls that find none free wait.

    ``packed``: a call goes to the instance that was used last, as Lambda routes; otherwise to any that is free.
    """

    def __init__(
        self,
        timeline: Timeline,
        network: Network,
        trace: Trace,
        limits: Limits,
        *,
        instances: int,
        packed: bool,
        skew: int,
        random: Random,
    ) -> None:
        self._timeline, self._network, self._trace, self._limits = timeline, network, trace, limits
        self._packed, self._skew, self._random = packed, skew, random
        self._waiting: deque[tuple[int, int]] = deque()
        self.turned_away = 0
        self.free = [self._new() for _ in range(instances)]
        self._all = list(self.free)

    def arrive(self, units: int) -> None:
        """A call, now."""
        if self.free:
            self._begin(self._pick(), units)
        else:
            self._waiting.append((self._timeline.now, units))

    def kill(self) -> None:
        """End an instance, with what it holds, also in the middle of a call; a new one can take its place."""
        index = self._random.randrange(len(self._all))
        old, new = self._all[index], self._new()
        self._all[index] = new
        old.dead = True
        if old in self.free:
            self.free.remove(old)
        self.free.insert(0, new)
        self._next()

    def freeze(self, share: float, until: int) -> None:
        """Have those used last sleep, and take up calls again as the first, with what they held."""
        count = min(max(1, int(len(self._all) * share)), len(self.free))
        frozen = self.free[len(self.free) - count :]
        del self.free[len(self.free) - count :]
        self._timeline.at(until, lambda: self._wake(frozen))

    def _wake(self, frozen: list[Instance]) -> None:
        self.free.extend(frozen)
        self._next()

    def _new(self) -> Instance:
        return Instance(self._network, self._random.choice((-self._skew, self._skew)), self._random)

    def _pick(self) -> Instance:
        free = self.free
        if not self._packed:
            index = int(self._random.random() * len(free))
            free[index], free[-1] = free[-1], free[index]
        return free.pop()

    def _begin(self, instance: Instance, units: int) -> None:
        now, line = self._timeline.now, instance.line
        number = self._trace.begin(now, units)
        line.time = now + WORK // 2
        try:
            verdict = instance.admission.admit(SUBSCRIPTION, self._limits, units, now + instance.skew, api=API)
            outcome, hour = ADMITTED if verdict.granted else REFUSED, verdict.item.get(NEWEST_HOUR, 0)
        except StoreUnavailable:
            outcome, hour = UNDECIDED, 0
        self._timeline.at(line.time + WORK // 2, self._ended(instance, number, outcome, hour))

    def _ended(self, instance: Instance, number: int, outcome: int, hour: int) -> Callable[[], None]:
        def end() -> None:
            if instance.dead:
                return
            self._trace.end(number, outcome, hour)
            self.free.append(instance)
            self._next()

        return end

    def _next(self) -> None:
        latest = self._timeline.now - PATIENCE
        while self._waiting and self.free:
            since, units = self._waiting.popleft()
            if since >= latest:
                self._begin(self._pick(), units)
            else:
                self.turned_away += 1
