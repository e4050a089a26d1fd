"""Lines of what the access log tells: calls of days, those that failed, the last one of each credential."""

import re
from collections.abc import Mapping
from typing import Any

from tiergate.adapters.archive.customers import SUBSCRIPTION_ID, Document, Plain
from tiergate.adapters.archive.fields import COUNT, NAME, TEXT, Field, list_of, map_of, object_of
from tiergate.adapters.archive.relations import Relations
from tiergate.adapters.archive.use import BY_TIME, is_period
from tiergate.adapters.call_records import (
    BY_CREDENTIAL,
    BY_KEY,
    BY_STATUS,
    CALLS,
    DIGESTS,
    LAST_USED,
    REFUSALS,
    calls_of,
    failures_of,
    last_of,
)
from tiergate.adapters.registry_reader import Item
from tiergate.adapters.usage_records import ttl
from tiergate.adapters.wire import from_wire
from tiergate.domain.call_records import Failure

DIGEST = re.compile(f"{DIGESTS}([0-9]+)", re.ASCII)
DAY = Field(lambda value: is_period(value) and len(value) == len("2026-11-23"), "a day such as 2026-11-23")
FAILURE = object_of(
    {name: COUNT if name in {"at", "status"} else TEXT for name in Failure._fields},
)

CALLS_FIELDS = {
    "subscription": SUBSCRIPTION_ID,
    "day": DAY,
    "keys": map_of(BY_TIME),
    "statuses": map_of(BY_TIME),
    "digests": map_of(list_of(NAME)),
}
REFUSALS_FIELDS = {"subscription": SUBSCRIPTION_ID, "day": DAY, "calls": list_of(FAILURE), "version": COUNT}
LAST_USED_FIELDS = {"subscription": SUBSCRIPTION_ID, "credentials": map_of(COUNT), "ttl": COUNT}


def calls_document(item: Item) -> Plain:
    found = calls_of(item)
    digests = {number[1]: sorted(item[name]["SS"]) for name in sorted(item) if (number := DIGEST.fullmatch(name))}
    return {
        "subscription": item["subscription"]["S"],
        "day": found.day,
        "keys": _sorted(found.keys),
        "statuses": _sorted(found.statuses),
        "digests": digests,
    }


def calls_items(document: Document, _relations: Relations) -> list[Plain]:
    counts = {
        f"{kind}{int(hour)}@{name}": number
        for kind, named in ((BY_KEY, "keys"), (BY_STATUS, "statuses"))
        for name, hours in document[named].items()
        for hour, number in hours.items()
    }
    digests = {f"{DIGESTS}{number}": set(some) for number, some in document["digests"].items()}
    return [_item(document, CALLS + document["day"], counts | digests | {"ttl": ttl(document["day"])})]


def refusals_document(item: Item) -> Plain:
    return {
        "subscription": item["subscription"]["S"],
        "day": item["period"]["S"].removeprefix(REFUSALS),
        "calls": [each._asdict() for each in failures_of(item)],
        "version": from_wire(item)["version"],
    }


def refusals_items(document: Document, _relations: Relations) -> list[Plain]:
    values = {"calls": document["calls"], "version": document["version"], "ttl": ttl(document["day"])}
    return [_item(document, REFUSALS + document["day"], values)]


def last_used_document(item: Item) -> Plain:
    credentials = dict(sorted(last_of(item).items()))
    return {"subscription": item["subscription"]["S"], "credentials": credentials, "ttl": from_wire(item)["ttl"]}


def last_used_items(document: Document, _relations: Relations) -> list[Plain]:
    credentials = {BY_CREDENTIAL + name: at for name, at in document["credentials"].items()}
    return [_item(document, LAST_USED, credentials | {"ttl": document["ttl"]})]


def _item(document: Document, period: str, values: Mapping[str, Any]) -> Plain:
    return {"subscription": document["subscription"], "period": period, **values}


def _sorted(counts: Mapping[str, Mapping[int, int]]) -> dict[str, dict[str, int]]:
    return {name: {str(time): number for time, number in sorted(each.items())} for name, each in sorted(counts.items())}
