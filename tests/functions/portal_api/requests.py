"""A good request for every operation of the portal's document."""

from collections.abc import Mapping
from typing import Any

from tests.functions.portal_api.document import Operation
from tests.functions.portal_api.portal import NEWCOMER, OWNER, PEOPLE, PortalApi, Reply, Side, Someone
from tiergate.domain.members import Role

BODIES: Mapping[str, Any] = {
    "createCredential": {"name": "Production", "expires": "2027-01-01T00:00:00Z", "scopes": ["orders:read"]},
    "createSubscription": {"product": "old", "plan": "odd"},
    "changePlan": {"plan": "roomy", "note": "We grow."},
    "createTryKey": {"api": "shop/v1"},
}
"""Where the document's example is of other policies."""


def body_of(operation: Operation) -> Any:
    return BODIES.get(operation.id, operation.body["example"]) if operation.body else None


def asked(
    portal: PortalApi,
    operation: Operation,
    ids: Side,
    *,
    by: Someone | None = OWNER,
    body: Any = None,
    headers: Mapping[str, str] = {},
    **more: Any,
) -> Reply:
    """What the operation answers to a request that is good but for what is named here."""
    sent = {"if-match": "*"} if "if-match" in operation.headers else {}
    return portal.call(
        operation.method,
        operation.address(ids),
        body_of(operation) if body is None else body,
        by=by,
        headers=sent | dict(headers),
        **more,
    )


def prepared(portal: PortalApi, operation: Operation, ids: Side) -> Someone:
    """What must be so before the operation can succeed; who may then do it."""
    if operation.id in {"acceptInvitation", "declineInvitation"}:
        portal.registry.invitations.invite(ids["organization"], NEWCOMER.mail, Role.VIEWER)
        return NEWCOMER
    if operation.id == "deleteCredential":
        portal.registry.keys.revoke(ids["credential"])
    return PEOPLE[operation.role]
