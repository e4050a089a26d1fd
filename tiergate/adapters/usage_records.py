"""The UsageRecords table: what each subscription used, by day and by month, kept for 13 months.

================  ==================  =================================================================================
subscription      period              item
================  ==================  =================================================================================
``<id>``          ``DAY#2026-11-23``  units by API version and hour, refusals by reason and hour
``<id>``          ``MONTH#2026-11``   the same by day
================  ==================  =================================================================================

What stands beside them is ``NoticeBook``'s and ``CallRecords``'s.

``marks``: the thresholds that were told of the period's windows. ``version``: how often the numbers were written; a
write is conditional on the version that was read.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from tiergate.adapters.registry_reader import MALFORMED
from tiergate.adapters.wire import from_wire, to_wire
from tiergate.domain.limits import SECOND
from tiergate.domain.usage import Counts, Record, expires, merged

ATTEMPTS = 5
"""To write a record that others write too."""

OWNER = ("organization", "application", "product", "plan")

AFTER_MONTHS = "MONTH$"
"""A sort key behind those of all months."""


class RecordConflict(Exception):
    """Others wrote the record each time that it was to be written."""


class RecordUnreadable(Exception):
    """A stored record is not what is written here; the text names it and nothing that it holds."""


class Kept(NamedTuple):
    """A record as it is stored, and the thresholds that were told."""

    record: Record
    marks: frozenset[str]
    version: int


class UsageRecords:
    """One deployment's. A period is a day (``2026-11-23``) or a month (``2026-11``) of UTC."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def record(self, subscription: str, period: str) -> Record | None:
        """A day by hour, a month by day; None where nothing was recorded.

        Raises
        ------
        RecordUnreadable
            Something else is stored in its place.
        """
        kept = self._kept(subscription, period)
        return kept.record if kept else None

    def merge(self, subscription: str, seen: Record) -> Kept:
        """Raise the stored record's numbers to those seen, and return what is stored then.

        Repeating it changes nothing and writes nothing.

        Raises
        ------
        RecordConflict
            Others were faster each time.
        RecordUnreadable
            Something else is stored in its place. It stays.
        """
        for _ in range(ATTEMPTS):
            kept = self._kept(subscription, seen.period)
            known = Record(seen.period, {}, {}) if kept is None else kept.record
            record = merged(known, seen)
            if kept is not None and record == known:
                return kept
            version = kept.version if kept else 0
            if self._write(subscription, record, version):
                return Kept(record, kept.marks if kept else frozenset(), version + 1)
        raise RecordConflict(f"others write the usage record {subscription} {sort_key(seen.period)} all the time")

    def mark(self, subscription: str, period: str, mark: str) -> None:
        """Keep that a threshold was told."""
        self._client.update_item(
            TableName=self._table,
            Key=_key(subscription, period),
            UpdateExpression="SET #ttl = :ttl ADD #marks :marks",
            ExpressionAttributeNames={"#ttl": "ttl", "#marks": "marks"},
            ExpressionAttributeValues=to_wire({":ttl": ttl(period), ":marks": {mark}}),
        )

    def months(self, subscription: str, since: date) -> list[Record]:
        """The records of months from that of ``since`` on; one read.

        Raises
        ------
        RecordUnreadable
            Something else is stored in the place of one of them.
        """
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="#subscription = :subscription AND #period BETWEEN :first AND :last",
            ExpressionAttributeNames={"#subscription": "subscription", "#period": "period"},
            ExpressionAttributeValues=to_wire(
                {":subscription": subscription, ":first": f"MONTH#{since:%Y-%m}", ":last": AFTER_MONTHS}
            ),
            ConsistentRead=True,
        )
        return [kept_of(item).record for page in pages for item in page["Items"]]

    def _kept(self, subscription: str, period: str) -> Kept | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(subscription, period), ConsistentRead=True)
        return kept_of(answer["Item"]) if "Item" in answer else None

    def _write(self, subscription: str, record: Record, version: int) -> bool:
        """Whether it is still at ``version``, 0 where it is not there, and was written. Leaves its marks alone."""
        values = _values(record, version + 1)
        condition = "#version = :seen" if version else "attribute_not_exists(#version)"
        try:
            self._client.update_item(
                TableName=self._table,
                Key=_key(subscription, record.period),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in values},
                ExpressionAttributeValues=to_wire(
                    {f":{name}": value for name, value in values.items()} | ({":seen": version} if version else {})
                ),
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def kept_of(item: Mapping[str, Any]) -> Kept:
    """From an item of a day or a month.

    Raises
    ------
    RecordUnreadable
        It is not what is written here.
    """
    try:
        values = from_wire(item)
        record = Record(
            values["period"].partition("#")[2],
            _counts(values.get("units", {})),
            _counts(values.get("refusals", {})),
            **{name: values.get(name, "") for name in OWNER},
        )
        return Kept(record, frozenset(values.get("marks", ())), values.get("version", 0))
    except MALFORMED as error:
        raise unreadable(item) from error


def kept_item(subscription: str, kept: Kept) -> dict[str, Any]:
    """The item of which ``kept_of`` makes this; of a period of which only thresholds were told, just them."""
    record, period = kept.record, kept.record.period
    item = {"subscription": subscription, "period": sort_key(period), "ttl": ttl(period)}
    item |= _values(record, kept.version) if kept.version else {}
    return item | ({"marks": set(kept.marks)} if kept.marks else {})


def unreadable(item: Mapping[str, Any]) -> RecordUnreadable:
    """Names the record."""
    return RecordUnreadable(f"the usage record {item['subscription']['S']} {item['period']['S']} cannot be read")


def _values(record: Record, version: int) -> dict[str, Any]:
    return {
        "units": _storable(record.units),
        "refusals": _storable(record.refusals),
        **{name: getattr(record, name) for name in OWNER},
        "ttl": ttl(record.period),
        "version": version,
    }


def _counts(stored: Mapping[str, Mapping[str, int]]) -> Counts:
    return {name: {int(time): int(number) for time, number in each.items()} for name, each in stored.items()}


def _storable(numbers: Counts) -> dict[str, dict[str, int]]:
    """Keys of a map are texts."""
    return {name: {str(time): number for time, number in each.items()} for name, each in numbers.items()}


def _key(subscription: str, period: str) -> dict[str, Any]:
    return to_wire({"subscription": subscription, "period": sort_key(period)})


def sort_key(period: str) -> str:
    """Of a day's or a month's record."""
    return f"{'MONTH' if len(period) == len('2026-11') else 'DAY'}#{period}"


def ttl(period: str) -> int:
    """When DynamoDB may delete a record of a day or a month, in Unix seconds."""
    return expires(period) // SECOND
