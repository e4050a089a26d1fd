"""What every request to the portal works with, built once."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tiergate.adapters.allowances import Allowances
from tiergate.adapters.invitation_events import InvitationEvents
from tiergate.adapters.packaged import load_catalogue, packaged
from tiergate.adapters.people import People
from tiergate.adapters.portal_reads import PortalReads
from tiergate.adapters.registry import Registry
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.repeatable import Creations
from tiergate.adapters.settings import PortalSettings
from tiergate.adapters.usage_report import UsageReport
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.limits import SECOND
from tiergate.domain.published import FILE


class Portal(NamedTuple):
    """``published``: the catalogue as partners see it. ``microseconds``, ``clock``: the time."""

    settings: PortalSettings
    catalogue: Catalogue
    published: Mapping[str, Any]
    dynamodb: Any
    people: People
    reads: PortalReads
    creations: Creations
    allowances: Allowances
    events: InvitationEvents
    usage: UsageReport
    microseconds: Callable[[], int]
    clock: Callable[[], datetime]

    @classmethod
    def of(
        cls,
        environ: Mapping[str, str],
        *,
        dynamodb: Any,
        kms: Any,
        cognito: Any,
        events: Any,
        microseconds: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> "Portal":
        """With AWS's clients, as the environment has it."""
        settings, catalogue, published = PortalSettings.of(environ), load_catalogue(environ), _published(environ)

        def clock() -> datetime:
            return datetime.fromtimestamp(microseconds() / SECOND, UTC)

        table = RegistryTable(dynamodb, settings.registry_table, actor="portal", clock=clock)
        return cls(
            settings=settings,
            catalogue=catalogue,
            published=published,
            dynamodb=dynamodb,
            people=People(cognito, settings.user_pool),
            reads=PortalReads(table),
            creations=Creations(
                dynamodb,
                kms,
                table=settings.registry_table,
                mac_key=settings.mac_key,
                env=settings.env,
                purpose="portal",
            ),
            allowances=Allowances(dynamodb, settings.registry_table, clock),
            events=InvitationEvents(events, stage=settings.stage),
            usage=UsageReport(
                dynamodb,
                usage_table=settings.usage_table,
                records_table=settings.records_table,
                plans=catalogue.plans,
                clock=clock,
                titles={name: each["title"] for name, each in published["apis"].items()},
            ),
            microseconds=microseconds,
            clock=clock,
        )

    def registry(self, actor: str) -> Registry:
        """The registry as ``actor`` changes it."""
        return Registry(
            self.dynamodb,
            self.settings.registry_table,
            env=self.settings.env,
            actor=actor,
            products=self.catalogue.products,
            issuers=self.catalogue.issuers,
            clock=self.clock,
        )

    def approved_by_itself(self, plan: str) -> bool:
        """Whether whoever asks for a plan has it."""
        return bool(self.published["plans"].get(plan, {}).get("approval") == "automatic")


def _published(environ: Mapping[str, str]) -> Any:
    with open(environ.get("CATALOGUE") or packaged(FILE, environ), encoding="utf-8") as file:  # noqa: PTH123 - as there
        return json.load(file)
