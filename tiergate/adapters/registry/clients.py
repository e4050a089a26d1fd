"""OAuth clients of applications: made in the user pool or linked to another issuer's, limited, rotated, ended.

A client calls with tokens for as long as its record says so. Therefore it is in the user pool before its record is made
and after that is ended: whatever breaks in between leaves a client that calls nothing.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Unpack

from tiergate.adapters.registry.applications import Applications
from tiergate.adapters.registry.credentials import CLIENT, Credentials, Terms, command_of
from tiergate.adapters.registry.errors import Missing, RegistryError
from tiergate.adapters.registry.inputs import client_of, quoted
from tiergate.adapters.registry.pools import ClientPool, NewClient, withdraw
from tiergate.adapters.registry.table import RegistryTable
from tiergate.domain.registry import Credential, client_ref

NO_POOL = (
    "no user pool is deployed that could make OAuth clients; add policies/issuers/<name>.yaml with `cognito: {}`, set "
    "`accepts: either` in an API's api.yaml, and deploy. To link a client of another issuer, name both: --issuer --id"
)
REPEAT = "repeat the command"


@dataclass(frozen=True, slots=True)
class Registered:
    """A client that was just made, or linked: then ``made`` is None. ``replaced``: the one that it follows.

    ``left``: what could not be done with that one, and what to type to do it; empty where all was.
    """

    credential: Credential
    made: NewClient | None = None
    replaced: Credential | None = None
    left: str = ""


class Clients(Credentials):
    """OAuth clients, by their ``client_ref``. ``known``: names of the issuers that there are; ``pool``: one of them."""

    def __init__(
        self, table: RegistryTable, applications: Applications, *, known: Collection[str], pool: ClientPool | None
    ) -> None:
        super().__init__(table, applications, CLIENT)
        self._known = known
        self._pool = pool

    def create(self, application: str, *, reason: str = "", **terms: Unpack[Terms]) -> Registered:
        """A new client of the user pool; at most ``MOST_CREDENTIALS`` of one application, keys included.

        ``scopes`` None: all that the pool knows now.
        """
        pool = self._ours()
        held = self._with_room(application)
        draft = self._limited(Credential("", application, "", issuer=pool.issuer), terms)
        with _made(pool, draft) as made:
            credential = draft._replace(id=made.id)
            self._add(held, credential, reason)
        return Registered(credential, made)

    def link(self, application: str, issuer: str, id_: str, *, reason: str = "", **terms: Unpack[Terms]) -> Registered:
        """A client that another issuer knows by this id becomes the application's. ``scopes`` None: its tokens'."""
        self._refuse_unknown(issuer)
        if self._pool is not None and issuer == self._pool.issuer:
            raise RegistryError(
                f"clients of {quoted(issuer)} are made here: tiergate client create without --issuer and --id"
            )
        held = self._with_room(application)
        credential = self._limited(Credential(client_of(id_), application, "", issuer=issuer), terms)
        self._add(held, credential, reason, self._taken(credential))
        return Registered(credential)

    def rotate(
        self, ref: str, *, grace: int, expires: int | None = None, successor: str = "", reason: str = ""
    ) -> Registered:
        """A new client on the old one's terms; both work for ``grace`` microseconds. See ``Keys.rotate``.

        ``successor``: the new one's id at an issuer whose clients are not made here. The old one is taken out of the
        user pool when it is revoked or deleted.
        """
        rotation = self._rotation(ref, grace, expires)
        issuer = rotation.heir.issuer
        self._refuse_unknown(issuer)
        if self._pool is None or issuer != self._pool.issuer:
            if not successor:
                raise RegistryError(f"{self._what(ref)} is followed by one that {quoted(issuer)} made; name it: --id")
            linked = rotation.heir._replace(id=client_of(successor))
            if linked.id == rotation.old.value.id:
                raise RegistryError(f"{self._what(ref)} is the old one; name the one that follows it")
            return Registered(linked, None, self._rotate(rotation, linked, reason, self._taken(linked)))
        if successor:
            raise RegistryError(f"clients of {quoted(issuer)} are made here; leave out --id")
        with _made(self._pool, rotation.heir) as made:
            credential = rotation.heir._replace(id=made.id)
            replaced = self._rotate(rotation, credential, reason)
        return Registered(credential, made, replaced, self._left(replaced))

    def revoke(self, ref: str, *, expected: int | None = None, reason: str = "") -> bool:
        """Make it useless for good, first here, then in the user pool; False when it was so in both."""
        changed = super().revoke(ref, expected=expected, reason=reason)
        return withdraw(self._pool, [ref], REPEAT) or changed

    def delete(self, ref: str, *, expected: int | None = None, reason: str = "") -> None:
        """As if it had never been made, here and in the user pool, also where it is left only there."""
        try:
            super().delete(ref, expected=expected, reason=reason)
        except Missing:
            if not withdraw(self._pool, [ref], REPEAT):
                raise
        else:
            withdraw(self._pool, [ref], REPEAT)

    def _left(self, replaced: Credential) -> str:
        """Take one that was revoked out of the user pool; the text says what is left to do. The new one's secret would
        be lost with an error."""
        if replaced.state != "revoked":
            return ""
        try:
            withdraw(self._pool, [client_ref(replaced.issuer, replaced.id)], command_of(replaced, "revoke"))
        except RegistryError as error:
            return str(error)
        return ""

    def _ours(self) -> ClientPool:
        if self._pool is None:
            raise RegistryError(NO_POOL)
        self._refuse_unknown(self._pool.issuer)
        return self._pool

    def _refuse_unknown(self, issuer: str) -> None:
        if issuer not in self._known:
            raise RegistryError(unknown_issuer(issuer, self._known))

    def _taken(self, credential: Credential) -> str:
        what = self._what(client_ref(credential.issuer, credential.id))
        return f"{what} is an application's already, see: {command_of(credential, 'show')}"


def unknown_issuer(issuer: str, known: Collection[str]) -> str:
    """What to say where the policies have no such issuer."""
    told = f"known: {', '.join(sorted(known))}" if known else "the policies have none"
    return f"there is no issuer {quoted(issuer)} in the policies; {told}"


@contextmanager
def _made(pool: ClientPool, draft: Credential) -> Iterator[NewClient]:
    """A new client of the pool, which is taken back where no record of it is made."""
    made = pool.create(draft.application, draft.scopes)
    try:
        yield made
    except BaseException:
        with suppress(RegistryError):
            pool.delete(made.id)
        raise
