"""Organizations: partner companies and departments."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tiergate.adapters.registry import records
from tiergate.adapters.registry.errors import Conflict, RegistryError, Taken
from tiergate.adapters.registry.inputs import name_of, person_of, random_slug, slug, told_apart
from tiergate.adapters.registry.items import (
    DELETED,
    OWNERS,
    held_of,
    organization_facts,
    organization_item,
    organization_of,
)
from tiergate.adapters.registry.people import joined, member_facts, peopled
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Path, Stored, Write, as_seen, assign, drop, nothing, put, update
from tiergate.domain.members import Member, Person, Role
from tiergate.domain.names import spelled_in_ascii
from tiergate.domain.registry import Organization

MOST_ATTEMPTS = 5
"""To suspend or restore an organization while others change what it owns."""


class Organizations:
    """Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def create(
        self,
        name: str,
        *,
        founder: Person | None = None,
        reason: str = "",
        also: Callable[[Organization], Sequence[Write]] = nothing,
    ) -> Organization:
        """The id is made of the name; it must not be taken, nor ever have been.

        ``founder``: its first owner, to whom no name is refused because others have it: a taken id gets a random end.
        Where letters of the name are missing in ASCII, the id would be that of another name: it is a random one.
        """
        made = self.draft(name)
        if founder is None:
            return self._create(made, [], reason, also)
        owners = [person_of(founder)]
        if not spelled_in_ascii(made.name):
            made = made._replace(id=random_slug())
        try:
            return self._create(made, owners, reason, also)
        except Taken:
            return self._create(made._replace(id=told_apart(made.id)), owners, reason, also)

    def _create(
        self,
        made: Organization,
        owners: Sequence[Person],
        reason: str,
        also: Callable[[Organization], Sequence[Write]],
    ) -> Organization:
        members = [Member(made.id, each.id, each.mail, Role.OWNER, made.created) for each in owners]
        facts = organization_facts(made) | (member_facts(members[0]) if members else {})
        change = Change(made.id, "organization create", after=facts, reason=reason)
        new = self.new(made, [each.id for each in members])
        self._table.change(change, new, *map(joined, members), *also(made))
        return made

    def draft(self, name: str) -> Organization:
        """An organization that is not there yet."""
        name = name_of(name, "an organization")
        return Organization(slug(name), name, created=self._table.now_text())

    def new(self, organization: Organization, members: Iterable[str] = ()) -> Write:
        """The write that makes it, with the ids of its members."""
        taken = (
            f'organization "{organization.id}" exists; choose another name (the id of a deleted one is not given again)'
        )
        return put(organization_item(organization, members), _what(organization.id), taken)

    def list(self) -> Iterator[Organization]:
        """All of them, by id."""
        return self._table.owned(OWNERS, "ORG#", organization_of)

    def get(self, id_: str) -> Organization:
        return self.stored(id_).value

    def stored(self, id_: str) -> Stored[Organization]:
        return records.organization(self._table, id_)

    def rename(self, id_: str, name: str, *, expected: int | None = None, reason: str = "") -> bool:
        """Its id stays. False when it had that name before; raises ``Stale``: ``expected`` is not its version."""
        name = name_of(name, "an organization")
        stored = as_seen(self.stored(id_), expected, _what(id_))
        if stored.value.name == name:
            return False
        before, after = (organization_facts(each) for each in (stored.value, stored.value._replace(name=name)))
        change = Change(id_, "organization rename", before, after, reason)
        self._table.change(change, update(stored, {("name",): name}, _what(id_)))
        return True

    def suspend(self, id_: str, *, reason: str = "") -> bool:
        """Refuse every call of all its applications; False when it was suspended before."""
        return self._set_state(id_, "suspended", "organization suspend", reason)

    def restore(self, id_: str, *, reason: str = "") -> bool:
        """Let its applications call again, each as its own state allows; False when it was active before."""
        return self._set_state(id_, "active", "organization restore", reason)

    def delete(self, id_: str, *, reason: str = "") -> None:
        """Only without applications; its members and invitations go with it.

        Its audit entries stay, and its id is never another organization's. Invitations do not fit into the transaction,
        and are good for nothing after it.
        """
        stored = peopled(self._table, id_)
        found, members = stored.value.organization, sorted(stored.value.members)
        if found.applications:
            raise RegistryError(
                f"{_what(id_)} still has applications ({', '.join(sorted(found.applications))})",
                command="delete them first: tiergate app delete ID",
            )
        before = organization_facts(found) | ({"members": members} if members else {})
        change = Change(id_, "organization delete", before=before, reason=reason)
        left: dict[Path, Any] = {("state",): DELETED}
        left |= {(name,): None for name in ("owner", "name", "members", "invitations")}
        self._table.change(
            change, update(stored, left, _what(id_)), *(drop(f"MEMBER#{each}", _what(id_), id_) for each in members)
        )
        self._table.drop_all((f"INVITATION#{each}", id_) for each in sorted(stored.value.invitations))

    def _set_state(self, id_: str, state: str, what: str, reason: str) -> bool:
        """Again after a conflict: a change of one application must not hold up what concerns them all."""
        for _ in range(MOST_ATTEMPTS - 1):
            try:
                return self._try_state(id_, state, what, reason)
            except Conflict:
                continue
        return self._try_state(id_, state, what, reason)

    def _try_state(self, id_: str, state: str, what: str, reason: str) -> bool:
        """Its applications carry its state, so that the request path need not read it: one transaction over all."""
        stored = records.organization(self._table, id_)
        if stored.value.state == state:
            return False
        applications = self._table.get_all([f"APP#{each}" for each in sorted(stored.value.applications)], held_of)
        writes = [update(stored, {("state",): state}, _what(id_))]
        for held in applications:
            named = f'application "{held.value.application.id}"'
            writes.append(assign(held.pk, "organization_state", state, named))
        before, after = ({"organization": id_, "state": each} for each in (stored.value.state, state))
        self._table.change(Change(id_, what, before, after, reason), *writes)
        return True


def _what(id_: str) -> str:
    return f'organization "{id_}"'
