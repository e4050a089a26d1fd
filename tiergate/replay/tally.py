"""What came of a replay, by consumers: whom policies would refuse that was admitted, and admit that was refused."""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from tiergate.domain.access_log import Line, parted
from tiergate.domain.decision import UNKNOWN
from tiergate.domain.limits import SECOND
from tiergate.replay.judge import Answer
from tiergate.replay.routes import Way

HOUR = 3600 * SECOND
DAY = 24
"""Hours."""

MOST_TOLD = 5
"""Skipped lines that are named."""


class Consumer(NamedTuple):
    """Who called, as the log has it: ``decision.UNKNOWN`` where it is not known, as with calls without a credential."""

    organization: str
    application: str
    subscription: str


class Cause(NamedTuple):
    """``reason``: why calls are refused, or were. ``operation``: of which API version, and what it is called."""

    reason: str
    operation: str


class Skipped(NamedTuple):
    """A line that is none of ours: its file, its number from 1, and why."""

    file: str
    number: int
    why: str


class Worst(NamedTuple):
    """The hour (counted from 1970) with most calls on the day with most of them. ``on_the_day``: those of all of it."""

    hour: int
    calls: int
    on_the_day: int


@dataclass(slots=True)
class Differences:
    """Calls of one consumer that would be decided otherwise than they were."""

    calls: int = 0
    causes: Counter[Cause] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)

    def count(self, reason: str, operation: str, now: int) -> None:
        self.calls += 1
        self.causes[Cause(reason, operation)] += 1
        self.hours[now // HOUR] += 1

    def add(self, other: "Differences") -> None:
        self.calls += other.calls
        self.causes.update(other.causes)
        self.hours.update(other.hours)

    @property
    def worst(self) -> Worst:
        days = Counter[int]()
        for hour, calls in self.hours.items():
            days[hour // DAY] += calls
        day = min(days, key=lambda each: (-days[each], each))
        hours = {hour: calls for hour, calls in self.hours.items() if hour // DAY == day}
        worst = min(hours, key=lambda each: (-hours[each], each))
        return Worst(worst, hours[worst], days[day])


@dataclass(slots=True)
class Calls:
    """Those of one consumer: all, those undecided, and what would change."""

    all: int = 0
    undecided: int = 0
    refused: Differences | None = None
    """Admitted when they were made."""
    admitted: Differences | None = None
    """Refused when they were made."""

    def add(self, other: "Calls") -> None:
        self.all += other.all
        self.undecided += other.undecided
        self.refused = _sum(self.refused, other.refused)
        self.admitted = _sum(self.admitted, other.admitted)


def _sum(one: Differences | None, other: Differences | None) -> Differences | None:
    if one is None or other is None:
        return one or other
    one.add(other)
    return one


@dataclass(slots=True)
class Tally:
    """Counts of calls. ``recorded`` and ``now``: admitted and refused, then and by the policies.

    ``agreed``: those on which the policies that they are compared with decide as was recorded. ``unjudged``: answered
    by API Gateway alone. ``earlier``: before the time that was asked for. ``lines``: of the access log, by file.
    """

    first: int = 0
    last: int = 0
    recorded: Counter[bool] = field(default_factory=Counter)
    now: Counter[bool] = field(default_factory=Counter)
    undecided: Counter[str] = field(default_factory=Counter)
    agreed: int = 0
    unjudged: int = 0
    earlier: int = 0
    lines: Counter[str] = field(default_factory=Counter)
    skipped: int = 0
    skips: list[Skipped] = field(default_factory=list)
    consumers: dict[Consumer, Calls] = field(default_factory=dict)

    @property
    def calls(self) -> int:
        """Those that were decided on."""
        return self.recorded.total()

    def span(self, now: int) -> None:
        self.first = min(self.first or now, now)
        self.last = max(self.last, now)

    def count(self, line: Line, answer: Answer, before: Answer | None, way: Way) -> None:
        """A call, the decision on it by the policies and by those that they are compared with.

        It counts as changed where the policies decide otherwise than was recorded, and than those others do.
        ``way``: where it leads by the policies.
        """
        consumer = self._of(line)
        consumer.all += 1
        self.recorded[line.admitted] += 1
        if before is not None and before.admitted == line.admitted:
            self.agreed += 1
        if answer.admitted is None:
            consumer.undecided += 1
            self.undecided[answer.reason] += 1
            return
        self.now[answer.admitted] += 1
        if answer.admitted == line.admitted or (before is not None and before.admitted == answer.admitted):
            return
        if answer.admitted:
            consumer.admitted = consumer.admitted or Differences()
            consumer.admitted.count(line.reason, _called(line, way), line.now)
        else:
            consumer.refused = consumer.refused or Differences()
            consumer.refused.count(answer.reason, _called(line, way), line.now)

    def skip(self, skipped: Skipped) -> None:
        self.skipped += 1
        self.skips = sorted([*self.skips, skipped])[:MOST_TOLD]

    def add(self, other: "Tally") -> None:
        """What another process counted, of other consumers for the most part."""
        if other.first:
            self.span(other.first)
            self.span(other.last)
        for name in ("recorded", "now", "undecided", "lines"):
            getattr(self, name).update(getattr(other, name))
        for name in ("agreed", "unjudged", "earlier", "skipped"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.skips = sorted([*self.skips, *other.skips])[:MOST_TOLD]
        for consumer, calls in other.consumers.items():
            self.consumers.setdefault(consumer, Calls()).add(calls)

    def _of(self, line: Line) -> Calls:
        consumer = Consumer(line.organization, line.application, line.subscription)
        found = self.consumers.get(consumer)
        if found is None:
            found = self.consumers[consumer] = Calls()
        return found


def _called(line: Line, way: Way) -> str:
    """``<api>/<version> <operation>``, as the policies or else the record name it."""
    name = way.operation.id if way.operation else line.operation
    return f"{parted(line.path)[0]} {'' if name == UNKNOWN else name}".rstrip()
