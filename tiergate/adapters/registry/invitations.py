"""Invitations to organizations, by mail address: whoever proves that it is theirs becomes a member."""

from collections.abc import Callable, Sequence

from tiergate.adapters.registry.errors import AlreadyMember, Ended, Full, Suspended, Taken
from tiergate.adapters.registry.inputs import mail_of, person_of, quoted
from tiergate.adapters.registry.items import DELETED, organization_of
from tiergate.adapters.registry.members import refuse_full
from tiergate.adapters.registry.people import (
    Peopled,
    invitation_facts,
    invitation_item,
    invitation_of,
    joined,
    listing,
    member_facts,
    member_of,
    peopled,
)
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Stored, Write, as_seen, delete, nothing, put, replace
from tiergate.domain.members import (
    INVITED,
    MOST_INVITATIONS,
    Invitation,
    Member,
    Person,
    Role,
    invitation_id,
    partner,
)
from tiergate.domain.registry import Organization

NONE = "there is no such invitation; it may have been withdrawn: ask the organization for another"


class Invitations:
    """By what is made of the mail address (``Invitation.id``), which tells nobody the address.

    Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster.
    """

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def invite(
        self,
        organization: str,
        mail: str,
        role: Role,
        *,
        reason: str = "",
        also: Callable[[Invitation], Sequence[Write]] = nothing,
    ) -> Invitation:
        """For ``INVITED`` from now on, in place of an earlier one; at most ``MOST_INVITATIONS`` are open at a time."""
        owner = peopled(self._table, organization)
        made = Invitation(
            organization, mail_of(mail), role, self._table.actor, self._table.now_text(), self._table.now() + INVITED
        )
        self._refuse_member(owner, made.mail)
        refuse_full(owner)
        there = {each.value.id: each for each in self._of(owner)}
        self._refuse_full(organization, [each.value for each in there.values() if each.value.id != made.id])
        item, earlier = invitation_item(made), there.get(made.id)
        write = replace(earlier, item, _what(made.id)) if earlier else put(item, _what(made.id))
        before = invitation_facts(earlier.value) if earlier else {}
        change = Change(organization, "invitation create", before, invitation_facts(made), reason)
        self._table.change(change, write, listing(owner, invitations=frozenset({*there, made.id})), *also(made))
        return made

    def list(self, organization: str) -> Sequence[Stored[Invitation]]:
        """All of them as they are now, the newest first, also such as have expired lately."""
        found = self._of(peopled(self._table, organization))
        return sorted(found, key=lambda each: (each.value.expires, each.value.id), reverse=True)

    def of(self, mail: str) -> Sequence[tuple[Organization, Invitation]]:
        """Those that whoever has the address can accept, by the organizations' ids."""
        found = self._table.under(f"INVITATION#{invitation_id(mail_of(mail))}", invitation_of)
        open_ = {each.value.organization: each.value for each in found if not each.value.expired(self._table.now())}
        organizations = self._table.get_all([f"ORG#{each}" for each in open_], organization_of)
        return [(each.value, open_[each.value.id]) for each in organizations if each.value.state != DELETED]

    def accept(
        self,
        organization: str,
        person: Person,
        *,
        reason: str = "",
        also: Callable[[Member], Sequence[Write]] = nothing,
    ) -> Member:
        """``person.mail``: an address of which it is proven that it is theirs.

        Raises
        ------
        Missing
            The organization has not invited that address.
        Ended
            It has, and too long ago; or whoever did may invite nobody any more.
        Suspended
            The organization is; it takes in nobody.
        Full, Taken
            Nobody more can become a member; they are one.
        """
        person = person_of(person)
        stored = self._get(organization, invitation_id(person.mail))
        if stored.value.expired(self._table.now()):
            raise Ended("the invitation has expired; ask the organization for another")
        owner = peopled(self._table, organization)
        if owner.value.organization.state != "active":
            raise Suspended("the organization is suspended; it takes in nobody")
        if person.id in owner.value.members:
            raise Taken("you are a member of the organization already")
        self._refuse_stranger(stored.value)
        refuse_full(owner)
        made = Member(organization, person.id, person.mail, stored.value.role, self._table.now_text())
        change = Change(organization, "invitation accept", invitation_facts(stored.value), member_facts(made), reason)
        people = {
            "members": owner.value.members | {made.id},
            "invitations": owner.value.invitations - {stored.value.id},
        }
        writes = [delete(stored, _what(stored.value.id)), joined(made), listing(owner, **people)]
        self._table.change(change, *writes, *also(made))
        return made

    def decline(self, organization: str, mail: str, *, reason: str = "") -> None:
        """By whom it was for."""
        self._end(organization, invitation_id(mail_of(mail)), "invitation decline", None, reason)

    def withdraw(self, organization: str, id_: str, *, expected: int | None = None, reason: str = "") -> None:
        """By the organization. Raises ``Stale``: it has another version than ``expected``."""
        self._end(organization, id_, "invitation withdraw", expected, reason)

    def _end(self, organization: str, id_: str, what: str, expected: int | None, reason: str) -> None:
        owner = peopled(self._table, organization)
        stored = as_seen(self._get(organization, id_), expected, _what(id_))
        change = Change(organization, what, before=invitation_facts(stored.value), reason=reason)
        left = owner.value.invitations - {id_}
        self._table.change(change, delete(stored, _what(id_)), listing(owner, invitations=left))

    def _get(self, organization: str, id_: str) -> Stored[Invitation]:
        return self._table.get(f"INVITATION#{id_}", invitation_of, NONE, sk=organization)

    def _of(self, owner: Stored[Peopled]) -> Sequence[Stored[Invitation]]:
        """Those that are still there: the store takes away what expired long ago."""
        pks = [f"INVITATION#{each}" for each in sorted(owner.value.invitations)]
        return self._table.get_all(pks, invitation_of, sk=owner.value.organization.id)

    def _refuse_full(self, organization: str, others: Sequence[Invitation]) -> None:
        now = self._table.now()
        if sum(not each.expired(now) for each in others) >= MOST_INVITATIONS:
            raise Full(
                f"organization {quoted(organization)} has {MOST_INVITATIONS} open invitations, as many as it can; "
                "withdraw one first"
            )

    def _refuse_stranger(self, invitation: Invitation) -> None:
        """An owner's invitations end with their role, which cannot change before the transaction: it has the
        organization's version for a condition."""
        inviter = partner(invitation.invited_by)
        found = self._table.get_all([f"MEMBER#{inviter}"] if inviter else [], member_of, sk=invitation.organization)
        if inviter and not any(each.value.role is Role.OWNER for each in found):
            raise Ended("whoever invited you is no longer an owner of the organization; ask it for another invitation")

    def _refuse_member(self, owner: Stored[Peopled], mail: str) -> None:
        pks = [f"MEMBER#{each}" for each in sorted(owner.value.members)]
        members = self._table.get_all(pks, member_of, sk=owner.value.organization.id)
        if any(each.value.mail == mail for each in members):
            raise AlreadyMember("somebody with this mail address is a member of the organization already")


def _what(id_: str) -> str:
    return f"invitation {quoted(id_)}"
