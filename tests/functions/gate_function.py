"""The gate's function as it is deployed, asked by CloudFormation, with a store that can be watched and broken."""

from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.fakes.cloudformation import CloudFormation, Deployed
from tests.fakes.registry import create_registry_table
from tests.functions.conftest import Gateway, fresh
from tiergate.adapters.gate_book import GateBook
from tiergate.adapters.registry import Registry
from tiergate.domain.catalogue import Product
from tiergate.domain.gate import stated

LIFECYCLE = {"deprecated": 1_788_220_800, "sunset": 4_070_908_800, "gone": 4_078_684_800, "successor": "shop/v2"}
ENDING = {"shop/v1": {"state": "deprecated", "lifecycle": LIFECYCLE}}
"""A way that a deploy may go, and none may go back."""

DENIED = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "…"}}, "Scan")
UNREACHABLE = EndpointConnectionError(endpoint_url="https://dynamodb")
ALL, TINY_GONE = ["roomy", "slow", "tiny"], ["roomy", "slow"]
GATED = {"get_item", "put_item", "delete_item", "query", "scan"}


class Crash(BaseException):
    """The function's process ends where it is."""


class Store:
    """The registry's client: counts the gate's calls, runs ``before`` each with its number, fails while ``down``."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[str] = []
        self.before: Callable[[int], object] = lambda _: None
        self.down: Exception | None = None

    def __getattr__(self, name: str) -> Any:
        if name not in GATED:
            return getattr(self._client, name)
        return lambda **request: self._asked(name, request)

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=lambda **request: self._pages(name, request))

    def _pages(self, name: str, request: dict[str, Any]) -> Iterator[Any]:
        while True:
            page = self._asked(name, request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request = request | {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _asked(self, name: str, request: dict[str, Any]) -> Any:
        assert name not in {"scan", "get_item"} or request["ConsistentRead"], "what was written just now is missing"
        self.calls.append(name)
        self.before(len(self.calls))
        if self.down:
            raise self.down
        return getattr(self._client, name)(**request)


class Function:
    """The function as it is deployed, asked by CloudFormation; ``waits`` are what it would have slept."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.cloudformation = CloudFormation()
        self.store = Store(gateway.client)
        self.waits: list[float] = []
        self.left = 240_000
        self.products = {"retail": {"apis": ["shop/v1"], "plans": ALL}, "other": {"apis": [], "plans": ["roomy"]}}
        self.apis: dict[str, Any] = {"shop/v1": {"state": "published"}}
        self.callers: dict[str, Any] = {}
        self.module = self.cold()

    def cold(self) -> ModuleType:
        """Another instance from here on."""
        with self.gateway.monkeypatch.context() as starting:
            starting.setattr(boto3, "client", lambda *_, **__: self.store)
            starting.setenv("TARGET", "prod")
            self.module = fresh("lambdas.gate.handler")
        self.module.GATE._wait = self.waits.append
        self.module.GATE._clock = lambda: self.gateway.now
        return self.module

    def __call__(self, event: Any) -> None:
        self.module.handler(event, SimpleNamespace(get_remaining_time_in_millis=lambda: self.left))

    def definitions(self, plans: list[str] | None = None, **apis: Any) -> str:
        """With so many plans of the product, and the API in another state."""
        products = self.products | {"retail": self.products["retail"] | {"plans": plans or ALL}}
        plain = {"products": products, "plans": dict.fromkeys(plans or ALL), "apis": self.apis | apis}
        return stated(plain | self.callers)

    def deploy(self, plans: list[str] | None = None, **apis: Any) -> Deployed:
        return self.cloudformation.deploy(self, Definitions=self.definitions(plans, **apis))

    def closing(self) -> set[tuple[str, str]]:
        return {*GateBook(self.gateway.client, "registry").closing()}

    def stored(self) -> list[Any]:
        """All but the gate's own record."""
        items = self.gateway.client.scan(TableName="registry")["Items"]
        return sorted((item for item in items if item["pk"]["S"] != "GATE"), key=str)

    def begun(self) -> "Function":
        """After a first deploy, which passed."""
        assert self.deploy() == Deployed("")
        self.store.calls.clear()
        return self


def deployed(gateway: Gateway) -> Iterator[Function]:
    """One that was never asked, on an empty registry."""
    gateway.client.delete_table(TableName="registry")
    create_registry_table(gateway.client)
    function = Function(gateway)
    yield function
    function.cloudformation.close()


def later(gateway: Gateway) -> Registry:
    """The registry by later policies: with another plan, and an issuer."""
    products = {"retail": Product("retail", frozenset({"shop/v1"}), frozenset({*ALL, "more"}))}
    return Registry(gateway.client, "registry", env="dev", actor="test", products=products, issuers=["entra"])
