"""Applications: what an organization registers; they own subscriptions and credentials."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from tiergate.adapters.registry import records
from tiergate.adapters.registry.errors import Full, RegistryError, Withheld
from tiergate.adapters.registry.inputs import conditions_of, name_of, quoted
from tiergate.adapters.registry.items import (
    OWNERS,
    application_facts,
    application_item,
    conditions_facts,
    conditions_lists,
    organization_of,
)
from tiergate.adapters.registry.pools import ClientPool, withdraw
from tiergate.adapters.registry.requests import requests_of
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Path, Stored, Write, as_seen, delete, drop, nothing, put, update
from tiergate.adapters.registry_reader import application_of, credential_of
from tiergate.domain.keys import random_id
from tiergate.domain.registry import MOST_APPLICATIONS, Application, Organization


class Applications:
    """``pool``: what made some of their OAuth clients.

    Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster.
    """

    def __init__(self, table: RegistryTable, pool: ClientPool | None = None) -> None:
        self._table = table
        self._pool = pool

    def create(
        self,
        organization: str,
        name: str,
        *,
        reason: str = "",
        also: Callable[[Application], Sequence[Write]] = nothing,
    ) -> Application:
        """At most ``MOST_APPLICATIONS`` of one organization."""
        owner = records.organization(self._table, organization)
        if len(owner.value.applications) >= MOST_APPLICATIONS:
            raise Full(
                f'organization "{organization}" has {MOST_APPLICATIONS} applications, as many as it can',
                command="delete one that is no longer used: tiergate app delete ID",
            )
        made = self.draft(owner.value, name)
        change = Change(organization, "application create", after=application_facts(made), reason=reason)
        owned = _owned(owner, owner.value.applications | {made.id})
        self._table.change(change, self.new(made), owned, *also(made))
        return made

    def draft(self, organization: Organization, name: str) -> Application:
        """An application that is not there yet."""
        return Application(
            f"app_{random_id()}",
            organization.id,
            {},
            name_of(name, "an application"),
            organization_state=organization.state,
            created=self._table.now_text(),
        )

    def new(self, application: Application, keys: Iterable[str] = ()) -> Write:
        """The write that makes it, with its subscriptions and the ids of its keys."""
        return put(application_item(application, keys), _what(application.id))

    def list(self, organization: str | None = None) -> Iterator[Application]:
        """All applications, or those of one organization."""
        if organization is None:
            owners = self._table.owned(OWNERS, "ORG#", organization_of)
        else:
            owners = iter([records.organization(self._table, organization).value])
        return (each for owner in owners for each in self._table.owned(f"ORG#{owner.id}", "APP#", application_of))

    def select(self, organization: str | None, application: str | None) -> Iterator[Application]:
        """The application, which must be the organization's where that is named; or as ``list``."""
        if application is None:
            return self.list(organization)
        found = self.get(application)
        if organization not in {None, found.organization}:
            raise RegistryError(f'application "{application}" is not one of organization {quoted(organization or "")}')
        return iter([found])

    def get(self, id_: str) -> Application:
        return self.stored(id_).value

    def stored(self, id_: str) -> Stored[Application]:
        held = records.application(self._table, id_)
        return Stored(held.pk, held.version, held.value.application)

    def rename(self, id_: str, name: str, *, expected: int | None = None, reason: str = "") -> bool:
        """False when it had that name before; raises ``Stale``: ``expected`` is not its version."""
        name = name_of(name, "an application")
        held = as_seen(records.application(self._table, id_), expected, _what(id_))
        found = held.value.application
        if found.name == name:
            return False
        before, after = ({"application": id_, "name": each} for each in (found.name, name))
        change = Change(found.organization, "application rename", before, after, reason)
        self._table.change(change, update(held, {("name",): name}, _what(id_)))
        return True

    def suspend(self, id_: str, *, reason: str = "") -> bool:
        """Refuse every call of it; False when it was suspended before."""
        return self._set_state(id_, "suspended", "application suspend", reason)

    def restore(self, id_: str, *, reason: str = "") -> bool:
        """Let it call again, if its organization may; False when it was active before."""
        return self._set_state(id_, "active", "application restore", reason)

    def restrict(
        self,
        id_: str,
        *,
        addresses: Collection[str] = (),
        denied: Collection[str] = (),
        subjects: Collection[str] = (),
        reason: str = "",
    ) -> bool:
        """Where all its credentials may be used from, in place of what held before; anywhere when all are empty.

        False when it was so before.
        """
        conditions = conditions_of(addresses, denied, subjects)
        held = records.application(self._table, id_)
        found = held.value.application
        if found.conditions == conditions:
            return False
        before, after = ({"application": id_} | conditions_facts(each) for each in (found.conditions, conditions))
        change = Change(found.organization, "application restrict", before, after, reason)
        changes: dict[Path, Any] = {(name,): texts or None for name, texts in conditions_lists(conditions).items()}
        self._table.change(change, update(held, changes, _what(id_)))
        return True

    def delete(self, id_: str, *, expected: int | None = None, reason: str = "") -> None:
        """Its keys, OAuth clients and subscriptions go with it; then its upgrade requests, which need not fit into the
        transaction, as nobody can approve them without it.

        Raises
        ------
        Stale
            ``expected`` is not its version.
        Withheld
            A partner cannot delete it, as long as it is suspended or has restrictions, or one of its subscriptions is
            suspended or has an override.
        """
        held = as_seen(records.application(self._table, id_), expected, _what(id_))
        found = held.value.application
        if self._table.by_partner and found.withheld(self._table.now()):
            raise Withheld(
                f"{_what(id_)} or one of its subscriptions is suspended or has limits of its own; only the platform "
                "team can delete it"
            )
        owner = records.organization(self._table, found.organization)
        keys = self._table.get_all([f"KEY#{each}" for each in sorted(held.value.keys)], credential_of)
        clients = self._table.get_all([f"CLIENT#{each}" for each in sorted(held.value.clients)], credential_of)
        subscriptions = found.subscriptions.values()
        before = application_facts(found) | {
            "credentials": [each.value.id for each in keys],
            "subscriptions": [each.id for each in subscriptions],
        }
        if clients:
            before["clients"] = sorted(held.value.clients)
        self._table.change(
            Change(found.organization, "application delete", before=before, reason=reason),
            delete(held, _what(id_)),
            _owned(owner, owner.value.applications - {id_}),
            *(delete(each, f'key "{each.value.id}"') for each in keys),
            *(delete(each, f'client "{each.value.id}"') for each in clients),
            *(drop(f"SUB#{each.id}", f'subscription "{each.id}"') for each in subscriptions),
        )
        self._table.drop_all(requests_of(self._table, found))
        withdraw(self._pool, sorted(held.value.clients), "take each out: tiergate client delete ID")

    def _set_state(self, id_: str, state: str, what: str, reason: str) -> bool:
        held = records.application(self._table, id_)
        found = held.value.application
        if found.state == state:
            return False
        before, after = ({"application": id_, "state": each} for each in (found.state, state))
        change = Change(found.organization, what, before, after, reason)
        self._table.change(change, update(held, {("state",): state}, _what(id_)))
        return True


def _owned(owner: Stored[Organization], applications: Iterable[str]) -> Write:
    """The organization with other applications."""
    return update(owner, {("applications",): set(applications) or None}, f'organization "{owner.value.id}"')


def _what(id_: str) -> str:
    return f'application "{id_}"'
