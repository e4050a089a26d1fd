"""Documents against the rules, with what is waived taken into account."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tiergate.governance.engine import Engine
from tiergate.governance.findings import SEVERITIES, Finding
from tiergate.governance.scorecard import Scorecard, scorecard
from tiergate.governance.waivers import Register
from tiergate.policy.openapi import Document
from tiergate.policy.source import Fault, Faults


@dataclass(frozen=True, slots=True)
class Linted:
    """What the rules say of all documents. ``faults``: what could not be judged; ``unused``: needless waivers."""

    findings: tuple[Finding, ...]
    scorecards: tuple[Scorecard, ...]
    faults: tuple[Fault, ...]
    unused: tuple[Fault, ...] = ()

    def fails(self, fail_on: str) -> bool:
        """Whether something is at least as grave as ``fail_on`` (a severity) and not waived, or could not be judged."""
        worst = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        needless = self.unused if "warning" in worst else ()
        return bool(
            self.faults or needless or any(each.severity in worst and not each.waived for each in self.findings)
        )

    def document(self) -> dict[str, Any]:
        """For JSON; names stay, fields are only ever added."""
        return {
            "scorecards": [each.document() for each in self.scorecards],
            "findings": [each.document() for each in self.findings],
            "faults": [_told(each) for each in self.faults],
            "unused_waivers": [_told(each) for each in self.unused],
        }


def lint(
    documents: Mapping[str, Document],
    engine: Engine,
    register: Register,
    report: Callable[[str], None] = lambda _: None,
) -> Linted:
    """Judge documents by name; ``report`` is told each name before its turn."""
    findings: list[Finding] = []
    scorecards: list[Scorecard] = []
    faults = list(register.faults)
    for name, document in documents.items():
        report(name)
        try:
            answer = engine.lint(document)
        except Faults as unjudged:
            faults += unjudged.faults
            continue
        faults += answer.faults
        own = [register.applied(name, each) for each in answer.findings]
        findings += own
        scorecards.append(scorecard(name, own, answer.places))
    findings.sort(key=lambda each: (SEVERITIES.index(each.severity), each.file, each.line, each.rule, each.message))
    return Linted(tuple(findings), tuple(scorecards), tuple(sorted(set(faults))), tuple(register.unused(documents)))


def _told(fault: Fault) -> dict[str, Any]:
    return {"file": fault.file, "line": fault.line, "message": fault.message}
