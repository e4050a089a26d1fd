"""Events that tell the platform's mailer of invitations; ``docs/portal-api.md`` shows one."""

from tiergate.adapters.events import Events
from tiergate.domain.members import Invitation
from tiergate.domain.moments import utc

INVITED = "Invitation created"


class InvitationEvents(Events):
    """One deployment's, on the bus of its account and region."""

    def invited(self, invitation: Invitation, *, organization: str, inviter: str, url: str) -> None:
        """Tell of an invitation, also of one that was renewed. ``organization``: its name; ``inviter``: a mail address;
        ``url``: where it can be accepted.

        Raises
        ------
        EventRefused
            The bus took none, and none when it was asked once more.
        """
        expires = utc(invitation.expires)
        detail = {
            "id": f"{invitation.organization}/{invitation.id}/{expires}",
            "stage": self._stage,
            "organization": invitation.organization,
            "organization_name": organization,
            "invitation": invitation.id,
            "email": invitation.mail,
            "role": str(invitation.role),
            "invited_by": inviter,
            "expires": expires,
            "url": url,
        }
        self._put(INVITED, detail)
