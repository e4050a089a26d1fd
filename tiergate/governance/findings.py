"""What a rule finds in a document, and how serious that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tiergate.policy.openapi import METHODS, Document
from tiergate.policy.source import Fault, Key, Source

SEVERITIES = ("error", "warning", "information", "hint")
"""The gravest first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One that is switched on."""

    severity: str
    description: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A place of a document that breaks a rule. ``message`` says what is wrong and how to mend it.

    ``operation``: its id, where the place is part of one. ``place``: equal for findings at one of the places that the
    rule looked at. ``waived``: until when, by whom and why, where that is so.
    """

    rule: str
    severity: str
    file: str
    line: int
    message: str
    path: tuple[Key, ...] = ()
    operation: str = ""
    place: int = -1
    waived: str = ""

    def __str__(self) -> str:
        waived = f" (waived {self.waived})" if self.waived else ""
        return f"{self.file}:{self.line}: {self.rule}: {self.message}{waived}"

    def document(self) -> dict[str, Any]:
        """For JSON; ``path`` as a JSON pointer."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "file": self.file,
            "line": self.line,
            "message": self.message,
            "path": pointer(self.path),
            "operation": self.operation,
            "waived": self.waived,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules say of one document, and at how many places each of them looked. ``faults``: rules that failed."""

    findings: tuple[Finding, ...]
    places: Mapping[str, int]
    faults: tuple[Fault, ...] = ()


def pointer(path: tuple[Key, ...]) -> str:
    """A path as a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def answer(document: Document, raw: Mapping[str, Any]) -> Answer:
    """What the engine tells of a document, with lines and operations."""
    ids = {(each.method, each.template): each.id for each in document.operations}
    faults = (
        document.source.fault(f"the rule {rule} failed on this document: {error}; mend the document, or the rule")
        for rule, error in raw["failed"].items()
    )
    findings = (_finding(document.source, ids, each) for each in raw["findings"])
    return Answer(tuple(findings), raw["places"], tuple(faults))


def _finding(source: Source, ids: Mapping[tuple[str, str], str], raw: Mapping[str, Any]) -> Finding:
    path = _path(source.data, raw["path"])
    return Finding(
        rule=raw["rule"],
        severity=raw["severity"],
        file=source.file,
        line=source.line(*path),
        message=raw["message"],
        path=path,
        operation=_operation(ids, path),
        place=raw["place"],
    )


def _path(data: Any, steps: list[str]) -> tuple[Key, ...]:
    """JavaScript's path: an item's index is text there."""
    path: list[Key] = []
    for step in steps:
        key: Key = int(step) if isinstance(data, list) else str(step)
        path.append(key)
        data = data[key]
    return tuple(path)


def _operation(ids: Mapping[tuple[str, str], str], path: tuple[Key, ...]) -> str:
    if len(path) < 3 or path[0] != "paths" or path[2] not in METHODS:
        return ""
    return ids.get((str(path[2]).upper(), str(path[1])), "")
