"""Overrides beside the definitions that they would hold under."""

from collections.abc import Iterable

from tiergate.domain.catalogue import Catalogue
from tiergate.domain.limits import OFF, impossible, replaced
from tiergate.domain.registry import Override, Subscription


def override_faults(catalogue: Catalogue, subscription: Subscription, override: Override) -> list[str]:
    """Why an override leaves a call of the subscription's product no room, or has no effect.

    Raises
    ------
    KeyError
        The catalogue lacks the subscription's product or plan.
    """
    product, plan = catalogue.products[subscription.product], catalogue.plans[subscription.plan]
    limits, named = replaced(plan.limits, override.limits), override.limits
    if limits.mode == OFF:
        return [f"{subscription.plan} has mode: off; calls are counted, and no override would limit them"]
    if limits.rate is None and "burst" in named:
        return [f"{subscription.plan} has no rate; a burst needs a rate too"]
    cost, where = _dearest(catalogue, product.apis)
    alone = "rate" in named and "burst" not in named
    return [
        f"{what}{where}{': name burst= too' if alone and place == ('rate', 'burst') else ''}"
        for place, what in impossible(limits, cost)
    ]


def _dearest(catalogue: Catalogue, apis: Iterable[str]) -> tuple[int, str]:
    """The cost of the dearest operation of some API versions, and which one it is where that is not the usual 1."""
    operations = ((each.cost, each.id, name) for name in apis for each in catalogue.apis[name].operations)
    cost, operation, api = max(operations, default=(1, "", ""))
    return cost, f" ({operation} of {api} costs {cost})" if cost > 1 else ""
