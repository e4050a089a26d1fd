"""Products and plans as the working tree's policies define them."""

from collections.abc import Collection
from pathlib import Path

import click

from tiergate.cli.target import environment_of
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


def remark_on_scopes(catalogue: Catalogue, scopes: Collection[str]) -> None:
    """Say which scopes no OpenAPI document names. That is no fault: a document may name them later."""
    operations = [operation for api in catalogue.apis.values() for operation in api.operations]
    named = frozenset[str]().union(*(needed for operation in operations for needed in operation.scopes))
    for scope in sorted(set(scopes) - named):
        click.echo(
            f'note: no OpenAPI document of the policies names the scope "{scope}"{nearest(scope, named)}', err=True
        )


def offered(catalogue: Catalogue, product: str, plan: str) -> None:
    """Check that the policies have the product, and that it offers the plan.

    Raises
    ------
    click.BadParameter
        One of them is not there; the nearest name is told.
    """
    if product not in catalogue.products:
        raise click.BadParameter(
            f'there is no "{product}"{nearest(product, catalogue.products)}', param_hint="--product"
        )
    plan_of(catalogue.products[product], plan, hint="--plan")


def plan_of(product: Product, plan: str, *, hint: str) -> None:
    """Check that a product offers a plan; see ``offered``. ``hint``: the parameter that names the plan."""
    if plan not in product.plans:
        raise click.BadParameter(f'{product.id} does not offer "{plan}"{nearest(plan, product.plans)}', param_hint=hint)


def product_of(catalogue: Catalogue, subscription: Subscription) -> Product:
    """What a subscription is for.

    Raises
    ------
    click.ClickException
        The policies lack it: they are not those that are deployed.
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
        The policies lack its plan: they are not those that are deployed.
    """
    return effective(_plan_limits(catalogue, subscription), override, now)


def possible(catalogue: Catalogue, subscription: Subscription, override: Override) -> None:
    """Check that an override leaves room for every call of the subscription's product.

    Raises
    ------
    click.BadParameter
        The dearest operation could never pass, or a limit would have no effect; the least number that would do is told.
    click.ClickException
        The policies lack the subscription's product or plan, so that nothing can be judged.
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
        f"the policies have no {what}, which {subscription.id} has; name the deployed policies with --policies"
    )
