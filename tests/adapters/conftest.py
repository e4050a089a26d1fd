"""A registry table in moto, and a registry on it whose clock stands still until a test moves it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from tests.dynamodb_server import DynamoServer
from tests.fakes.registry import Interleaved, create_registry_table
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.adapters.registry import Onboarded, Registry
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.domain.catalogue import Product

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PRODUCTS = {
    "retail": Product("retail", frozenset({"bank/v1", "cards/v1"}), frozenset({"free", "large"})),
    "cards": Product("cards", frozenset({"cards/v1"}), frozenset({"free"})),
    "loans": Product("loans", frozenset({"loans/v1"}), frozenset({"free"})),
}
ISSUERS = frozenset({"partners", "entra"})


class Clock:
    """Stands still. ``micros`` is its time as the domain counts it."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time

    @property
    def micros(self) -> int:
        return int(self.time.timestamp()) * 1_000_000

    def forward(self, **step: int) -> None:
        self.time += timedelta(**step)


@pytest.fixture
def client(dynamodb: Any) -> Iterator[Any]:
    create_registry_table(dynamodb)
    yield Interleaved(dynamodb)
    dynamodb.delete_table(TableName="registry")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(client: Any, clock: Clock) -> Registry:
    return Registry(client, "registry", env="dev", actor="ann", products=PRODUCTS, issuers=ISSUERS, clock=clock)


@pytest.fixture
def reader(client: Any, dynamodb_server: DynamoServer) -> DynamoRegistryReader:
    """As the authorizer sees the table."""
    return DynamoRegistryReader(DynamoDB(dynamodb_server.environment, timeout=10), "registry")


@pytest.fixture
def acme(registry: Registry) -> Onboarded:
    return registry.onboard(name="Acme", product="retail", plan="free")


class Table:
    """All that is stored, as plain values."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def items(self) -> list[dict[str, Any]]:
        deserialize = TypeDeserializer().deserialize
        found = self._client.scan(TableName="registry")["Items"]
        return [{name: deserialize(value) for name, value in item.items()} for item in found]

    def change(self, pk: str, **attributes: Any) -> None:
        """Write attributes in wire form past the registry; None takes one away."""
        key = {"pk": {"S": pk}, "sk": {"S": "-"}}
        item = self._client.get_item(TableName="registry", Key=key)["Item"] | attributes
        item = {name: value for name, value in item.items() if value is not None}
        self._client.put_item(TableName="registry", Item=item)


@pytest.fixture
def table(client: Any) -> Table:
    return Table(client)
