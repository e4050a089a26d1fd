"""Members, invitations and the organizations that have them, as registry items and as audit entries tell of them.

An invitation is told of by its id: a mail address would stay in the audit log of an organization that its owner never
joined.
"""

from dataclasses import dataclass
from typing import Any

from tiergate.adapters.registry import records
from tiergate.adapters.registry.items import ids_of, organization_of
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry.writes import Path, Stored, Write, put, update
from tiergate.adapters.registry_reader import MALFORMED, Item, malformed
from tiergate.domain.limits import SECOND
from tiergate.domain.members import Invitation, Member, Role
from tiergate.domain.registry import Organization

LISTED = 30 * 24 * 3600
"""Seconds for which an invitation that has expired is still there."""


@dataclass(frozen=True, slots=True)
class Peopled:
    """An organization, the ids of its members and of its invitations."""

    organization: Organization
    members: frozenset[str]
    invitations: frozenset[str]


def peopled_of(item: Item) -> Peopled:
    """From an organization's item.

    Raises
    ------
    RecordMalformed
        It is not what the registry writes.
    """
    try:
        return Peopled(organization_of(item), ids_of(item, "members"), ids_of(item, "invitations"))
    except MALFORMED as error:
        raise malformed(item) from error


def member_of(item: Item) -> Member:
    """From a registry item; raises as ``peopled_of``."""
    try:
        return Member(
            organization=item["sk"]["S"],
            id=item["pk"]["S"].removeprefix("MEMBER#"),
            mail=item["mail"]["S"],
            role=Role(item["role"]["S"]),
            joined=item["joined"]["S"],
        )
    except MALFORMED as error:
        raise malformed(item) from error


def invitation_of(item: Item) -> Invitation:
    """From a registry item; raises as ``peopled_of``."""
    try:
        return Invitation(
            organization=item["sk"]["S"],
            mail=item["mail"]["S"],
            role=Role(item["role"]["S"]),
            invited_by=item["invited_by"]["S"],
            created=item["created"]["S"],
            expires=int(item["expires"]["N"]),
        )
    except MALFORMED as error:
        raise malformed(item) from error


def member_item(member: Member) -> dict[str, Any]:
    return {
        "pk": f"MEMBER#{member.id}",
        "sk": member.organization,
        "mail": member.mail,
        "role": str(member.role),
        "joined": member.joined,
    }


def invitation_item(invitation: Invitation) -> dict[str, Any]:
    return {
        "pk": f"INVITATION#{invitation.id}",
        "sk": invitation.organization,
        "mail": invitation.mail,
        "role": str(invitation.role),
        "invited_by": invitation.invited_by,
        "created": invitation.created,
        "expires": invitation.expires,
        "ttl": invitation.expires // SECOND + LISTED,
    }


def member_facts(member: Member) -> dict[str, Any]:
    return {"member": member.id, "mail": member.mail, "role": str(member.role)}


def invitation_facts(invitation: Invitation) -> dict[str, Any]:
    return {"invitation": invitation.id, "role": str(invitation.role)}


def peopled(table: RegistryTable, organization: str) -> Stored[Peopled]:
    """An organization as it is now; raises as ``records.organization``."""
    return records.organization_as(table, organization, peopled_of, lambda found: found.organization)


def joined(member: Member) -> Write:
    """The write that makes a member."""
    taken = f"{told(member.id)} is a member of the organization already"
    return put(member_item(member), told(member.id), taken)


def listing(owner: Stored[Peopled], **ids: frozenset[str]) -> Write:
    """The organization with other ``members`` or ``invitations``; with none named, one that nobody else changes."""
    changes: dict[Path, Any] = {(name,): set(each) or None for name, each in ids.items()}
    return update(owner, changes, f'organization "{owner.value.organization.id}"')


def told(id_: str) -> str:
    """As messages name a member."""
    return f'member "{id_}"'
