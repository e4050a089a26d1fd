"""The three tables of a deployment, read whole and filled."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from tiergate.adapters.archive.errors import ArchiveError
from tiergate.adapters.archive.kinds import COUNTERS, RECORDS, REGISTRY
from tiergate.adapters.registry.writes import key_of
from tiergate.adapters.registry_reader import Item
from tiergate.adapters.wire import to_wire

MOST_WRITTEN = 100
"""Items of one transaction."""

ATTEMPTS = 8
"""To write what DynamoDB has no room for at the moment; the last wait is of ``LONGEST_WAIT`` seconds."""

LONGEST_WAIT = 10.0
BUSY = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict"})


class Tables:
    """``names``: of the registry, the usage records and the counters. ``sleep``: for seconds."""

    def __init__(
        self,
        client: Any,
        *,
        registry: str,
        usage_records: str,
        counters: str,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._client = client
        self._names = {REGISTRY: registry, RECORDS: usage_records, COUNTERS: counters}
        self._sleep = sleep

    def scan(self, table: str) -> Iterator[Item]:
        """All items, each as it is when it is read."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._names[table], ConsistentRead=True)
        for page in pages:
            yield from page["Items"]

    def record(self, pk: str, sk: str = "-") -> Item | None:
        """One of the registry."""
        answer = self._client.get_item(TableName=self._names[REGISTRY], Key=key_of(pk, sk), ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def create(self, table: str, items: Sequence[Mapping[str, Any]]) -> None:
        """All of at most ``MOST_WRITTEN`` items, or none where one of them is there.

        Raises
        ------
        ArchiveError
            One is there, or DynamoDB has no room for a minute.
        """
        key = "pk" if table == REGISTRY else "subscription"
        put = {"TableName": self._names[table], "ConditionExpression": f"attribute_not_exists({key})"}
        requests = [{"Put": {**put, "Item": to_wire(item)}} for item in items]
        for attempt in range(ATTEMPTS):
            try:
                self._client.transact_write_items(TransactItems=requests)
            except self._client.exceptions.TransactionCanceledException as cancelled:
                codes = [each.get("Code", "None") for each in cancelled.response.get("CancellationReasons", ())]
                if "ConditionalCheckFailed" in codes:
                    there = items[codes.index("ConditionalCheckFailed")][key]
                    raise ArchiveError(
                        f"{there} was made by somebody else just now, and stays as it is; look who else writes here, "
                        "then restore again: it goes on where it stopped"
                    ) from None
                if BUSY.isdisjoint(codes):
                    raise
                self._sleep(min(0.1 * 2**attempt, LONGEST_WAIT))
            else:
                return
        raise ArchiveError("DynamoDB has no room for more at the moment; restore again: it goes on where it stopped")
