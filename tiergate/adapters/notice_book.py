"""What was told of deprecated API versions, and where the next run goes on; in the UsageRecords table, beside the use.

================  ==================  =================================================================================
subscription      period              item
================  ==================  =================================================================================
``<id>``          ``NOTICE#bank/v1``  what it was told last of an API version that is deprecated
``NOTICES``       ``CURSOR``          behind which organization the next run goes on, and those that failed
================  ==================  =================================================================================
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tiergate.adapters.registry_reader import MALFORMED
from tiergate.adapters.usage_records import ttl, unreadable
from tiergate.adapters.wire import from_wire, to_wire
from tiergate.domain.limits import SECOND, window_number
from tiergate.domain.notices import Told
from tiergate.domain.usage import period_of

NUMBERS = ("sunset", "days_left", "at", "announcement")
CURSOR = {"subscription": "NOTICES", "period": "CURSOR"}


class Cursor(NamedTuple):
    """``after``: the organization behind which a run goes on; empty: it begins anew. ``again``: those to begin with."""

    after: str = ""
    again: tuple[str, ...] = ()


class NoticeBook:
    """One deployment's."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def told(self, subscription: str, api: str) -> Told | None:
        """What a subscription was told last of an API version.

        Raises
        ------
        RecordUnreadable
            Something else is stored in its place.
        """
        item = self._item(_key(subscription, api))
        return None if item is None else told_of(item)

    def keep(self, subscription: str, api: str, told: Told) -> None:
        """Keep what it was told; as long as a record of that day, or of the sunset."""
        self._write(_key(subscription, api), _values(told))

    def cursor(self) -> Cursor:
        """What was kept last. One that cannot be read is as none: then a run begins anew."""
        item = self._item(CURSOR)
        values = from_wire(item) if item else {}
        try:
            return Cursor(str(values.get("after", "")), tuple(map(str, values.get("again", ()))))
        except MALFORMED:
            return Cursor()

    def keep_cursor(self, cursor: Cursor) -> None:
        """For the next run."""
        self._write(CURSOR, cursor._asdict())

    def _item(self, key: Mapping[str, str]) -> Mapping[str, Any] | None:
        answer: dict[str, Any] = self._client.get_item(TableName=self._table, Key=to_wire(key), ConsistentRead=True)
        return answer.get("Item")

    def _write(self, key: Mapping[str, str], values: Mapping[str, Any]) -> None:
        self._client.update_item(
            TableName=self._table,
            Key=to_wire(key),
            UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
            ExpressionAttributeNames={f"#{name}": name for name in values},
            ExpressionAttributeValues=to_wire({f":{name}": value for name, value in values.items()}),
        )


def told_of(item: Mapping[str, Any]) -> Told:
    """From the item of a notice.

    Raises
    ------
    RecordUnreadable
        It is not what is written here.
    """
    try:
        values = from_wire(item)
        brownouts = tuple((int(start), int(end)) for start, end in values["brownouts"])
        sunset, days_left, at, announcement = (int(values[name]) for name in NUMBERS)
        return Told(sunset, days_left, at, announcement, brownouts)
    except MALFORMED as error:
        raise unreadable(item) from error


def told_item(subscription: str, api: str, told: Told) -> dict[str, Any]:
    """The item of which ``told_of`` makes this."""
    return _key(subscription, api) | _values(told)


def _values(told: Told) -> dict[str, Any]:
    month = period_of("month", window_number("month", max(told.at, told.sunset * SECOND)))
    return told._asdict() | {"ttl": ttl(month)}


def _key(subscription: str, api: str) -> dict[str, str]:
    return {"subscription": subscription, "period": f"NOTICE#{api}"}
