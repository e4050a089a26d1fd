"""The registry's values as the portal shows them; ``openapi.yaml`` describes each."""

import hashlib
from collections.abc import Collection, Mapping
from typing import Any

from tiergate.adapters.registry.items import Held
from tiergate.adapters.registry.people import Peopled
from tiergate.adapters.registry.writes import Stored
from tiergate.domain.imported_keys import ID
from tiergate.domain.members import Invitation, Member, Role, partner
from tiergate.domain.moments import utc
from tiergate.domain.registry import Application, Credential, Organization, Subscription, client_ref
from tiergate.domain.upgrades import WITHDRAWN, UpgradeRequest

PLATFORM = "platform"
"""Who did what nobody of the organization did."""

Mails = Mapping[str, str]
"""The mail addresses of an organization's members, by their ids."""

Requests = Collection[UpgradeRequest]


def mails(members: Collection[Stored[Member]]) -> Mails:
    return {each.value.id: each.value.mail for each in members}


def who(actor: str, known: Mails) -> str:
    """An actor for people to read: a mail address, or an id where somebody is no member any more."""
    id_ = partner(actor)
    return known.get(id_, id_) or PLATFORM


def membership(organization: Organization, role: Role) -> dict[str, Any]:
    return {"id": organization.id, "name": organization.name, "role": role, "state": organization.state}


def organization(stored: Stored[Peopled], role: Role) -> dict[str, Any]:
    found = stored.value.organization
    return _organization(found, role, len(stored.value.members), stored.version)


def new_organization(made: Organization) -> dict[str, Any]:
    """As its founder sees it first."""
    return _organization(made, Role.OWNER, 1, 1)


def _organization(found: Organization, role: Role, members: int, version: int) -> dict[str, Any]:
    return membership(found, role) | {
        "created": found.created,
        "applications": len(found.applications),
        "members": members,
        "version": version,
    }


def member(stored: Stored[Member], caller: str) -> dict[str, Any]:
    found = stored.value
    return {
        "id": found.id,
        "email": found.mail,
        "role": found.role,
        "joined": found.joined,
        "you": found.id == caller,
        "version": stored.version,
    }


def invitation(found: Invitation, known: Mails, now: int) -> dict[str, Any]:
    return {
        "id": found.id,
        "email": found.mail,
        "role": found.role,
        "invited_by": who(found.invited_by, known),
        "created": found.created,
        "expires": utc(found.expires),
        "state": found.state(now),
    }


def application(stored: Stored[Held], role: Role, requests: Requests, known: Mails) -> dict[str, Any]:
    held = stored.value
    shown = _application(held.application, role, len(held.keys) + len(held.clients), stored.version)
    named = {each.product: each for each in requests if each.application == held.application.id}
    subscriptions = [
        subscription(held.application.id, each, named.get(each.product), known, stored.version)
        for each in held.application.subscriptions.values()
    ]
    return shown | {"subscriptions": subscriptions}


def new_application(made: Application, role: Role) -> dict[str, Any]:
    return _application(made, role, 0, 1) | {"subscriptions": []}


def _application(found: Application, role: Role, credentials: int, version: int) -> dict[str, Any]:
    active = found.state == found.organization_state == "active"
    return {
        "id": found.id,
        "organization": found.organization,
        "name": found.name,
        "state": "active" if active else "suspended",
        "created": found.created or None,
        "role": role,
        "credentials": credentials,
        "version": version,
    }


def subscription(
    application: str, found: Subscription, asked: UpgradeRequest | None, known: Mails, version: int
) -> dict[str, Any]:
    """``version``: of the application."""
    override = None
    if found.override:
        until = found.override.until
        override = {"limits": dict(found.override.limits), "until": utc(until) if until else None}
    shown = asked is not None and asked.state != WITHDRAWN
    return {
        "id": found.id,
        "application": application,
        "product": found.product,
        "plan": found.plan,
        "state": found.state,
        "created": found.created or None,
        "version": version,
        "override": override,
        "request": upgrade_request(asked, known) if asked and shown else None,
    }


def upgrade_request(found: UpgradeRequest, known: Mails) -> dict[str, Any]:
    return {
        "application": found.application,
        "product": found.product,
        "from": found.current or None,
        "to": found.to,
        "state": found.state,
        "note": found.note,
        "asked": found.asked,
        "asked_by": who(found.asked_by, known),
        "decided": found.decided or None,
        "reason": found.reason,
    }


def credential_id(found: Credential) -> str:
    """What the portal knows a credential by: ids of clients are another issuer's to choose, and go into no path."""
    return client_id(found.issuer, found.id) if found.issuer else found.id


def client_id(issuer: str, id_: str) -> str:
    """The same of an OAuth client."""
    return f"client_{hashlib.sha256(client_ref(issuer, id_).encode()).hexdigest()[:24]}"


def credential(
    found: Credential, version: int, *, env: str, now: int, last_used: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """``last_used``: by id. A key of another make has no beginning that anybody could know it by."""
    ours = not found.issuer and not ID.fullmatch(found.id)
    return {
        "id": credential_id(found),
        "kind": "client" if found.issuer else "key",
        "name": found.name,
        "hint": f"tg_{env}_{found.id}_…" if ours else None,
        "client_id": found.id if found.issuer else None,
        "state": credential_state(found, now),
        "created": found.created,
        "expires": utc(found.expires) if found.expires else None,
        "last_used": (last_used or {}).get(found.id),
        "scopes": None if found.scopes is None else sorted(found.scopes),
        "replaced_by": _replaced_by(found),
        "version": version,
    }


def credential_state(found: Credential, now: int) -> str:
    if found.state == "revoked":
        return "revoked"
    if found.expired(now):
        return "expired"
    return "replaced" if found.replaced_by and found.state == "active" else found.state


def _replaced_by(found: Credential) -> str | None:
    return credential_id(found._replace(id=found.replaced_by)) if found.replaced_by else None
