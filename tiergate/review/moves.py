"""The moves of API versions from state to state, between two bundles."""

from collections.abc import Iterator, Mapping
from typing import Any

from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.transitions import Refused, refused_move


def refused_moves(old: Mapping[str, Any], new: Mapping[str, Any], now: int) -> Iterator[tuple[str, Refused]]:
    """API versions whose way from one bundle to another may not be deployed, and why."""
    for name in sorted({*old["apis"], *new["apis"]}):
        was, now_is = old["apis"].get(name), new["apis"].get(name)
        refused = refused_move(_state(was), _state(now_is), _lifecycle(was), _lifecycle(now_is), now)
        if refused is not None:
            yield name, refused


def _state(api: Mapping[str, Any] | None) -> str | None:
    return None if api is None else str(api["state"])


def _lifecycle(api: Mapping[str, Any] | None) -> Lifecycle | None:
    return Lifecycle.of(api["lifecycle"]) if api and "lifecycle" in api else None
