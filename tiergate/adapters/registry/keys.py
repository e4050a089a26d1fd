"""API keys of applications: made, imported, limited, rotated, ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Unpack

from tiergate.adapters.registry.applications import Applications
from tiergate.adapters.registry.credentials import KEY, Credentials, Terms
from tiergate.adapters.registry.errors import RegistryError
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry.writes import Write, nothing
from tiergate.adapters.registry_reader import credential_of
from tiergate.domain.imported_keys import FINGERPRINT, ID, id_of
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

    def create(
        self,
        application: str,
        *,
        key: NewKey | None = None,
        reason: str = "",
        also: Callable[[Issued], Sequence[Write]] = nothing,
        **terms: Unpack[Terms],
    ) -> Issued:
        """At most ``MOST_CREDENTIALS`` of one application, OAuth clients and revoked ones included.

        ``key``: one made elsewhere, instead of a random one. ``also``: what is written with it, or not at all.
        """
        held = self._with_room(application)
        key = key or self.mint()
        made = Issued(key, self._limited(self.draft(application, key), terms))
        self._add(held, made.credential, reason, also=also(made))
        return made

    def adopt(
        self, application: str, fingerprint: str, *, state: str = "active", reason: str = "", **terms: Unpack[Terms]
    ) -> Credential:
        """Let an application go on with a key of another make. One that it has is left as it is, and told.

        ``fingerprint``: the SHA-256 of the key's text, 64 hexadecimal digits in lower case. ``state``: ``suspended``
        for one that nobody may call with from the first moment on. See ``create``.
        """
        if not FINGERPRINT.fullmatch(fingerprint):
            raise RegistryError("a key of another make is known by its SHA-256: 64 digits of 0-9 and a-f")
        adopted = self._adopted(application, fingerprint)
        if adopted is None:
            held = self._with_room(application)
            adopted = self._limited(Credential(id_of(fingerprint), application, fingerprint, state), terms)
            self._add(held, adopted, reason, verb="adopt")
        return adopted

    def draft(self, application: str, key: NewKey) -> Credential:
        """A credential that is not there yet, without any restriction."""
        return Credential(key.id, application, key.hash, created=self._table.now_text())

    def mint(self) -> NewKey:
        return mint(self._env)

    def rotate(
        self,
        id_: str,
        *,
        grace: int,
        expires: int | None = None,
        key: NewKey | None = None,
        expected: int | None = None,
        reason: str = "",
        also: Callable[[Issued], Sequence[Write]] = nothing,
    ) -> Issued:
        """A new key with the old one's name, conditions and scopes; both work for ``grace`` microseconds.

        The old one never lasts longer than it would have, nor over ``MOST_GRACE``; without grace it is revoked. Where
        it had an expiry, ``expires`` must say when the new one expires. ``key`` and ``also``: as in ``create``.
        Raises ``Stale``: ``expected`` is not the old one's version.
        """
        rotation = self._rotation(id_, grace, expires, expected)
        key = key or self.mint()
        made = rotation.heir._replace(id=key.id, fingerprint=key.hash)
        replaced = self._rotate(rotation, made, reason, also=lambda old: also(Issued(key, made, old)))
        return Issued(key, made, replaced)

    def _adopted(self, application: str, fingerprint: str) -> Credential | None:
        id_ = id_of(fingerprint)
        found = next((each.value for each in self._table.get_all([f"KEY#{id_}"], credential_of)), None)
        if found is None:
            return None
        if found.fingerprint != fingerprint:
            raise RegistryError(f"{self._what(id_)} is another one with the same id; make one: tiergate key create")
        if found.application != application:
            raise RegistryError(
                f'{self._what(id_)} stands for application "{found.application}", and a key stands for one alone; make '
                f"another: tiergate key create --app {application}"
            )
        return found

    def _missing(self, ref: str) -> str:
        """Somebody's key, given in place of its id, may look like one."""
        return (
            "there is no key of this id; tiergate key list shows the ids"
            if ID.fullmatch(ref)
            else super()._missing(ref)
        )
