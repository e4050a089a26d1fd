"""Policies → the bundle: all that the functions need of them, as deterministic JSON."""

import json
from collections.abc import Mapping
from typing import Any

from tiergate.domain.catalogue import FORMAT
from tiergate.policy.failure import merged
from tiergate.policy.load import ApiEntry, Policies
from tiergate.policy.openapi import Operation
from tiergate.policy.routes import tree
from tiergate.policy.schema import OperationPolicy, Plan, Platform

DEPLOY = ("isolated", "concurrency", "private", "listener")
"""Keys of ``api.yaml`` that only the stacks need."""


def compiled(policies: Policies) -> dict[str, Any]:
    """The bundle of checked policies; ``Catalogue.of`` reads it."""
    if policies.platform is None:
        raise ValueError("policies must be checked before they are compiled")
    platform = policies.platform.value
    return {
        "format": FORMAT,
        "platform": {"name": platform.name, "support": platform.support},
        "plans": {name: _plan(plan.value, platform) for name, plan in policies.plans.items()},
        "products": {
            name: {"apis": product.value.apis, "plans": product.value.plans}
            for name, product in policies.products.items()
        },
        "apis": {name: _api(api) for name, api in policies.apis.items()},
    }


def serialized(bundle: Mapping[str, Any]) -> str:
    """The same text for the same bundle, on every machine."""
    return json.dumps(bundle, sort_keys=True, separators=(",", ":"))


def _plan(plan: Plan, platform: Platform) -> dict[str, Any]:
    failure = merged(platform.failure, plan.failure)
    return {
        "limits": plan.limits.model_dump(exclude_none=True),
        "failure": {"open_units": failure.units if failure.rule == "open" else 0, "grace": failure.grace},
    }


def _api(api: ApiEntry) -> dict[str, Any]:
    default = OperationPolicy()
    policy: dict[str, Any] = {
        "state": api.value.state,
        "upstream": api.value.upstream,
        "timeout": api.value.timeout,
        "mode": api.value.mode,
        "operations": [
            _operation(operation, api.value.operations.get(operation.id, default)) for operation in api.operations
        ],
        "routes": tree(api.operations),
    }
    if api.value.cors is not None:
        policy["cors"] = api.value.cors.model_dump()
    deploy = {key: value for key in DEPLOY if (value := getattr(api.value, key))}
    return policy | ({"deploy": deploy} if deploy else {})


def _operation(operation: Operation, policy: OperationPolicy) -> dict[str, Any]:
    scopes = {"scopes": [list(each) for each in operation.scopes]} if operation.scopes else {}
    return {"id": operation.id, "cost": policy.cost, **scopes}
