"""What ``tiergate sync`` asks, and what it is answered."""

from collections.abc import Mapping
from typing import Any

from lambdas.usage_plan_sync.run import HAND, Run
from tiergate.adapters.mirror import Outcome

SHOWN = 2000
"""Of each list, as an answer has 6 MB at most."""


def asked(document: Mapping[str, Any]) -> tuple[Run, bool]:
    """The run to go on with, and whether it is to change nothing. Raises TypeError: it is no run."""
    return Run.of({"trigger": HAND, **document.get("run", {})}), bool(document.get("dry_run", False))


def answer(run: Run, outcome: Outcome) -> dict[str, Any]:
    """``run`` is what the next part is to be asked with, where the run is not ``complete``."""
    return {
        "complete": outcome.complete,
        "created": outcome.created,
        "updated": outcome.updated,
        "deleted": outcome.deleted,
        "unchanged": outcome.unchanged,
        "catalogue": dict(run.published),
        "planned": [*outcome.planned[:SHOWN]],
        "differences": [*outcome.differences[:SHOWN]],
        "failed": [each._asdict() for each in outcome.failed[:SHOWN]],
        "left_out": sum(max(0, len(each) - SHOWN) for each in (outcome.planned, outcome.differences, outcome.failed)),
        "run": run.document(),
    }
