"""``tiergate local``: the whole gateway on this machine."""

from dataclasses import replace
from functools import partial

import click

from tiergate.adapters.registry import Registry, RegistryError
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.cli.definitions import definitions
from tiergate.cli.demo_person import demo_person
from tiergate.cli.target import LOCAL, Target, local_place
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.keys import key_id_of, random_id
from tiergate.domain.lifecycle import SERVED
from tiergate.local import aws, session
from tiergate.local.session import Running
from tiergate.local.state import Demo

DEMO_API, DEMO_PATH, DEMO_PRODUCT = "bank/v1", "/accounts", "open-banking"
DEMO_PLANS = ("free", "enterprise")


@click.group()
def local() -> None:
    """The whole gateway on this machine, without an AWS account."""


@local.command()
@click.option("--port", type=click.IntRange(1024, 65535), help="Port for it to listen on. Default: a free one.")
@click.option("--empty", is_flag=True, help="Make no demo partners, so that an export can be restored into it.")
def up(port: int | None, empty: bool) -> None:
    """Start the emulator, deploy this clone with its portal to it, make demo partners. Repeat it after a change.

    \b
    tiergate local up
    tiergate local up --port 4570
    tiergate local up --empty
    """
    place = local_place()
    catalogue = definitions(place.root / "policies", LOCAL)
    seed = partial(_seed, catalogue) if _has_demo(catalogue) else _no_demo
    demo = session.up(place, port=port, seed=None if empty else seed, report=click.echo).demo
    target = Target.find("local")
    click.echo(f"\nThe gateway answers at {target.endpoint}")
    if target.portal:
        click.echo(f"The portal is at       {target.portal}")
    click.echo()
    if empty:
        _say_empty(demo)
    elif demo is None:
        click.echo(
            f"No demo: it needs {DEMO_API} published and in {DEMO_PRODUCT}, with the plans {' and '.join(DEMO_PLANS)}."
        )
        click.echo("A first key: .venv/bin/tiergate onboard --org NAME --product PRODUCT --plan PLAN")
    else:
        _show(demo)
    click.echo("\nmake down ends it; .venv/bin/tiergate status says where it is.")


@local.command()
def down() -> None:
    """End the emulator and all of its processes; what it held is gone.

    \b
    tiergate local down
    """
    if not session.down(local_place(), report=click.echo):
        click.echo("Nothing was running.")


def _say_empty(demo: Demo | None) -> None:
    if demo is None:
        click.echo("No demo partners were made. An export goes in with: .venv/bin/tiergate restore FILE --dry-run")
    else:
        click.echo("It has the demo partners of an earlier run; for one without: make down, then make up DEMO=0")


def _show(demo: Demo) -> None:
    for plan, key in demo.keys.items():
        click.echo(f"  {plan:<12}{key}")
    free, enterprise = (demo.keys[plan] for plan in DEMO_PLANS)
    click.echo("\nTry it: a partner's call, what is left of the quota, and a refusal:\n")
    click.echo(f"  curl {demo.url} -H 'X-Api-Key: {free}'")
    click.echo(f"  curl -si {demo.url} -H 'X-Api-Key: {enterprise}' | grep -i ratelimit")
    click.echo(f"  curl -i {demo.url}")
    if demo.person:
        click.echo("\nSign in to the portal as the demo partner:\n")
        click.echo(f"  {demo.person.mail}  {demo.person.password}")


def _has_demo(catalogue: Catalogue) -> bool:
    api, product = catalogue.apis.get(DEMO_API), catalogue.products.get(DEMO_PRODUCT)
    if api is None or product is None or api.state not in SERVED:
        return False
    return DEMO_API in product.apis and set(DEMO_PLANS) <= product.plans


def _no_demo(_running: Running) -> None:
    return None


def _seed(catalogue: Catalogue, running: Running) -> Demo:
    """Two partners with throw-away keys, and who owns them; those of an earlier run where they are still good."""
    demo = _seeded(catalogue, running)
    earlier = running.demo.person if running.demo else None
    return replace(demo, person=demo_person(running, demo.keys.values(), earlier))


def _seeded(catalogue: Catalogue, running: Running) -> Demo:
    tables = running.outputs[f"tiergate-{running.stage}-data"]
    client = aws.client("dynamodb", endpoint=running.endpoint)
    url = running.api_url(running.outputs[f"tiergate-{running.stage}-gateway"]["ApiId"]) + f"/{DEMO_API}{DEMO_PATH}"
    if running.demo is not None:
        reader = DynamoRegistryReader(client, tables["RegistryTable"])
        ids = [key_id_of(key, running.stage) for key in running.demo.keys.values()]
        found = [reader.credential(key_id) if key_id else None for key_id in ids]
        if all(credential is not None and credential.state == "active" for credential in found):
            return Demo(url, running.demo.keys)
    registry = Registry(
        client, tables["RegistryTable"], env=running.stage, actor="local:demo", products=catalogue.products
    )
    return Demo(url, {plan: _demo_key(registry, plan) for plan in DEMO_PLANS})


def _demo_key(registry: Registry, plan: str) -> str:
    name = f"Demo {plan}"
    try:
        return registry.onboard(name=name, product=DEMO_PRODUCT, plan=plan).key.text
    except RegistryError:
        return registry.onboard(name=f"{name} {random_id(6)}", product=DEMO_PRODUCT, plan=plan).key.text
