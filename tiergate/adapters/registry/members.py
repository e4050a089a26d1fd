"""Members of organizations: people who sign in to the portal, each with a role."""

from collections.abc import Sequence

from tiergate.adapters.registry.errors import Full, LastOwner
from tiergate.adapters.registry.inputs import person_of, quoted
from tiergate.adapters.registry.items import DELETED, organization_of
from tiergate.adapters.registry.people import (
    Peopled,
    joined,
    listing,
    member_facts,
    member_of,
    peopled,
    told,
)
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Stored, as_seen, delete, update
from tiergate.domain.members import MOST_MEMBERS, Member, Person, Role
from tiergate.domain.registry import Organization

OTHERS_FIRST = "make somebody else an owner first"


class Members:
    """An organization that had an owner once always keeps one.

    Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster.
    """

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def get(self, organization: str, id_: str) -> Stored[Member]:
        """Raises ``Missing``: there is no such member, nor perhaps such an organization."""
        missing = f"organization {quoted(organization)} has no member {quoted(id_)}; see: tiergate member list"
        return self._table.get(f"MEMBER#{id_}", member_of, missing, sk=organization)

    def list(self, organization: str) -> Sequence[Stored[Member]]:
        """All of them as they are now, who joined first at the top."""
        return self._of(peopled(self._table, organization))

    def of(self, id_: str) -> Sequence[tuple[Organization, Member]]:
        """What somebody is a member of, by the organizations' ids."""
        memberships = {each.value.organization: each.value for each in self._table.under(f"MEMBER#{id_}", member_of)}
        organizations = self._table.get_all([f"ORG#{each}" for each in memberships], organization_of)
        return [(each.value, memberships[each.value.id]) for each in organizations if each.value.state != DELETED]

    def enrol(self, organization: str, person: Person, role: Role, *, reason: str = "") -> Member:
        """Without an invitation; at most ``MOST_MEMBERS`` of one organization."""
        owner, person = peopled(self._table, organization), person_of(person)
        refuse_full(owner)
        made = Member(organization, person.id, person.mail, role, self._table.now_text())
        change = Change(organization, "member add", after=member_facts(made), reason=reason)
        self._table.change(change, joined(made), listing(owner, members=owner.value.members | {made.id}))
        return made

    def set_role(
        self, organization: str, id_: str, role: Role, *, expected: int | None = None, reason: str = ""
    ) -> bool:
        """False when it was theirs before. ``expected``: the version that somebody saw.

        Raises
        ------
        LastOwner
            Nobody else is an owner.
        Stale
            The member has another version.
        """
        owner = peopled(self._table, organization)
        stored = as_seen(self.get(organization, id_), expected, told(id_))
        found = stored.value
        if found.role is role:
            return False
        self._refuse_last(owner, found, f"has no other owner; {OTHERS_FIRST}")
        before, after = (member_facts(each) for each in (found, found._replace(role=role)))
        change = Change(organization, "member set-role", before, after, reason)
        self._table.change(change, update(stored, {("role",): str(role)}, told(id_)), listing(owner))
        return True

    def remove(self, organization: str, id_: str, *, expected: int | None = None, reason: str = "") -> None:
        """Also by themselves; raises as ``set_role``."""
        owner = peopled(self._table, organization)
        stored = as_seen(self.get(organization, id_), expected, told(id_))
        self._refuse_last(owner, stored.value, f"would be left without an owner; {OTHERS_FIRST}, or delete it")
        change = Change(organization, "member remove", before=member_facts(stored.value), reason=reason)
        left = owner.value.members - {id_}
        self._table.change(change, delete(stored, told(id_)), listing(owner, members=left))

    def _refuse_last(self, owner: Stored[Peopled], leaving: Member, what: str) -> None:
        """Others' roles cannot change before the transaction, which has the organization's version for a condition."""
        if leaving.role is not Role.OWNER:
            return
        others = {each.value.id for each in self._of(owner) if each.value.role is Role.OWNER} - {leaving.id}
        if not others:
            raise LastOwner(f"organization {quoted(leaving.organization)} {what}")

    def _of(self, owner: Stored[Peopled]) -> Sequence[Stored[Member]]:
        found = self._table.get_all(
            [f"MEMBER#{each}" for each in owner.value.members], member_of, sk=owner.value.organization.id
        )
        return sorted(found, key=lambda each: (each.value.joined, each.value.id))


def refuse_full(owner: Stored[Peopled]) -> None:
    """Raises ``Full``: the organization can have no other member."""
    if len(owner.value.members) >= MOST_MEMBERS:
        raise Full(
            f"organization {quoted(owner.value.organization.id)} has {MOST_MEMBERS} members, as many as it can; "
            "remove one first"
        )
