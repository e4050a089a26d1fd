"""How many routes and integrations a bundle takes of one HTTP API (AWS quotas)."""

from collections.abc import Iterable, Mapping
from typing import Any

from tiergate.domain.lifecycle import RETIRED, SERVED
from tiergate.domain.limits import SECOND

MOST = 300
"""Routes, and integrations too, of one HTTP API."""

OWN_ROUTES, OWN_INTEGRATIONS = 1, 1
"""Onboarding's."""

KEY_ROUTES = 2
"""Of the keys of identity tokens."""


def routes(bundle: Mapping[str, Any], now: int) -> set[str]:
    """The route keys that a deploy at ``now`` (microseconds) makes for API versions, as far as names tell them."""
    found: set[str] = set()
    for name, api in _routed(bundle, now):
        methods = ("ANY", "OPTIONS") if "cors" in api else ("ANY",)
        found |= {f"{method} /{name}{below}" for method in methods for below in ("", "/{proxy+}")}
    return found


def route_count(keys: Iterable[str], *bundles: Mapping[str, Any]) -> int:
    """All routes, where those of ``keys`` stand, and what the bundles need beside them."""
    return len({*keys}) + OWN_ROUTES + KEY_ROUTES * any(map(_identity, bundles))


def integration_count(bundle: Mapping[str, Any], now: int) -> int:
    """A direct API version takes two, an isolated one its own proxy's; all others share at most two."""
    apis = [api for _, api in _routed(bundle, now)]
    direct = sum(_is_direct(api) for api in apis)
    isolated = sum(bool(api.get("deploy", {}).get("isolated")) for api in apis if not _is_direct(api))
    return OWN_INTEGRATIONS + 2 * direct + isolated + 2 + _identity(bundle)


def _routed(bundle: Mapping[str, Any], now: int) -> list[tuple[str, Mapping[str, Any]]]:
    return [
        (name, api)
        for name, api in bundle["apis"].items()
        if api["state"] in SERVED or (api["state"] == RETIRED and now < api["lifecycle"]["gone"] * SECOND)
    ]


def _is_direct(api: Mapping[str, Any]) -> bool:
    return bool(api["mode"] == "direct" and api["state"] in SERVED)


def _identity(bundle: Mapping[str, Any]) -> bool:
    return any(api.get("upstream_auth", {}).get("kind") == "identity" for api in bundle["apis"].values())
