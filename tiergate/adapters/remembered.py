"""What was read of a service that may fail, remembered."""

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from tiergate.adapters.telemetry import log
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable

T = TypeVar("T")

FRESH = 300 * SECOND
"""How long what was read is not read again, unless it is forgotten."""

STALE = 3600 * SECOND
"""How long after it was read it is believed while it cannot be read again."""

PAUSE = 10 * SECOND
"""The least time between two readings of one thing, however often it is forgotten or cannot be read."""

FIRST_PAUSE = 5 * SECOND
"""The same while nothing is known. It counts from a reading's start, so it is longer than any may take."""


class _Entry(NamedTuple, Generic[T]):
    """``failure``: of the last reading; ``value`` is an older one's then, or None."""

    value: T | None
    read: int
    tried: int
    failure: StoreUnavailable | None = None
    forgotten: bool = False

    def due(self, now: int) -> bool:
        pause = FIRST_PAUSE if self.value is None else PAUSE
        if 0 <= now - self.tried < pause:
            return False
        return self.forgotten or self.failure is not None or not 0 <= now - self.read < FRESH


class Remembered(Generic[T]):
    """What ``read`` brings by name: read again after ``FRESH``, believed up to ``STALE`` while that fails.

    ``kind``: what the log calls it, with its name, where a reading fails.
    """

    def __init__(self, kind: str, read: Callable[[str], T]) -> None:
        self._kind = kind
        self._read = read
        self._entries: dict[str, _Entry[T]] = {}

    def get(self, name: str, now: int) -> T:
        """Raises StoreUnavailable: it cannot be read, and nothing that is young enough is known."""
        entry = self._entries.get(name)
        if entry is None or entry.due(now):
            entry = self._entries[name] = self._renewed(name, entry, now)
        if entry.failure is not None and (entry.value is None or not 0 <= now - entry.read < STALE):
            raise entry.failure.with_traceback(None)
        return entry.value  # type: ignore[return-value]  # None only with a failure

    def due(self, name: str, now: int) -> bool:
        """Whether ``get`` would read it, and so may wait."""
        entry = self._entries.get(name)
        return entry is None or entry.due(now)

    def failure(self, name: str) -> StoreUnavailable | None:
        """Why it could not be read the last time, if so, whether an older one serves or not."""
        entry = self._entries.get(name)
        return entry.failure if entry else None

    def forget(self, name: str) -> None:
        """Have it read again; what is known stays for as long as that fails."""
        entry = self._entries.get(name)
        if entry is not None:
            self._entries[name] = entry._replace(forgotten=True)

    def _renewed(self, name: str, known: _Entry[T] | None, now: int) -> _Entry[T]:
        try:
            return _Entry(self._read(name), now, now)
        except StoreUnavailable as error:
            log("WARNING", f"{self._kind} cannot be read", name=name, cause=error)
            return _Entry(known.value if known else None, known.read if known else now, now, error)
