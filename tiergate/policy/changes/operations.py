"""Operations: what can be called, what it costs, and what a caller needs for it."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from tiergate.domain.limits import Limits, Quota
from tiergate.policy.changes.change import BREAKING, RISKY, SAFE, Change, Part, listed, narrower, number, rest
from tiergate.policy.changes.plans import PER

PLACE = re.compile(r"(?:\(\?:\(\?!.*?\)\.\)|\.)\{\d+,\}")
"""What ``policy.routes`` makes of a parameter beside literals."""

Alternatives = Iterable[Collection[str]]

Bundles = tuple[Part, Part]

TOLD = ("id", "cost", "scopes", "public", "timeout")


def operations_of(api: Part) -> dict[str, Part]:
    """The operations of an API version by method and template; parameters have no names: ``GET /orders/{}``."""
    found = {f"{method} {path}": index for path, methods in _paths(api["routes"], "") for method, index in methods}
    return {route: api["operations"][index] for route, index in sorted(found.items(), key=lambda each: each[1])}


def operation_changes(api: str, old: Part, new: Part, bundles: Bundles) -> Iterator[Change]:
    """Of an API version that both have. ``bundles``: old and new, for what a cost means under a plan."""
    was, now = operations_of(old), operations_of(new)
    for route in was.keys() - now.keys():
        message = f"gone ({was[route]['id']}); its callers get 404 or 405"
        yield Change(level=BREAKING, kind="operation_removed", message=message, api=api, operation=route)
    for route in now.keys() - was.keys():
        message = f"new ({now[route]['id']}), cost {now[route]['cost']}"
        yield Change(level=SAFE, kind="operation_added", message=message, api=api, operation=route)
        if now[route].get("public"):
            yield opened(api, route)
    for route in was.keys() & now.keys():
        yield from _operation(api, route, was[route], now[route], (old, new), bundles)


def opened(api: str, route: str) -> Change:
    """An operation that anybody can call."""
    message = "can be called without a credential"
    return Change(level=RISKY, kind="operation_opened", message=message, api=api, operation=route, loosened=True)


def _operation(
    api: str, route: str, old: Part, new: Part, versions: tuple[Part, Part], bundles: Bundles
) -> Iterator[Change]:
    change = partial(Change, api=api, operation=route)
    if old["id"] != new["id"]:
        message = f"operationId {old['id']} → {new['id']}; generated clients name it otherwise"
        yield change(level=SAFE, kind="operation_id", message=message)
    if old["cost"] != new["cost"]:
        raised = new["cost"] > old["cost"]
        message = f"cost {'raised' if raised else 'lowered'}: {old['cost']} → {new['cost']} units a call"
        effects = listed(_effects(api, old["cost"], new["cost"], bundles), most=3)
        level, kind = (BREAKING, "cost_raised") if raised else (SAFE, "cost_lowered")
        yield change(level=level, kind=kind, message=message + (f"; {effects}" if effects else ""))
    yield from _scopes(change, old.get("scopes", ()), new.get("scopes", ()))
    if new.get("public") and not old.get("public"):
        yield opened(api, route)
    elif old.get("public") and not new.get("public"):
        message = "needs a credential; calls without one are refused"
        yield change(level=BREAKING, kind="operation_closed", message=message)
    was, now = (
        each.get("timeout", 0) or version["timeout"] for each, version in zip((old, new), versions, strict=True)
    )
    if old.get("timeout", 0) != new.get("timeout", 0):
        level = RISKY if now < was else SAFE
        message = f"upstream's time to answer: {number(was)} → {number(now)} s"
        yield change(level=level, kind="timeout", message=message)
    yield from rest(old, new, TOLD, change=change)


def _effects(api: str, was: int, now: int, bundles: Bundles) -> Iterator[str]:
    """What the tightest quota of each plan that the API is sold on is worth: ``free: 450 an hour are 45 calls``."""
    old, new = bundles
    products = [product for product in new["products"].values() if api in product["apis"]]
    for plan in sorted({plan for product in products for plan in product["plans"]}):
        before, after = (_tightest(bundle["plans"].get(plan)) for bundle in (old, new))
        if after is not None:
            were = f" (were {before.limit // was})" if before and before.window == after.window else ""
            yield f"{plan}: {after.limit} {PER[after.window]} are {after.limit // now} calls{were}"


def _tightest(plan: Part | None) -> Quota | None:
    """The quota of the shortest window; None where none holds."""
    limits = Limits.of(plan["limits"]) if plan else None
    return limits.quotas[0] if limits and limits.quotas and not limits.metered else None


def _scopes(change: Callable[..., Change], old: Alternatives, new: Alternatives) -> Iterator[Change]:
    before, after = ([frozenset(needed) for needed in each] or [frozenset[str]()] for each in (old, new))
    if {*before} == {*after}:
        return
    refused, taken = narrower(before, after), narrower(after, before)
    told = " → ".join(
        " or ".join("+".join(sorted(each)) for each in alternatives) or "none" for alternatives in (before, after)
    )
    level = BREAKING if refused else RISKY
    yield change(level=level, kind="scopes", message=f"scopes needed: {told}", loosened=taken)


def _paths(node: Mapping[str, Any], path: str) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """Every template below a node of the routes, and its methods."""
    if "methods" in node:
        yield path, list(node["methods"].items())
    for segment, child in node.get("literal", {}).items():
        yield from _paths(child, f"{path}/{segment}")
    for regex, child in node.get("pattern", ()):
        yield from _paths(child, f"{path}/{_readable(regex)}")
    if "any" in node:
        yield from _paths(node["any"], f"{path}/{{}}")


def _readable(regex: str) -> str:
    """``{}.pdf`` for the regular expression of a segment."""
    return re.sub(r"\\(.)", r"\1", PLACE.sub("{}", regex))
