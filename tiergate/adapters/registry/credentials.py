"""What API keys and OAuth clients have in common: they are listed, suspended, restricted, replaced and ended alike."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from tiergate.adapters.registry import records
from tiergate.adapters.registry.applications import Applications
from tiergate.adapters.registry.errors import Full, RegistryError
from tiergate.adapters.registry.inputs import conditions_of, future, grace_of, name_of, quoted, scopes_of
from tiergate.adapters.registry.items import (
    Held,
    conditions_facts,
    conditions_lists,
    credential_facts,
    credential_item,
    credential_name,
    held_of,
)
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Path, Stored, Write, as_seen, delete, nothing, put, update
from tiergate.adapters.registry_reader import credential_of
from tiergate.domain.registry import MOST_CREDENTIALS, Credential, client_ref


class Terms(TypedDict, total=False):
    """What a new credential is limited to; by default to nothing.

    ``expires`` in microseconds. ``addresses`` and ``denied`` in CIDR notation, ``subjects`` of client certificates.
    ``scopes`` None: not limited; empty: no operation that asks for a scope.
    """

    name: str
    expires: int | None
    addresses: Collection[str]
    denied: Collection[str]
    subjects: Collection[str]
    scopes: Collection[str] | None


@dataclass(frozen=True, slots=True)
class Kind:
    """``noun``: in messages, audit entries and commands. ``prefix``: of its records. ``attribute``: of an application's
    item, which has the refs of those that it owns."""

    noun: str
    prefix: str
    attribute: str


KEY = Kind("key", "KEY#", "credentials")
CLIENT = Kind("client", "CLIENT#", "clients")


@dataclass(frozen=True, slots=True)
class Rotation:
    """A credential that is to be replaced, its application, and what follows it, which has no id yet."""

    old: Stored[Credential]
    held: Stored[Held]
    heir: Credential
    grace: int


class Credentials:
    """Credentials of one kind. ``ref``: a key's id, or a ``client_ref``.

    Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster.
    """

    def __init__(self, table: RegistryTable, applications: Applications, kind: Kind) -> None:
        self._table = table
        self._applications = applications
        self._kind = kind

    def list(self, organization: str | None = None, application: str | None = None) -> Iterator[tuple[str, Credential]]:
        """All credentials, or those of one organization or application, each with its organization's id."""
        found = self._applications.select(organization, application)
        return (
            (each.organization, credential)
            for each in found
            for credential in self._table.owned(f"APP#{each.id}", self._kind.prefix, credential_of)
        )

    def get(self, ref: str) -> Credential:
        return self.stored(ref).value

    def stored(self, ref: str) -> Stored[Credential]:
        return self._table.get(self._kind.prefix + ref, credential_of, self._missing(ref))

    def new(self, credential: Credential, taken: str = "") -> Write:
        """The write that makes it. ``taken``: what to say where there is one."""
        return put(credential_item(credential), self._what(_ref(credential)), taken)

    def suspend(self, ref: str, *, reason: str = "") -> bool:
        """Refuse every call with it until it is restored; False when it was suspended before."""
        return self._set_state(ref, "suspended", "suspend", reason)

    def restore(self, ref: str, *, reason: str = "") -> bool:
        """Let calls with it through again; False when it was active before."""
        return self._set_state(ref, "active", "restore", reason)

    def revoke(self, ref: str, *, expected: int | None = None, reason: str = "") -> bool:
        """Make it useless for good; False when it already was. ``expected``: the version that somebody saw; raises
        ``Stale``."""
        return self._set_state(ref, "revoked", "revoke", reason, expected)

    def restrict(
        self,
        ref: str,
        *,
        addresses: Collection[str] = (),
        denied: Collection[str] = (),
        subjects: Collection[str] = (),
        reason: str = "",
    ) -> bool:
        """Where it may be used from, in place of what held before; anywhere when all are empty.

        False when it was so before.
        """
        conditions = conditions_of(addresses, denied, subjects)
        stored, held = self._owned(ref)
        found = stored.value
        if found.conditions == conditions:
            return False
        if found.state == "revoked":
            raise self._revoked(ref)
        before, after = (credential_name(found) | conditions_facts(each) for each in (found.conditions, conditions))
        changes: dict[Path, Any] = {(name,): texts or None for name, texts in conditions_lists(conditions).items()}
        self._table.change(
            self._change(held, "restrict", before, after, reason), update(stored, changes, self._what(ref))
        )
        return True

    def delete(self, ref: str, *, expected: int | None = None, reason: str = "") -> None:
        """Calls with it are refused as if it had never been made. ``expected``: as in ``revoke``."""
        stored, held = self._owned(ref, expected)
        change = self._change(held, "delete", credential_facts(stored.value), {}, reason)
        self._table.change(change, delete(stored, self._what(ref)), self._listing(held, self._refs(held) - {ref}))

    def _with_room(self, application: str) -> Stored[Held]:
        """The application, which can have another credential."""
        held = records.application(self._table, application)
        self._refuse_full(held)
        return held

    def _limited(self, credential: Credential, terms: Terms) -> Credential:
        noun, name = self._kind.noun, terms.get("name", "")
        return credential._replace(
            created=self._table.now_text(),
            name=name_of(name, f"a {noun}") if name else "",
            expires=future(terms.get("expires"), self._table.now(), f"the {noun}'s expiry"),
            conditions=conditions_of(terms.get("addresses", ()), terms.get("denied", ()), terms.get("subjects", ())),
            scopes=scopes_of(terms.get("scopes")),
        )

    def _add(
        self,
        held: Stored[Held],
        credential: Credential,
        reason: str,
        taken: str = "",
        *,
        verb: str = "create",
        also: Sequence[Write] = (),
    ) -> None:
        change = self._change(held, verb, {}, credential_facts(credential), reason)
        self._table.change(change, self.new(credential, taken), self._with_another(held, credential), *also)

    def _rotation(self, ref: str, grace: int, expires: int | None, expected: int | None = None) -> Rotation:
        """What replaces a credential has its terms; ``expires`` must be given where the old one has an expiry."""
        stored, held = self._owned(ref, expected)
        old, grace = stored.value, grace_of(grace)
        self._refuse_rotation(old, expires)
        self._refuse_full(held)
        heir = old._replace(
            id="",
            fingerprint="",
            created=self._table.now_text(),
            expires=future(expires, self._table.now(), f"the new {self._kind.noun}'s expiry"),
        )
        return Rotation(stored, held, heir, grace)

    def _rotate(
        self,
        rotation: Rotation,
        made: Credential,
        reason: str,
        taken: str = "",
        *,
        also: Callable[[Credential], Sequence[Write]] = nothing,
    ) -> Credential:
        """Replace a credential; what became of the old one. It never lasts longer than it would have."""
        old, end = rotation.old.value, self._table.now() + rotation.grace
        changes: dict[str, Any] = {"replaced_by": made.id}
        changes |= {"expires": min(end, old.expires or end)} if rotation.grace else {"state": "revoked"}
        replaced = old._replace(**changes)
        before, after = credential_facts(old), credential_facts(replaced) | {"new": credential_facts(made)}
        self._table.change(
            self._change(rotation.held, "rotate", before, after, reason),
            self.new(made, taken),
            update(rotation.old, {(name,): value for name, value in changes.items()}, self._what(_ref(old))),
            self._with_another(rotation.held, made),
            *also(replaced),
        )
        return replaced

    def _set_state(self, ref: str, state: str, verb: str, reason: str, expected: int | None = None) -> bool:
        stored, held = self._owned(ref, expected)
        found = stored.value
        if found.state == state:
            return False
        if found.state == "revoked":
            raise self._revoked(ref)
        before, after = (credential_name(found) | {"state": each} for each in (found.state, state))
        change = self._change(held, verb, before, after, reason)
        self._table.change(change, update(stored, {("state",): state}, self._what(ref)))
        return True

    def _refuse_rotation(self, old: Credential, expires: int | None) -> None:
        what = self._what(_ref(old))
        if self._replaced(old):
            raise RegistryError(f'{what} was replaced by "{old.replaced_by}" before; rotate that one')
        if old.state == "suspended":
            raise RegistryError(f"{what} is suspended", command=f"restore it first: {command_of(old, 'restore')}")
        if old.state != "active":
            raise self._revoked(_ref(old))
        if old.expires is not None and expires is None:
            raise RegistryError(f"{what} has an expiry; say when the new one expires", command="give --expires")

    def _replaced(self, old: Credential) -> bool:
        """Whether what came after it is still the application's."""
        ref = self._kind.prefix + _ref(old._replace(id=old.replaced_by))
        found = self._table.get_all([ref], credential_of) if old.replaced_by else ()
        return any(each.value.application == old.application for each in found)

    def _refuse_full(self, held: Stored[Held]) -> None:
        if len(held.value.keys) + len(held.value.clients) >= MOST_CREDENTIALS:
            raise Full(
                f'application "{held.value.application.id}" has {MOST_CREDENTIALS} keys and clients, as many as it can',
                command=f"delete one that is no longer used: tiergate {self._kind.noun} delete ID",
            )

    def _with_another(self, held: Stored[Held], credential: Credential) -> Write:
        return self._listing(held, self._refs(held) | {_ref(credential)})

    def _listing(self, held: Stored[Held], refs: Iterable[str]) -> Write:
        """The application's item with other credentials of this kind."""
        changes: dict[Path, Any] = {(self._kind.attribute,): set(refs) or None}
        return update(held, changes, f'application "{held.value.application.id}"')

    def _refs(self, held: Stored[Held]) -> frozenset[str]:
        return held.value.keys if self._kind is KEY else held.value.clients

    def _owned(self, ref: str, expected: int | None = None) -> tuple[Stored[Credential], Stored[Held]]:
        """A credential and its application. Raises ``Stale``: ``expected`` is not its version."""
        found = as_seen(self.stored(ref), expected, self._what(ref))
        return found, self._table.get(f"APP#{found.value.application}", held_of, self._missing(ref))

    def _change(
        self, held: Stored[Held], verb: str, before: dict[str, Any], after: dict[str, Any], reason: str
    ) -> Change:
        return Change(held.value.application.organization, f"{self._kind.noun} {verb}", before, after, reason)

    def _missing(self, ref: str) -> str:
        return f"there is no {self._what(ref)}; tiergate {self._kind.noun} list shows the ids"

    def _revoked(self, ref: str) -> RegistryError:
        make = f"make another: tiergate {self._kind.noun} create"
        return RegistryError(f"{self._what(ref)} is revoked for good", command=make)

    def _what(self, ref: str) -> str:
        """As messages name it."""
        issuer, _, id_ = ref.rpartition("#")
        return f"{self._kind.noun} {quoted(id_)}" + (f" of issuer {quoted(issuer)}" if issuer else "")


def command_of(credential: Credential, verb: str) -> str:
    """What to type to do something with it."""
    if credential.issuer:
        return f"tiergate client {verb} {credential.id} --issuer {credential.issuer}"
    return f"tiergate key {verb} {credential.id}"


def _ref(credential: Credential) -> str:
    return client_ref(credential.issuer, credential.id) if credential.issuer else credential.id
