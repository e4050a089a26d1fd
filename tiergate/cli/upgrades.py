"""``tiergate upgrade``: what partners ask for in the portal, and what becomes of it."""

from pathlib import Path

import click

from tiergate.cli.definitions import deployed, still_possible
from tiergate.cli.documents import subscription_document, upgrade_document
from tiergate.cli.options import changing, organization_option, policies_option, reading
from tiergate.cli.output import emit, table
from tiergate.cli.parameters import APPLICATION, REASON, now
from tiergate.cli.target import Target
from tiergate.domain.upgrades import WAITING

application_argument = click.argument("application", metavar="APP", type=APPLICATION)
product_argument = click.argument("product")
plan_argument = click.argument("plan")


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
    upgrades = registry.upgrades
    found = upgrades.of_organization(registry.organizations.get(org)) if org else upgrades.waiting()
    documents = [upgrade_document(each) for each in found]
    if as_json:
        emit(documents)
        return
    columns = ("organization", "application", "product", "from", "to", "state", "asked", "note")
    rows = [[each[name] or "" for name in columns] for each in documents]
    table([name.upper() for name in columns], rows)
    if any(each.state == WAITING for each in found):
        click.echo("Next: tiergate upgrade approve APPLICATION PRODUCT TO, or decline them with --reason")


@upgrades.command()
@application_argument
@product_argument
@plan_argument
@policies_option
@changing
def approve(application: str, product: str, plan: str, policies: Path, reason: str, stage: str, as_json: bool) -> None:
    """Approve a request: the application has the plan within 60 seconds; what was used already stays counted.

    PLAN is the one that is asked for; nothing is approved where that is another by now.

    \b
    tiergate upgrade approve app_yqkTZ1EZGqJr open-banking partner --reason "contract 4711"
    """
    target = Target.find(stage)
    catalogue = deployed(target, policies)
    registry = target.registry(catalogue.products)
    held = registry.applications.get(application).subscriptions.get(product)
    if held is not None:
        still_possible(catalogue, held, plan, now())
    made = registry.upgrades.approve(application, product, plan, reason=reason)
    if as_json:
        emit(subscription_document(registry.applications.get(application), made))
    else:
        click.echo(f"{made.id} has the plan {made.plan}")


@upgrades.command()
@application_argument
@product_argument
@plan_argument
@click.option("--reason", type=REASON, required=True, help="What the partner is told; kept in the audit entry.")
@reading
def decline(application: str, product: str, plan: str, reason: str, stage: str, as_json: bool) -> None:
    """Decline a request for PLAN. The partner keeps the plan that they have, and reads the reason in the portal.

    \b
    tiergate upgrade decline app_yqkTZ1EZGqJr open-banking partner --reason "we need a contract first"
    """
    declined = Target.find(stage).registry().upgrades.decline(application, product, plan, reason=reason)
    if as_json:
        emit(upgrade_document(declined))
    else:
        click.echo(f"{application} is not given the plan {declined.to} of {product}")
