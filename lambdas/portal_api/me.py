"""Who is signed in."""

from typing import Any

from lambdas.portal_api import views
from lambdas.portal_api.call import Answer, Call
from tiergate.adapters.registry import Missing
from tiergate.domain.members import Invitation, partner
from tiergate.domain.moments import utc
from tiergate.domain.registry import Organization


def get(call: Call) -> Answer:
    """Invitations are shown only to whoever the mail address surely belongs to."""
    account = call.account
    organizations = [views.membership(each, member.role) for each, member in call.registry.members.of(call.sub)]
    invitations = call.registry.invitations.of(account.mail) if account.verified else ()
    return Answer(
        200,
        {
            "id": call.sub,
            "email": account.mail,
            "email_verified": account.verified,
            "organizations": organizations,
            "invitations": [_invitation(call, *each) for each in invitations],
        },
    )


def _invitation(call: Call, organization: Organization, invitation: Invitation) -> dict[str, Any]:
    return {
        "organization": {"id": organization.id, "name": organization.name},
        "role": invitation.role,
        "invited_by": _inviter(call, organization.id, invitation.invited_by),
        "expires": utc(invitation.expires),
    }


def _inviter(call: Call, organization: str, actor: str) -> str:
    try:
        member = call.registry.members.get(organization, partner(actor))
    except Missing:
        return views.who(actor, {})
    return member.value.mail
