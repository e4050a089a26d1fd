"""``tiergate smoke``: is a deployed gateway what it should be?"""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from tiergate.cli.definitions import definitions
from tiergate.cli.options import policies_option, reading
from tiergate.cli.output import emit, printable
from tiergate.cli.smoke_checks import CHECKS, QUOTA, Check, Failed, Skipped, Trial
from tiergate.cli.target import Target
from tiergate.domain.catalogue import EITHER, KEY, ApiVersion, Catalogue, Operation
from tiergate.domain.keys import random_id
from tiergate.domain.lifecycle import SERVED
from tiergate.domain.limits import OFF
from tiergate.domain.operations import Node
from tiergate.policy.schema import nearest

RATE = 1000
"""A second, and burst, for the trial partner: only the hour's quota is to be met."""


@click.command()
@click.option("--api", "wanted", help="The API version to call, for example bank/v1. Default: the first that will do.")
@click.option(
    "--check",
    "names",
    multiple=True,
    type=click.Choice([check.__name__ for check in CHECKS]),
    help="Only this check; may be repeated.",
)
@policies_option
@reading
def smoke(wanted: str | None, names: tuple[str, ...], policies: Path, stage: str, as_json: bool) -> None:
    """Run the end-to-end checks against a deployed gateway. Exit code 1: one failed.

    They make a partner of their own in the registry, call a GET operation without parameters a few times, and delete
    the partner. They take one to four minutes: a revocation has 60 seconds to take effect, and access logs come late.

    The check limits uses up the partner's quota, which may send real threshold events. A rule of EventBridge leaves
    them out by its detail: "organization": [{"anything-but": {"prefix": "smoke-"}}]

    \b
    tiergate smoke
    tiergate smoke --stage prod --api orders/v1 --json
    tiergate smoke --check limits --check access_log
    """
    catalogue = definitions(policies, stage)
    wanted_apis = [wanted] if wanted else _in_order(catalogue)
    results = []
    with _trial(Target.find(stage), catalogue, wanted_apis) as trial:
        if not as_json:
            click.echo(f"{trial.target.endpoint}{trial.url} as {trial.partner.organization}")
        for check in [check for check in CHECKS if not names or check.__name__ in names]:
            start = time.monotonic()
            outcome, told = _outcome(check, trial)
            took = time.monotonic() - start
            results.append({"check": check.__name__, "outcome": outcome, "seconds": round(took, 1), "told": told})
            if not as_json:
                click.echo(f"{outcome:<8}{check.__name__:<20}{took:6.1f} s  {printable(told)}")
    failed = sum(result["outcome"] == "failed" for result in results)
    if as_json:
        emit(results)
    else:
        counts = Counter(result["outcome"] for result in results)
        click.echo(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    raise SystemExit(1 if failed else 0)


def _outcome(check: Check, trial: Trial) -> tuple[str, str]:
    try:
        return "passed", check(trial)
    except Skipped as skipped:
        return "skipped", str(skipped)
    except Failed as failed:
        return "failed", str(failed)
    except (OSError, ValueError, KeyError) as error:
        return "failed", f"{type(error).__name__}: {error}"


@contextmanager
def _trial(target: Target, catalogue: Catalogue, apis: list[str]) -> Iterator[Trial]:
    """A partner with a small quota, deleted at the end whatever happens."""
    api, operation, path, product, plan = _candidate(catalogue, apis)
    registry = target.registry(catalogue.products)
    partner = registry.onboard(name=f"Smoke {random_id()}", product=product, plan=plan)
    try:
        units = QUOTA * operation.cost
        limits = {"hour": units, "day": 100 * units, "month": 100 * units, "rate": RATE, "burst": RATE * operation.cost}
        registry.subscriptions.override(partner.subscription.id, limits, until=None, reason="smoke")
        yield Trial(target, registry, api, operation, path, partner, metered=_only_counts(catalogue, plan))
    finally:
        registry.applications.delete(partner.application, reason="smoke")
        registry.organizations.delete(partner.organization, reason="smoke")


def _in_order(catalogue: Catalogue) -> list[str]:
    """API versions by their names, those that end last: they may be in a brownout."""
    return sorted(catalogue.apis, key=lambda name: (catalogue.apis[name].lifecycle is not None, name))


def _only_counts(catalogue: Catalogue, plan: str) -> bool:
    return catalogue.plans[plan].limits.mode == OFF


def _candidate(catalogue: Catalogue, names: list[str]) -> tuple[ApiVersion, Operation, str, str, str]:
    """The first managed API version that a key opens and that has a GET to call: (…, path, product, plan)."""
    for name in names:
        if name not in catalogue.apis:
            raise click.BadParameter(f'there is no "{name}"{nearest(name, catalogue.apis)}', param_hint="--api")
        api = catalogue.apis[name]
        product = next((product for product in catalogue.products.values() if name in product.apis), None)
        if product is None or not _opened_by_a_key(api):
            continue
        for path in _readable(api.routes):
            operation, _ = api.match("GET", path)
            if operation is not None and not operation.public:
                plan = min(product.plans, key=lambda plan: (_only_counts(catalogue, plan), plan))
                return api, operation, path, product.id, plan
    raise click.ClickException(
        f"none of {', '.join(names)} can be tried: that takes a published, managed API version which a product lists, "
        "which accepts keys alone from callers without a certificate, and which has a GET without parameters that is "
        "not public"
    )


def _opened_by_a_key(api: ApiVersion) -> bool:
    managed = api.state in SERVED and api.mode == "managed"
    return managed and api.accepts in {KEY, EITHER} and not api.conditions.subjects


def _readable(node: Node, path: str = "") -> Iterator[str]:
    """The literal paths of a route tree that have a GET."""
    if "GET" in node.get("methods", {}):
        yield path
    for segment, child in node.get("literal", {}).items():
        yield from _readable(child, f"{path}/{segment}")
