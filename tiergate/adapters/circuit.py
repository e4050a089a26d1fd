"""A circuit breaker for the request path's DynamoDB client: an outage is noticed twice, not waited for at each call."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from tiergate.domain.store import StoreUnavailable

WAITED = frozenset({"slow", "unreachable"})
"""How calls end that waited in vain. Any other failure is an answer: the store is there, and said so at once."""

MOST_FAILED = 2
"""Calls in a row that end so before it opens."""

PAUSE = 0.5
"""Seconds for which it is open at least; twice that at most, so that instances do not come back all at once."""

Key = Mapping[str, Any]

ALL: Key = {}
"""In place of one item's key: every item."""


class Client(Protocol):
    """DynamoDB as the request path uses it: requests and answers in wire form."""

    @property
    def off(self) -> int | None:
        """How far ahead of the store's this clock was at the last answer: microseconds, up to a second too much."""
        ...

    def get_item(self, **request: Any) -> dict[str, Any]: ...

    def update_item(self, **request: Any) -> dict[str, Any]: ...


class Circuit:
    """A client that passes calls on, or, while the store does not answer, fails them at once as the last one failed.

    After two calls in a row that waited in vain it opens for 0.5 to 1 s; then one call tries, which closes it or opens
    it again. So an outage costs an instance two or three time-outs, then about one a second. Where all of them were for
    the same item, it opens for that item alone: one partition that fails keeps nobody else out. An answer of any kind
    closes it, throttled and refused ones too, as those cost no time.

    It serves one call at a time. ``chance`` gives numbers from 0 to 1, ``clock`` seconds that never go back.
    """

    def __init__(
        self,
        client: Client,
        *,
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._chance = chance
        self._clock = clock
        self._failed = 0
        self._failing = self._open = ALL
        self._until = float("-inf")
        self._reason = ""

    @property
    def off(self) -> int | None:
        """As the client's."""
        return self._client.off

    def get_item(self, **request: Any) -> dict[str, Any]:
        """As the client's. Raises StoreUnavailable, ``untouched`` where it is open."""
        return self._call(self._client.get_item, request)

    def update_item(self, **request: Any) -> dict[str, Any]:
        """As the client's. Raises StoreUnavailable, ``untouched`` where it is open."""
        return self._call(self._client.update_item, request)

    def _call(self, send: Callable[..., dict[str, Any]], request: Mapping[str, Any]) -> dict[str, Any]:
        key = request["Key"]
        if self._clock() < self._until and self._open in (ALL, key):
            raise StoreUnavailable(self._reason, "not asked again so soon", untouched=True)
        failed, self._failed = self._failed, 0
        try:
            return send(**request)
        except StoreUnavailable as error:
            if error.reason in WAITED:
                self._failing = key if not failed or self._failing == key else ALL
                self._failed = failed + 1
                self._open_for(error.reason)
            raise

    def _open_for(self, reason: str) -> None:
        if self._failed >= MOST_FAILED:
            self._open, self._reason = self._failing, reason
            self._until = self._clock() + PAUSE * (1 + self._chance())
