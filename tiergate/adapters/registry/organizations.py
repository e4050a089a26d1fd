"""Organizations: partner companies and departments."""

from collections.abc import Iterator
from typing import Any

from tiergate.adapters.registry import records
from tiergate.adapters.registry.errors import Conflict, RegistryError
from tiergate.adapters.registry.inputs import name_of, slug
from tiergate.adapters.registry.items import (
    DELETED,
    OWNERS,
    held_of,
    organization_facts,
    organization_item,
    organization_of,
)
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Path, Write, assign, put, update
from tiergate.domain.registry import Organization

MOST_ATTEMPTS = 5
"""To suspend or restore an organization while others change what it owns."""


class Organizations:
    """Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster."""

    def __init__(self, table: RegistryTable) -> None:
        self._table = table

    def create(self, name: str, *, reason: str = "") -> Organization:
        """The id is made of the name; it must not be taken, nor ever have been."""
        made = self.draft(name)
        change = Change(made.id, "organization create", after=organization_facts(made), reason=reason)
        self._table.change(change, self.new(made))
        return made

    def draft(self, name: str) -> Organization:
        """An organization that is not there yet."""
        name = name_of(name, "an organization")
        return Organization(slug(name), name, created=self._table.now_text())

    def new(self, organization: Organization) -> Write:
        """The write that makes it."""
        taken = (
            f'organization "{organization.id}" exists; choose another name (the id of a deleted one is not given again)'
        )
        return put(organization_item(organization), _what(organization.id), taken)

    def list(self) -> Iterator[Organization]:
        """All of them, by id."""
        return self._table.owned(OWNERS, "ORG#", organization_of)

    def get(self, id_: str) -> Organization:
        return records.organization(self._table, id_).value

    def suspend(self, id_: str, *, reason: str = "") -> bool:
        """Refuse every call of all its applications; False when it was suspended before."""
        return self._set_state(id_, "suspended", "organization suspend", reason)

    def restore(self, id_: str, *, reason: str = "") -> bool:
        """Let its applications call again, each as its own state allows; False when it was active before."""
        return self._set_state(id_, "active", "organization restore", reason)

    def delete(self, id_: str, *, reason: str = "") -> None:
        """Only without applications. Its audit entries stay, and its id is never another organization's."""
        stored = records.organization(self._table, id_)
        if stored.value.applications:
            raise RegistryError(
                f"{_what(id_)} still has applications ({', '.join(sorted(stored.value.applications))}); "
                "delete them first: tiergate app delete ID"
            )
        change = Change(id_, "organization delete", before=organization_facts(stored.value), reason=reason)
        left: dict[Path, Any] = {("state",): DELETED, ("owner",): None, ("name",): None}
        self._table.change(change, update(stored, left, _what(id_)))

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
