"""Rules between policy files: references, limits of plans and costs of operations, routes of one gateway."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from pathlib import Path
from typing import Any

from tiergate.domain.lifecycle import RETIRED
from tiergate.policy.articles import article_faults
from tiergate.policy.bundle import compiled_api
from tiergate.policy.callers import accepts_tokens, caller_faults, public
from tiergate.policy.capacity import MOST, route_count, routed, routes, with_identity
from tiergate.policy.failure import failure_faults, platform_faults
from tiergate.policy.files import ENVIRONMENTS, Files, read_files
from tiergate.policy.garbage import uncollected
from tiergate.policy.issuers import issuer_faults
from tiergate.policy.layers import Layered
from tiergate.policy.lifecycle import lifecycle_faults
from tiergate.policy.limits import limit_faults, limits_of
from tiergate.policy.load import Policies, load, resolved
from tiergate.policy.modes import mode_faults
from tiergate.policy.openapi import Operation
from tiergate.policy.portal import portal_faults
from tiergate.policy.published import published_faults
from tiergate.policy.rest_apis import rest_api_faults, sold_faults
from tiergate.policy.schema import MOST_COST, nearest, unknown
from tiergate.policy.source import Fault, Faults, Source, listed_twice, mapping
from tiergate.policy.upstream_auth import upstream_auth_faults

UNNAMED = {"rest_apis": "; name it under rest_apis: in platform.yaml"}
"""What to do where a list names what there is none of at all."""


def checked(folder: Path, environment: str = "") -> Policies:
    """The policies of a folder as they hold in an environment; without one, where none says anything.

    Raises
    ------
    Faults
        Every fault of every file at once.
    """
    policies = load(folder, environment)
    faults = [*policies.faults, *_between(policies, folder)]
    if faults:
        raise Faults(faults)
    return policies


@uncollected()
def checked_everywhere(folder: Path) -> Mapping[str, Policies]:
    """The policies of a folder by environment.

    Raises
    ------
    Faults
        Every fault of every file at once; those of some environments only say so.
    """
    files = read_files(folder)
    found = {environment: resolved(files, environment) for environment in ENVIRONMENTS}
    faulty: dict[Fault, list[str]] = {}
    for environment, policies in found.items():
        for fault in Faults([*policies.faults, *_between(policies, folder)]).faults:
            faulty.setdefault(fault, []).append(environment)
    if faulty:
        raise Faults([_where(fault, environments, files) for fault, environments in faulty.items()])
    return found


def _where(fault: Fault, environments: Sequence[str], files: Files) -> Fault:
    """With the environments in which it is one, where neither its place says so nor it is one in all."""
    places = {source.file for source in files.environments.values()}
    if len(environments) == len(ENVIRONMENTS) or fault.file in places:
        return fault
    return replace(fault, environments=tuple(environments))


def _between(policies: Policies, folder: Path) -> Iterator[Fault]:
    """Judged by what the files say, so that a fault elsewhere in a file hides none of these."""
    platform = policies.platform_file
    for product in _read(policies, "products").values():
        yield from sold_faults(product)
        yield from _references(product, "apis", policies.files["apis"])
        yield from _references(product, "plans", policies.files["plans"])
        if platform is not None:
            yield from _references(product, "rest_apis", mapping(platform.data, "rest_apis"))
    if platform is not None:
        yield from platform_faults(platform)
        yield from rest_api_faults(platform)
    for plan, source in _read(policies, "plans").items():
        yield from limit_faults(source, *_dearest(policies, plan))
        if platform is not None:
            yield from failure_faults(source, platform)
    apis = _read(policies, "apis")
    for api, source in apis.items():
        operations = policies.documents[api].operations if api in policies.documents else ()
        if operations:
            yield from _operations(operations, source)
        yield from mode_faults(source, operations)
        yield from caller_faults(source, operations, policies.files["issuers"])
        yield from upstream_auth_faults(source)
        yield from _public_plan(policies, source)
        yield from lifecycle_faults(api, apis)
    by_token = {
        name: policies.documents[name] for name in policies.documents if name in apis and accepts_tokens(apis[name])
    }
    yield from issuer_faults(_read(policies, "issuers"), by_token)
    yield from _routes(policies, folder)
    yield from published_faults(policies)
    if policies.portal_file is not None:
        yield from portal_faults(policies.portal_file, folder, policies.files, policies.documents)
    yield from article_faults(policies.guides, policies.changelog, policies.files["apis"])


def _routes(policies: Policies, folder: Path) -> Iterator[Fault]:
    dated = {name: api for name, api in policies.apis.items() if api.value.state != RETIRED or api.value.deprecation}
    apis, now = {name: compiled_api(api) for name, api in dated.items()}, time.time_ns() // 1000
    count = route_count(routes(apis, now), apis)
    if count > MOST:
        versions = [api for api in apis.values() if routed(api, now)]
        preflights = sum("cors" in api for api in versions)
        keys = ", the keys of identity tokens" if with_identity(apis) else ""
        yield Fault(
            str(folder / "apis"),
            1,
            f"{len(versions)} API versions with routes, {preflights} of them with cors{keys}, and onboarding need "
            f"{count}, and one gateway has {MOST}; remove versions that nobody calls, or deploy a second gateway",
        )


def _references(product: Source, kind: str, known: Collection[str]) -> Iterator[Fault]:
    listed = _list(product, kind)
    yield from listed_twice(product, listed, kind)
    first: dict[str, int] = {}
    for index, name in enumerate(listed):
        if isinstance(name, str):
            first.setdefault(name, index)
    for name, hint in unknown(first, known):
        yield product.fault(f'{kind}: there is no "{name}"{hint or UNNAMED.get(kind, "")}', kind, first[name])


def _public_plan(policies: Policies, api: Source) -> Iterator[Fault]:
    name, known = _value(api.data, "public_plan"), policies.files["plans"]
    if isinstance(name, str) and name not in known:
        yield api.fault(f'public_plan: there is no "{name}"{nearest(name, known)}', "public_plan")
    plan = known.get(name) if isinstance(name, str) else None
    limits = limits_of(plan) if plan is not None else None
    if limits is not None and limits.metered:
        yield api.fault(
            f'public_plan: "{name}" limits nothing, and anybody could call without end; name a plan with limits',
            "public_plan",
        )


def _operations(operations: Sequence[Operation], source: Source) -> Iterator[Fault]:
    known = {operation.id for operation in operations}
    for name, hint in unknown(mapping(source.data, "operations"), known):
        yield source.fault(f'operations: the document has no "{name}"{hint}', "operations", name)


def _dearest(policies: Policies, plan: str) -> tuple[int, str]:
    """The cost of the dearest operation that can be called under the plan, and which one it is."""
    dearest, where = 1, ""
    for cost, operation, api in sorted(_costs(policies, plan), key=itemgetter(2)):
        if cost > dearest:
            source = policies.files["apis"][api]
            place = source and (source.origin("operations", operation, "cost") or source.origin("cost"))
            dearest, where = cost, f" ({operation} of {api} costs {cost}: {place})"
    return dearest, where


def _costs(policies: Policies, plan: str) -> Iterator[tuple[int, str, str]]:
    """What a subscriber of the plan can call, and what anybody can whom it limits."""
    products = [product for product in _read(policies, "products").values() if plan in _list(product, "plans")]
    names = {name for product in products for name in _list(product, "apis") if isinstance(name, str)}
    for api, source in _read(policies, "apis").items():
        anybody = public(source.data) if _value(source.data, "public_plan") == plan else []
        stated, usual = mapping(source.data, "operations"), _value(source.data, "cost")
        document = policies.documents.get(api)
        for operation in dict.fromkeys([*stated, *(each.id for each in (document.operations if document else ()))]):
            if api in names or operation in anybody:
                yield _cost(_value(stated.get(operation), "cost"), usual), operation, api


def _cost(*stated: object) -> int:
    """The first that is one."""
    return next((cost for cost in stated if type(cost) is int and 0 < cost <= MOST_COST), 1)


def _read(policies: Policies, kind: str) -> dict[str, Layered]:
    return {name: source for name, source in policies.files[kind].items() if source is not None}


def _list(source: Source, key: str) -> list[Any]:
    found = _value(source.data, key)
    return found if isinstance(found, list) else []


def _value(data: Any, key: str) -> Any:
    return data.get(key) if isinstance(data, Mapping) else None
