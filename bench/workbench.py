"""Lays out what is measured: packages as they are deployed, a compiled bundle, one customer in the fake registry."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3

from bench import BenchError
from bench.functions import (
    API,
    Function,
    authorizer_events,
    is_allowed,
    is_allowed_usual,
    is_constant,
    is_passed_on,
    proxy_events,
)
from stacks.assets import stage
from tiergate.adapters.registry import Registry
from tiergate.domain.catalogue import Product
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked

REGION, ENV = "eu-central-1", "dev"
REGISTRY, USAGE, USUAL_KEYS, USUAL_USAGE = "registry", "usage", "usual-keys", "usual-usage"
TABLES = {
    REGISTRY: ("pk", "sk"),
    USAGE: ("subscription",),
    USUAL_KEYS: ("key_hash",),
    USUAL_USAGE: ("consumer", "hour"),
}
RESOURCES = 75
"""Of four operations each: a bundle of 300 routes, as PERFORMANCE's target for matching has it."""

HANDLERS = Path(__file__).parent / "handlers"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "A" * 700,
}
"""As long as the ones that Lambda gives a function."""

POLLING_THREAD = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13"}
"""Makes awslambdaric fetch each event in a new thread, as it does on Lambda from Python 3.12 on.

That raises every function by the same amount. It is measured beside the floor and left out of the others, because
the targets were set without it and ratios to a higher floor would look better than they are.
"""


def functions(folder: Path, *, dynamodb: str, upstream: str) -> list[Function]:
    """The functions, staged below ``folder``, and their data in the fake DynamoDB. Both addresses are URLs."""
    packages = folder / "packages"
    bundle = _bundle(folder / "policies", upstream)
    key = _customer(dynamodb)
    events = authorizer_events(key)
    environment = _environment(dynamodb)
    constant, usual = (_handler(name, packages) for name in ("constant", "usual_authorizer"))
    ours = {"REGISTRY_TABLE": REGISTRY, "USAGE_TABLE": USAGE, "KEY_ENV": ENV, "MODE": "managed"}
    theirs = {"KEYS_TABLE": USUAL_KEYS, "USAGE_TABLE": USUAL_USAGE}
    return [
        Function(
            "floor", "constant answer (the floor)", "constant.handler", constant, environment, events, is_constant
        ),
        Function(
            "floor_polling_thread",
            "the same, polled from a thread",
            "constant.handler",
            constant,
            environment | POLLING_THREAD,
            events,
            is_constant,
        ),
        Function(
            "authorizer_exact",
            "authorizer, exact",
            "lambdas.authorizer.handler.handler",
            stage("authorizer", packages, bundle),
            environment | ours,
            events,
            is_allowed,
        ),
        Function(
            "proxy",
            "managed proxy, 2 KB JSON",
            "lambdas.proxy.handler.handler",
            stage("proxy", packages, bundle),
            environment | {"UPSTREAM_FUNCTIONS": "{}"},
            proxy_events(key),
            is_passed_on,
        ),
        Function(
            "usual_authorizer",
            "usual authorizer (Powertools, boto3)",
            "usual_authorizer.handler",
            usual,
            environment | theirs,
            events,
            is_allowed_usual,
        ),
    ]


def _handler(name: str, packages: Path) -> Path:
    package = packages / name
    package.mkdir(parents=True)
    shutil.copy(HANDLERS / f"{name}.py", package)
    return package


def _environment(dynamodb: str) -> Mapping[str, str]:
    """What Lambda sets, and where DynamoDB is."""
    return CREDENTIALS | {
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "measured",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "LANG": "en_US.UTF-8",
        "PATH": os.environ["PATH"],
        "TZ": ":UTC",
    }


def _bundle(policies: Path, upstream: str) -> str:
    """A gateway of one API with 300 operations and a plan whose limits are far away."""
    files: dict[str, Any] = {
        "platform.yaml": {"name": "Bench", "support": "https://bench.example/support"},
        "plans/bench.yaml": {
            "title": "Bench",
            "limits": {"rate": {"per_second": 100000, "burst": 100000}, "quota": {"hour": 1000000000}},
        },
        "products/bench.yaml": {"title": "Bench", "apis": [API], "plans": ["bench"]},
        f"apis/{API}/api.yaml": {"title": "Bench", "owner": "bench", "state": "published", "upstream": upstream},
        f"apis/{API}/openapi.json": {
            "openapi": "3.0.3",
            "info": {"title": "Bench", "version": "1"},
            "paths": {path: item for number in range(RESOURCES) for path, item in _resource(number).items()},
        },
    }
    for name, content in files.items():
        path = policies / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return serialized(compiled(checked(policies)))


def _resource(number: int) -> dict[str, Any]:
    def operation(verb: str) -> dict[str, Any]:
        return {"operationId": f"{verb}Accounts{number}", "responses": {"200": {"description": "Done"}}}

    id_ = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        f"/accounts-{number}": {"get": operation("list"), "post": operation("add")},
        f"/accounts-{number}/{{id}}": {"parameters": [id_], "get": operation("get"), "delete": operation("remove")},
    }


def _customer(dynamodb: str) -> str:
    """One customer with one key, made by our own onboarding; the same key in the usual authorizer's table."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=dynamodb,
        region_name=REGION,
        **{name.lower(): value for name, value in CREDENTIALS.items()},
    )
    products = {"bench": Product("bench", frozenset({API}), frozenset({"bench"}))}
    registry = Registry(client, REGISTRY, env=ENV, actor="bench", products=products)
    key = registry.onboard(name="Acme", product="bench", plan="bench").key
    item = {"key_hash": key.hash, "consumer": "acme", "plan": "bench", "state": "active", "created": "2026-01-01"}
    wire: dict[str, Any] = {name: {"S": value} for name, value in item.items()}
    client.put_item(TableName=USUAL_KEYS, Item=wire | {"limit": {"N": "1000000000"}})
    if not client.get_item(TableName=REGISTRY, Key={"pk": {"S": f"KEY#{key.id}"}, "sk": {"S": "-"}}).get("Item"):
        raise BenchError("the fake DynamoDB does not give back what was written")
    return key.text
