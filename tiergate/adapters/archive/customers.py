"""Lines of the registry: organizations, applications with their subscriptions, credentials, audit entries."""

from collections.abc import Mapping
from typing import Any

from tiergate.adapters.archive.fields import (
    FACTS,
    LIMITS,
    MADE,
    NAME,
    NETWORK,
    TEXT,
    TIME,
    Field,
    is_whole,
    list_of,
    microseconds,
    nullable,
    object_of,
    one_of,
    pattern,
    time_text,
)
from tiergate.adapters.archive.relations import Relations
from tiergate.adapters.registry.items import (
    DELETED,
    application_item,
    conditions_lists,
    credential_item,
    held_of,
    organization_item,
    organization_of,
    pointer_item,
)
from tiergate.adapters.registry.table import PLATFORM
from tiergate.adapters.registry_reader import Item, credential_of
from tiergate.adapters.wire import from_wire
from tiergate.domain.conditions import Conditions
from tiergate.domain.registry import Application, Credential, Organization, Override, Subscription

Document = Mapping[str, Any]
Plain = dict[str, Any]

TOLD = ("who", "what", "before", "after", "reason")
"""Of an audit entry."""

ORGANIZATION_ID = pattern(r"[a-z0-9-]{1,40}", "an organization's id")
APPLICATION_ID = pattern(r"app_[0-9A-Za-z]{1,40}", "an application's id, which begins with app_")
SUBSCRIPTION_ID = pattern(r"sub_[0-9A-Za-z]{1,40}", "a subscription's id, which begins with sub_")
VERSION = Field(lambda value: is_whole(value) and value > 0, "a whole number, 1 or more")
STATE = one_of("active", "suspended")
CONDITIONS = {"addresses": list_of(NETWORK), "denied": list_of(NETWORK), "subjects": list_of(NAME)}
OVERRIDE = object_of({"limits": LIMITS, "until": nullable(TIME)})
SUBSCRIPTION = {
    "id": SUBSCRIPTION_ID,
    "product": NAME,
    "plan": NAME,
    "state": STATE,
    "created": MADE,
    "override": nullable(OVERRIDE),
}
CREDENTIAL = {
    "application": APPLICATION_ID,
    "state": one_of("active", "suspended", "revoked"),
    "created": MADE,
    "name": TEXT,
    "expires": nullable(TIME),
    **CONDITIONS,
    "scopes": nullable(list_of(NAME)),
    "replaced_by": TEXT,
    "version": VERSION,
}

ORGANIZATION_FIELDS = {
    "id": ORGANIZATION_ID,
    "name": TEXT,
    "state": one_of("active", "suspended", DELETED),
    "created": MADE,
    "version": VERSION,
}
APPLICATION_FIELDS = {
    "id": APPLICATION_ID,
    "organization": ORGANIZATION_ID,
    "name": TEXT,
    "state": STATE,
    "created": MADE,
    **CONDITIONS,
    "subscriptions": list_of(object_of(SUBSCRIPTION)),
    "version": VERSION,
}
KEY_FIELDS = {
    "id": pattern(r"[0-9A-Za-z]{1,40}", "a key's id"),
    "sha256": pattern(r"[0-9a-f]{64}", "64 hexadecimal digits"),
    **CREDENTIAL,
}
CLIENT_FIELDS = {
    "id": NAME,
    "issuer": pattern(r"[a-z0-9-]{1,64}", "an issuer's name"),
    **CREDENTIAL,
}
AUDIT_FIELDS = {
    "organization": nullable(ORGANIZATION_ID),
    "time": TIME,
    "id": pattern(r"[0-9A-Za-z]{1,40}", "letters and digits"),
    "who": TEXT,
    "what": NAME,
    "before": FACTS,
    "after": FACTS,
    "reason": TEXT,
}


def organization_document(item: Item) -> Plain:
    found = organization_of(item)
    return {
        "id": found.id,
        "name": found.name,
        "state": found.state,
        "created": found.created,
        "version": int(item["version"]["N"]),
    }


def organization_items(document: Document, relations: Relations) -> list[Plain]:
    id_ = document["id"]
    owned = frozenset(relations.applications(id_))
    made = Organization(id_, document["name"], document["state"], document["created"], owned)
    return [_record(organization_item(made, relations.members(id_), relations.invitations(id_)), document)]


def application_document(item: Item) -> Plain:
    found = held_of(item).application
    return {
        "id": found.id,
        "organization": found.organization,
        "name": found.name,
        "state": found.state,
        "created": found.created,
        **conditions_lists(found.conditions),
        "subscriptions": [_subscription_document(each) for each in found.subscriptions.values()],
        "version": int(item["version"]["N"]),
    }


def application_items(document: Document, relations: Relations) -> list[Plain]:
    """The application, and where its subscriptions are."""
    id_, organization = document["id"], document["organization"]
    subscriptions = [_subscription(each) for each in document["subscriptions"]]
    made = Application(
        id_,
        organization,
        {each.product: each for each in subscriptions},
        name=document["name"],
        state=document["state"],
        organization_state=relations.state(organization),
        created=document["created"],
        conditions=_conditions(document),
    )
    item = application_item(made, relations.keys(id_), relations.clients(id_))
    pointers = [{"sk": "-", "version": 1} | pointer_item(id_, each) for each in subscriptions]
    return [_record(item, document), *pointers]


def key_document(item: Item) -> Plain:
    found = credential_of(item)
    return {"id": found.id, "sha256": found.fingerprint} | _credential_document(found, item)


def client_document(item: Item) -> Plain:
    found = credential_of(item)
    return {"id": found.id, "issuer": found.issuer} | _credential_document(found, item)


def credential_items(document: Document, _relations: Relations) -> list[Plain]:
    scopes, expires = document["scopes"], document["expires"]
    made = Credential(
        document["id"],
        document["application"],
        document.get("sha256", ""),
        document["state"],
        created=document["created"],
        name=document["name"],
        expires=None if expires is None else microseconds(expires),
        conditions=_conditions(document),
        scopes=None if scopes is None else frozenset(scopes),
        replaced_by=document["replaced_by"],
        issuer=document.get("issuer", ""),
    )
    return [_record(credential_item(made), document)]


def audit_document(item: Item) -> Plain:
    """``organization`` is null in entries of the platform itself."""
    entry = from_wire(item)
    _, time, id_ = entry["sk"].split("#")
    organization = None if entry["pk"] == PLATFORM else entry["pk"].removeprefix("ORG#")
    told = {name: _in_order(entry[name]) for name in TOLD}
    return {"organization": organization, "time": time, "id": id_, **told}


def audit_items(document: Document, _relations: Relations) -> list[Plain]:
    organization = document["organization"]
    told = {name: document[name] for name in TOLD}
    return [
        {
            "pk": PLATFORM if organization is None else f"ORG#{organization}",
            "sk": f"AUDIT#{document['time']}#{document['id']}",
            "version": 1,
            **told,
        }
    ]


def _credential_document(credential: Credential, item: Item) -> Plain:
    return {
        "application": credential.application,
        "state": credential.state,
        "created": credential.created,
        "name": credential.name,
        "expires": None if credential.expires is None else time_text(credential.expires),
        **conditions_lists(credential.conditions),
        "scopes": None if credential.scopes is None else sorted(credential.scopes),
        "replaced_by": credential.replaced_by,
        "version": int(item["version"]["N"]),
    }


def _subscription_document(subscription: Subscription) -> Plain:
    override = subscription.override
    return {
        "id": subscription.id,
        "product": subscription.product,
        "plan": subscription.plan,
        "state": subscription.state,
        "created": subscription.created,
        "override": None if override is None else _override_document(override),
    }


def _override_document(override: Override) -> Plain:
    until = None if override.until is None else time_text(override.until)
    return {"limits": dict(sorted(override.limits.items())), "until": until}


def _conditions(document: Document) -> Conditions:
    return Conditions.of({"allow": document["addresses"], "deny": document["denied"], "subjects": document["subjects"]})


def _subscription(document: Document) -> Subscription:
    given = document["override"]
    override = None
    if given is not None:
        override = Override.of(given["limits"], None if given["until"] is None else microseconds(given["until"]))
    id_, product, plan, state, created = (document[name] for name in ("id", "product", "plan", "state", "created"))
    return Subscription(id_, product, plan, state, created, override)


def _in_order(value: Any) -> Any:
    """Facts by their names, at any depth: the store keeps no order."""
    if isinstance(value, dict):
        return {name: _in_order(inner) for name, inner in sorted(value.items())}
    return [_in_order(each) for each in value] if isinstance(value, list) else value


def _record(item: Plain, document: Document) -> Plain:
    return item | {"sk": "-", "version": document["version"]}
