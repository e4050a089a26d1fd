"""``tiergate``: policies, partners and deployments from the command line."""

import os
from functools import partial
from pathlib import Path

import click

from tiergate.cli.definitions import deployed, known, offered
from tiergate.cli.loading import Loading
from tiergate.cli.options import changing, json_option, policies_option, reading
from tiergate.cli.output import SHOWN_ONCE, Commands, emit, labelled
from tiergate.cli.parameters import ORGANIZATION_NAME
from tiergate.cli.target import Target
from tiergate.policy.add import add_api
from tiergate.policy.check import checked_everywhere
from tiergate.policy.source import Faults

COMMANDS = {
    "app": "tiergate.cli.applications:applications",
    "audit": "tiergate.cli.audit:audit",
    "catalogue": "tiergate.cli.catalogue:catalogue",
    "client": "tiergate.cli.clients:clients",
    "diff": "tiergate.cli.diff:diff",
    "explain": "tiergate.cli.explain:explain",
    "export": "tiergate.cli.export:export",
    "key": "tiergate.cli.keys:keys",
    "lifecycle": "tiergate.cli.lifecycle:lifecycle",
    "lint": "tiergate.cli.lint:lint",
    "local": "tiergate.cli.local:local",
    "member": "tiergate.cli.members:members",
    "migrate": "tiergate.cli.migrate:migrate",
    "org": "tiergate.cli.organizations:organizations",
    "portal": "tiergate.cli.portal:portal",
    "preview": "tiergate.cli.preview:preview",
    "restore": "tiergate.cli.restore:restore",
    "schema": "tiergate.cli.schema:schema",
    "simulate": "tiergate.cli.simulate:simulate",
    "smoke": "tiergate.cli.smoke:smoke",
    "subscription": "tiergate.cli.subscriptions:subscriptions",
    "sync": "tiergate.cli.sync:sync",
    "upgrade": "tiergate.cli.upgrades:upgrades",
    "usage": "tiergate.cli.usage:usage",
}
"""Those with a module of their own, which is loaded with the command."""


@click.group(cls=Commands, commands=Loading(COMMANDS), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="tiergate")
def main() -> None:
    """API management for Amazon API Gateway HTTP APIs.

    \b
    tiergate check                                   are the policies right?
    tiergate lint                                    are the OpenAPI documents good?
    tiergate diff --base main                        what becomes of those who call?
    tiergate simulate --last 7d --stage prod         last week's calls, decided again
    tiergate preview --stage prod                    what would a deploy change?
    tiergate explain policy bank/v1                  where does every value come from?
    tiergate lifecycle                               who still calls what?
    tiergate api add pets --openapi pets.yaml --upstream https://pets.example
    tiergate onboard --org "Acme" --product open-banking --plan free
    tiergate org show acme                           what has a partner?
    tiergate key rotate 0pW4ylgVHlvq --grace 24h     both work for a day
    tiergate client create --app app_yqkTZ1EZGqJr    a client that calls with access tokens
    tiergate usage sub_4nlFGTR5dqkL                  how much of its quota is used?
    tiergate status                                  what runs, and where?
    """
    if os.environ.get("NO_COLOR"):  # no-color.org
        click.get_current_context().color = False


@main.command()
@policies_option
@json_option
def check(policies: Path, as_json: bool) -> None:
    """Check the policy files: every fault at once, with file and line.

    \b
    tiergate check
    tiergate check --policies other/policies --json
    """
    try:
        found = checked_everywhere(policies)["dev"]
    except Faults as faults:
        if as_json:
            listed = [{"file": fault.file, "line": fault.line, "message": fault.text} for fault in faults.faults]
            emit({"faults": listed})
        raise
    counts = {
        "apis": len(found.apis),
        "operations": sum(len(api.operations) for api in found.apis.values()),
        "products": len(found.products),
        "plans": len(found.plans),
        "issuers": len(found.issuers),
    }
    if as_json:
        emit({"faults": [], **counts})
    else:
        told = (f"{count} {name if count != 1 else name.removesuffix('s')}" for name, count in counts.items())
        click.echo(f"{policies}: no faults in {', '.join(told)}")


@main.group()
def api() -> None:
    """APIs behind the gateway."""


@api.command("add")
@click.argument("name")
@click.option("--openapi", type=click.Path(path_type=Path), required=True, help="Its OpenAPI 3.0 or 3.1 document.")
@click.option("--upstream", required=True, help="Where its calls go: https://…, http://… or lambda:<name or ARN>.")
@click.option("--version", default="v1", show_default=True, help="The part of the address behind the name.")
@click.option("--owner", help="Who answers for it. Default: the platform's support contact.")
@click.option("--product", help="List it in this product, so that subscribers of the product can call it.")
@policies_option
@json_option
def add(
    name: str,
    openapi: Path,
    upstream: str,
    version: str,
    owner: str | None,
    product: str | None,
    policies: Path,
    as_json: bool,
) -> None:
    """Wrap an existing API by its OpenAPI document, which is taken as it is.

    \b
    tiergate api add museum --openapi museum.yaml --upstream https://museum.example/api
    tiergate api add museum --openapi museum-2.json --upstream https://museum.example/v2 \\
        --version v2 --product open-banking
    """
    added = add_api(policies, name, document=openapi, upstream=upstream, version=version, owner=owner, product=product)
    if as_json:
        emit({"folder": str(added.folder), "operations": added.operations, "product": added.in_product})
        return
    click.echo(f"{added.folder}: {added.operations} operations at /{name}/{version}")
    if added.in_product is None:
        click.echo(
            f"Next: list {name}/{version} under apis: in a file of {policies}/products, so that it can be called."
        )
    click.echo("Then deploy: make up (local), or cdk deploy --all")


@main.command()
@click.option("--org", type=ORGANIZATION_NAME, required=True, help="The new customer's name.")
@click.option("--product", required=True, help="A product that is deployed: its file's name.")
@click.option("--plan", required=True, help="One of the plans that the product offers.")
@policies_option
@changing
def onboard(org: str, product: str, plan: str, policies: Path, reason: str, stage: str, as_json: bool) -> None:
    """Make organization, application, subscription and key in one go. The key is shown once.

    \b
    tiergate onboard --org "Acme" --product open-banking --plan free
    tiergate onboard --org "Acme" --product open-banking --plan free --stage prod --json
    """
    target = Target.find(stage)
    catalogue = deployed(target, policies)
    offered(catalogue, product, plan, written=partial(known, policies, stage))
    endpoint = target.endpoint
    made = target.registry(catalogue.products).onboard(name=org, product=product, plan=plan, reason=reason)
    if as_json:
        emit(
            {
                "organization": made.organization,
                "application": made.application,
                "subscription": made.subscription.id,
                "product": product,
                "plan": plan,
                "endpoint": endpoint,
                "key": {"id": made.key.id, "secret": made.key.text},
            }
        )
        return
    labelled(
        [
            ("organization", made.organization),
            ("application", made.application),
            ("subscription", f"{made.subscription.id}  ({product}, {plan})"),
            ("key", made.key.text),
        ]
    )
    click.echo(SHOWN_ONCE)


@main.command()
@reading
def status(stage: str, as_json: bool) -> None:
    """Say what is deployed, and where. Exit code 3: nothing.

    \b
    tiergate status
    tiergate status --stage prod --json
    """
    target = Target.find(stage)
    document = {
        "endpoint": target.endpoint,
        "region": target.region,
        "stage": target.stage,
        "outputs": target.outputs,
        "access_log": target.access_log,
    }
    if target.aws_endpoint is not None:
        document["aws_endpoint"] = target.aws_endpoint
    if target.logs:
        document["logs"] = target.logs
    if target.portal:
        document["portal"] = target.portal
    if target.demo is not None:
        person = target.demo.person
        document["demo"] = {"url": target.demo.url, "keys": target.demo.keys} | (
            {"person": {"mail": person.mail, "password": person.password}} if person else {}
        )
    if as_json:
        emit(document)
        return
    labelled(
        [
            ("endpoint", target.endpoint),
            *([("portal", target.portal)] if target.portal else []),
            ("region", target.region),
            ("access log", target.access_log),
            *([("logs", target.logs)] if target.logs else []),
            *(("stack", stack) for stack in target.outputs),
        ]
    )
