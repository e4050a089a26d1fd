"""A policy file as it holds: with the defaults that it takes over, and with what an environment says instead.

Keys and values merge key by key, lists and single values are replaced; so is ``upstream_auth`` as a whole, whose keys
are ways that exclude each other.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tiergate.policy.source import Fault, Key, Place, Source, found, has

WHOLE = frozenset({"upstream_auth"})
"""Keys whose value replaces another's as a whole."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What stands at ``path`` in a file. ``own``: it is said of this very API, plan or product, not taken over."""

    source: Source
    path: tuple[Key, ...] = ()
    own: bool = True

    @property
    def data(self) -> Any:
        return found(self.source.data, self.path)


@dataclass(frozen=True, slots=True)
class Layered(Source):
    """A policy file, ``data`` being what holds. Places and faults lead to the file and line that say it.

    ``layers``: the strongest last; the file's own is the one with an empty path. ``name``: who takes over.
    """

    layers: tuple[Layer, ...] = ()
    name: str = ""

    def place(self, *path: Key) -> Place:
        layer, rest = self._says(path)
        return layer.source.place(*layer.path, *rest)

    def bare(self, *path: Key) -> list[str]:
        layer, rest = self._says(path)
        return layer.source.bare(*layer.path, *rest)

    def fault(self, message: str, *path: Key) -> Fault:
        layer, rest = self._says(path)
        place = layer.source.place(*layer.path, *rest)
        return Fault(place.file, place.line, message, () if layer.own else (self.name,))

    def states(self, *path: Key) -> bool:
        """Whether a value is said of this itself: neither taken over nor left out."""
        layer, rest = self._says(path)
        return layer.own and len(rest) == len(path)

    def origin(self, *path: Key) -> Place | None:
        layer, rest = self._says(path)
        return layer.source.place(*layer.path, *path) if len(rest) == len(path) else None

    def stated(self, *path: Key) -> Iterator[tuple[Place, Any]]:
        """Every place that says something of a value, and what; the strongest first."""
        for layer in reversed(self.layers):
            if has(layer.data, path):
                yield layer.source.place(*layer.path, *path), found(layer.data, path)

    def _says(self, path: tuple[Key, ...]) -> tuple[Layer, tuple[Key, ...]]:
        """The layer whose word holds at a path, and as much of the path as is said at all."""
        for length in range(len(path), 0, -1):
            for layer in reversed(self.layers):
                if has(layer.data, path[:length]):
                    return layer, path[:length]
                if _ends(layer.data, path[:length]):
                    break
        return next(layer for layer in self.layers if not layer.path), ()


def layered(own: Source, layers: Iterable[Layer], name: str) -> Layered:
    """A file with its layers, the strongest last, of which its own is one."""
    stated = tuple(layer for layer in layers if layer.source is own or isinstance(layer.data, Mapping))
    if not isinstance(own.data, Mapping):
        stated = (Layer(own),)
    data: Any = {}
    for layer in stated:
        data = merged(data, layer.data)
    return Layered(own.file, own.text, data, own.root, layers=stated, name=name)


def merged(low: Any, high: Any) -> Any:
    """Two values of one key, of which ``high`` goes before."""
    if not (isinstance(low, Mapping) and isinstance(high, Mapping)):
        return high
    own = {key: value if key in WHOLE or key not in low else merged(low[key], value) for key, value in high.items()}
    return {**low, **own}


def _ends(data: Any, path: tuple[Key, ...]) -> bool:
    """Whether a value on the way there takes the place of all that weaker layers have below it."""
    for length in range(1, len(path)):
        part = path[:length]
        if has(data, part) and (part[-1] in WHOLE or not isinstance(found(data, part), Mapping)):
            return True
    return False
