"""The app that ``cdk`` runs: policies are checked and compiled first, and a fault of theirs ends the synth."""

import json
import sys
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from stacks.assets import AssetError
from stacks.data import DataStack
from stacks.gate import GateStack
from stacks.gateway import GatewayStack
from stacks.observability import ObservabilityStack
from stacks.portal import PortalStack
from stacks.settings import ROOT, Settings, SettingsError, settings
from stacks.sync import SyncStack
from stacks.usage import UsageStack
from stacks.user_pool import UserPoolStack, pooled
from tiergate.governance.engine import NotInstalled
from tiergate.governance.grades import graded
from tiergate.local.place import Place
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked
from tiergate.policy.load import Policies
from tiergate.policy.published import published
from tiergate.policy.source import Faults
from tiergate.portal.build import build
from tiergate.portal.bundling import BundlingError

GRADES = Place.of_machine().state / "cache" / "grades"
"""Where this machine keeps what need not be found out twice."""


def main() -> None:
    app = cdk.App()
    chosen = settings(app.node.get_all_context())
    policies, today = checked(chosen.policies, chosen.stage), datetime.now(UTC).date()
    catalogue = _catalogue(policies, chosen.policies / "governance", today)
    data = DataStack(app, "Data", settings=chosen, stack_name=f"{chosen.prefix}-data")
    deployment = Deployment(app, chosen, policies, compiled(policies), catalogue, data, today)
    gate = deployment.gate()
    gateway = deployment.gateway()
    usage, sync, portal = deployment.usage(gateway), deployment.sync(gateway), deployment.portal(gateway)
    deployment.observability(gateway, usage, sync, portal)
    for each in app.node.children:
        if isinstance(each, cdk.Stack) and each not in {data, gate}:
            each.add_stack_dependency(gate, "nothing is changed that the gate has not passed")
    cdk.Tags.of(app).add("tiergate:stage", chosen.stage)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


@dataclass(frozen=True)
class Deployment:
    """What the stacks of a stage are made of: each method makes one. ``catalogue``: the document to publish."""

    app: cdk.App
    settings: Settings
    policies: Policies
    bundle: dict[str, Any]
    catalogue: str
    data: DataStack
    today: date

    def gate(self) -> GateStack:
        return GateStack(
            self.app,
            "Gate",
            settings=self.settings,
            bundle=self.bundle,
            registry=self.data.registry,
            out=self._packages,
            stack_name=self._named("gate"),
        )

    def gateway(self) -> GatewayStack:
        """With the pool of OAuth clients, where an issuer is one that is deployed with it."""
        issuers: dict[str, dict[str, str]] = {}
        if name := pooled(self.bundle):
            pool = UserPoolStack(
                self.app,
                "UserPool",
                settings=self.settings,
                name=name,
                issuer=self.bundle["issuers"][name],
                stack_name=self._named("user-pool"),
            )
            issuers[name] = {"url": pool.url, "jwks": pool.jwks}
        return GatewayStack(
            self.app,
            "Gateway",
            settings=self.settings,
            bundle=self.bundle,
            registry=self.data.registry,
            usage=self.data.usage,
            issuers=issuers,
            out=self._packages,
            now=int(time.time()),
            stack_name=self._named("gateway"),
        )

    def usage(self, gateway: GatewayStack) -> UsageStack:
        return UsageStack(
            self.app,
            "Usage",
            settings=self.settings,
            bundle=self.bundle,
            registry=self.data.registry,
            usage=self.data.usage,
            records=self.data.usage_records,
            access_log=gateway.access_log,
            out=self._packages,
            stack_name=self._named("usage"),
        )

    def sync(self, gateway: GatewayStack) -> SyncStack:
        sync = SyncStack(
            self.app,
            "Sync",
            settings=self.settings,
            bundle=self.bundle,
            catalogue=self.catalogue,
            registry=self.data.registry,
            usage=self.data.usage,
            out=self._packages,
            stack_name=self._named("sync"),
        )
        sync.add_stack_dependency(gateway, "what is told has been deployed")
        return sync

    def portal(self, gateway: GatewayStack) -> PortalStack | None:
        if not self.policies.portal:
            return None
        return PortalStack(
            self.app,
            "Portal",
            settings=self.settings,
            bundle=self.bundle,
            catalogue=self.catalogue,
            rules=self.policies.portal.value.compiled(),
            site=self._site(),
            gateway=gateway.api,
            endpoint=gateway.address,
            registry=self.data.registry,
            usage=self.data.usage,
            records=self.data.usage_records,
            out=self._packages,
            stack_name=self._named("portal"),
        )

    def observability(
        self, gateway: GatewayStack, usage: UsageStack, sync: SyncStack, portal: PortalStack | None
    ) -> ObservabilityStack:
        authorizers = {**gateway.authorizers, **({"rest": sync.rest_authorizer} if sync.rest_authorizer else {})}
        return ObservabilityStack(
            self.app,
            "Observability",
            settings=self.settings,
            gateway=gateway.api,
            authorizers={name: each.function for name, each in authorizers.items()},
            proxies={name: each.function for name, each in gateway.proxies.items()},
            tables={"registry": self.data.registry, "usage": self.data.usage},
            roll_up=usage.roll_up.function,
            call_records=usage.call_records.function,
            given_up=usage.given_up,
            notices=usage.notices.function,
            sync=sync.function.function,
            sync_queue=sync.queue,
            dead_letters=sync.dead_letters,
            portal=portal.function.function if portal else None,
            portal_gateway=portal.gateway if portal else None,
            sign_up=portal.people.sign_up.function if portal else None,
            stack_name=self._named("observability"),
        )

    def _site(self) -> Path:
        """The folder of the portal's pages."""
        out = Path(self.app.outdir) / "site"
        catalogue = json.loads(self.catalogue)
        return build(self.policies, catalogue, out=out, root=ROOT, today=self.today, report=_building).folder

    @property
    def _packages(self) -> Path:
        return Path(self.app.outdir) / "packages"

    def _named(self, stack: str) -> str:
        return f"{self.settings.prefix}-{stack}"


def _catalogue(policies: Policies, governance: Path, today: date) -> str:
    """The document to publish, with the grades that the rules give today."""
    cards = graded(policies, governance, GRADES, today, report=_grading)
    return serialized(published(policies, {name: card.document() for name, card in cards.items()}))


def _building() -> None:
    sys.stderr.write("Building the portal's site ...\n")


def _grading() -> None:
    sys.stderr.write("Grading the OpenAPI documents that are new or changed ...\n")


if __name__ == "__main__":
    try:
        main()
    except (Faults, SettingsError, AssetError, NotInstalled, BundlingError) as error:
        sys.exit(str(error))
