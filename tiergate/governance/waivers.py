"""Findings that the platform team accepts for a while: who, why, and until when."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate
from operator import itemgetter
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError

from tiergate.governance.findings import Finding, pointer
from tiergate.policy.openapi import Document
from tiergate.policy.parts import OptionalPart, Part, Text
from tiergate.policy.schema import nearest, validate
from tiergate.policy.source import Fault, Faults, Source, found, read, shown

MOST = 1000
"""Waivers of a file."""


def _day(text: str) -> str:
    try:
        if len(text) == 10 and date.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise ValueError(f"must be a day, such as 2027-01-31; found {shown(text)}")


def _place(text: str) -> str:
    if text.startswith("/"):
        return text
    raise ValueError("must be a JSON pointer, such as /components/schemas/Money")


class Waiver(OptionalPart):
    """What breaks a rule and may, until the end of a day (UTC): a whole API version, an operation, or a place of it."""

    rule: Text
    api: Text
    operation: Text | None = None
    path: Annotated[str, AfterValidator(_place)] | None = None
    owner: Text
    reason: Text
    expires: Annotated[str, AfterValidator(_day)]

    @property
    def covered(self) -> "Covered":
        return self.rule, self.api, self.operation, self.path


Covered = tuple[str, str, str | None, str | None]
"""What a waiver is about: rule, API version, operation and place."""


class Waivers(Part):
    """``governance/waivers.yaml``."""

    waivers: Annotated[list[Waiver], Field(max_length=MOST)]


@dataclass(slots=True)
class Register:
    """The waivers that hold today, and what is wrong with the rest."""

    source: Source | None = None
    valid: list[tuple[int, Waiver]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _first: dict[Covered, tuple[int, Waiver]] = field(init=False)
    _used: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._first = {waiver.covered: (index, waiver) for index, waiver in reversed(self.valid)}

    def applied(self, api: str, finding: Finding) -> Finding:
        """The finding, told as waived where it is."""
        covering = [self._first[each] for each in _covered(api, finding) if each in self._first]
        if not covering:
            return finding
        index, waiver = min(covering, key=itemgetter(0))
        self._used.add(index)
        return replace(finding, waived=f"until {waiver.expires} by {waiver.owner}: {waiver.reason}")

    def unused(self, apis: Collection[str]) -> list[Fault]:
        """Waivers of the API versions that were linted which nothing needed."""
        if self.source is None:
            return []
        return [
            self.source.fault(f"waivers.{index}: nothing breaks {waiver.rule} there; remove it", "waivers", index)
            for index, waiver in self.valid
            if waiver.api in apis and index not in self._used
        ]


def _covered(api: str, finding: Finding) -> Iterator[Covered]:
    """All that a waiver of the finding can be about."""
    places = accumulate(pointer((step,)) for step in finding.path)
    for place in (None, *places):
        yield finding.rule, api, None, place
        yield finding.rule, api, finding.operation, place


def register(file: Path, rules: Collection[str], documents: Mapping[str, Document], today: date) -> Register:
    """The waivers of a file, which need not be there. ``documents``: by the name of their API version."""
    if not file.exists():
        return Register()
    try:
        source = read(file)
    except Faults as faults:
        return Register(faults=faults.faults)
    _, faults_ = validate(Waivers, source)
    operations = {name: {each.id for each in document.operations} for name, document in documents.items()}
    valid: list[tuple[int, Waiver]] = []
    for index, waiver in _well_formed(source):
        wrong = list(_faults(source, index, waiver, rules, operations, today))
        faults_ += wrong
        if not wrong:
            valid.append((index, waiver))
    return Register(source, valid, faults_)


def _well_formed(source: Source) -> Iterator[tuple[int, Waiver]]:
    stated = found(source.data, ("waivers",))
    for index, waiver in enumerate(stated[:MOST] if isinstance(stated, list) else ()):
        with suppress(ValidationError):
            yield index, Waiver.model_validate(waiver)


def _faults(
    source: Source,
    index: int,
    waiver: Waiver,
    rules: Collection[str],
    operations: Mapping[str, Collection[str]],
    today: date,
) -> Iterator[Fault]:
    """``operations``: the ids of each API version's."""
    place, at = ("waivers", index), f"waivers.{index}"
    if waiver.rule not in rules:
        yield source.fault(
            f'{at}.rule: no rule "{waiver.rule}" is switched on{nearest(waiver.rule, rules)}', *place, "rule"
        )
    if waiver.api not in operations:
        yield source.fault(f'{at}.api: there is no "{waiver.api}"{nearest(waiver.api, operations)}', *place, "api")
    elif waiver.operation is not None and waiver.operation not in operations[waiver.api]:
        known = nearest(waiver.operation, operations[waiver.api])
        yield source.fault(f'{at}.operation: {waiver.api} has no "{waiver.operation}"{known}', *place, "operation")
    if date.fromisoformat(waiver.expires) < today:
        yield source.fault(
            f"{at}.expires: expired on {waiver.expires}; {waiver.owner} has to mend what breaks {waiver.rule}, "
            "or to give a new date with the reason for it",
            *place,
            "expires",
        )
