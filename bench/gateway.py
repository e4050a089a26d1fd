"""The gateway that is measured, and its data: a compiled bundle, and customers in the fake DynamoDB."""

import json
from pathlib import Path
from typing import Any

import boto3

from bench import BenchError
from bench.functions import API
from bench.tokens import AUDIENCE
from tiergate.adapters.registry import Onboarded, Registry
from tiergate.domain.catalogue import Product
from tiergate.domain.keys import NewKey
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
PLANS = ("exact", "leased")
"""Named for their modes; their limits are far away."""

ISSUER = "bench"

RESOURCES = 75
"""Of four operations each: a bundle of 300 routes, as PERFORMANCE's target for matching has it."""

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "ASIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "A" * 700,
}
"""As long as the ones that Lambda gives a function."""


class Customers:
    """Onboards customers. ``dynamodb``: the fake's URL."""

    def __init__(self, dynamodb: str) -> None:
        self._client = boto3.client(
            "dynamodb",
            endpoint_url=dynamodb,
            region_name=REGION,
            **{name.lower(): value for name, value in CREDENTIALS.items()},
        )
        products = {"bench": Product("bench", frozenset({API}), frozenset(PLANS))}
        self._registry = Registry(self._client, REGISTRY, env=ENV, actor="bench", products=products)

    def onboard(self, plan: str) -> Onboarded:
        """A new customer, made by our own onboarding."""
        made = self._registry.onboard(name=f"Acme {plan}", product="bench", plan=plan)
        place = {"pk": {"S": f"KEY#{made.key.id}"}, "sk": {"S": "-"}}
        if not self._client.get_item(TableName=REGISTRY, Key=place).get("Item"):
            raise BenchError("the fake DynamoDB does not give back what was written")
        return made

    def link(self, client: str, application: str) -> None:
        """Let an application call with the tokens of ``ISSUER``'s client."""
        item = {
            "pk": f"CLIENT#{ISSUER}#{client}",
            "sk": "-",
            "owner": f"APP#{application}",
            "application": application,
            "state": "active",
            "created": "2026-01-01T00:00:00Z",
        }
        self._client.put_item(TableName=REGISTRY, Item={name: {"S": value} for name, value in item.items()})

    def enter(self, key: NewKey) -> None:
        """Make a key good at the usual authorizer too."""
        item = {"key_hash": key.hash, "consumer": "acme", "plan": "bench", "state": "active", "created": "2026-01-01"}
        wire: dict[str, Any] = {name: {"S": value} for name, value in item.items()}
        self._client.put_item(TableName=USUAL_KEYS, Item=wire | {"limit": {"N": "1000000000"}})


def bundle_of(policies: Path, upstream: str, issuer: str = "") -> str:
    """One API with 300 operations, and a plan of each mode. ``policies``: a folder to write them into.

    ``issuer``: the one, by URL, whose access tokens are accepted beside keys.
    """
    files: dict[str, Any] = {
        "platform.yaml": {"name": "Bench", "support": "https://bench.example/support"},
        "products/bench.yaml": {"title": "Bench", "apis": [API], "plans": [*PLANS]},
        f"apis/{API}/api.yaml": {"title": "Bench", "owner": "bench", "state": "published", "upstream": upstream},
        f"apis/{API}/openapi.json": {
            "openapi": "3.0.3",
            "info": {"title": "Bench", "version": "1"},
            "paths": {path: item for number in range(RESOURCES) for path, item in _resource(number).items()},
        },
    }
    if issuer:
        files[f"apis/{API}/api.yaml"]["accepts"] = "either"
        files[f"issuers/{ISSUER}.yaml"] = issuer_file(issuer)
    limits = {"rate": {"per_second": 1_000_000, "burst": 1_000_000}, "quota": {"hour": 1_000_000_000}}
    files |= {f"plans/{mode}.yaml": {"title": mode.title(), "limits": limits | {"mode": mode}} for mode in PLANS}
    for name, content in files.items():
        path = policies / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return serialized(compiled(checked(policies)))


def issuer_file(url: str) -> dict[str, Any]:
    """The policy of one of ``bench.tokens``' issuers."""
    return {"title": "Bench", "issuer": url, "jwks": f"{url}keys", "audience": [AUDIENCE]}


def _resource(number: int) -> dict[str, Any]:
    def operation(verb: str) -> dict[str, Any]:
        return {"operationId": f"{verb}Accounts{number}", "responses": {"200": {"description": "Done"}}}

    id_ = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        f"/accounts-{number}": {"get": operation("list"), "post": operation("add")},
        f"/accounts-{number}/{{id}}": {"parameters": [id_], "get": operation("get"), "delete": operation("remove")},
    }
