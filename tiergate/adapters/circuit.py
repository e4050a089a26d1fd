"""A circuit breaker for the request path's DynamoDB client: an outage is noticed twice, not waited for at each call."""

import random
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

from tiergate.domain.store import StoreUnavailable

WAITED = frozenset({"slow", "unreachable"})
"""How calls end that waited in vain. Any other failure is an answer: the store is there, and said so at once."""

PAUSE = 0.5
"""Seconds for which it is open at least; twice that at most, so that instances do not come back all at once."""

MOST_ITEMS = 100
"""How many items it remembers whose last call waited in vain; that which did longest ago is forgotten first."""

Item = tuple[str, ...]
"""The values of an item's key."""


class Client(Protocol):
    """DynamoDB as the request path uses it: requests and answers in wire form."""

    @property
    def off(self) -> int | None:
        """How far ahead of the store's this clock was at the last answer: microseconds, up to a second too much."""
        ...

    def get_item(self, **request: Any) -> dict[str, Any]: ...

    def update_item(self, **request: Any) -> dict[str, Any]: ...


class Pause(NamedTuple):
    """Until when calls fail at once, and as what."""

    until: float
    reason: str


NONE = Pause(float("-inf"), "")
NOBODY: frozenset[Item] = frozenset()


class Circuit:
    """A client that passes calls on, or, while the store does not answer, fails them at once as the last one failed.

    It opens for an item when two calls for it in a row waited in vain, whatever others were answered meanwhile; for all
    when calls for two items did and nobody was answered between. It stays open for 0.5 to 1 s; then one call tries,
    which closes it or opens it again. So an outage costs an instance two or three time-outs, then about one a second;
    and items that alone cannot be reached cost as much each and keep nobody else out. An answer of any kind closes it,
    throttled and refused ones too, as those cost no time.

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
        self._all = NONE
        self._items: dict[Item, Pause] = {}
        self._silent = NOBODY

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
        again, silent = self._pass(_item(request)) if self._items else (False, NOBODY)
        try:
            return send(**request)
        except StoreUnavailable as error:
            if error.reason in WAITED:
                self._open_for(_item(request), error.reason, again=again, silent=silent)
            raise

    def _pass(self, item: Item) -> tuple[bool, frozenset[Item]]:
        """Whether the item's last call waited in vain, and for which items calls did since the last answer.

        Forgets both, as an answer does. Raises StoreUnavailable where it is open.
        """
        pause = max(self._all, self._items.get(item, NONE))
        if self._clock() < pause.until:
            raise StoreUnavailable(pause.reason, "not asked again so soon", untouched=True)
        silent, self._silent = self._silent, NOBODY
        return self._items.pop(item, None) is not None, silent

    def _open_for(self, item: Item, reason: str, *, again: bool, silent: frozenset[Item]) -> None:
        pause = Pause(self._clock() + PAUSE * (1 + self._chance()), reason)
        self._silent = silent if len(silent) > 1 else silent | {item}
        if len(self._silent) > 1:
            self._all = pause
        self._items[item] = pause if again else NONE
        if len(self._items) > MOST_ITEMS:
            del self._items[next(iter(self._items))]


def _item(request: Mapping[str, Any]) -> Item:
    return tuple(value["S"] for value in request["Key"].values())
