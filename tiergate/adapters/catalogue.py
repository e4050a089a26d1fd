"""The published catalogue in the registry table: what portals read of the policies.

=============  ====================  ==================================================================================
pk             sk                    item
=============  ====================  ==================================================================================
``CATALOGUE``  ``PRODUCT#<id>``      ``entry``: what ``docs/catalogue.md`` tells; also of plans (``PLAN#<id>``), API
                                     versions (``API#<name>``) and REST APIs (``REST_API#<name>``)
``CATALOGUE``  ``PLATFORM``          the same, with the ``digest`` of all entries together and the time of it
=============  ====================  ==================================================================================

``PLATFORM`` is written last. So entries that do not make its digest are a part of a publishing that goes on, or was cut
short, and nobody takes them for the whole.
"""

import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tiergate.adapters.registry.errors import RegistryError
from tiergate.adapters.wire import from_wire, to_wire
from tiergate.domain.moments import utc
from tiergate.domain.published import PLATFORM, Entry, assembled, digest, entries, packed, unpacked

Item = Mapping[str, Any]

PARTITION = "CATALOGUE"

MOST_ROUNDS = 5
"""How often what is there is compared and put right, until nothing differs."""

PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0)
"""Seconds before each reading of a catalogue that is being published."""

BROKEN = (AttributeError, EOFError, KeyError, OSError, TypeError, ValueError, zlib.error)
"""What an item raises that somebody else made, or changed."""


class Unsettled(RegistryError):
    """What is there is not the whole of one catalogue, and did not become it in time."""


class Counts(NamedTuple):
    """Entries that a publishing made, changed, took away and left as they were."""

    created: int
    updated: int
    deleted: int
    unchanged: int


class PublishedCatalogue:
    """That of one deployment. ``client``: of DynamoDB; ``pause``: waits for seconds."""

    def __init__(self, client: Any, table: str, *, pause: Callable[[float], object] = time.sleep) -> None:
        self._client = client
        self._table = table
        self._pause = pause

    def publish(self, document: Mapping[str, Any], now: int) -> Counts:
        """Make the stored entries those of a document; only what differs is written. ``now``: in microseconds.

        Publishing goes on until nothing differs any more. So of two at once, the one that ends last leaves its own
        document as a whole; and the next one mends what another left that was cut short.

        Raises
        ------
        Unsettled
            Somebody else goes on to publish another document; try again.
        """
        wanted = entries(document)
        whole = digest(wanted)
        written: dict[str, str] = {}
        for _ in range(MOST_ROUNDS):
            there = self._items()
            gone, differing = there.keys() - wanted.keys(), _differing(wanted, whole, there)
            if not gone and not differing:
                count = Counter(written.values())
                unchanged = len(wanted.keys() - written.keys())
                return Counts(count["created"], count["updated"], count["deleted"], unchanged)
            for name in sorted(gone):
                self._client.delete_item(TableName=self._table, Key=_key(name))
                written.setdefault(name, "deleted")
            for name in differing:
                self._put(name, wanted[name], {"digest": whole, "published": utc(now)} if name == PLATFORM else {})
                written.setdefault(name, "updated" if name in there else "created")
        raise Unsettled(
            f"the catalogue in {self._table} was changed by another publishing while this one wrote; try again"
        )

    def read(self) -> dict[str, Any] | None:
        """What was published last, with the time of it as ``published``; None where nothing was yet.

        Raises
        ------
        Unsettled
            A publishing goes on for longer than is waited, or one was cut short.
        """
        for seconds in PAUSES:
            if seconds:
                self._pause(seconds)
            items = self._items()
            if PLATFORM not in items:
                return None
            named = {name: entry for name, item in items.items() if (entry := _entry(item)) is not None}
            if digest(named) == items[PLATFORM].get("digest"):
                return {**assembled(named), "published": items[PLATFORM].get("published", "")}
        raise Unsettled(
            f"the catalogue in {self._table} is being published just now, or a publishing was cut short; try "
            "again, and if that does not help: tiergate sync"
        )

    def _items(self) -> dict[str, dict[str, Any]]:
        """All that is stored, by name."""
        found: dict[str, dict[str, Any]] = {}
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "#pk = :pk",
            "ExpressionAttributeNames": {"#pk": "pk"},
            "ExpressionAttributeValues": to_wire({":pk": PARTITION}),
            "ConsistentRead": True,
        }
        while True:
            page = self._client.query(**request)
            found |= {item["sk"]["S"]: from_wire(item) for item in page["Items"]}
            if "LastEvaluatedKey" not in page:
                return found
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _put(self, name: str, entry: Entry, more: Mapping[str, str]) -> None:
        stored = dict(entry)
        if "operations" in stored:
            stored["operations"] = packed(stored["operations"])
        item = {**_key(name), **to_wire({"entry": stored, **more})}
        self._client.put_item(TableName=self._table, Item=item)


def _differing(wanted: Mapping[str, Entry], whole: str, there: Mapping[str, Item]) -> list[str]:
    """Names of entries that are to be written, ``PLATFORM`` last. ``whole``: the digest of all that is wanted."""
    return [
        name
        for name, entry in wanted.items()
        if _entry(there.get(name)) != entry or (name == PLATFORM and there[name].get("digest") != whole)
    ]


def _entry(item: Item | None) -> dict[str, Any] | None:
    """What `publish` was given; None where it is something else."""
    try:
        entry = dict(item["entry"]) if item else None
        if entry and "operations" in entry:
            entry["operations"] = unpacked(bytes(entry["operations"].value))
    except BROKEN:
        return None
    return entry


def _key(name: str) -> dict[str, Any]:
    return to_wire({"pk": PARTITION, "sk": name})
