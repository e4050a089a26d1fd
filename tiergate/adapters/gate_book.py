"""What the gate reads of the registry and keeps in it: who is subscribed, closing offers, what it refused last.

Every call raises botocore's errors.
"""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from tiergate.adapters.registry.offers import OFFERS, offer_of, pk_of
from tiergate.adapters.registry.writes import key_of
from tiergate.adapters.registry_reader import MALFORMED, Item, malformed
from tiergate.adapters.wire import from_wire, to_wire
from tiergate.domain.gate import IMPORTED, Holder, Offer
from tiergate.domain.imported_keys import ID
from tiergate.domain.keys import random_id

KEY = key_of("GATE")


class Deploy(NamedTuple):
    """Digests of the definitions that one brings, and of those that stand; the latter empty where none do."""

    coming: str
    standing: str

    @property
    def rollback(self) -> "Deploy":
        """What CloudFormation asks for when this one failed."""
        return Deploy(self.standing, self.coming)


class GateBook:
    """One deployment's registry table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def refused(self) -> Deploy | None:
        """The deploy that was refused last, or of which nobody knows yet; None once one has passed."""
        answer = self._client.get_item(TableName=self._table, Key=KEY, ConsistentRead=True)
        item = from_wire(answer.get("Item", {}))
        return Deploy(str(item["refused"]), str(item["standing"])) if {"refused", "standing"} <= item.keys() else None

    def refuse(self, deploy: Deploy) -> str:
        """Remember it as refused until it passes, so that one that breaks off counts as such; the record's id."""
        kept = {"id": random_id(), "refused": deploy.coming, "standing": deploy.standing}
        self._client.put_item(TableName=self._table, Item=KEY | to_wire(kept))
        return kept["id"]

    def passed(self, record: str) -> bool:
        """Nothing is refused any more. False, and no change, where there is another record by now."""
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=KEY,
                ConditionExpression="id = :record",
                ExpressionAttributeValues=to_wire({":record": record}),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def close(self, offers: Collection[Offer]) -> None:
        """No subscription takes one of them from now on."""
        for offer in sorted(offers):
            mark = key_of(pk_of(offer)) | to_wire({"owner": OFFERS, "state": "closing"})
            self._client.put_item(TableName=self._table, Item=mark)

    def reopen(self, offers: Collection[Offer]) -> None:
        for offer in sorted(offers):
            self._client.delete_item(TableName=self._table, Key=key_of(pk_of(offer)))

    def closing(self) -> Iterator[Offer]:
        """By the index: a mark of the last moments may be missing, and one that is gone may be there."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_owner",
            KeyConditionExpression="#owner = :owner",
            ExpressionAttributeNames={"#owner": "owner"},
            ExpressionAttributeValues=to_wire({":owner": OFFERS}),
        )
        return (offer_of(item["pk"]["S"]) for page in pages for item in page["Items"])

    def holders(self) -> Iterator[list[Holder]]:
        """Who is subscribed, in pages; all that was written before the first is asked for is in one of them. Without
        keys to try things out, which end by themselves.

        Raises
        ------
        RecordMalformed
            An application's record is not what the registry writes.
        """
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            ConsistentRead=True,
            FilterExpression="begins_with(pk, :applications)",
            ProjectionExpression="pk, organization, subscriptions, credentials, clients",
            ExpressionAttributeValues=to_wire({":applications": "APP#app_"}),
        )
        return ([holder for item in page["Items"] for holder in _holders(item)] for page in pages)


def _holders(item: Item) -> list[Holder]:
    try:
        organization, ways = item["organization"]["S"], _ways(item)
        return [
            Holder(entry["M"]["id"]["S"], organization, product, entry["M"]["plan"]["S"], ways)
            for product, entry in item["subscriptions"]["M"].items()
        ]
    except MALFORMED as error:
        raise malformed(item) from error


def _ways(item: Item) -> frozenset[str]:
    keys, clients = (item[name]["SS"] if name in item else () for name in ("credentials", "clients"))
    issuers = frozenset(client.partition("#")[0] for client in clients)
    return issuers | {IMPORTED} if any(map(ID.fullmatch, keys)) else issuers
