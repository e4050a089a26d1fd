"""The table of usage records in moto, and a client of it with which somebody else is faster."""

from collections.abc import Callable
from typing import Any


def create_usage_records_table(client: Any, name: str = "usage-records") -> None:
    """As the Data stack makes it."""
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("subscription", "period")],
        KeySchema=[
            {"AttributeName": "subscription", "KeyType": "HASH"},
            {"AttributeName": "period", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


class Racing:
    """``meanwhile`` runs right before each write until it is taken away; ``writes`` counts them."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.meanwhile: Callable[[], object] | None = None
        self.writes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **request: Any) -> Any:
        if self.meanwhile is not None:
            self.meanwhile()
        self.writes += 1
        return self._client.update_item(**request)
