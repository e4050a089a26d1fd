"""The registry's two reads on the request path, and its items as the domain's values."""

from collections.abc import Mapping
from typing import Any

from tiergate.adapters.dynamodb import NO_ANSWER, unavailable
from tiergate.domain.registry import Application, Credential, Subscription


class DynamoRegistryReader:
    """The registry table's two reads on the request path."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def credential(self, key_id: str) -> Credential | None:
        item = self._get(f"KEY#{key_id}")
        return credential_of(item) if item else None

    def application(self, application_id: str) -> Application | None:
        item = self._get(f"APP#{application_id}")
        return application_of(item) if item else None

    def _get(self, pk: str) -> Mapping[str, Any] | None:
        """Strongly consistent, so that a key works the moment it is made."""
        try:
            answer = self._client.get_item(
                TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": "-"}}, ConsistentRead=True
            )
        except NO_ANSWER as error:
            raise unavailable(error) from error
        item: Mapping[str, Any] | None = answer.get("Item")
        return item


def credential_of(item: Mapping[str, Any]) -> Credential:
    """From a registry item in DynamoDB's wire form."""
    return Credential(
        id=item["pk"]["S"].removeprefix("KEY#"),
        application=item["application"]["S"],
        fingerprint=item["fingerprint"]["S"],
        state=item["state"]["S"],
        created=item["created"]["S"],
    )


def application_of(item: Mapping[str, Any]) -> Application:
    """From a registry item in DynamoDB's wire form."""
    return Application(
        id=item["pk"]["S"].removeprefix("APP#"),
        organization=item["organization"]["S"],
        name=item["name"]["S"],
        state=item["state"]["S"],
        organization_state=item["organization_state"]["S"],
        subscriptions={
            product: Subscription(entry["M"]["id"]["S"], product, entry["M"]["plan"]["S"], entry["M"]["state"]["S"])
            for product, entry in item["subscriptions"]["M"].items()
        },
    )
