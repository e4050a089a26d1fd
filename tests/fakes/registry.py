"""A registry in memory, as the authorizer reads it; and what tests of the real one need around moto."""

from collections.abc import Callable
from typing import Any

from tiergate.domain.registry import Application, Credential, RecordMalformed, client_ref
from tiergate.domain.store import StoreUnavailable


class FakeRegistry:
    """Counts its reads; ``down`` makes it answer nothing, ``broken`` names records that cannot be read."""

    def __init__(self, *records: Application | Credential) -> None:
        self.records: dict[str, Application | Credential] = {}
        self.reads = 0
        self.down = False
        self.broken: set[str] = set()
        for record in records:
            self.put(record)

    def put(self, record: Application | Credential) -> None:
        issuer = record.issuer if isinstance(record, Credential) else ""
        self.records[client_ref(issuer, record.id) if issuer else record.id] = record

    def credential(self, key_id: str) -> Credential | None:
        found = self._read(key_id)
        return found if isinstance(found, Credential) else None

    def client(self, ref: str) -> Credential | None:
        return self.credential(ref)

    def application(self, application_id: str) -> Application | None:
        found = self._read(application_id)
        return found if isinstance(found, Application) else None

    def _read(self, key: str) -> Application | Credential | None:
        self.reads += 1
        if self.down:
            raise StoreUnavailable("unreachable", "down", untouched=True)
        if key in self.broken:
            raise RecordMalformed(f"the registry's record {key} cannot be read")
        return self.records.get(key)


class Interleaved:
    """A DynamoDB client with which somebody else is faster: ``meanwhile`` runs once, right before the next write."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.meanwhile: Callable[[], object] | None = None
        self.writes: list[dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        self.writes.append(request)
        return self._client.transact_write_items(**request)


def create_registry_table(client: Any, name: str = "registry") -> None:
    """The table and its index as the Data stack makes them."""
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk", "owner")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_owner",
                "KeySchema": [
                    {"AttributeName": "owner", "KeyType": "HASH"},
                    {"AttributeName": "pk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
