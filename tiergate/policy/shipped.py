"""What of a bundle ships with the functions."""

from collections.abc import Mapping
from typing import Any


def shipped(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """The compiled bundle without what only the stacks read.

    So a change of where one API runs, of what the user pool gives, of what calls may be signed for, or another key for
    identity tokens, is no change of every function. The same again for what is shipped already.
    """
    parts = {
        "platform": _without("identity_key", bundle["platform"]),
        "issuers": {name: _without("cognito", issuer) for name, issuer in bundle.get("issuers", {}).items()},
        "apis": {name: _api(api) for name, api in bundle["apis"].items()},
    }
    return {**bundle, **parts}


def _api(api: Mapping[str, Any]) -> dict[str, Any]:
    kept = _without("deploy", api)
    if "upstream_auth" in api:
        kept["upstream_auth"] = _without("resource", api["upstream_auth"])
    return kept


def _without(key: str, part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != key}
