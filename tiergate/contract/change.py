"""What the comparison of two documents tells."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from enum import Enum

from tiergate.contract.place import Place
from tiergate.policy.levels import BREAKING, LEVELS, SAFE, Level

MOST_OPERATIONS = 50
"""So many operations are told of for a change. To know all that touch each change would take their product."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change, told once however many operations it touches.

    ``file`` and ``line`` are the new document's; the old one's where ``gone``, as the new one holds it no more.
    ``operation`` is the first that it touches, as ``GET /path``, and empty for what concerns the whole document;
    ``others`` are the rest, as far as MOST_OPERATIONS goes.
    """

    level: Level
    rule: str
    file: str
    line: int
    operation: str
    message: str
    others: tuple[str, ...] = ()
    gone: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}{' (old document)' if self.gone else ''}: {self.level}: {self.message}"


class Way(Enum):
    """Which way a message goes, and so who must understand the other's new schema.

    A request is read by the new document's rules, so these may not be narrower; a response by clients that know the
    old ones, so it may not be wider than these.
    """

    REQUEST = "request"
    RESPONSE = "response"

    def level(self, *, narrower: bool = False, wider: bool = False) -> Level:
        return BREAKING if (narrower if self is Way.REQUEST else wider) else SAFE


@dataclass(frozen=True, slots=True)
class Finding:
    """A change in one place, before it is known which operations it touches. ``step`` leads there from a schema."""

    level: Level
    rule: str
    place: Place
    message: str
    gone: bool = False
    step: str = ""

    @property
    def key(self) -> Hashable:
        """Equal for what need be told only once."""
        return self.level, self.rule, self.gone, self.place.path, self.message


@dataclass(slots=True)
class _Told:
    finding: Finding
    where: str
    operations: dict[str, None]


@dataclass(slots=True)
class Report:
    """Gathers findings with the operations that they touch."""

    _told: dict[Hashable, _Told] = field(default_factory=dict)

    def tell(self, finding: Finding, operation: str = "", where: str = "") -> None:
        """``where`` in the operation the finding was met."""
        told = self._told.setdefault(finding.key, _Told(finding, where, {}))
        if operation and len(told.operations) < MOST_OPERATIONS:
            told.operations[operation] = None

    def changes(self) -> list[Change]:
        """The worst first, then in the order of lines."""
        found = [_change(told) for told in self._told.values()]
        return sorted(found, key=lambda each: (LEVELS.index(each.level), each.gone, each.line, each.message))


def _change(told: _Told) -> Change:
    finding, (operation, *others) = told.finding, (list(told.operations) or [""])
    count = f"{'at least ' if len(told.operations) == MOST_OPERATIONS else ''}{len(others)}"
    more = f" and {count} more operation{'s' if len(others) > 1 else ''}" if others else ""
    message = ": ".join(_present((operation + more, told.where, finding.message)))
    place = finding.place
    return Change(finding.level, finding.rule, place.file, place.line, operation, message, tuple(others), finding.gone)


def _present(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text]
