"""Who may do what: the caller is a member, and their role allows it. Every route that names something asks here."""

from typing import NamedTuple

from lambdas.portal_api.call import Call
from lambdas.portal_api.refusals import Refused
from tiergate.adapters.registry import Missing
from tiergate.adapters.registry.inputs import quoted
from tiergate.adapters.registry.items import Held
from tiergate.adapters.registry.people import Peopled
from tiergate.adapters.registry.writes import Stored
from tiergate.domain.members import Role, allows
from tiergate.domain.registry import Application, Organization

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
        raise Refused("not_found") from None
    if not allows(role, needed):
        raise Refused("role_insufficient", needed=needed, role=role)
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
        raise Refused("not_found") from None
    role = membership(call, found.value.application.organization, needed)
    if adding:
        _refuse_suspended(found.value.application.organization_state)
        _refuse_withheld(found.value.application.state, f"The application {quoted(found.value.application.name)}")
    return Owned(found, role)


def refuse_substitute(call: Call, organization: Organization, product: str = "") -> None:
    """What is new is not to do what the platform suspended.

    Raises
    ------
    Refused
        An application of the organization is suspended, or a subscription of it to the ``product``.
    """
    for each in call.portal.reads.applications(organization):
        found = each.value.application
        _refuse_withheld(found.state, f"The application {quoted(found.name)}")
        if product in found.subscriptions:
            _refuse_withheld(found.subscriptions[product].state, f"The subscription of {quoted(found.name)}")


def _refuse_suspended(state: str) -> None:
    if state != ACTIVE:
        raise Refused("organization_suspended")


def _refuse_withheld(state: str, what: str) -> None:
    if state != ACTIVE:
        raise Refused("withheld", text=f"{what} is suspended; it cannot be changed, nor can anything take its place.")
