"""Findings that the platform team accepts for a while: who, why, and until when."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from tiergate.governance.findings import Finding, pointer
from tiergate.policy.openapi import Document
from tiergate.policy.parts import OptionalPart, Part, Text
from tiergate.policy.schema import nearest, validate
from tiergate.policy.source import Fault, Faults, Source, read


def _day(text: str) -> str:
    try:
        if len(text) == 10 and date.fromisoformat(text):
            return text
    except ValueError:
        pass
    raise ValueError("must be a day, such as 2027-01-31")


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

    def covers(self, api: str, finding: Finding) -> bool:
        return (
            (self.rule, self.api) == (finding.rule, api)
            and self.operation in {None, finding.operation}
            and (self.path is None or f"{pointer(finding.path)}/".startswith(f"{self.path}/"))
        )


class Waivers(Part):
    """``governance/waivers.yaml``."""

    waivers: Annotated[list[Waiver], Field(max_length=1000)]


@dataclass(slots=True)
class Register:
    """The waivers that hold today, and what is wrong with the rest."""

    source: Source | None = None
    valid: list[tuple[int, Waiver]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)

    def applied(self, api: str, finding: Finding) -> Finding:
        """The finding, told as waived where it is."""
        for index, waiver in self.valid:
            if waiver.covers(api, finding):
                self._used.add(index)
                return replace(finding, waived=f"until {waiver.expires} by {waiver.owner}: {waiver.reason}")
        return finding

    def unused(self, apis: Collection[str]) -> list[Fault]:
        """Waivers of the API versions that were linted which nothing needed."""
        if self.source is None:
            return []
        return [
            self.source.fault(f"waivers.{index}: nothing breaks {waiver.rule} there; remove it", "waivers", index)
            for index, waiver in self.valid
            if waiver.api in apis and index not in self._used
        ]


def register(file: Path, rules: Collection[str], documents: Mapping[str, Document], today: date) -> Register:
    """The waivers of a file, which need not be there. ``documents``: by the name of their API version."""
    if not file.exists():
        return Register()
    try:
        source = read(file)
    except Faults as faults:
        return Register(faults=faults.faults)
    value, faults_ = validate(Waivers, source)
    valid: list[tuple[int, Waiver]] = []
    for index, waiver in enumerate(value.waivers if value is not None else ()):
        wrong = list(_faults(source, index, waiver, rules, documents, today))
        faults_ += wrong
        if not wrong:
            valid.append((index, waiver))
    return Register(source, valid, faults_)


def _faults(
    source: Source,
    index: int,
    waiver: Waiver,
    rules: Collection[str],
    documents: Mapping[str, Document],
    today: date,
) -> Iterator[Fault]:
    place, at = ("waivers", index), f"waivers.{index}"
    if waiver.rule not in rules:
        yield source.fault(
            f'{at}.rule: no rule "{waiver.rule}" is switched on{nearest(waiver.rule, rules)}', *place, "rule"
        )
    if waiver.api not in documents:
        yield source.fault(f'{at}.api: there is no "{waiver.api}"{nearest(waiver.api, documents)}', *place, "api")
    elif waiver.operation is not None:
        known = {operation.id for operation in documents[waiver.api].operations}
        if waiver.operation not in known:
            message = f'{at}.operation: {waiver.api} has no "{waiver.operation}"{nearest(waiver.operation, known)}'
            yield source.fault(message, *place, "operation")
    if date.fromisoformat(waiver.expires) < today:
        yield source.fault(
            f"{at}.expires: expired on {waiver.expires}; {waiver.owner} has to mend what breaks {waiver.rule}, "
            "or to give a new date with the reason for it",
            *place,
            "expires",
        )
