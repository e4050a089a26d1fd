"""Where recorded calls lead under policies, beside where they led when they were recorded."""

from functools import lru_cache
from typing import NamedTuple

from tiergate.domain.access_log import Line, parted
from tiergate.domain.calls import well_formed
from tiergate.domain.catalogue import ApiVersion, Catalogue, Operation
from tiergate.domain.lifecycle import SERVED
from tiergate.domain.operations import match

LONG_PATH = 512
"""Characters from which on a path is matched anew each time."""

MOST_REMEMBERED = 50_000
"""Methods with paths."""


class Way(NamedTuple):
    """``reason``: the refusal of a call that leads to no operation; what is known of the way there, else None."""

    reason: str
    api: ApiVersion | None
    operation: Operation | None


class Routes:
    """Of one catalogue, beside an earlier one."""

    def __init__(self, now: Catalogue, before: Catalogue | None) -> None:
        self._now = now
        self._before = before
        self._remembered = lru_cache(maxsize=MOST_REMEMBERED)(self._lead)
        shared = before.apis.keys() & now.apis.keys() if before else ()
        self._alike = {name for name in shared if before and _routed(before.apis[name]) == _routed(now.apis[name])}

    def of(self, line: Line) -> tuple[Way, Way]:
        """The way now and before; where nothing is known of before, the second leads nowhere."""
        if len(line.path) > LONG_PATH:
            return self._lead(line.method, line.path)
        return self._remembered(line.method, line.path)

    def _lead(self, method: str, path: str) -> tuple[Way, Way]:
        name, below = parted(path)
        way = _led(self._now, name, method, below)
        if self._before is None:
            return way, Way("", None, None)
        if name in self._alike:
            return way, _alike(self._now.apis[name], self._before.apis[name], way)
        return way, _led(self._before, name, method, below)


def _led(catalogue: Catalogue, name: str, method: str, path: str) -> Way:
    """In the order of ``Authorizer``'s rules."""
    api = catalogue.apis.get(name)
    if not well_formed(path):
        return Way("path_malformed", api, None)
    if api is None or api.state not in SERVED:
        return Way("api_not_found", api, None)
    index, methods = match(api.routes, method, path)
    if index is None:
        return Way("method_not_allowed" if methods else "operation_not_found", api, None)
    return Way("", api, api.operations[index])


def _routed(api: ApiVersion) -> tuple[object, ...]:
    return api.state in SERVED, api.routes, [operation.id for operation in api.operations]


def _alike(now: ApiVersion, before: ApiVersion, way: Way) -> Way:
    """The same way through another catalogue, without looking for it again."""
    operation = way.operation
    if now is before or operation is None:
        return way._replace(api=before)
    return Way("", before, before.operations[now.operations.index(operation)])
