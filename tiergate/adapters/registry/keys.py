"""API keys of applications: made, limited, rotated, ended."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tiergate.adapters.registry import records
from tiergate.adapters.registry.applications import Applications
from tiergate.adapters.registry.errors import RegistryError
from tiergate.adapters.registry.inputs import future, grace_of, name_of, networks_of, scopes_of
from tiergate.adapters.registry.items import Held, credential_facts, credential_item
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Stored, Write, delete, put, update
from tiergate.adapters.registry_reader import credential_of
from tiergate.domain.keys import NewKey, mint
from tiergate.domain.registry import MOST_KEYS, Credential


@dataclass(frozen=True, slots=True)
class Issued:
    """A key that was just made. ``key.text`` is shown once and kept nowhere. ``replaced``: the one that it follows."""

    key: NewKey
    credential: Credential
    replaced: Credential | None = None


class Keys:
    """Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster."""

    def __init__(self, table: RegistryTable, applications: Applications, *, env: str) -> None:
        self._table = table
        self._applications = applications
        self._env = env

    def create(
        self,
        application: str,
        *,
        name: str = "",
        expires: int | None = None,
        addresses: Collection[str] = (),
        scopes: Collection[str] | None = None,
        reason: str = "",
    ) -> Issued:
        """At most ``MOST_KEYS`` of one application, revoked ones included.

        ``expires`` in microseconds; ``addresses`` in CIDR notation, anywhere when empty; ``scopes`` None: not limited.
        """
        held = records.application(self._table, application)
        key = mint(self._env)
        credential = self.draft(application, key)._replace(
            name=name_of(name, "a key") if name else "",
            expires=future(expires, self._table.now(), "the key's expiry"),
            addresses=networks_of(addresses),
            scopes=scopes_of(scopes),
        )
        facts = credential_facts(credential)
        change = Change(held.value.application.organization, "key create", after=facts, reason=reason)
        self._table.change(change, self.new(credential), _with_another(held, credential.id))
        return Issued(key, credential)

    def draft(self, application: str, key: NewKey) -> Credential:
        """A credential that is not there yet, without any restriction."""
        return Credential(key.id, application, key.hash, created=self._table.now_text())

    def mint(self) -> NewKey:
        return mint(self._env)

    def new(self, credential: Credential) -> Write:
        """The write that makes it."""
        return put(credential_item(credential), _what(credential.id))

    def list(self, organization: str | None = None, application: str | None = None) -> Iterator[tuple[str, Credential]]:
        """All credentials, or those of one organization or application, each with its organization's id."""
        found = self._applications.select(organization, application)
        return (
            (each.organization, credential)
            for each in found
            for credential in self._table.owned(f"APP#{each.id}", "KEY#", credential_of)
        )

    def get(self, id_: str) -> Credential:
        return records.credential(self._table, id_).value

    def suspend(self, id_: str, *, reason: str = "") -> bool:
        """Refuse every call with it until it is restored; False when it was suspended before."""
        return self._set_state(id_, "suspended", "key suspend", reason)

    def restore(self, id_: str, *, reason: str = "") -> bool:
        """Let calls with it through again; False when it was active before."""
        return self._set_state(id_, "active", "key restore", reason)

    def revoke(self, id_: str, *, reason: str = "") -> bool:
        """Make it useless for good; False when it already was."""
        return self._set_state(id_, "revoked", "key revoke", reason)

    def delete(self, id_: str, *, reason: str = "") -> None:
        """Calls with it are refused as if it had never been made."""
        stored, held = records.owner_of_key(self._table, id_)
        before = credential_facts(stored.value)
        change = Change(held.value.application.organization, "key delete", before=before, reason=reason)
        self._table.change(change, delete(stored, _what(id_)), _with_keys(held, held.value.keys - {id_}))

    def rotate(self, id_: str, *, grace: int, expires: int | None = None, reason: str = "") -> Issued:
        """A new key with the old one's name, addresses and scopes; both work for ``grace`` microseconds.

        The old one never lasts longer than it would have, nor over ``MOST_GRACE``; without grace it is revoked. Where
        it had an expiry, ``expires`` must say when the new one expires.
        """
        stored, held = records.owner_of_key(self._table, id_)
        old, now = stored.value, self._table.now()
        grace = grace_of(grace)
        _refuse_rotation(old, expires)
        key = mint(self._env)
        made = self.draft(old.application, key)._replace(
            name=old.name,
            expires=future(expires, now, "the new key's expiry"),
            addresses=old.addresses,
            scopes=old.scopes,
        )
        changes: dict[str, Any] = {"replaced_by": made.id}
        changes |= {"expires": min(now + grace, old.expires or now + grace)} if grace else {"state": "revoked"}
        replaced = old._replace(**changes)
        before, after = credential_facts(old), credential_facts(replaced) | {"new": credential_facts(made)}
        self._table.change(
            Change(held.value.application.organization, "key rotate", before, after, reason),
            self.new(made),
            update(stored, {(name,): value for name, value in changes.items()}, _what(id_)),
            _with_another(held, made.id),
        )
        return Issued(key, made, replaced)

    def _set_state(self, id_: str, state: str, what: str, reason: str) -> bool:
        stored, held = records.owner_of_key(self._table, id_)
        found = stored.value
        if found.state == state:
            return False
        if found.state == "revoked":
            raise RegistryError(f"{_what(id_)} is revoked for good; make another: tiergate key create")
        before, after = ({"credential": id_, "state": each} for each in (found.state, state))
        change = Change(held.value.application.organization, what, before, after, reason)
        self._table.change(change, update(stored, {("state",): state}, _what(id_)))
        return True


def _refuse_rotation(old: Credential, expires: int | None) -> None:
    if old.replaced_by:
        raise RegistryError(f'{_what(old.id)} was replaced by "{old.replaced_by}" before; rotate that one')
    if old.state == "suspended":
        raise RegistryError(f"{_what(old.id)} is suspended; restore it first: tiergate key restore {old.id}")
    if old.state != "active":
        raise RegistryError(f"{_what(old.id)} is revoked for good; make another: tiergate key create")
    if old.expires is not None and expires is None:
        raise RegistryError(f"{_what(old.id)} has an expiry; say when the new one expires: --expires")


def _with_another(held: Stored[Held], id_: str) -> Write:
    if len(held.value.keys) >= MOST_KEYS:
        raise RegistryError(
            f'application "{held.value.application.id}" has {MOST_KEYS} keys, as many as it can; '
            "delete one that is no longer used: tiergate key delete ID"
        )
    return _with_keys(held, held.value.keys | {id_})


def _with_keys(held: Stored[Held], keys: Iterable[str]) -> Write:
    """The application's item with other keys."""
    return update(held, {("credentials",): set(keys) or None}, f'application "{held.value.application.id}"')


def _what(id_: str) -> str:
    return f'key "{id_}"'
