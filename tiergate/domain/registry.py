"""Who calls: organizations, applications with their subscriptions, credentials."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tiergate.domain.limits import SECOND

T = TypeVar("T")

CACHE_TIME = 30 * SECOND
"""How long a record is believed. With the store's own delay, a change takes effect everywhere within 60 s."""

MOST_CACHED = 10_000
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
        self._reader = reader
        self._credentials: dict[str, tuple[int, Credential | None]] = {}
        self._applications: dict[str, tuple[int, Application | None]] = {}

    def credential(self, key_id: str, now: int) -> Credential | None:
        return _cached(self._credentials, key_id, now, self._reader.credential)

    def application(self, application_id: str, now: int) -> Application | None:
        return _cached(self._applications, application_id, now, self._reader.application)


def _cached(cache: dict[str, tuple[int, T | None]], key: str, now: int, read: Callable[[str], T | None]) -> T | None:
    entry = cache.get(key)
    if entry is not None and 0 <= now - entry[0] < CACHE_TIME:
        return entry[1]
    value = read(key)
    if len(cache) >= MOST_CACHED:
        cache.clear()
    cache[key] = (now, value)
    return value
