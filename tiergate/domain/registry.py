"""Who calls: organizations, applications with their subscriptions, credentials."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from typing import Generic, NamedTuple, Protocol, TypeVar

from tiergate.domain.conditions import NONE, Conditions
from tiergate.domain.counters import BY_SUBSCRIPTION
from tiergate.domain.keys import ID_LENGTH, base62
from tiergate.domain.limits import SECOND, Limits, replaced, unlocked, wrong_limits
from tiergate.domain.store import StoreUnavailable

T = TypeVar("T")

CACHE_TIME = 30 * SECOND
"""How long a record is believed. With the store's own delay, a change takes effect everywhere within 60 s."""

MOST_GRACE = 3600 * SECOND
"""The longest that a plan can have a record believed beyond that."""

MOST_CACHED, MOST_MISSES = 10_000, 1_000
MOST_APPLICATIONS = 50
"""Applications of one organization: what one transaction can suspend together with it."""

MOST_CREDENTIALS, MOST_SUBSCRIPTIONS = 50, 40
"""Of one application, keys and OAuth clients together: what one transaction can delete together with it."""


class RecordMalformed(Exception):
    """A stored record is not what the registry writes; the text names the record and nothing that it holds."""


class Override(NamedTuple):
    """Limits of one subscription in place of its plan's until a moment, or until they are taken back (None).

    ``limits`` by name: ``hour``, ``day``, ``month``, ``rate`` (a second) and ``burst``.
    """

    limits: Mapping[str, float]
    until: int | None = None

    @classmethod
    def of(cls, limits: Mapping[str, float], until: int | None = None) -> "Override":
        """Raises ValueError: a limit is unknown or out of bounds."""
        fault = wrong_limits(limits)
        if fault:
            raise ValueError(fault)
        return cls(limits, until)

    def holds(self, now: int) -> bool:
        return self.until is None or now < self.until


def effective(plan: Limits, override: Override | None, now: int) -> Limits:
    """A plan's limits as an override leaves them at ``now``.

    An override that was stored when it left calls room, and no longer does under the plan of today, locks nobody out.
    """
    if override is None or not override.holds(now):
        return plan
    return unlocked(replaced(plan, override.limits), plan)


class Subscription(NamedTuple):
    """An application's access to a product. The plan is an attribute: changing it resets no counter."""

    id: str
    product: str
    plan: str
    state: str = "active"
    created: str = ""
    override: Override | None = None

    def withheld(self, now: int) -> bool:
        """Whether the platform suspended it or gave it limits of its own, of which nobody else can get rid."""
        return self.state != "active" or (self.override is not None and self.override.holds(now))


class Organization(NamedTuple):
    """A partner company or a department; ``applications`` are the ids of what it registered."""

    id: str
    name: str
    state: str = "active"
    created: str = ""
    applications: frozenset[str] = frozenset()


class Application(NamedTuple):
    """What an organization registered. ``subscriptions`` by product; the organization's state is kept here too."""

    id: str
    organization: str
    subscriptions: Mapping[str, Subscription]
    name: str = ""
    state: str = "active"
    organization_state: str = "active"
    created: str = ""
    conditions: Conditions = NONE

    def withheld(self, now: int) -> bool:
        """As of ``Subscription``, or one of its subscriptions."""
        limited = self.state != "active" or any(self.conditions)
        return limited or any(each.withheld(now) for each in self.subscriptions.values())


class Credential(NamedTuple):
    """An API key or an OAuth client of an application: its id, its state, and what it is good for.

    ``fingerprint``: of a key's text. ``issuer``: the one whose client it is, empty for a key; ids of clients are unique
    within an issuer. ``expires``: the first moment at which it is refused. ``conditions``: where it may be used from.
    ``scopes``: None when not restricted; the empty set allows no operation that asks for a scope. ``replaced_by``: the
    id of what came after it.
    """

    id: str
    application: str
    fingerprint: str
    state: str = "active"
    created: str = ""
    name: str = ""
    expires: int | None = None
    conditions: Conditions = NONE
    scopes: frozenset[str] | None = None
    replaced_by: str = ""
    issuer: str = ""

    def expired(self, now: int) -> bool:
        return self.expires is not None and now >= self.expires

    def covers(self, alternatives: Collection[frozenset[str]]) -> bool:
        """Whether its scopes hold all of at least one alternative; with no alternatives, nothing is asked for."""
        return self.scopes is None or not alternatives or any(needed <= self.scopes for needed in alternatives)


def subscription_id(application: str, product: str) -> str:
    """The same whenever an application subscribes to a product anew: what it used stays counted."""
    digest = hashlib.sha256(f"{application} {product}".encode()).digest()
    return BY_SUBSCRIPTION + base62(int.from_bytes(digest), ID_LENGTH)


def client_ref(issuer: str, client: str) -> str:
    """What an OAuth client is known by here: ids of two issuers' clients may be the same."""
    return f"{issuer}#{client}"


class RegistryReader(Protocol):
    """The reads that identify a caller, of which a key or a token takes two. ``ref`` is a ``client_ref``.

    All raise ``StoreUnavailable`` when there is no answer, and ``RecordMalformed``.
    """

    def credential(self, key_id: str) -> Credential | None: ...

    def client(self, ref: str) -> Credential | None: ...

    def application(self, application_id: str) -> Application | None: ...


class Known(NamedTuple, Generic[T]):
    """A record as far as it is known, and when it was ``asked`` for.

    ``late``: microseconds past its time in the cache, where ``error`` kept it from being read again.
    """

    record: T | None
    asked: int
    late: int = 0
    error: StoreUnavailable | None = None


class CachedRegistry:
    """A reader that remembers each answer, the missing ones too, for ``CACHE_TIME``.

    A record that was there is shown for ``MOST_GRACE`` longer while it cannot be read again; how long to believe it is
    the plan's to say.
    """

    def __init__(self, reader: RegistryReader) -> None:
        self._credentials = _Answers(reader.credential)
        self._clients = _Answers(reader.client)
        self._applications = _Answers(reader.application)

    def credential(self, key_id: str, now: int) -> Known[Credential]:
        return self._credentials.get(key_id, now)

    def client(self, issuer: str, client: str, now: int) -> Known[Credential]:
        return self._clients.get(client_ref(issuer, client), now)

    def application(self, application_id: str, now: int) -> Known[Application]:
        return self._applications.get(application_id, now)


class _Answers(Generic[T]):
    """Answers of one kind. Misses are kept apart, so that made-up ids never push out real ones."""

    def __init__(self, read: Callable[[str], T | None]) -> None:
        self._read = read
        self._found: dict[str, tuple[int, Known[T]]] = {}
        self._missing: dict[str, tuple[int, Known[T]]] = {}

    def get(self, key: str, now: int) -> Known[T]:
        entry = self._found.get(key) or self._missing.get(key)
        if entry is not None and 0 <= now - entry[0] < CACHE_TIME:
            return entry[1]
        try:
            known = Known(self._read(key), now)
        except StoreUnavailable as error:
            late = now - entry[0] - CACHE_TIME if entry is not None else -1
            if entry is None or entry[1].record is None or not 0 <= late < MOST_GRACE:
                raise
            return Known(entry[1].record, now, late, error)
        self._found.pop(key, None)
        self._missing.pop(key, None)
        kept, most = (self._missing, MOST_MISSES) if known.record is None else (self._found, MOST_CACHED)
        if len(kept) >= most:
            kept.clear()
        kept[key] = (now, known)
        return known
