"""The app that ``cdk`` runs: policies are checked and compiled first, and a fault of theirs ends the synth."""

import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from stacks.assets import AssetError
from stacks.data import DataStack
from stacks.gate import GateStack
from stacks.gateway import GatewayStack
from stacks.observability import ObservabilityStack
from stacks.portal import PortalStack
from stacks.settings import ROOT, SettingsError, settings
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
from tiergate.portal import bundling
from tiergate.portal.build import build

GRADES = Place.of_machine().state / "cache" / "grades"
"""Where this machine keeps what need not be found out twice."""


def main() -> None:
    app = cdk.App()
    chosen = settings(app.node.get_all_context())
    policies = checked(chosen.policies, chosen.stage)
    bundle, catalogue = compiled(policies), _catalogue(policies, chosen.policies / "governance")
    data = DataStack(app, "Data", settings=chosen, stack_name=f"{chosen.prefix}-data")
    packages = Path(app.outdir) / "packages"
    gate = GateStack(
        app,
        "Gate",
        settings=chosen,
        bundle=bundle,
        registry=data.registry,
        out=packages,
        stack_name=f"{chosen.prefix}-gate",
    )
    issuers: dict[str, dict[str, str]] = {}
    if name := pooled(bundle):
        pool = UserPoolStack(
            app,
            "UserPool",
            settings=chosen,
            name=name,
            issuer=bundle["issuers"][name],
            stack_name=f"{chosen.prefix}-user-pool",
        )
        issuers[name] = {"url": pool.url, "jwks": pool.jwks}
    gateway = GatewayStack(
        app,
        "Gateway",
        settings=chosen,
        bundle=bundle,
        registry=data.registry,
        usage=data.usage,
        issuers=issuers,
        out=packages,
        now=int(time.time()),
        stack_name=f"{chosen.prefix}-gateway",
    )
    usage = UsageStack(
        app,
        "Usage",
        settings=chosen,
        bundle=bundle,
        registry=data.registry,
        usage=data.usage,
        records=data.usage_records,
        access_log=gateway.access_log,
        out=packages,
        stack_name=f"{chosen.prefix}-usage",
    )
    sync = SyncStack(
        app,
        "Sync",
        settings=chosen,
        bundle=bundle,
        catalogue=catalogue,
        registry=data.registry,
        usage=data.usage,
        out=packages,
        stack_name=f"{chosen.prefix}-sync",
    )
    sync.add_stack_dependency(gateway, "what is told has been deployed")
    portal = None
    if policies.portal:
        portal = PortalStack(
            app,
            "Portal",
            settings=chosen,
            bundle=bundle,
            catalogue=catalogue,
            rules=policies.portal.value.compiled(),
            site=_site(policies, catalogue, Path(app.outdir) / "site"),
            gateway=gateway.api,
            endpoint=gateway.address,
            registry=data.registry,
            usage=data.usage,
            records=data.usage_records,
            out=packages,
            stack_name=f"{chosen.prefix}-portal",
        )
    authorizers = {**gateway.authorizers, **({"rest": sync.rest_authorizer} if sync.rest_authorizer else {})}
    ObservabilityStack(
        app,
        "Observability",
        settings=chosen,
        gateway=gateway.api,
        authorizers={name: each.function for name, each in authorizers.items()},
        proxies={name: each.function for name, each in gateway.proxies.items()},
        tables={"registry": data.registry, "usage": data.usage},
        roll_up=usage.roll_up.function,
        given_up=usage.given_up,
        notices=usage.notices.function,
        sync=sync.function.function,
        sync_queue=sync.queue,
        dead_letters=sync.dead_letters,
        portal=portal.function.function if portal else None,
        portal_gateway=portal.gateway if portal else None,
        stack_name=f"{chosen.prefix}-observability",
    )
    for each in app.node.children:
        if isinstance(each, cdk.Stack) and each not in {data, gate}:
            each.add_stack_dependency(gate, "nothing is changed that the gate has not passed")
    cdk.Tags.of(app).add("tiergate:stage", chosen.stage)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


def _catalogue(policies: Policies, governance: Path) -> str:
    """The document to publish, with the grades that the rules give today."""
    today = datetime.now(UTC).date()
    cards = graded(policies, governance, GRADES, today, report=_grading)
    return serialized(published(policies, {name: card.document() for name, card in cards.items()}))


def _site(policies: Policies, catalogue: str, out: Path) -> Path:
    """The folder of the portal's pages."""
    return build(policies, json.loads(catalogue), out=out, root=ROOT, report=_building).folder


def _building() -> None:
    sys.stderr.write("Building the portal's site ...\n")


def _grading() -> None:
    sys.stderr.write("Grading the OpenAPI documents that are new or changed ...\n")


if __name__ == "__main__":
    try:
        main()
    except (Faults, SettingsError, AssetError, NotInstalled, bundling.NotInstalled, bundling.BundlingError) as error:
        sys.exit(str(error))
