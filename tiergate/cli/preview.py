"""``tiergate preview``: what a deploy of the working tree would change against what runs."""

import sys
from collections.abc import Collection, Mapping
from pathlib import Path

import click

from tiergate.adapters.counter_reader import counter_item
from tiergate.adapters.deployed import DeployedUnreadable, deployed_bundle
from tiergate.adapters.usage_records import UsageRecords
from tiergate.cli.options import json_option, policies_option, stage_option
from tiergate.cli.output import emit
from tiergate.cli.parameters import now
from tiergate.cli.preview_outline import Preview, preview_document, tell_preview
from tiergate.cli.target import NotDeployed, Target, environment_of
from tiergate.domain.catalogue import FORMAT, Catalogue
from tiergate.domain.consumers import Consumer, consumers, since, sold
from tiergate.domain.counters import counter
from tiergate.domain.limits import WINDOWS, window_number
from tiergate.domain.registry import Application, Subscription
from tiergate.policy.bundle import compiled
from tiergate.policy.changes import in_order
from tiergate.policy.check import checked
from tiergate.policy.load import ENVIRONMENTS
from tiergate.review.capacity import route_count, routes
from tiergate.review.preview import (
    Bundle,
    Held,
    Stands,
    beginning,
    differing,
    exceeded,
    needed,
    stated_public,
    touched,
)
from tiergate.review.refusals import refusals

Owned = list[tuple[Application, Subscription]]


@click.command()
@policies_option
@click.option("--env", type=click.Choice(ENVIRONMENTS), help="The environment's policies. Default: the stage's.")
@stage_option
@json_option
def preview(policies: Path, env: str | None, stage: str, as_json: bool) -> None:
    """Say what a deploy would change for those who call, and refuse what would hurt them. Exit code 1: refused.

    What runs is read from the deployed authorizer's own package, who is subscribed from the registry, and who called
    lately from the usage records. Nothing is changed.

    \b
    tiergate preview
    tiergate preview --stage prod
    tiergate preview --stage staging --policies other/policies --json
    """
    environment = env or environment_of(stage)
    new = checked(policies, environment)
    found = previewed(stage, environment, compiled(new), stated_public(new), now())
    if as_json:
        emit(preview_document(found))
    else:
        tell_preview(found)
    if found.refusals:
        raise SystemExit(1)


def previewed(stage: str, environment: str, new: Bundle, public: Collection[tuple[str, str]], at: int) -> Preview:
    """What the deploy of a bundle would change. ``public``: see `stated_public`; ``at`` in microseconds.

    Raises
    ------
    click.ClickException
        What runs cannot be read.
    """
    if sys.stderr.isatty():
        click.echo(f"Reading what runs at {stage}, and who is subscribed ...", err=True)
    target = _target(stage)
    if isinstance(target, str):
        old, stands, nothing = beginning(new), Stands(), target
    else:
        old, nothing = _running(target), ""
        stands = _stands(target, old, needed(differing(old, new)), at)
    found = in_order([*differing(old, new), *exceeded(old, new, stands.held, at)])
    return Preview(
        stage,
        environment,
        nothing=nothing,
        subscriptions=len(stands.held),
        routes=(0 if nothing else route_count(routes(old, at), old), route_count(routes(new, at), new)),
        changes=[(change, touched(change, old, new, stands, at)) for change in found],
        refusals=refusals(found, old, new, stands=stands, public=public, now=at),
    )


def _target(stage: str) -> Target | str:
    """The deployment; or why there is none yet."""
    try:
        return Target.find(stage)
    except NotDeployed as nothing:
        return str(nothing).partition(";")[0]


def _running(target: Target) -> Bundle:
    try:
        function = target.output("gateway", "AuthorizerName")
        bundle = deployed_bundle(target.client("lambda"), function, local=target.aws_endpoint is not None)
    except NotDeployed:
        raise click.ClickException(
            f"{target.stage} was deployed by a version of Tiergate that does not say where its policies are; deploy it "
            "once with this version, then compare"
        ) from None
    except DeployedUnreadable as error:
        raise click.ClickException(str(error)) from None
    if bundle.get("format") != FORMAT:
        raise click.ClickException(
            f"{target.stage} runs policies of format {bundle.get('format')}, and this version of Tiergate writes "
            f"{FORMAT}; they cannot be compared, so look at tiergate diff --base REV in place of this"
        )
    return bundle


def _stands(target: Target, old: Bundle, wanted: tuple[set[str], set[str]], at: int) -> Stands:
    """Who is subscribed; and what was used, only where it matters: that is read for each subscription."""
    apis, plans = wanted
    catalogue = Catalogue.of(old)
    owned: Owned = list(target.registry(catalogue.products).subscriptions.list())
    held = [
        Held(
            application.organization,
            subscription,
            _used(target, subscription, at) if subscription.plan in plans else {},
        )
        for application, subscription in owned
    ]
    return Stands(held, _consumers(target, catalogue, owned, apis, at) if apis else ())


def _used(target: Target, subscription: Subscription, at: int) -> Mapping[str, int]:
    item = counter_item(target.client("dynamodb"), target.output("data", "UsageTable"), subscription.id)
    return {window: item.get(counter(window, window_number(window, at)), 0) for window in WINDOWS}


def _consumers(target: Target, catalogue: Catalogue, owned: Owned, apis: Collection[str], at: int) -> list[Consumer]:
    records = UsageRecords(target.client("dynamodb"), target.output("data", "UsageRecordsTable"))
    applications: dict[str, Application] = {application.id: application for application, _ in owned}
    return [
        consumer
        for application in applications.values()
        for subscription, names in sold(application, catalogue.products, apis)
        for consumer in consumers(
            application, subscription, names, records.recent(subscription.id, since(at)).months, at
        )
    ]
