"""Rules between policy files: references, limits of plans and costs of operations, routes of one gateway."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tiergate.policy.failure import failure_faults, platform_faults
from tiergate.policy.limits import limit_faults
from tiergate.policy.load import Policies, load
from tiergate.policy.modes import mode_faults
from tiergate.policy.schema import OperationPolicy, nearest
from tiergate.policy.source import Fault, Faults, Source

MOST_ROUTES = 300
"""Routes of one HTTP API (an AWS quota): two for each API version, two more with ``cors``, one for onboarding."""


def checked(folder: Path) -> Policies:
    """The policies of a folder.

    Raises
    ------
    Faults
        Every fault of every file at once.
    """
    policies = load(folder)
    faults = [*policies.faults, *_between(policies, folder)]
    if faults:
        raise Faults(faults)
    return policies


def _between(policies: Policies, folder: Path) -> Iterator[Fault]:
    """Judged by what the files say, so that a fault elsewhere in a file hides none of these."""
    for product in _read(policies, "products").values():
        yield from _references(policies, product, "apis")
        yield from _references(policies, product, "plans")
    platform = policies.platform_file
    if platform is not None:
        yield from platform_faults(platform)
    for plan, source in _read(policies, "plans").items():
        yield from limit_faults(source, *_dearest(policies, plan))
        if platform is not None:
            yield from failure_faults(source, platform)
    for api, source in _read(policies, "apis").items():
        yield from _operations(policies, api, source)
        yield from mode_faults(source, policies.documents.get(api, ()))
    yield from _routes(policies, folder)


def _routes(policies: Policies, folder: Path) -> Iterator[Fault]:
    versions = len(policies.files["apis"])
    preflights = sum(1 for source in _read(policies, "apis").values() if _mapping(source.data, "cors"))
    routes = 2 * versions + 2 * preflights + 1
    if routes > MOST_ROUTES:
        yield Fault(
            str(folder / "apis"),
            1,
            f"{versions} API versions, {preflights} of them with cors, and onboarding need {routes} routes, "
            f"and one gateway has {MOST_ROUTES}; remove versions that nobody calls, or deploy a second gateway",
        )


def _references(policies: Policies, product: Source, kind: str) -> Iterator[Fault]:
    known, seen = policies.files[kind].keys(), set()
    for index, name in enumerate(_list(product, kind)):
        if not isinstance(name, str):
            continue
        if name in seen:
            yield product.fault(f'{kind}: "{name}" is listed twice', kind, index)
        elif name not in known:
            yield product.fault(f'{kind}: there is no "{name}"{nearest(name, known)}', kind, index)
        seen.add(name)


def _operations(policies: Policies, api: str, source: Source) -> Iterator[Fault]:
    if api not in policies.documents:
        return
    known = {operation.id for operation in policies.documents[api]}
    for name in _mapping(source.data, "operations"):
        if name not in known:
            yield source.fault(f'operations: the document has no "{name}"{nearest(name, known)}', "operations", name)


def _dearest(policies: Policies, plan: str) -> tuple[int, str]:
    """The cost of the dearest operation that a subscriber of the plan can call, and which one it is."""
    products = [product for product in _read(policies, "products").values() if plan in _list(product, "plans")]
    names = {name for product in products for name in _list(product, "apis") if isinstance(name, str)}
    dearest, where = 1, ""
    for name in sorted(names & _read(policies, "apis").keys()):
        for operation, policy in _mapping(_read(policies, "apis")[name].data, "operations").items():
            cost = _cost(policy)
            if cost > dearest:
                dearest, where = cost, f" ({operation} of {name} costs {cost})"
    return dearest, where


def _cost(policy: object) -> int:
    try:
        return OperationPolicy.model_validate(policy).cost
    except ValidationError:
        return 1


def _read(policies: Policies, kind: str) -> dict[str, Source]:
    return {name: source for name, source in policies.files[kind].items() if source is not None}


def _list(source: Source, key: str) -> list[Any]:
    found = source.data.get(key) if isinstance(source.data, Mapping) else None
    return found if isinstance(found, list) else []


def _mapping(data: Any, key: str) -> Mapping[str, Any]:
    found = data.get(key) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}
