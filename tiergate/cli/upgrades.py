"""``tiergate upgrade``: what partners ask for in the portal, and what becomes of it."""

from pathlib import Path

import click

from tiergate.cli.definitions import deployed, still_possible
from tiergate.cli.documents import subscription_document, upgrade_document
from tiergate.cli.options import changing, organization_option, policies_option, reading
from tiergate.cli.output import emit, table
from tiergate.cli.parameters import APPLICATION, REASON, now
from tiergate.cli.target import Target

application_argument = click.argument("application", metavar="APP", type=APPLICATION)
product_argument = click.argument("product")


@click.group("upgrade")
def upgrades() -> None:
    """Upgrade requests: plans that partners ask for and that wait for approval."""


@upgrades.command("list")
@organization_option
@reading
def list_(org: str | None, stage: str, as_json: bool) -> None:
    """List the requests that wait, who waits longest first; with --org all of an organization, the newest first.

    \b
    tiergate upgrade list
    tiergate upgrade list --org acme --json
    """
    registry = Target.find(stage).registry()
    found = registry.upgrades.of_organization(org) if org else registry.upgrades.waiting()
    documents = [upgrade_document(each) for each in found]
    if as_json:
        emit(documents)
        return
    columns = ("organization", "application", "product", "from", "to", "state", "asked", "note")
    rows = [[each[name] or "" for name in columns] for each in documents]
    table([name.upper() for name in columns], rows)


@upgrades.command()
@application_argument
@product_argument
@policies_option
@changing
def approve(application: str, product: str, policies: Path, reason: str, stage: str, as_json: bool) -> None:
    """Approve a request: the application has the plan within 60 seconds; what was used already stays counted.

    \b
    tiergate upgrade approve app_yqkTZ1EZGqJr open-banking --reason "contract 4711"
    """
    target = Target.find(stage)
    catalogue = deployed(target, policies)
    registry = target.registry(catalogue.products)
    stored = registry.upgrades.stored(application, product)
    held = registry.applications.get(application).subscriptions.get(product)
    if held is not None:
        still_possible(catalogue, held, stored.value.to, now())
    made = registry.upgrades.approve(application, product, expected=stored.version, reason=reason)
    if as_json:
        emit(subscription_document(registry.applications.get(application), made))
    else:
        click.echo(f"{made.id} has the plan {made.plan}")


@upgrades.command()
@application_argument
@product_argument
@click.option("--reason", type=REASON, required=True, help="What the partner is told; kept in the audit entry.")
@reading
def decline(application: str, product: str, reason: str, stage: str, as_json: bool) -> None:
    """Decline a request. The partner keeps the plan that they have, and reads the reason in the portal.

    \b
    tiergate upgrade decline app_yqkTZ1EZGqJr open-banking --reason "we need a contract first"
    """
    declined = Target.find(stage).registry().upgrades.decline(application, product, reason=reason)
    if as_json:
        emit(upgrade_document(declined))
    else:
        click.echo(f"{application} is not given the plan {declined.to} of {product}")
