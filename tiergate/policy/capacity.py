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

Apis = Mapping[str, Mapping[str, Any]]
"""Those of a bundle."""


def routed(api: Mapping[str, Any], now: int) -> bool:
    """Whether an API version has routes in a deploy at ``now`` (microseconds): a retired one too, until it is gone."""
    return api["state"] in SERVED or (api["state"] == RETIRED and now < api["lifecycle"]["gone"] * SECOND)


def routes(apis: Apis, now: int) -> set[str]:
    """The route keys that a deploy at ``now`` makes for API versions, as far as names tell them."""
    found: set[str] = set()
    for name, api in _routed(apis, now).items():
        methods = ("ANY", "OPTIONS") if "cors" in api else ("ANY",)
        found |= {f"{method} /{name}{below}" for method in methods for below in ("", "/{proxy+}")}
    return found


def route_count(keys: Iterable[str], *apis: Apis) -> int:
    """All routes, where those of ``keys`` stand, and what the API versions need beside them."""
    return len({*keys}) + OWN_ROUTES + KEY_ROUTES * any(map(with_identity, apis))


def integration_count(apis: Apis, now: int) -> int:
    """A direct API version takes two, an isolated one its own proxy's; all others share at most two."""
    found = _routed(apis, now).values()
    direct = sum(_is_direct(api) for api in found)
    isolated = sum(bool(api.get("deploy", {}).get("isolated")) for api in found if not _is_direct(api))
    return OWN_INTEGRATIONS + 2 * direct + isolated + 2 + with_identity(apis)


def with_identity(apis: Apis) -> bool:
    """Whether some upstream is shown an identity, whose keys have routes."""
    return any(
        api["state"] in SERVED and api.get("upstream_auth", {}).get("kind") == "identity" for api in apis.values()
    )


def _routed(apis: Apis, now: int) -> Apis:
    return {name: api for name, api in apis.items() if routed(api, now)}


def _is_direct(api: Mapping[str, Any]) -> bool:
    return bool(api["mode"] == "direct" and api["state"] in SERVED)
