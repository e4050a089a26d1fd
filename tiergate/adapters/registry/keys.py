"""API keys of applications: made, limited, rotated, ended."""

from dataclasses import dataclass
from typing import Unpack

from tiergate.adapters.registry.applications import Applications
from tiergate.adapters.registry.credentials import KEY, Credentials, Terms
from tiergate.adapters.registry.table import RegistryTable
from tiergate.domain.keys import NewKey, mint
from tiergate.domain.registry import Credential


@dataclass(frozen=True, slots=True)
class Issued:
    """A key that was just made. ``key.text`` is shown once and kept nowhere. ``replaced``: the one that it follows."""

    key: NewKey
    credential: Credential
    replaced: Credential | None = None


class Keys(Credentials):
    """API keys, by their ids."""

    def __init__(self, table: RegistryTable, applications: Applications, *, env: str) -> None:
        super().__init__(table, applications, KEY)
        self._env = env

    def create(self, application: str, *, reason: str = "", **terms: Unpack[Terms]) -> Issued:
        """At most ``MOST_CREDENTIALS`` of one application, OAuth clients and revoked ones included."""
        held = self._with_room(application)
        key = mint(self._env)
        credential = self._limited(self.draft(application, key), terms)
        self._add(held, credential, reason)
        return Issued(key, credential)

    def draft(self, application: str, key: NewKey) -> Credential:
        """A credential that is not there yet, without any restriction."""
        return Credential(key.id, application, key.hash, created=self._table.now_text())

    def mint(self) -> NewKey:
        return mint(self._env)

    def rotate(self, id_: str, *, grace: int, expires: int | None = None, reason: str = "") -> Issued:
        """A new key with the old one's name, conditions and scopes; both work for ``grace`` microseconds.

        The old one never lasts longer than it would have, nor over ``MOST_GRACE``; without grace it is revoked. Where
        it had an expiry, ``expires`` must say when the new one expires.
        """
        rotation = self._rotation(id_, grace, expires)
        key = mint(self._env)
        made = rotation.heir._replace(id=key.id, fingerprint=key.hash)
        return Issued(key, made, self._rotate(rotation, made, reason))
