"""Who calls: organizations, applications with their subscriptions, credentials."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from tiergate.domain.limits import SECOND

T = TypeVar("T")

CACHE_TIME = 30 * SECOND
"""How long a record is believed. With the store's own delay, a change takes effect everywhere within 60 s."""

MOST_CACHED, MOST_MISSES = 10_000, 1_000
MOST_APPLICATIONS = 50
"""Applications of one organization: what one transaction can suspend together with it."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """An application's access to a product. The plan is an attribute: changing it resets no counter."""

    id: str
    product: str
    plan: str
    state: str = "active"


@dataclass(frozen=True, slots=True)
class Application:
    """What an organization registered. ``subscriptions`` by product; the organization's state is kept here too."""

    id: str
    organization: str
    subscriptions: Mapping[str, Subscription]
    name: str = ""
    state: str = "active"
    organization_state: str = "active"


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key of an application: its id, the fingerprint of its text, and its state."""

    id: str
    application: str
    fingerprint: str
    state: str = "active"
    created: str = ""


class RegistryReader(Protocol):
    """The two reads that identify a caller. Both raise ``StoreUnavailable`` when there is no answer."""

    def credential(self, key_id: str) -> Credential | None: ...

    def application(self, application_id: str) -> Application | None: ...


class CachedRegistry:
    """A reader that remembers each answer, the missing ones too, for ``CACHE_TIME``."""

    def __init__(self, reader: RegistryReader) -> None:
        self._credentials = _Answers(reader.credential)
        self._applications = _Answers(reader.application)

    def credential(self, key_id: str, now: int) -> Credential | None:
        return self._credentials.get(key_id, now)

    def application(self, application_id: str, now: int) -> Application | None:
        return self._applications.get(application_id, now)


class _Answers(Generic[T]):
    """Answers of one kind. Misses are kept apart, so that made-up ids never push out real ones."""

    def __init__(self, read: Callable[[str], T | None]) -> None:
        self._read = read
        self._found: dict[str, tuple[int, T | None]] = {}
        self._missing: dict[str, tuple[int, T | None]] = {}

    def get(self, key: str, now: int) -> T | None:
        entry = self._found.get(key) or self._missing.get(key)
        if entry is not None and 0 <= now - entry[0] < CACHE_TIME:
            return entry[1]
        value = self._read(key)
        self._found.pop(key, None)
        self._missing.pop(key, None)
        kept, most = (self._missing, MOST_MISSES) if value is None else (self._found, MOST_CACHED)
        if len(kept) >= most:
            kept.clear()
        kept[key] = (now, value)
        return value
