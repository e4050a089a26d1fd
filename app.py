"""The app that ``cdk`` runs: policies are checked and compiled first, and a fault of theirs ends the synth."""

import sys
import time
from pathlib import Path

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from stacks.assets import AssetError
from stacks.data import DataStack
from stacks.gateway import GatewayStack
from stacks.observability import ObservabilityStack
from stacks.settings import SettingsError, settings
from stacks.usage import UsageStack
from stacks.user_pool import UserPoolStack, pooled
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.policy.source import Faults


def main() -> None:
    app = cdk.App()
    chosen = settings(app.node.get_all_context())
    bundle = compiled(checked(chosen.policies, chosen.stage))
    data = DataStack(app, "Data", settings=chosen, stack_name=f"{chosen.prefix}-data")
    packages = Path(app.outdir) / "packages"
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
        out=packages,
        stack_name=f"{chosen.prefix}-usage",
    )
    ObservabilityStack(
        app,
        "Observability",
        settings=chosen,
        gateway=gateway.api,
        authorizers={name: each.function for name, each in gateway.authorizers.items()},
        proxies={name: each.function for name, each in gateway.proxies.items()},
        tables={"registry": data.registry, "usage": data.usage},
        roll_up=usage.roll_up.function,
        given_up=usage.given_up,
        notices=usage.notices.function,
        stack_name=f"{chosen.prefix}-observability",
    )
    cdk.Tags.of(app).add("tiergate:stage", chosen.stage)
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    app.synth()


if __name__ == "__main__":
    try:
        main()
    except (Faults, SettingsError, AssetError) as error:
        sys.exit(str(error))
