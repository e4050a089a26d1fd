"""Products and plans, as policy files define them or as a deployment runs by them."""

from collections.abc import Callable, Collection
from pathlib import Path

import click
from botocore.exceptions import ClientError

from tiergate.cli.target import Target, environment_of
from tiergate.domain.catalogue import Catalogue, Product
from tiergate.domain.limits import Limits
from tiergate.domain.registry import Override, Subscription, effective
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.policy.schema import nearest
from tiergate.policy.source import Faults
from tiergate.review.overrides import override_faults


def definitions(policies: Path, stage: str) -> Catalogue:
    """All definitions of a policy folder, as they hold at a stage.

    Raises
    ------
    Faults
        Every fault of every file at once.
    """
    return Catalogue.of(compiled(checked(policies, environment_of(stage))))


def known(policies: Path, stage: str) -> Catalogue | None:
    """All definitions of a policy folder, or nothing where it has faults: for what is only remarked on."""
    try:
        return definitions(policies, stage)
    except Faults:
        return None


def deployed(target: Target, policies: Path) -> Catalogue:
    """All definitions that a deployment runs by. Where they cannot be read, those of the policy folder, with a note.

    Raises
    ------
    Faults
        The folder has to stand in for them, and has faults.
    """
    from tiergate.cli.running import RunningUnknown, running  # noqa: PLC0415 - HTTP, of no use to a check of files

    try:
        return Catalogue.of(running(target))
    except (RunningUnknown, ClientError) as error:
        click.echo(f"note: products and plans are judged by {policies}, not by what is deployed: {error}", err=True)
        return definitions(policies, target.stage)


def remark_on_scopes(catalogue: Catalogue, scopes: Collection[str]) -> None:
    """Say which scopes no OpenAPI document names. That is no fault: a document may name them later."""
    operations = [operation for api in catalogue.apis.values() for operation in api.operations]
    named = frozenset[str]().union(*(needed for operation in operations for needed in operation.scopes))
    for scope in sorted(set(scopes) - named):
        click.echo(
            f'note: no OpenAPI document of the policies names the scope "{scope}"{nearest(scope, named)}', err=True
        )


def offered(
    catalogue: Catalogue, product: str, plan: str, *, written: Callable[[], Catalogue | None], hint: str = "--plan"
) -> None:
    """Check that the product is deployed, and that it offers the plan.

    ``catalogue``: what is deployed; ``written``: what the files say, which is asked for only where that lacks
    something; ``hint``: the parameter that names the plan.

    Raises
    ------
    click.BadParameter
        One of them is not there: it is only in the files so far, or else the nearest name is told.
    """
    plans = _plans(catalogue, product)
    if plan in plans:
        return
    if plan in _plans(written(), product):
        raise click.BadParameter(
            f'{product} with "{plan}" is in the policies but not deployed yet; deploy it first', param_hint=hint
        )
    if product not in catalogue.products:
        raise click.BadParameter(
            f'there is no "{product}"{nearest(product, catalogue.products)}', param_hint="--product"
        )
    raise click.BadParameter(f'{product} does not offer "{plan}"{nearest(plan, plans)}', param_hint=hint)


def _plans(catalogue: Catalogue | None, product: str) -> Collection[str]:
    return catalogue.products[product].plans if catalogue and product in catalogue.products else ()


def product_of(catalogue: Catalogue, subscription: Subscription) -> Product:
    """What a subscription is for.

    Raises
    ------
    click.ClickException
        The definitions lack it.
    """
    try:
        return catalogue.products[subscription.product]
    except KeyError:
        raise _lacking(f"product {subscription.product}", subscription) from None


def limits_of(catalogue: Catalogue, subscription: Subscription, override: Override | None, now: int) -> Limits:
    """What a subscription may use under an override.

    Raises
    ------
    click.ClickException
        The definitions lack its plan.
    """
    return effective(_plan_limits(catalogue, subscription), override, now)


def possible(catalogue: Catalogue, subscription: Subscription, override: Override) -> None:
    """Check that an override leaves room for every call of the subscription's product.

    Raises
    ------
    click.BadParameter
        The dearest operation could never pass, or a limit would have no effect; the least number that would do is told.
    click.ClickException
        The definitions lack the subscription's product or plan, so that nothing can be judged.
    """
    faults = _faults(catalogue, subscription, override)
    if faults:
        raise click.BadParameter("; ".join(faults), param_hint="--limit")


def still_possible(catalogue: Catalogue, subscription: Subscription, plan: str, now: int) -> None:
    """Check that the override that a subscription has leaves room for every call under another plan too.

    Raises
    ------
    click.BadParameter
        It does not, see ``possible``; what to do with the override first is told.
    """
    override = subscription.override
    if override is None or not override.holds(now):
        return
    faults = _faults(catalogue, subscription._replace(plan=plan), override)
    if faults:
        raise click.BadParameter(
            f"the subscription's override does not go with {plan}: {'; '.join(faults)}. Change the override first, or "
            f"take it away: tiergate subscription override {subscription.id} --clear",
            param_hint="PLAN",
        )


def _faults(catalogue: Catalogue, subscription: Subscription, override: Override) -> list[str]:
    """Why an override leaves a call of the subscription's product no room, or has no effect."""
    product_of(catalogue, subscription)
    _plan_limits(catalogue, subscription)
    return override_faults(catalogue, subscription, override)


def _plan_limits(catalogue: Catalogue, subscription: Subscription) -> Limits:
    plan = catalogue.plans.get(subscription.plan)
    if plan is None:
        raise _lacking(f"plan {subscription.plan}", subscription)
    return plan.limits


def _lacking(what: str, subscription: Subscription) -> click.ClickException:
    return click.ClickException(
        f"the policies have no {what}, which {subscription.id} has; name the deployed policies with --policies, "
        "or deploy some that have it"
    )
