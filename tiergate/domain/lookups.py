"""Reads of keys of other makes, of which there is a bound: they have no checksum, so every made-up one costs a read."""

from collections.abc import Callable

from tiergate.domain import keys
from tiergate.domain.decision import RETRY_SECONDS, Refused
from tiergate.domain.imported_keys import ID_LENGTH, PATTERN, id_of
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import MOST_CACHED, Credential, RecordMalformed, RegistryReader

BURST, PER_SECOND = 20, 5
"""Reads of one instance that may find nothing: at once, and from then on."""

INTERVAL = SECOND // PER_SECOND


def key_id_of(text: str, env: str) -> str | None:
    """As `keys.key_id_of`, for keys of other makes too."""
    ours = keys.key_id_of(text, env)
    return id_of(keys.fingerprint(text)) if ours is None and PATTERN.fullmatch(text) else ours


class BoundedLookups:
    """A registry's reader, asked no more often for keys of other makes than the bound allows.

    A key that is there counts for nothing, and once it was found is read again whenever it must be. ``clock``:
    microseconds.
    """

    def __init__(self, reader: RegistryReader, clock: Callable[[], int]) -> None:
        self._reader = reader
        self._clock = clock
        self._found: dict[str, None] = {}
        self._used_until = 0
        self.client = reader.client
        self.application = reader.application

    def credential(self, key_id: str) -> Credential | None:
        """As of ``RegistryReader``. What the store does not answer counts as what is not there.

        Raises
        ------
        Refused
            ``lookup_limited``: it was not asked for, as too many were that are not there.
        """
        if len(key_id) != ID_LENGTH:
            return self._reader.credential(key_id)
        spent = 0 if key_id in self._found else self._spend()
        try:
            credential = self._reader.credential(key_id)
        except RecordMalformed:
            self._used_until -= spent
            raise
        self._found.pop(key_id, None)
        if credential is not None:
            self._used_until -= spent
            self._remember(key_id)
        return credential

    def _spend(self) -> int:
        """What a read costs, in microseconds of the bound."""
        now = self._clock()
        full = now + BURST * INTERVAL
        self._used_until = max(now, min(self._used_until, full))
        if self._used_until + INTERVAL > full:
            raise Refused("lookup_limited", wait=RETRY_SECONDS)
        self._used_until += INTERVAL
        return INTERVAL

    def _remember(self, key_id: str) -> None:
        """As the latest, in place of the one that was not read for longest."""
        if len(self._found) >= MOST_CACHED:
            del self._found[next(iter(self._found))]
        self._found[key_id] = None
