"""Invitations: by an organization's owners, and to the caller."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.portal_api import access, limits, views
from lambdas.portal_api.bodies import Field, mail, role
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.refusals import invalid
from tiergate.adapters.events import EventRefused
from tiergate.adapters.registry import AlreadyMember, Missing, Taken
from tiergate.adapters.repeatable import Attempt
from tiergate.adapters.telemetry import log
from tiergate.domain.members import Invitation, Role, invitation_id

FIELDS = {"email": Field(mail), "role": Field(role)}


def every(call: Call, organization: str) -> Answer:
    access.membership(call, organization, Role.VIEWER)
    found = [each.value for each in call.registry.invitations.list(organization)]
    known = views.mails(call.registry.members.list(organization))
    page = call.window().page(
        found,
        lambda each: f"{each.created} {each.id}",
        lambda each: views.invitation(each, known, call.portal.microseconds()),
        newest_first=True,
    )
    return Answer(200, page)


def create(call: Call, organization: str) -> Answer:
    found, _ = access.organization(call, organization, Role.OWNER, adding=True)

    def make(attempt: Attempt) -> None:
        wanted = call.fields(FIELDS)
        inviter = call.account.mail
        renewed = invitation_id(wanted["email"]) in found.value.invitations

        def answer(made: Invitation) -> dict[str, Any]:
            return views.invitation(made, {call.sub: inviter}, call.portal.microseconds()) | {"renewed": renewed}

        try:
            invitation = call.registry.invitations.invite(
                organization,
                wanted["email"],
                wanted["role"],
                also=lambda made: [attempt.remember(201, answer(made)), limits.invitations(call, organization)],
            )
        except AlreadyMember:
            raise invalid({"email": "Somebody with this mail address is a member already."}) from None
        _tell(call, invitation, found.value.organization.name, inviter)

    return call.once(make)


def withdraw(call: Call, organization: str, invitation: str) -> Answer:
    access.membership(call, organization, Role.OWNER)
    call.registry.invitations.withdraw(organization, invitation)
    return Answer(204)


def accept(call: Call, organization: str) -> Answer:
    """Of a member it changes nothing."""
    try:
        member = call.registry.invitations.accept(organization, call.person())
    except (Missing, Taken):
        member = call.registry.members.get(organization, call.sub).value
    return Answer(200, views.membership(call.registry.organizations.get(organization), member.role))


def decline(call: Call, organization: str) -> Answer:
    call.registry.invitations.decline(organization, call.person().mail)
    return Answer(204)


def _tell(call: Call, invitation: Invitation, organization: str, inviter: str) -> None:
    """The invitation stands also where no mail goes out: whoever signs in with the address sees it."""
    if not limits.mailed(call, invitation.mail):
        log("INFO", "invitation not told", invitation=invitation.id, error="many mails")
        return
    url = f"{call.portal.settings.portal_url}/invitations"
    try:
        call.portal.events.invited(invitation, organization=organization, inviter=inviter, url=url)
    except (EventRefused, BotoCoreError, ClientError) as error:
        log("ERROR", "invitation not told", invitation=invitation.id, error=type(error).__name__)
