"""Who may do what: the caller is a member, and their role allows it. Every route that names something asks here."""

from typing import NamedTuple

from lambdas.portal_api.call import Call
from lambdas.portal_api.problems import Refused, not_found
from tiergate.adapters.registry import Missing
from tiergate.adapters.registry.items import Held
from tiergate.adapters.registry.people import Peopled
from tiergate.adapters.registry.writes import Stored
from tiergate.domain.members import Role, allows
from tiergate.domain.registry import Application

ACTIVE = "active"


class Owned(NamedTuple):
    """An application of the caller's organization, and the caller's role there."""

    stored: Stored[Held]
    role: Role

    @property
    def application(self) -> Application:
        return self.stored.value.application


def membership(call: Call, organization: str, needed: Role) -> Role:
    """The caller's role in an organization.

    Raises
    ------
    Refused
        404: they are no member, or there is no such organization. 403: their role is too low.
    """
    try:
        role = call.registry.members.get(organization, call.sub).value.role
    except Missing:
        raise not_found() from None
    if not allows(role, needed):
        advice = "Ask an owner of the organization to do it, or to change your role."
        raise Refused(403, "role_insufficient", f"This needs the role {needed}; yours is {role}.", advice)
    return role


def organization(call: Call, id_: str, needed: Role, *, adding: bool = False) -> tuple[Stored[Peopled], Role]:
    """The same with the organization. ``adding``: 403 also while it is suspended; what takes away can be done."""
    role = membership(call, id_, needed)
    found = call.portal.reads.organization(id_)
    if adding:
        _refuse_suspended(found.value.organization.state)
    return found, role


def application(call: Call, id_: str, needed: Role, *, adding: bool = False) -> Owned:
    """An application; see ``organization``."""
    try:
        found = call.portal.reads.application(id_)
    except Missing:
        raise not_found() from None
    role = membership(call, found.value.application.organization, needed)
    if adding:
        _refuse_suspended(found.value.application.organization_state)
    return Owned(found, role)


def _refuse_suspended(state: str) -> None:
    if state != ACTIVE:
        detail = "The organization is suspended; nothing can be added or changed."
        raise Refused(403, "organization_suspended", detail, "Ask why. Help: {support}")
