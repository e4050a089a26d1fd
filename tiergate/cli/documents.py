"""The registry's values as ``--json`` prints them: names stay, fields are only ever added, times are ISO 8601 UTC."""

from collections.abc import Iterable, Mapping
from typing import Any

from tiergate.adapters.registry import AuditEntry
from tiergate.adapters.registry.items import conditions_lists
from tiergate.domain.members import Invitation, Member
from tiergate.domain.moments import utc
from tiergate.domain.registry import Application, Credential, Organization, Override, Subscription
from tiergate.domain.upgrades import UpgradeRequest

MOMENTS = frozenset({"expires", "until"})
"""Audited facts that are microseconds."""


def organization_document(organization: Organization) -> dict[str, Any]:
    return {
        "id": organization.id,
        "name": organization.name,
        "state": organization.state,
        "created": _seconds(organization.created),
        "application_count": len(organization.applications),
    }


def application_document(application: Application) -> dict[str, Any]:
    return {
        "id": application.id,
        "organization": application.organization,
        "name": application.name,
        "state": application.state,
        "organization_state": application.organization_state,
        "created": _seconds(application.created),
        **conditions_lists(application.conditions),
    }


def subscription_document(application: Application, subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "organization": application.organization,
        "application": application.id,
        "product": subscription.product,
        "plan": subscription.plan,
        "state": subscription.state,
        "created": _seconds(subscription.created),
        "override": override_document(subscription.override),
    }


def override_document(override: Override | None) -> dict[str, Any] | None:
    if override is None:
        return None
    limits = {name: plain(number) for name, number in override.limits.items()}
    return {"limits": limits, "until": None if override.until is None else utc(override.until)}


def key_document(organization: str, credential: Credential) -> dict[str, Any]:
    return {
        "id": credential.id,
        "organization": organization,
        "application": credential.application,
        "state": credential.state,
        "created": _seconds(credential.created),
        "name": credential.name,
        "expires": None if credential.expires is None else utc(credential.expires),
        **conditions_lists(credential.conditions),
        "scopes": None if credential.scopes is None else sorted(credential.scopes),
        "replaced_by": credential.replaced_by or None,
    }


def client_document(organization: str, credential: Credential) -> dict[str, Any]:
    """An OAuth client: what a key has, and whose client it is."""
    return {"id": credential.id, "issuer": credential.issuer} | key_document(organization, credential)


def application_contents(
    application: Application, keys: Iterable[tuple[str, Credential]], clients: Iterable[tuple[str, Credential]]
) -> dict[str, Any]:
    """An application with all that it has, its keys and OAuth clients oldest first."""
    return application_document(application) | {
        "subscriptions": [
            subscription_document(application, subscription) for subscription in application.subscriptions.values()
        ],
        "keys": sorted((key_document(*each) for each in keys), key=_age),
        "clients": sorted((client_document(*each) for each in clients), key=_age),
    }


def member_document(member: Member) -> dict[str, Any]:
    return member._asdict() | {"role": str(member.role), "joined": _seconds(member.joined)}


def invitation_document(invitation: Invitation, now: int) -> dict[str, Any]:
    """``now`` in microseconds."""
    return {
        "id": invitation.id,
        "organization": invitation.organization,
        "mail": invitation.mail,
        "role": str(invitation.role),
        "invited_by": invitation.invited_by,
        "created": _seconds(invitation.created),
        "expires": utc(invitation.expires),
        "state": invitation.state(now),
    }


def upgrade_document(request: UpgradeRequest) -> dict[str, Any]:
    """What was not decided, or never had a plan, has null for it."""
    return {
        "organization": request.organization,
        "application": request.application,
        "product": request.product,
        "from": request.current or None,
        "to": request.to,
        "state": request.state,
        "note": request.note,
        "asked": _seconds(request.asked),
        "asked_by": request.asked_by,
        "decided": _seconds(request.decided) or None,
        "decided_by": request.decided_by or None,
        "reason": request.reason,
    }


def audit_document(entry: AuditEntry) -> dict[str, Any]:
    return {
        "time": _seconds(entry.time),
        "who": entry.who,
        "what": entry.what,
        "before": _readable(entry.before),
        "after": _readable(entry.after),
        "reason": entry.reason,
    }


def plain(number: float) -> float:
    """A whole number without a decimal point."""
    return int(number) if number == int(number) else float(number)


def _seconds(time: str) -> str:
    """A stored time without its fraction of a second."""
    return f"{time.partition('.')[0].removesuffix('Z')}Z" if time else ""


def _age(credential: Mapping[str, Any]) -> tuple[str, str]:
    return credential["created"], credential["id"]


def _readable(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Audited facts, times among them as text at any depth."""
    return {name: _fact(name, value) for name, value in facts.items()}


def _fact(name: str, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _readable(value)
    return utc(value) if name in MOMENTS and isinstance(value, int) else value
