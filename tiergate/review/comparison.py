"""Two policy folders beside each other: their documents, what they compile to, and the moves of each API's life."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tiergate import contract
from tiergate.domain.lifecycle import DRAFT, RETIRED, SERVED
from tiergate.policy.bundle import compiled
from tiergate.policy.changes import Change, changes
from tiergate.policy.levels import BREAKING, LEVELS, Level
from tiergate.policy.load import Policies
from tiergate.review.moves import refused_moves

TOLD_BY_DOCUMENTS = frozenset({"operation_added", "operation_removed", "operation_id", "scopes"})
"""Kinds of changes that the comparison of documents tells with file and line."""

Everywhere = Mapping[str, Policies]
"""The policies of a folder by environment."""


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A change of an API version's document. ``served``: the version is, before and after, so that callers meet it."""

    api: str
    change: contract.Change
    served: bool = True

    @property
    def level(self) -> Level:
        return self.change.level


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """A change of what policies compile to, and the environments that it is in; none named: all."""

    change: Change
    environments: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        return self.change.level


@dataclass(frozen=True, slots=True)
class RefusedMove:
    """A move of an API version's life that may not be deployed, why, and what to do instead; see ``PolicyChange``."""

    api: str
    reason: str
    mend: str
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs. ``uncompared``: what could not be compared, and why."""

    documents: Sequence[DocumentChange] = ()
    policies: Sequence[PolicyChange] = ()
    refused: Sequence[RefusedMove] = ()
    uncompared: Sequence[str] = ()

    @property
    def breaks(self) -> list[DocumentChange]:
        """What breaks callers of a version that they use."""
        return [each for each in self.documents if each.level == BREAKING and each.served]

    @property
    def breaking_policies(self) -> list[PolicyChange]:
        return [each for each in self.policies if each.level == BREAKING]


@dataclass(slots=True)
class _Told:
    """What was found, with the environments that it was found in."""

    environments: Sequence[str]
    found: dict[Any, list[str]] = field(default_factory=dict)

    def tell(self, what: Any, environment: str) -> None:
        self.found.setdefault(what, []).append(environment)

    def all(self) -> Iterator[tuple[Any, tuple[str, ...]]]:
        for what, where in self.found.items():
            yield what, () if len(where) == len(self.environments) else tuple(where)


def compared(old: Everywhere, new: Everywhere, now: int) -> Comparison:
    """Both of checked policies, in the same environments. ``now`` in microseconds."""
    policies, moves = _Told(list(new)), _Told(list(new))
    for environment in new:
        was, now_is = (compiled(each[environment]) for each in (old, new))
        both = was["apis"].keys() & now_is["apis"].keys()
        for change in changes(was, now_is):
            if not _told_by_documents(change, both):
                policies.tell(change, environment)
        for api, refused in refused_moves(was, now_is, now):
            moves.tell((api, *refused), environment)
    found = [PolicyChange(change, where) for change, where in policies.all()]
    return Comparison(
        documents_compared(old, new),
        sorted(found, key=lambda each: LEVELS.index(each.level)),
        [RefusedMove(api, reason, mend, where) for (api, reason, mend), where in moves.all()],
    )


def documents_compared(old: Everywhere, new: Everywhere) -> list[DocumentChange]:
    """Of each API version whose document both have, whatever else is wrong with the old policies."""
    before, after = (next(iter(each.values())).documents for each in (old, new))
    found = [
        DocumentChange(name, change, _served(name, old, new))
        for name in sorted(before.keys() & after.keys())
        for change in contract.compare(before[name].source, after[name].source)
    ]
    return sorted(found, key=lambda each: LEVELS.index(each.change.level))


def _told_by_documents(change: Change, both: Iterable[str]) -> bool:
    return change.kind in TOLD_BY_DOCUMENTS and not change.loosened and change.api in both


def _served(api: str, old: Everywhere, new: Everywhere) -> bool:
    """Whether somebody could call it in some environment, and still is to."""
    return any(
        _stated(old[environment], api) in SERVED and _stated(new[environment], api) != RETIRED for environment in new
    )


def _stated(policies: Policies, api: str) -> str:
    source = policies.files["apis"].get(api)
    return str(source.data.get("state", DRAFT)) if source and isinstance(source.data, Mapping) else DRAFT
