"""Lines of people: members of organizations, invitations, and what they ask for in upgrade requests."""

from typing import Any

from tiergate.adapters.archive.customers import (
    APPLICATION_ID,
    ORGANIZATION_ID,
    VERSION,
    Document,
    Plain,
)
from tiergate.adapters.archive.fields import MADE, NAME, TEXT, TIME, Field, microseconds, one_of, pattern, time_text
from tiergate.adapters.archive.relations import Relations
from tiergate.adapters.registry.people import invitation_item, invitation_of, member_item, member_of
from tiergate.adapters.registry.requests import request_item, request_of
from tiergate.adapters.registry_reader import Item
from tiergate.domain.members import PERSON, Invitation, Member, Role, mail_of
from tiergate.domain.upgrades import STATES, UpgradeRequest


def _is_mail(value: Any) -> bool:
    try:
        return isinstance(value, str) and mail_of(value) == value
    except ValueError:
        return False


MAIL = Field(_is_mail, "a mail address, in lower case")
ROLE = one_of(*Role)

MEMBER_FIELDS = {
    "organization": ORGANIZATION_ID,
    "id": pattern(PERSON.pattern, "the sub of somebody's tokens"),
    "mail": MAIL,
    "role": ROLE,
    "joined": MADE,
    "version": VERSION,
}
INVITATION_FIELDS = {
    "organization": ORGANIZATION_ID,
    "id": pattern("[0-9a-f]{32}", "32 hexadecimal digits"),
    "mail": MAIL,
    "role": ROLE,
    "invited_by": TEXT,
    "created": MADE,
    "expires": TIME,
    "version": VERSION,
}
UPGRADE_FIELDS = {
    "organization": ORGANIZATION_ID,
    "application": APPLICATION_ID,
    "product": NAME,
    "current": TEXT,
    "to": NAME,
    "state": one_of(*STATES),
    "note": TEXT,
    "asked": MADE,
    "asked_by": TEXT,
    "decided": MADE,
    "decided_by": TEXT,
    "reason": TEXT,
    "version": VERSION,
}


def member_document(item: Item) -> Plain:
    return member_of(item)._asdict() | {"role": item["role"]["S"], "version": _version(item)}


def member_items(document: Document, _relations: Relations) -> list[Plain]:
    told = {name: document[name] for name in Member._fields}
    return [member_item(Member(**told)) | {"version": document["version"]}]


def invitation_document(item: Item) -> Plain:
    found = invitation_of(item)
    told = found._asdict() | {"role": item["role"]["S"], "expires": time_text(found.expires)}
    return told | {"id": item["pk"]["S"].removeprefix("INVITATION#"), "version": _version(item)}


def invitation_items(document: Document, _relations: Relations) -> list[Plain]:
    told = {name: document[name] for name in Invitation._fields} | {"expires": microseconds(document["expires"])}
    return [invitation_item(Invitation(**told)) | {"version": document["version"]}]


def upgrade_document(item: Item) -> Plain:
    return request_of(item)._asdict() | {"version": _version(item)}


def upgrade_items(document: Document, _relations: Relations) -> list[Plain]:
    told = {name: document[name] for name in UpgradeRequest._fields}
    return [request_item(UpgradeRequest(**told)) | {"version": document["version"]}]


def _version(item: Item) -> int:
    return int(item["version"]["N"])
