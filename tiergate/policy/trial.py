"""Rules of ``try:`` in ``portal.yaml``: keys that anybody gets must open something, and not without end.

They judge by what the files say, so that a fault elsewhere in them hides none of these.
"""

from collections.abc import Iterator, Mapping

from tiergate.domain.catalogue import KEY, tried
from tiergate.policy.layers import Layered
from tiergate.policy.limits import limits_of
from tiergate.policy.openapi import Document
from tiergate.policy.schema import nearest
from tiergate.policy.source import Fault, Source, found, mapping

Files = Mapping[str, Mapping[str, Layered | None]]


def trial_faults(portal: Source, files: Files, documents: Mapping[str, Document]) -> Iterator[Fault]:
    """``files``: what has one, by kind and name; ``documents``: of each API version that can be routed."""
    stated = mapping(portal.data, "try")
    product, plan = stated.get("product"), stated.get("plan")
    for kind, name in (("product", product), ("plan", plan)):
        if isinstance(name, str) and name not in files[f"{kind}s"]:
            yield portal.fault(f'try.{kind}: there is no "{name}"{nearest(name, files[f"{kind}s"])}', "try", kind)
    sold = files["products"].get(product) if isinstance(product, str) else None
    if sold is not None:
        yield from _sold(portal, sold, plan, files["plans"])
        yield from _opens(portal, sold, files["apis"], documents)
    terms = files["plans"].get(plan) if isinstance(plan, str) else None
    limits = limits_of(terms) if terms is not None else None
    if limits is not None and limits.metered and "rate" not in stated and "quota" not in stated:
        yield portal.fault(
            f'try.plan: "{plan}" limits nothing, and anybody could call without end; add rate: and quota: here',
            *("try", "plan"),
        )


def _sold(portal: Source, product: Layered, plan: object, known: Mapping[str, object]) -> Iterator[Fault]:
    plans = [each for each in _listed(product, "plans") if isinstance(each, str)]
    if isinstance(plan, str) and plan in known and plan not in plans:
        message = f'try.plan: the product "{product.name}" is not sold with the plan "{plan}"{nearest(plan, plans)}'
        yield portal.fault(message, "try", "plan")


def _opens(
    portal: Source, product: Layered, apis: Mapping[str, Layered | None], documents: Mapping[str, Document]
) -> Iterator[Fault]:
    """An API that takes keys, with an operation for which the scopes suffice."""
    sold = [name for name in _listed(product, "apis") if isinstance(name, str)]
    known = [name for name in sold if _takes_keys(apis.get(name))]
    if not known:
        message = f'try.product: no API of "{product.name}" is published and takes keys alone (accepts: key or either)'
        yield portal.fault(message, "try", "product")
        return
    needed = [each.scopes for name in known if name in documents for each in documents[name].operations]
    named = {scope for alternatives in needed for each in alternatives for scope in each}
    own = found(portal.data, ("try", "scopes"))
    scopes = [each for each in own if isinstance(each, str)] if isinstance(own, list) else []
    for index, scope in enumerate(scopes):
        if scope not in named and needed:
            message = f'try.scopes: no operation of "{product.name}" asks for "{scope}"{nearest(scope, named)}'
            yield portal.fault(message, "try", "scopes", index)
    if needed and not any(not each or any(set(scopes).issuperset(one) for one in each) for each in needed):
        message = f'try.scopes: no operation of "{product.name}" can be called with them{nearest("", named)}'
        yield portal.fault(message, "try", "scopes")


def _takes_keys(api: Source | None) -> bool:
    """Whether a key is enough to call an API version."""
    stated = mapping(api.data) if api is not None else {}
    state, accepts = stated.get("state"), stated.get("accepts", KEY)
    return isinstance(state, str) and isinstance(accepts, str) and tried(state, accepts)


def _listed(product: Source, key: str) -> list[object]:
    listed = found(product.data, (key,))
    return listed if isinstance(listed, list) else []
