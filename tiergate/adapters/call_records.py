"""What the access log tells partners of their calls, beside the usage records and kept as long.

================  ===================  ================================================================================
subscription      period               item
================  ===================  ================================================================================
``<id>``          ``CALLS#<day>``      ``k<hour>@<credential>``, ``s<hour>@<status>``: calls; ``d<n>``: digests of
                                       what was counted of the day's newest ten-minute buckets
``<id>``          ``REFUSALS#<day>``   ``calls``: the newest that were refused or failed; ``version``
``<id>``          ``LAST_USED``        ``c@<credential>``: milliseconds of its last call
================  ===================  ================================================================================

What comes twice changes nothing: counts are added on condition that their digest is not there, failed calls are known
by their request ids, and a last call only moves forward.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tiergate.adapters.batch_reads import items
from tiergate.adapters.registry_reader import MALFORMED
from tiergate.adapters.usage_records import ATTEMPTS, RecordConflict, ttl, unreadable
from tiergate.adapters.wire import from_wire, to_wire
from tiergate.domain.call_records import Failure, Share, newest
from tiergate.domain.limits import SECOND
from tiergate.domain.moments import utc

CALLS, REFUSALS, LAST_USED = "CALLS#", "REFUSALS#", "LAST_USED"
BY_KEY, BY_STATUS, DIGESTS, BY_CREDENTIAL = "k", "s", "d", "c@"

MOST_AT_ONCE = 40
"""Credentials in one condition, whose length is bounded."""

REMEMBERED, FORGOTTEN = 6, 18
"""Buckets of ten minutes before the newest whose digests stay, and whose are removed with a write. A batch that
failed comes again for 20 minutes (``stacks/constructs/call_records.py``)."""

Item = Mapping[str, Any]


class DayCalls(NamedTuple):
    """Calls of a day by hour, for each credential and for each status."""

    day: str
    keys: Mapping[str, Mapping[int, int]]
    statuses: Mapping[str, Mapping[int, int]]


class CallRecords:
    """One deployment's. ``client``: boto3's of DynamoDB; ``table``: of usage records."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def keep(self, share: Share) -> None:
        """Add what a batch has of a subscription and hour. Repeating it changes nothing.

        Raises
        ------
        RecordConflict
            Others wrote the failed calls each time that they were to be written.
        RecordUnreadable
            Something else is stored in the place of failed calls. It stays.
        """
        if share.failures:
            self._keep_failures(share)
        self._keep_last(share)
        self._count(share)

    def days(self, subscription: str, first: str, last: str) -> Iterator[DayCalls]:
        """Those of the days from ``first`` to ``last`` (2026-11-23) that had calls; one Query.

        Raises
        ------
        RecordUnreadable
            Something else is stored in the place of one of them.
        """
        for item in self._between(subscription, CALLS + first, CALLS + last):
            yield calls_of(item)

    def failures(self, subscription: str, most: int) -> list[Failure]:
        """The newest, newest first, of all days that are kept.

        Raises
        ------
        RecordUnreadable
            Something else is stored in the place of some of them.
        """
        found: list[Failure] = []
        for item in self._between(subscription, REFUSALS, REFUSALS + "~", newest_first=True):
            found += failures_of(item)
            if len(found) >= most:
                break
        return newest(found)[:most]

    def last_used(self, subscriptions: Collection[str]) -> dict[str, int]:
        """When each credential of theirs called last, in milliseconds."""
        last: dict[str, int] = {}
        keys = [_key(each, LAST_USED) for each in subscriptions]
        for item in items(self._client, self._table, keys):
            for credential, at in last_of(item).items():
                last[credential] = max(at, last.get(credential, 0))
        return last

    def _between(self, subscription: str, first: str, last: str, *, newest_first: bool = False) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#subscription = :subscription AND #period BETWEEN :first AND :last",
            ExpressionAttributeNames={"#subscription": "subscription", "#period": "period"},
            ExpressionAttributeValues=to_wire({":subscription": subscription, ":first": first, ":last": last}),
            ScanIndexForward=not newest_first,
            PaginationConfig={"PageSize": 2 if newest_first else 100},
        )
        return (item for page in pages for item in page["Items"])

    def _count(self, share: Share) -> None:
        numbers = {f"{BY_KEY}{share.hour_of_day}@{key}": calls for key, calls in share.keys.items()}
        numbers |= {f"{BY_STATUS}{share.hour_of_day}@{status}": calls for status, calls in share.statuses.items()}
        names = {f"#n{index}": name for index, name in enumerate(numbers)}
        values = {f":n{index}": calls for index, calls in enumerate(numbers.values())}
        old = range(share.bucket - FORGOTTEN, share.bucket - REMEMBERED)
        names |= {f"#o{index}": f"{DIGESTS}{bucket}" for index, bucket in enumerate(old)}
        added = ", ".join(["#digests :digests", *(f"#n{index} :n{index}" for index in range(len(numbers)))])
        removed = ", ".join(f"#o{index}" for index in range(len(old)))
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(share.subscription, CALLS + share.day),
                UpdateExpression=f"SET #ttl = :ttl ADD {added} REMOVE {removed}",
                ConditionExpression="NOT contains(#digests, :digest)",
                ExpressionAttributeNames={**names, "#ttl": "ttl", "#digests": f"{DIGESTS}{share.bucket}"},
                ExpressionAttributeValues=to_wire(
                    {**values, ":ttl": ttl(share.day), ":digests": {share.digest}, ":digest": share.digest}
                ),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _keep_failures(self, share: Share) -> None:
        key = _key(share.subscription, REFUSALS + share.day)
        for _ in range(ATTEMPTS):
            item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
            known, version = (failures_of(item), _version(item)) if item else ([], 0)
            kept = newest([*known, *share.failures])
            if kept == known or self._put_failures(key, kept, share.day, version):
                return
        raise RecordConflict(f"others write the refused calls of {share.subscription} on {share.day} all the time")

    def _put_failures(self, key: Item, kept: Iterable[Failure], day: str, version: int) -> bool:
        """Whether it is still at ``version``, 0 where it is not there, and was written."""
        values = {"calls": [each._asdict() for each in kept], "ttl": ttl(day), "version": version + 1}
        try:
            self._client.put_item(
                TableName=self._table,
                Item={**key, **to_wire(values)},
                ConditionExpression="#version = :seen" if version else "attribute_not_exists(#version)",
                ExpressionAttributeNames={"#version": "version"},
                **({"ExpressionAttributeValues": to_wire({":seen": version})} if version else {}),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _keep_last(self, share: Share) -> None:
        """Move each on that is not further already."""
        last = sorted(share.last.items())
        for first in range(0, len(last), MOST_AT_ONCE):
            some = dict(last[first : first + MOST_AT_ONCE])
            while some:
                known = self._put_last(share, some)
                further = {key: at for key, at in some.items() if known is not None and known.get(key, 0) < at}
                some = further if len(further) < len(some) else {}

    def _put_last(self, share: Share, last: Mapping[str, int]) -> dict[str, int] | None:
        """None where they were written; what is there where one of them is further."""
        names = {f"#l{index}": BY_CREDENTIAL + credential for index, credential in enumerate(last)}
        values = {f":l{index}": at for index, at in enumerate(last.values())}
        places = range(len(last))
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(share.subscription, LAST_USED),
                UpdateExpression="SET #ttl = :ttl, " + ", ".join(f"#l{each} = :l{each}" for each in places),
                ConditionExpression=" AND ".join(
                    f"(attribute_not_exists(#l{each}) OR #l{each} < :l{each})" for each in places
                ),
                ExpressionAttributeNames={**names, "#ttl": "ttl"},
                ExpressionAttributeValues=to_wire({**values, ":ttl": ttl(share.day)}),
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            return last_of(error.response.get("Item") or {})
        return None


def calls_of(item: Item) -> DayCalls:
    """From an item of a day's calls.

    Raises
    ------
    RecordUnreadable
        It is not what is written here.
    """
    counted: dict[str, dict[str, dict[int, int]]] = {BY_KEY: {}, BY_STATUS: {}}
    try:
        for attribute, number in item.items():
            kind, (hour, at, name) = attribute[:1], attribute[1:].partition("@")
            if at and kind in counted and hour.isdecimal():
                counted[kind].setdefault(name, {})[int(hour)] = int(number["N"])
        return DayCalls(item["period"]["S"].removeprefix(CALLS), counted[BY_KEY], counted[BY_STATUS])
    except MALFORMED as error:
        raise unreadable(item) from error


def failures_of(item: Item) -> list[Failure]:
    """From an item of a day's failed calls, newest first.

    Raises
    ------
    RecordUnreadable
        It is not what is written here.
    """
    try:
        return [Failure(**each) for each in from_wire(item)["calls"]]
    except MALFORMED as error:
        raise unreadable(item) from error


def last_of(item: Item) -> dict[str, int]:
    """By credential, from an item of last calls; what is none of them is passed over."""
    return {
        name.removeprefix(BY_CREDENTIAL): int(value["N"])
        for name, value in item.items()
        if name.startswith(BY_CREDENTIAL) and value.get("N", "").isdecimal()
    }


def moment(at: int) -> str:
    """Milliseconds as people and programs read them."""
    return utc(at * (SECOND // 1000))


def _version(item: Item) -> int:
    try:
        return int(item["version"]["N"])
    except MALFORMED as error:
        raise unreadable(item) from error


def _key(subscription: str, period: str) -> dict[str, Any]:
    return to_wire({"subscription": subscription, "period": period})
