"""Policies → the bundle: all that the functions need of them, as deterministic JSON."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from tiergate.domain.catalogue import FORMAT, KEY
from tiergate.domain.issuers import ACCESS_TOKEN
from tiergate.policy.callers import TOKENS
from tiergate.policy.failure import merged
from tiergate.policy.issuers import COGNITO, STALE, Issuer, scopes_of
from tiergate.policy.load import ApiEntry, Policies
from tiergate.policy.openapi import Operation
from tiergate.policy.routes import tree
from tiergate.policy.schema import Api, OperationPolicy, Plan, Platform, Product

DEPLOY = ("isolated", "concurrency", "private", "listener")
"""Keys of ``api.yaml`` that only the stacks need."""

UNSAID = OperationPolicy()

POOL = {
    "algorithms": ["RS256"],
    "audiences": [],
    "types": ["", "jwt"],
    "required": COGNITO,
    "client": "client_id",
    "scope": "scope",
    "stale": STALE,
}
"""What the access tokens of a user pool's clients say (Cognito)."""


def compiled(policies: Policies) -> dict[str, Any]:
    """The bundle of checked policies; ``Catalogue.of`` reads it."""
    if policies.platform is None:
        raise ValueError("policies must be checked before they are compiled")
    platform = policies.platform.value
    rest_apis = {name: each.compiled() for name, each in platform.rest_apis.items() if each.id is not None}
    return {
        "format": FORMAT,
        "platform": {
            "name": platform.name,
            "support": platform.support,
            "identity_key": platform.identity_key,
            **({"imported_keys": True} if platform.imported_keys else {}),
        },
        "issuers": {name: _issuer(issuer.value, policies) for name, issuer in policies.issuers.items()},
        "plans": {name: _plan(plan.value, platform) for name, plan in policies.plans.items()},
        "products": {name: _product(product.value, rest_apis) for name, product in policies.products.items()},
        "apis": {name: compiled_api(api) for name, api in policies.apis.items()},
        **({"rest_apis": rest_apis} if rest_apis else {}),
    }


def serialized(bundle: Mapping[str, Any]) -> str:
    """The same text for the same bundle, on every machine."""
    return json.dumps(bundle, sort_keys=True, separators=(",", ":"))


def _plan(plan: Plan, platform: Platform) -> dict[str, Any]:
    failure = merged(platform.failure, plan.failure)
    return {
        "limits": plan.limits.model_dump(exclude_none=True),
        "failure": {"open_units": failure.units if failure.rule == "open" else 0, "grace": failure.grace},
        "approval": plan.approval,
        "price": plan.price.model_dump() if plan.price else None,
        "support": plan.support,
    }


def _product(product: Product, rest_apis: Collection[str]) -> dict[str, Any]:
    """``rest_apis``: those that the environment has."""
    sold = [name for name in product.rest_apis if name in rest_apis]
    return {"apis": product.apis, "plans": product.plans, **({"rest_apis": sold} if sold else {})}


def _issuer(issuer: Issuer, policies: Policies) -> dict[str, Any]:
    """What ``Issuer.of`` of the domain reads; of a user pool that the deploy makes, all but its addresses."""
    if issuer.cognito is not None:
        by_token = [api for api in policies.apis.values() if api.value.accepts in TOKENS]
        scopes = scopes_of(operation for api in by_token for operation in api.operations)
        pool = issuer.cognito.model_dump() | {"scopes": scopes}
        return POOL | {"scope_prefix": f"{issuer.cognito.resource_server}/", "cognito": pool}
    jwks = {"jwks": issuer.jwks} if issuer.jwks else {}
    return jwks | {
        "url": issuer.issuer,
        "algorithms": sorted(issuer.algorithms),
        "audiences": sorted(issuer.audience),
        "types": sorted(ACCESS_TOKEN | ({"", "jwt"} if issuer.tokens == "any" else set())),
        "required": issuer.require,
        "client": issuer.client,
        "scope": issuer.scope,
        "scope_prefix": issuer.scope_prefix,
        "stale": issuer.stale,
    }


def compiled_api(api: ApiEntry) -> dict[str, Any]:
    policy: dict[str, Any] = {
        "state": api.value.state,
        "upstream": api.value.upstream,
        "timeout": api.value.timeout,
        "mode": api.value.mode,
        "operations": [
            _operation(operation, api.value.operations.get(operation.id, UNSAID), api.value.cost)
            for operation in api.operations
        ],
        "routes": tree(api.operations),
    }
    if api.value.cors is not None:
        policy["cors"] = api.value.cors.model_dump()
    policy |= _callers(api.value)
    if api.value.deprecation is not None:
        policy["lifecycle"] = api.value.deprecation.compiled()
    upstream_auth = api.value.upstream_auth.compiled()
    if upstream_auth is not None:
        policy["upstream_auth"] = upstream_auth
    deploy = {key: value for key in DEPLOY if (value := getattr(api.value, key))}
    return policy | ({"deploy": deploy} if deploy else {})


def _callers(api: Api) -> dict[str, Any]:
    """Who may call, as far as it differs from anybody with a key."""
    policy: dict[str, Any] = {}
    if api.accepts != KEY:
        policy["accepts"] = api.accepts
    conditions = {"allow": api.addresses.allow, "deny": api.addresses.deny, "subjects": api.subjects}
    if any(conditions.values()):
        policy["conditions"] = conditions
    if api.public_plan:
        policy["public_plan"] = api.public_plan
    return policy


def _operation(operation: Operation, policy: OperationPolicy, cost: int) -> dict[str, Any]:
    """``cost``: its API's."""
    scopes = {"scopes": [list(each) for each in operation.scopes]} if operation.scopes else {}
    public = {"public": True} if policy.public else {}
    timeout = {"timeout": policy.timeout} if policy.timeout is not None else {}
    return {"id": operation.id, "cost": policy.cost or cost, **scopes, **public, **timeout}
