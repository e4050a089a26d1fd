"""``tiergate subscription``: which application may call which product, and under which plan."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import click

from tiergate.cli.definitions import deployed, known, offered, possible, product_of, still_possible
from tiergate.cli.documents import override_document, subscription_document
from tiergate.cli.options import (
    application_option,
    changing,
    confirm_deletion,
    organization_option,
    policies_option,
    reading,
    yes_option,
)
from tiergate.cli.outline import held_up, override_terms
from tiergate.cli.output import emit, labelled, table, tell_deleted, tell_state
from tiergate.cli.parameters import APPLICATION, LIMIT, MOMENT, SUBSCRIPTION, now
from tiergate.cli.target import Target
from tiergate.domain.registry import Application, Override, Subscription

id_argument = click.argument("subscription", metavar="SUB", type=SUBSCRIPTION)


@click.group("subscription")
def subscriptions() -> None:
    """Subscriptions: an application's access to a product. Quotas count here."""


@subscriptions.command()
@click.option("--app", type=APPLICATION, required=True, help="The application's id.")
@click.option("--product", required=True, help="A product that is deployed: its file's name.")
@click.option("--plan", required=True, help="One of the plans that the product offers.")
@policies_option
@changing
def create(app: str, product: str, plan: str, policies: Path, reason: str, stage: str, as_json: bool) -> None:
    """Subscribe an application to a product that is deployed, under one of its plans.

    \b
    tiergate subscription create --app app_yqkTZ1EZGqJr --product open-banking --plan free
    """
    target = Target.find(stage)
    catalogue = deployed(target, policies)
    offered(catalogue, product, plan, written=partial(known, policies, stage))
    registry = target.registry(catalogue.products)
    application = registry.applications.get(app)
    made = registry.subscriptions.create(app, product, plan, reason=reason)
    _tell(application, made, as_json)
    if not as_json:
        click.echo(f"Next: tiergate key create --app {app}")


@subscriptions.command("list")
@organization_option
@application_option
@reading
def list_(org: str | None, app: str | None, stage: str, as_json: bool) -> None:
    """List subscriptions.

    \b
    tiergate subscription list
    tiergate subscription list --org acme --json
    tiergate subscription list --app app_yqkTZ1EZGqJr
    """
    registry = Target.find(stage).registry()
    found = [subscription_document(*each) for each in registry.subscriptions.list(org, app)]
    if as_json:
        emit(found)
        return
    columns = ("id", "organization", "application", "product", "plan", "state", "override")
    rows = [each | {"override": override_terms(each["override"])} for each in found]
    table([name.upper() for name in columns], [[row[name] for name in columns] for row in rows])


@subscriptions.command()
@id_argument
@reading
def show(subscription: str, stage: str, as_json: bool) -> None:
    """Show a subscription.

    \b
    tiergate subscription show sub_4nlFGTR5dqkL
    """
    _tell(*Target.find(stage).registry().subscriptions.get(subscription), as_json)


@subscriptions.command()
@id_argument
@changing
def suspend(subscription: str, reason: str, stage: str, as_json: bool) -> None:
    """Refuse calls under a subscription until it is restored. Takes effect everywhere within 60 seconds.

    \b
    tiergate subscription suspend sub_4nlFGTR5dqkL --reason "under review"
    """
    changed = Target.find(stage).registry().subscriptions.suspend(subscription, reason=reason)
    tell_state(subscription, "suspended", changed, as_json)


@subscriptions.command()
@id_argument
@changing
def restore(subscription: str, reason: str, stage: str, as_json: bool) -> None:
    """Let calls under a suspended subscription through again. Takes effect within 60 seconds.

    \b
    tiergate subscription restore sub_4nlFGTR5dqkL --reason "reviewed"
    """
    changed = Target.find(stage).registry().subscriptions.restore(subscription, reason=reason)
    tell_state(subscription, "active", changed, as_json)


@subscriptions.command()
@id_argument
@yes_option
@changing
def delete(subscription: str, yes: bool, reason: str, stage: str, as_json: bool) -> None:
    """Delete a subscription. A new one for the same product counts from nothing.

    \b
    tiergate subscription delete sub_4nlFGTR5dqkL
    tiergate subscription delete sub_4nlFGTR5dqkL --yes --reason "moved to another product"
    """
    registry = Target.find(stage).registry()
    application, found = registry.subscriptions.get(subscription)
    confirm_deletion(f"subscription {subscription} of {application.id} to {found.product}", yes)
    registry.subscriptions.delete(subscription, reason=reason)
    tell_deleted(subscription, as_json)


@subscriptions.command("set-plan")
@id_argument
@click.argument("plan")
@policies_option
@changing
def set_plan(subscription: str, plan: str, policies: Path, reason: str, stage: str, as_json: bool) -> None:
    """Change a subscription's plan to another that is deployed.

    Takes effect within 60 seconds; what was used already stays counted.

    \b
    tiergate subscription set-plan sub_4nlFGTR5dqkL partner
    tiergate subscription set-plan sub_4nlFGTR5dqkL partner --reason "contract 4711" --stage prod
    """
    target = Target.find(stage)
    catalogue = deployed(target, policies)
    registry = target.registry(catalogue.products)
    _, found = registry.subscriptions.get(subscription)
    product = product_of(catalogue, found).id
    offered(catalogue, product, plan, written=partial(known, policies, stage), hint="PLAN")
    still_possible(catalogue, found, plan, now())
    changed = registry.subscriptions.set_plan(subscription, plan, reason=reason)
    if as_json:
        emit({"id": subscription, "plan": plan, "changed": changed})
    else:
        click.echo(
            f"{subscription} has the plan {plan}"
            if changed
            else f"{subscription} has the plan {plan} already; nothing changed"
        )


@subscriptions.command()
@id_argument
@click.option("--limit", "limits", type=LIMIT, multiple=True, help="hour=, day=, month=, rate= (a second) or burst=.")
@click.option("--until", type=MOMENT, help="When it ends: 7d, 2027-01-31 (0:00 UTC) or 2027-01-31T12:00Z.")
@click.option("--clear", is_flag=True, help="Take the override away.")
@policies_option
@changing
def override(
    subscription: str,
    limits: Sequence[tuple[str, float]],
    until: int | None,
    clear: bool,
    policies: Path,
    reason: str,
    stage: str,
    as_json: bool,
) -> None:
    """Put other limits in place of the plan's, for one subscription.

    Takes effect everywhere within 60 seconds. Limits that are not named stay the plan's: a rate named alone keeps the
    plan's burst, so a much greater one needs burst= too. An override replaces the one before it.

    \b
    tiergate subscription override sub_4nlFGTR5dqkL --limit hour=900 --until 7d
    tiergate subscription override sub_4nlFGTR5dqkL --limit rate=20 --limit burst=40 --reason "campaign"
    tiergate subscription override sub_4nlFGTR5dqkL --clear
    """
    if clear and (limits or until is not None):
        raise click.UsageError("--clear goes with neither --limit nor --until")
    if not clear and not limits:
        raise click.UsageError("give at least one --limit, or --clear")
    if clear:
        cleared = Target.find(stage).registry().subscriptions.clear_override(subscription, reason=reason)
        if as_json:
            emit({"id": subscription, "override": None, "changed": cleared})
        else:
            click.echo(f"{subscription} has its plan's limits" + ("" if cleared else "; it had no override"))
        return
    wanted = _override(limits, until)
    target = Target.find(stage)
    catalogue = deployed(target, policies)
    registry = target.registry(catalogue.products)
    _, found = registry.subscriptions.get(subscription)
    possible(catalogue, found, wanted)
    registry.subscriptions.override(subscription, wanted.limits, until=until, reason=reason)
    document = override_document(wanted)
    if as_json:
        emit({"id": subscription, "override": document})
    else:
        click.echo(f"{subscription} has {override_terms(document)}")


def _override(limits: Sequence[tuple[str, float]], until: int | None) -> Override:
    named = dict(limits)
    if len(named) < len(limits):
        raise click.BadParameter("each limit may be given once", param_hint="--limit")
    try:
        return Override.of(named, until)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--limit") from None


def _tell(application: Application, subscription: Subscription, as_json: bool) -> None:
    document = subscription_document(application, subscription)
    if as_json:
        emit(document)
        return
    labelled(
        [
            ("subscription", document["id"]),
            ("organization", document["organization"]),
            ("application", document["application"]),
            ("product", document["product"]),
            ("plan", document["plan"]),
            ("state", held_up(subscription.state, application.organization_state, application.state)),
            ("created", document["created"]),
            ("override", override_terms(document["override"])),
        ]
    )
