"""``tiergate preview``: what a deploy of the working tree would change against what runs."""

import sys
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import click

from tiergate.adapters.consumers import Consumers, Unreadable
from tiergate.adapters.counter_reader import counter_item
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.usage_records import UsageRecords
from tiergate.cli.options import json_option, policies_option, stage_option
from tiergate.cli.output import emit
from tiergate.cli.parameters import now
from tiergate.cli.preview_outline import Preview, preview_document, tell_preview
from tiergate.cli.running import RunningUnknown, running
from tiergate.cli.target import NotDeployed, Target, environment_of
from tiergate.domain.catalogue import Catalogue, Product
from tiergate.domain.consumers import Consumer
from tiergate.domain.counters import counter
from tiergate.domain.limits import WINDOWS, window_number
from tiergate.domain.registry import Application, Subscription
from tiergate.policy.bundle import compiled
from tiergate.policy.capacity import route_count, routes
from tiergate.policy.changes import in_order
from tiergate.policy.check import checked
from tiergate.policy.load import ENVIRONMENTS
from tiergate.review.preview import (
    Bundle,
    Held,
    Stands,
    differing,
    doubled,
    exceeded,
    needed,
    nothing_deployed,
    stated_public,
    touched,
)
from tiergate.review.refusals import refusals

Owned = list[tuple[Application, Subscription]]

WORKERS = 8
"""Subscriptions and applications whose use is read at once."""


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
        old, stands, nothing = nothing_deployed(new), Stands(), target
    else:
        old, nothing = _running(target), ""
        stands = _stands(target, old, needed(differing(old, new)), at)
    found = in_order([*differing(old, new), *doubled(old, new, stands.held), *exceeded(old, new, stands.held, at)])
    return Preview(
        stage,
        environment,
        nothing=nothing,
        subscriptions=len(stands.held),
        routes=(0 if nothing else _routes(old, at), _routes(new, at)),
        changes=[(change, touched(change, old, new, stands, at)) for change in found],
        refusals=refusals(found, old, new, stands=stands, public=public, now=at),
    )


def _routes(bundle: Bundle, at: int) -> int:
    return route_count(routes(bundle["apis"], at), bundle["apis"])


def _target(stage: str) -> Target | str:
    """The deployment; or why there is none yet."""
    try:
        return Target.find(stage)
    except NotDeployed as nothing:
        return str(nothing).partition(";")[0]


def _running(target: Target) -> Bundle:
    try:
        return running(target)
    except RunningUnknown as error:
        raise click.ClickException(f"{error}; tiergate diff --base REV compares with files") from None


def _stands(target: Target, old: Bundle, wanted: tuple[set[str], set[str]], at: int) -> Stands:
    """Who is subscribed; and what was used, only where it matters: that is read for each subscription."""
    apis, plans = wanted
    products = Catalogue.of(old).products
    owned: Owned = list(target.registry(products).subscriptions.list())
    with ThreadPoolExecutor(WORKERS) as pool:
        used = pool.map(lambda each: _used(target, each[1], at) if each[1].plan in plans else {}, owned)
        held = [
            Held(application.organization, application.id, subscription, each)
            for (application, subscription), each in zip(owned, used, strict=True)
        ]
    return Stands(held, _consumers(target, products, owned, apis, at) if apis else ())


def _used(target: Target, subscription: Subscription, at: int) -> Mapping[str, int]:
    item = counter_item(target.client("dynamodb"), target.output("data", "UsageTable"), subscription.id)
    return {window: item.get(counter(window, window_number(window, at)), 0) for window in WINDOWS}


def _consumers(
    target: Target, products: Mapping[str, Product], owned: Owned, apis: Collection[str], at: int
) -> list[Consumer]:
    client = target.client("dynamodb")
    table = RegistryTable(client, target.output("data", "RegistryTable"), actor="", clock=partial(datetime.now, UTC))
    reader = Consumers(table, UsageRecords(client, target.output("data", "UsageRecordsTable")), products)
    applications = {application.id: application for application, _ in owned}
    unreadable: list[Unreadable] = []
    with ThreadPoolExecutor(WORKERS) as pool:
        read = pool.map(lambda each: [*reader.of_application(each, apis, at, unreadable.append)], applications.values())
        found = [consumer for those in read for consumer in those]
    for record in unreadable:
        click.echo(f"note: {record}, and is left out", err=True)
    return found
