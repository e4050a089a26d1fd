"""What a document is worth: a grade from A to F, with the reasons.

A document begins with 100 points. Each rule that it breaks takes ``⌈weight × √share⌉`` of them, ``share`` being the
part of the places the rule looked at that break it: so a document's size does not by itself change its grade, and the
first few places tell most. Waived findings cost nothing.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tiergate.governance.findings import SEVERITIES, Finding

WEIGHTS = {"error": 15, "warning": 4, "information": 1, "hint": 0}
"""Points that a rule takes where all places break it."""
GRADES = ((90, "A"), (80, "B"), (70, "C"), (60, "D"))
"""The least points of each grade; below them all is F."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one rule takes. ``broken`` of the ``places`` at which it looked break it."""

    rule: str
    severity: str
    points: int
    broken: int
    places: int


@dataclass(frozen=True, slots=True)
class Scorecard:
    """One document's; ``costs`` begin with the highest. ``waived``: how many findings cost nothing."""

    name: str
    points: int
    costs: tuple[Cost, ...]
    waived: int = 0

    @property
    def grade(self) -> str:
        return next((grade for least, grade in GRADES if self.points >= least), "F")

    def document(self) -> dict[str, Any]:
        """For JSON; names stay, fields are only ever added."""
        return {
            "name": self.name,
            "grade": self.grade,
            "points": self.points,
            "waived": self.waived,
            "costs": [
                {
                    "rule": cost.rule,
                    "severity": cost.severity,
                    "points": cost.points,
                    "broken": cost.broken,
                    "places": cost.places,
                }
                for cost in self.costs
            ],
        }


def scorecard(name: str, findings: Iterable[Finding], places: Mapping[str, int]) -> Scorecard:
    """``places``: at how many each rule looked."""
    broken: dict[tuple[str, str], set[int]] = {}
    waived = 0
    for finding in findings:
        if finding.waived:
            waived += 1
        else:
            broken.setdefault((finding.rule, finding.severity), set()).add(finding.place)
    costs = (
        _cost(rule, severity, len(at), max(places.get(rule, 0), len(at))) for (rule, severity), at in broken.items()
    )
    ordered = sorted(costs, key=lambda cost: (-cost.points, SEVERITIES.index(cost.severity), cost.rule))
    return Scorecard(name, max(0, 100 - sum(cost.points for cost in ordered)), tuple(ordered), waived)


def _cost(rule: str, severity: str, broken: int, places: int) -> Cost:
    points = math.ceil(WEIGHTS[severity] * math.sqrt(broken / places))
    return Cost(rule, severity, points, broken, places)
