"""What of a bundle ships with the functions."""

from collections.abc import Mapping
from typing import Any

from tiergate.policy.changes.plans import TERMS


def shipped(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """The compiled bundle without what no function reads.

    So a change of where one API runs, of what the user pool gives, of what calls may be signed for, of a plan's price,
    or another key for identity tokens, is no change of every function. The same again for what is shipped already.
    """
    parts = {
        "platform": _without(bundle["platform"], "identity_key"),
        "issuers": {name: _without(issuer, "cognito") for name, issuer in bundle.get("issuers", {}).items()},
        "plans": {name: _without(plan, *TERMS) for name, plan in bundle["plans"].items()},
        "apis": {name: _api(api) for name, api in bundle["apis"].items()},
    }
    return {**bundle, **parts}


def _api(api: Mapping[str, Any]) -> dict[str, Any]:
    kept = _without(api, "deploy")
    if "upstream_auth" in api:
        kept["upstream_auth"] = _without(api["upstream_auth"], "resource")
    return kept


def _without(part: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name not in keys}
