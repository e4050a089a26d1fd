"""The kinds of records that a file has, in its order, and which item of which table is which."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tiergate.adapters.archive import calls, customers, people, use
from tiergate.adapters.archive.fields import LARGEST_ITEM, Field, stored_size, unstorable, wrong
from tiergate.adapters.archive.lines import canonical
from tiergate.adapters.archive.relations import NoRelations, Relations
from tiergate.adapters.registry.table import PLATFORM
from tiergate.adapters.registry_reader import MALFORMED, Item
from tiergate.adapters.usage_records import RecordUnreadable
from tiergate.adapters.wire import to_wire
from tiergate.domain.counters import BY_TRY, NOBODYS
from tiergate.domain.registry import RecordMalformed

Document = Mapping[str, Any]

REGISTRY, RECORDS, COUNTERS = "registry", "usage records", "counters"
"""The tables."""

CUSTOMERS, AUDIT, USAGE, QUOTAS = "customers", "audit", "usage", "counters"
PARTS = (CUSTOMERS, AUDIT, USAGE, QUOTAS)
"""What a file can be limited to."""

UNREADABLE = (*MALFORMED, ArithmeticError, RecordMalformed, RecordUnreadable)
"""What is raised where an item is not what is written there."""

POINTER, LEFT_OUT, UNKNOWN = "pointer", "left out", "unknown"
"""What an item is that has no line of its own: it follows from another's, it is made anew, or nobody knows it."""


class Kind(NamedTuple):
    """``id``: what a record is known by among those of its kind. ``owner``: the id of the record above it, or "".

    ``read``: the line's fields from an item. ``items``: those that a line stands for; the first is the record's own.
    """

    part: str
    table: str
    fields: Mapping[str, Field]
    id: Callable[[Document], str]
    owner: Callable[[Document], str]
    read: Callable[[Item], dict[str, Any]]
    items: Callable[[Document, Relations], list[dict[str, Any]]]


def _named(*names: str) -> Callable[[Document], str]:
    return lambda document: "#".join(document[name] or "" for name in names)


def _nothing(_document: Document) -> str:
    return ""


KINDS = {
    "organization": Kind(
        CUSTOMERS,
        REGISTRY,
        customers.ORGANIZATION_FIELDS,
        _named("id"),
        _nothing,
        customers.organization_document,
        customers.organization_items,
    ),
    "application": Kind(
        CUSTOMERS,
        REGISTRY,
        customers.APPLICATION_FIELDS,
        _named("id"),
        _named("organization"),
        customers.application_document,
        customers.application_items,
    ),
    "key": Kind(
        CUSTOMERS,
        REGISTRY,
        customers.KEY_FIELDS,
        _named("id"),
        _named("application"),
        customers.key_document,
        customers.credential_items,
    ),
    "client": Kind(
        CUSTOMERS,
        REGISTRY,
        customers.CLIENT_FIELDS,
        _named("issuer", "id"),
        _named("application"),
        customers.client_document,
        customers.credential_items,
    ),
    "member": Kind(
        CUSTOMERS,
        REGISTRY,
        people.MEMBER_FIELDS,
        _named("organization", "id"),
        _named("organization"),
        people.member_document,
        people.member_items,
    ),
    "invitation": Kind(
        CUSTOMERS,
        REGISTRY,
        people.INVITATION_FIELDS,
        _named("organization", "id"),
        _named("organization"),
        people.invitation_document,
        people.invitation_items,
    ),
    "upgrade": Kind(
        CUSTOMERS,
        REGISTRY,
        people.UPGRADE_FIELDS,
        _named("application", "product"),
        _named("application"),
        people.upgrade_document,
        people.upgrade_items,
    ),
    "audit": Kind(
        AUDIT,
        REGISTRY,
        customers.AUDIT_FIELDS,
        _named("organization", "time", "id"),
        _named("organization"),
        customers.audit_document,
        customers.audit_items,
    ),
    "usage": Kind(
        USAGE,
        RECORDS,
        use.USAGE_FIELDS,
        _named("subscription", "period"),
        _nothing,
        use.usage_document,
        use.usage_items,
    ),
    "notice": Kind(
        USAGE,
        RECORDS,
        use.NOTICE_FIELDS,
        _named("subscription", "api"),
        _nothing,
        use.notice_document,
        use.notice_items,
    ),
    "calls": Kind(
        USAGE,
        RECORDS,
        calls.CALLS_FIELDS,
        _named("subscription", "day"),
        _nothing,
        calls.calls_document,
        calls.calls_items,
    ),
    "refusals": Kind(
        USAGE,
        RECORDS,
        calls.REFUSALS_FIELDS,
        _named("subscription", "day"),
        _nothing,
        calls.refusals_document,
        calls.refusals_items,
    ),
    "last_used": Kind(
        USAGE,
        RECORDS,
        calls.LAST_USED_FIELDS,
        _named("subscription"),
        _nothing,
        calls.last_used_document,
        calls.last_used_items,
    ),
    "counters": Kind(
        QUOTAS,
        COUNTERS,
        use.COUNTERS_FIELDS,
        _named("subscription"),
        _nothing,
        use.counters_document,
        use.counters_items,
    ),
}
"""In the order of a file."""

NAMES = tuple(KINDS)
PLACES = {name: place for place, name in enumerate(NAMES)}
"""In that order, from 0."""

ABOVE = {
    **dict.fromkeys(("application", "member", "invitation", "audit"), "organization"),
    **dict.fromkeys(("key", "client", "upgrade"), "application"),
}
"""The kind that an owner is of."""

PREFIXES = {"ORG": "organization", "APP": "application", "KEY": "key", "CLIENT": "client", "SUB": POINTER}
OF_ORGANIZATION = {"MEMBER": "member", "INVITATION": "invitation"}
"""Of which the other half of the key is the organization."""

PREFIX = {name: f"{prefix}#" for prefix, name in (PREFIXES | OF_ORGANIZATION).items()}
PERIODS = {
    **{"DAY": "usage", "MONTH": "usage", "NOTICE": "notice", "CURSOR": LEFT_OUT},
    **{"CALLS": "calls", "REFUSALS": "refusals", "LAST_USED": "last_used"},
}
MADE_ANEW = ("REQUEST", "LIMIT", "OFFER", "CATALOGUE", "GATE")


def kind_of(table: str, item: Item) -> str:
    """A name of ``KINDS``, or what else an item is.

    Raises
    ------
    KeyError, TypeError, AttributeError
        Its key is none.
    """
    if table == COUNTERS:
        return LEFT_OUT if item["subscription"]["S"].startswith(NOBODYS) else "counters"
    if table == RECORDS:
        period = item["period"]["S"].partition("#")[0]
        return PERIODS.get(period, UNKNOWN)
    prefix, sort_key = item["pk"]["S"].partition("#")[0], item["sk"]["S"]
    if prefix in MADE_ANEW or _tries(item):
        return LEFT_OUT
    if sort_key.startswith("AUDIT#") and prefix in {"ORG", PLATFORM}:
        return "audit"
    return (PREFIXES if sort_key == "-" else OF_ORGANIZATION | {"UPGRADE": "upgrade"}).get(prefix, UNKNOWN)


def key_of_record(name: str, id_: str) -> tuple[str, str]:
    """The key of the registry's item that a record of a kind is known by; KeyError where nothing names such records."""
    if name in OF_ORGANIZATION.values():
        organization, _, rest = id_.partition("#")
        return PREFIX[name] + rest, organization
    return PREFIX[name] + id_, "-"


def _tries(item: Item) -> bool:
    """Whether it is of a key to try things out, which ends by itself."""
    application: str = item["application"]["S"] if "application" in item else item["pk"]["S"].removeprefix("APP#")
    return application.startswith(BY_TRY)


def document_of(name: str, item: Item) -> dict[str, Any]:
    """The line of an item that is of this kind.

    Raises
    ------
    UNREADABLE
        It is not what is written there, or not what a line can say.
    """
    document = KINDS[name].read(item)
    if (fault := unstorable(document)) or (fault := next(wrong(document, KINDS[name].fields), None)):
        raise ValueError(fault)
    return {"kind": name, **document}


def key_of_item(table: str, item: Item) -> str:
    """What messages call an item of which nothing else is known."""
    names = {REGISTRY: ("pk", "sk"), RECORDS: ("subscription", "period"), COUNTERS: ("subscription",)}
    return " ".join(str(item.get(name, {}).get("S", "?")) for name in names[table]).removesuffix(" -")


def faults_of(document: Document) -> list[str]:
    """What is wrong with a line that is to be restored. What is right, is read back from the tables as it is."""
    kind = KINDS[document["kind"]]
    told = {name: value for name, value in document.items() if name != "kind"}
    if found := list(wrong(told, kind.fields)):
        return found
    try:
        first, *_ = kind.items(told, NoRelations())
        same = canonical(document_of(document["kind"], to_wire(first))) == canonical(document)
    except UNREADABLE:
        same = False
    if same and stored_size(first) > LARGEST_ITEM:
        return [f"it is larger than the {LARGEST_ITEM // 1024} KB that DynamoDB keeps of a record"]
    return [] if same else ["it is not written as an export writes it, so that it would not come back the same"]
