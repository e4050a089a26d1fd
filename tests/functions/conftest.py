"""The gateway's functions as they are deployed: an environment, a compiled bundle, tables, and a fresh import."""

import importlib.util
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest

from tests.conftest import REGION
from tests.dynamodb_server import DynamoServer
from tiergate.adapters.registry import Onboarded, Registry
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.limits import SECOND
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked

NOON = 1_773_316_830 * SECOND
"""12:00:30 UTC on 12 March 2026: no window ends while a test runs."""

POLICIES = {
    "platform.yaml": "name: Test Platform\nsupport: https://help.example\n",
    "plans/tiny.yaml": "title: Tiny\nlimits:\n  rate: {per_second: 1000, burst: 1000}\n  quota: {hour: 3, month: 9}\n",
    "plans/slow.yaml": "title: Slow\nlimits:\n  rate: {per_second: 1, burst: 3}\n  quota: {hour: 100}\n",
    "plans/roomy.yaml": "title: Roomy\nlimits:\n  quota: {hour: 1000}\n",
    "products/retail.yaml": "title: Retail\napis: [shop/v1]\nplans: [tiny, slow, roomy]\n",
    "products/other.yaml": "title: Other\napis: [hidden/v1]\nplans: [tiny, slow, roomy]\n",
    "apis/shop/v1/api.yaml": (
        "title: Shop\nowner: shop@example.com\nstate: published\nupstream: http://127.0.0.1:9\ntimeout: 5\n"
        "operations:\n  order: {cost: 2}\n"
    ),
    "apis/hidden/v1/api.yaml": "title: Hidden\nowner: o@example.com\nstate: draft\nupstream: http://127.0.0.1:9\n",
}
ANSWER = {"responses": {"200": {"description": "ok"}}}
DOCUMENT = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1"},
    "paths": {
        "/orders": {"get": {"operationId": "list", **ANSWER}, "post": {"operationId": "order", **ANSWER}},
        "/files/{name}": {"put": {"operationId": "upload", **ANSWER}},
    },
}


@dataclass
class Gateway:
    """One deployment. ``now``: the functions' time in microseconds; ``metrics``: the lines of their metrics, kept apart
    from the rest of the log. ``client`` and ``store`` lead to the same DynamoDB.
    """

    client: Any
    store: DynamoServer
    bundle: Path
    monkeypatch: pytest.MonkeyPatch
    now: int = NOON
    metrics: list[str] = field(default_factory=list)

    @property
    def registry(self) -> Registry:
        products = Catalogue.of(json.loads(self.bundle.read_text())).products
        return Registry(
            self.client,
            "registry",
            env="dev",
            actor="test",
            products=products,
            clock=lambda: datetime.fromtimestamp(self.now / SECOND, UTC),
        )

    @property
    def reads(self) -> list[str]:
        """What the authorizers asked of DynamoDB."""
        return self.store.calls

    def partner(self, *, product: str = "retail", plan: str = "roomy", name: str = "Acme") -> Onboarded:
        return self.registry.onboard(name=name, product=product, plan=plan)

    def units(self, partner: Onboarded) -> int:
        """What the usage table counts for a partner in this hour."""
        key = {"subscription": {"S": partner.subscription.id}}
        item = self.client.get_item(TableName="usage", Key=key).get("Item", {})
        return int(item.get(f"u{self.now // (3600 * SECOND)}", {"N": 0})["N"])

    def authorizer(self, mode: str = "managed", *, endpoint: str | None = None) -> ModuleType:
        with self.monkeypatch.context() as starting:
            starting.setenv("MODE", mode)
            starting.setenv("AWS_ENDPOINT_URL_DYNAMODB", endpoint or self.store.url)
            module = fresh("lambdas.authorizer.handler")
        module.time = SimpleNamespace(time_ns=lambda: self.now * 1000)
        return self._watched(module)

    def proxy(self, upstream: str = "http://127.0.0.1:9", *, timeout: float = 5) -> ModuleType:
        bundle = json.loads(self.bundle.read_text())
        bundle["apis"]["shop/v1"] |= {"upstream": upstream, "timeout": timeout}
        self.bundle.write_text(serialized(bundle))
        module = fresh("lambdas.proxy.handler")
        module.time = SimpleNamespace(time_ns=lambda: self.now * 1000)
        return self._watched(module)

    def _watched(self, module: ModuleType) -> ModuleType:
        module.METRICS._write = self.metrics.append
        module.METRICS._now = lambda: self.now * 1000
        module.METRICS.clock = lambda: self.now * 1000
        return module


@pytest.fixture(scope="session")
def bundle_text(tmp_path_factory: pytest.TempPathFactory) -> str:
    return serialized(compiled(checked(_policies(tmp_path_factory.mktemp("policies")))))


@pytest.fixture
def gateway(
    dynamodb: Any, dynamodb_server: DynamoServer, bundle_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    bundle = tmp_path / "bundle.json"
    bundle.write_text(bundle_text)
    environment = {
        "AWS_DEFAULT_REGION": REGION,
        "BUNDLE": str(bundle),
        "KEY_ENV": "dev",
        "REGISTRY_TABLE": "registry",
        "USAGE_TABLE": "usage",
        "STORE_TIMEOUT": "10",
        "UPSTREAM_FUNCTIONS": "{}",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    _table(dynamodb, "registry", "pk", "sk")
    _table(dynamodb, "usage", "subscription")
    dynamodb_server.calls.clear()
    yield Gateway(dynamodb, dynamodb_server, bundle, monkeypatch)
    for table in dynamodb.list_tables()["TableNames"]:
        dynamodb.delete_table(TableName=table)


def onboarding_event(body: str, idempotency_key: str | None, *, by: Mapping[str, str]) -> dict[str, Any]:
    """What API Gateway sends for a request that ``by``, an identity of IAM, has signed."""
    path = "/_tiergate/onboard"
    return {
        "version": "2.0",
        "routeKey": f"POST {path}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {} if idempotency_key is None else {"idempotency-key": idempotency_key},
        "requestContext": {"requestId": "req-1", "authorizer": {"iam": dict(by)}},
        "body": body,
        "isBase64Encoded": False,
    }


@pytest.fixture(scope="module")
def mac_key(dynamodb: Any, aws: boto3.Session) -> str:
    """The ARN of the key that onboarding derives API keys by. One a module: moto makes an RSA key pair with each."""
    key = aws.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    return str(key["KeyMetadata"]["Arn"])


@pytest.fixture
def onboard(gateway: Gateway, mac_key: str) -> ModuleType:
    """The onboarding function, at the gateway's time."""
    gateway.monkeypatch.setenv("MAC_KEY", mac_key)
    module = fresh("lambdas.onboard.handler")
    module.time = SimpleNamespace(time_ns=lambda: gateway.now * 1000)
    return module


def _policies(folder: Path) -> Path:
    for name, text in POLICIES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if path.name == "api.yaml":
            (path.parent / "openapi.json").write_text(json.dumps(DOCUMENT))
    return folder


def _table(client: Any, name: str, *keys: str) -> None:
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in kinds],
        BillingMode="PAY_PER_REQUEST",
    )


def fresh(name: str) -> ModuleType:
    """A handler's module as a cold start makes it: handlers read their environment when they are imported."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
