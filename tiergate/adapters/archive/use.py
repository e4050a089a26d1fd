"""Lines of use: records of days and months, notices of deprecation, counters."""

from collections.abc import Mapping
from typing import Any

from tiergate.adapters.archive.customers import SUBSCRIPTION_ID, Document, Plain
from tiergate.adapters.archive.fields import (
    COUNT,
    NAME,
    TEXT,
    WHOLE,
    Field,
    is_whole,
    list_of,
    map_of,
    pattern,
)
from tiergate.adapters.archive.relations import Relations
from tiergate.adapters.counter_wire import KEY, numbers
from tiergate.adapters.notice_book import told_item, told_of
from tiergate.adapters.registry_reader import Item
from tiergate.adapters.usage_records import Kept, kept_item, kept_of
from tiergate.domain.notices import Told
from tiergate.domain.usage import Counts, Record, expires

NOTICE = "NOTICE#"
OWNER = ("organization", "application", "product", "plan")


def is_period(value: Any) -> bool:
    """Whether it is a day or a month."""
    try:
        return isinstance(value, str) and _PERIOD.holds(value) and expires(value) > 0
    except (ValueError, OverflowError):
        return False


def _are_brownouts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, list) and len(each) == 2 and all(map(is_whole, each)) for each in value
    )


_PERIOD = pattern(r"[0-9]{4}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?", "")
BY_TIME = Field(
    lambda value: map_of(COUNT).holds(value) and all(time.isdecimal() and time.isascii() for time in value),
    "an object of whole numbers by hour or day",
)

USAGE_FIELDS = {
    "subscription": SUBSCRIPTION_ID,
    "period": Field(is_period, "a day or a month such as 2026-11-23 or 2026-11"),
    "units": map_of(BY_TIME),
    "refusals": map_of(BY_TIME),
    **dict.fromkeys(OWNER, TEXT),
    "marks": list_of(NAME),
    "version": COUNT,
}
NOTICE_FIELDS = {
    "subscription": SUBSCRIPTION_ID,
    "api": NAME,
    "sunset": WHOLE,
    "days_left": WHOLE,
    "at": WHOLE,
    "announcement": WHOLE,
    "brownouts": Field(_are_brownouts, "a list of pairs of Unix times"),
}
COUNTERS_FIELDS = {"subscription": SUBSCRIPTION_ID, "counters": map_of(WHOLE)}


def usage_document(item: Item) -> Plain:
    record, marks, version = kept_of(item)
    return {
        "subscription": item["subscription"]["S"],
        "period": record.period,
        "units": _sorted(record.units),
        "refusals": _sorted(record.refusals),
        **{name: getattr(record, name) for name in OWNER},
        "marks": sorted(marks),
        "version": version,
    }


def usage_items(document: Document, _relations: Relations) -> list[Plain]:
    units, refusals = (_counts(document[name]) for name in ("units", "refusals"))
    record = Record(document["period"], units, refusals, **{name: document[name] for name in OWNER})
    return [kept_item(document["subscription"], Kept(record, frozenset(document["marks"]), document["version"]))]


def notice_document(item: Item) -> Plain:
    told = told_of(item)
    return {
        "subscription": item["subscription"]["S"],
        "api": item["period"]["S"].removeprefix(NOTICE),
        **told._asdict(),
        "brownouts": [list(each) for each in told.brownouts],
    }


def notice_items(document: Document, _relations: Relations) -> list[Plain]:
    sunset, days_left, at, announcement = (document[name] for name in ("sunset", "days_left", "at", "announcement"))
    told = Told(sunset, days_left, at, announcement, tuple((start, end) for start, end in document["brownouts"]))
    return [told_item(document["subscription"], document["api"], told)]


def counters_document(item: Item) -> Plain:
    return {"subscription": item[KEY]["S"], "counters": dict(sorted(numbers(item).items()))}


def counters_items(document: Document, _relations: Relations) -> list[Plain]:
    return [{**document["counters"], KEY: document["subscription"]}]


def _sorted(counts: Counts) -> dict[str, dict[str, int]]:
    return {name: {str(time): number for time, number in sorted(each.items())} for name, each in sorted(counts.items())}


def _counts(stored: Mapping[str, Mapping[str, int]]) -> Counts:
    return {name: {int(time): number for time, number in each.items()} for name, each in stored.items()}
