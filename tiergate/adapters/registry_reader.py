"""The registry's reads on the request path, and its items as the domain's values."""

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from tiergate.domain.conditions import NONE, Conditions, Network
from tiergate.domain.registry import Application, Credential, Override, RecordMalformed, Subscription
from tiergate.domain.store import StoreUnavailable

Item = Mapping[str, Any]
"""In DynamoDB's wire form."""

MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
"""What reading raises where an item is not what the registry writes."""


class DynamoRegistryReader:
    """The registry table's reads on the request path.

    ``client``: the request path's, or boto3's for others; its errors pass through.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def credential(self, key_id: str) -> Credential | None:
        item = self._get(f"KEY#{key_id}")
        return credential_of(item) if item else None

    def client(self, ref: str) -> Credential | None:
        item = self._get(f"CLIENT#{ref}")
        return credential_of(item) if item else None

    def application(self, application_id: str) -> Application | None:
        item = self._get(f"APP#{application_id}")
        return application_of(item) if item else None

    def _get(self, pk: str) -> Item | None:
        """Strongly consistent, so that a key works the moment it is made."""
        answer = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": pk}, "sk": {"S": "-"}}, ConsistentRead=True
        )
        item: Item | None = answer.get("Item")
        if item is not None and not (isinstance(item, dict) and item.get("pk") == {"S": pk}):
            raise StoreUnavailable("garbage", "not the record that was asked for")
        return item


def credential_of(item: Item) -> Credential:
    """From a registry item.

    Raises
    ------
    RecordMalformed
        It is not what the registry writes: nobody may call with it.
    """
    try:
        kind, _, id_ = item["pk"]["S"].partition("#")
        issuer, _, client = id_.partition("#")
        return Credential(
            id=client if kind == "CLIENT" else id_,
            application=item["application"]["S"],
            fingerprint="" if kind == "CLIENT" else item["fingerprint"]["S"],
            state=item["state"]["S"],
            created=item["created"]["S"],
            name=_text(item, "name"),
            expires=_whole(item, "expires"),
            conditions=_conditions(item),
            scopes=frozenset(each["S"] for each in item["scopes"]["L"]) if "scopes" in item else None,
            replaced_by=_text(item, "replaced_by"),
            issuer=issuer if kind == "CLIENT" else "",
        )
    except MALFORMED as error:
        raise malformed(item) from error


def application_of(item: Item) -> Application:
    """From a registry item; its subscriptions in the order of their products.

    Raises
    ------
    RecordMalformed
        It is not what the registry writes: nobody may call with it.
    """
    try:
        return Application(
            id=item["pk"]["S"].removeprefix("APP#"),
            organization=item["organization"]["S"],
            name=item["name"]["S"],
            state=item["state"]["S"],
            organization_state=item["organization_state"]["S"],
            subscriptions={
                product: _subscription(product, entry["M"])
                for product, entry in sorted(item["subscriptions"]["M"].items())
            },
            created=_text(item, "created"),
            conditions=_conditions(item),
        )
    except MALFORMED as error:
        raise malformed(item) from error


def malformed(item: Item) -> RecordMalformed:
    """Names the record; what it holds stays out of logs."""
    return RecordMalformed(f"the registry's record {item['pk']['S']} cannot be read")


def _subscription(product: str, entry: Item) -> Subscription:
    override = None
    if "override" in entry:
        kept = entry["override"]["M"]
        limits = {name: _number(number["N"]) for name, number in kept["limits"]["M"].items()}
        override = Override.of(limits, _whole(kept, "until"))
    return Subscription(
        id=entry["id"]["S"],
        product=product,
        plan=entry["plan"]["S"],
        state=entry["state"]["S"],
        created=_text(entry, "created"),
        override=override,
    )


def _conditions(item: Item) -> Conditions:
    """``NONE`` itself where there are none, which is known by that."""
    found = Conditions(
        _networks(item, "addresses"),
        _networks(item, "denied"),
        frozenset(each["S"] for each in item["subjects"]["L"]) if "subjects" in item else frozenset(),
    )
    return found if any(found) else NONE


def _networks(item: Item, name: str) -> tuple[Network, ...]:
    return tuple(ip_network(each["S"]) for each in item[name]["L"]) if name in item else ()


def _text(item: Item, name: str) -> str:
    text: str = item[name]["S"] if name in item else ""
    return text


def _whole(item: Item, name: str) -> int | None:
    return int(item[name]["N"]) if name in item else None


def _number(text: str) -> float:
    number = float(text)
    return int(number) if number.is_integer() else number
