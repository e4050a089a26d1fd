"""What a run did: its metrics, and one entry in the platform's audit trail."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.usage_plan_sync.run import Run
from tiergate.adapters.embedded_metrics import counts
from tiergate.adapters.mirror import Failure, Outcome
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.telemetry import log
from tiergate.domain.metrics import SYNC

SHOWN = 50
"""Failures, and differences of limits, that an entry names; all are counted."""

LONGEST = 500
"""Characters of each."""


class Reports:
    """``registry``: where entries are left."""

    def __init__(self, registry: RegistryTable, *, stage: str) -> None:
        self._registry = registry
        self._stage = stage

    def full(self, run: Run, outcome: Outcome) -> None:
        """Of a full run, at its end. Raises nothing."""
        facts = {"catalogue": dict(run.published)} if run.published else {}
        self._tell(run.trigger, outcome, repaired=outcome.changed if run.repairs else 0, more=facts)

    def applications(self, trigger: str, outcome: Outcome) -> None:
        """Of single applications, where anything was changed or failed. Raises nothing."""
        if outcome.changed or outcome.failed:
            self._tell(trigger, outcome)

    def _tell(
        self, trigger: str, outcome: Outcome, *, repaired: int = 0, more: Mapping[str, Any] | None = None
    ) -> None:
        numbers = {
            "created": outcome.created,
            "updated": outcome.updated,
            "deleted": outcome.deleted,
            "unchanged": outcome.unchanged,
            "repaired": repaired,
            "failed": len(outcome.failed),
        }
        counts({f"Sync{name}": numbers[name.lower()] for name in SYNC}, Stage=self._stage)
        facts: dict[str, Any] = {"trigger": trigger, **numbers, **(more or {})}
        if outcome.failed:
            facts["failures"] = _shown(map(told, outcome.failed))
        if outcome.differences:
            facts["differences"] = _shown(outcome.differences)
        try:
            self._registry.note("sync", facts)
        except (BotoCoreError, ClientError) as error:
            log("ERROR", "a run without its audit entry", cause=error, **facts)


def told(failure: Failure) -> str:
    """For people."""
    return f"{failure.what}: {failure.reason}"


def _shown(texts: Iterable[str]) -> list[str]:
    found = [text[:LONGEST] for text in dict.fromkeys(texts)]
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return found[:SHOWN] + more
