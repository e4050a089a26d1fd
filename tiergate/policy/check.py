"""Rules between policy files: references, limits that no request could pass, addresses."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from tiergate.domain.limits import Limits, impossible
from tiergate.policy.load import ApiEntry, Policies, load
from tiergate.policy.schema import nearest
from tiergate.policy.source import Fault, Faults, Source

MOST_ROUTES = 300
"""Routes of one HTTP API (an AWS quota); each API version takes two."""

FUNCTION = re.compile(r"lambda:([a-z][a-z0-9_]{0,39}|arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{12}:function:[\w:$-]+)")


def checked(folder: Path) -> Policies:
    """The policies of a folder.

    Raises
    ------
    Faults
        Every fault of every file at once.
    """
    policies = load(folder)
    faults = [*policies.faults, *_between(policies)]
    if faults:
        raise Faults(faults)
    return policies


def upstream_fault(upstream: str) -> str:
    """What is wrong with an upstream's address; empty when nothing is."""
    if upstream.startswith("lambda:"):
        if FUNCTION.fullmatch(upstream):
            return ""
        return "after lambda: comes the name of a folder in lambdas/ or a function's ARN"
    try:
        url = urlsplit(upstream)
        _ = url.port
    except ValueError as error:
        return f"not an address: {error}"
    if url.scheme not in {"http", "https"} or not url.hostname:
        return "must be an http:// or https:// address, or lambda:<name>"
    if url.username is not None or url.query or url.fragment:
        return "must have no user, query or fragment"
    if not re.fullmatch(r"[\x21-\x7e]+", upstream):
        return "must be ASCII without spaces"
    return ""


def _between(policies: Policies) -> Iterator[Fault]:
    for product in policies.products.values():
        yield from _references(policies, product.source, "apis", product.value.apis)
        yield from _references(policies, product.source, "plans", product.value.plans)
    for plan_id, plan in policies.plans.items():
        limits = Limits.of(plan.value.limits.model_dump(exclude_none=True))
        for place, what in impossible(limits, _greatest_cost(policies, plan_id)):
            yield plan.source.fault(what, "limits", *place)
    for api in policies.apis.values():
        yield from _api(api)
    if 2 * len(policies.named["apis"]) > MOST_ROUTES:
        yield Fault(
            "apis",
            1,
            f"{len(policies.named['apis'])} API versions need more than the {MOST_ROUTES} routes of one gateway",
        )


def _references(policies: Policies, source: Source, kind: str, names: Iterable[str]) -> Iterator[Fault]:
    known, seen = policies.named[kind], set()
    for index, name in enumerate(names):
        if name in seen:
            yield source.fault(f'{kind}: "{name}" is listed twice', kind, index)
        elif name not in known:
            yield source.fault(f'{kind}: there is no "{name}"{nearest(name, known)}', kind, index)
        seen.add(name)


def _api(api: ApiEntry) -> Iterator[Fault]:
    fault = upstream_fault(api.value.upstream)
    if fault:
        yield api.source.fault(f"upstream: {fault}", "upstream")
    known = {operation.id for operation in api.operations}
    for name in api.value.operations:
        if name not in known:
            yield api.source.fault(
                f'operations: the document has no "{name}"{nearest(name, known)}', "operations", name
            )


def _greatest_cost(policies: Policies, plan: str) -> int:
    """The dearest operation that a subscriber of the plan can call."""
    names = {
        name for product in policies.products.values() if plan in product.value.plans for name in product.value.apis
    }
    costs = (
        policy.cost for name in names & policies.apis.keys() for policy in policies.apis[name].value.operations.values()
    )
    return max(costs, default=1)
