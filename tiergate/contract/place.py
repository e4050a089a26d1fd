"""Values of a document, each with where it stands."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from tiergate.policy.references import References
from tiergate.policy.source import Key, Source

TEXTS = frozenset({"title", "summary", "description", "example", "examples", "externalDocs", "$comment"})
"""Keys that speak to people only."""
_MERE = TEXTS | {"$ref"}
_NAMES = ("$id", "$anchor", "$dynamicAnchor")


@dataclass(slots=True)
class Document:
    """What its places share. ``named``: the schemas that bear a name of their own.

    References to such names are not resolved, nor are those below an ``$id``, where they start at that schema
    (JSON Schema 2020-12, 8.2.1).
    """

    source: Source
    references: References
    named: "list[Place]" = field(default_factory=list)
    apart: set[int] = field(default_factory=set)
    older: bool = False
    """OpenAPI 3.0, which reads nothing beside a reference."""
    ends: "dict[tuple[str, bool], Place]" = field(default_factory=dict)
    """What each chain of references ends at."""

    @classmethod
    def of(cls, source: Source) -> "Document":
        found = cls(source, References(source.data))
        found.older = isinstance(source.data, dict) and str(source.data.get("openapi", "")).startswith("3.0")
        stack = [(Place(found, (), source.data), False)]
        while stack:
            place, apart = stack.pop()
            if isinstance(place.value, dict):
                if any(isinstance(place.value.get(name), str) for name in _NAMES):
                    found.named.append(place)
                    apart = apart or isinstance(place.value.get("$id"), str)
                if apart:
                    found.apart.add(id(place.value))
            stack += [(below, apart) for below in (*place.entries().values(), *place.listed())]
        return found


@dataclass(frozen=True, slots=True)
class Place:
    """A value, and the way to it from the document's root, which may pass lists and mappings but no reference."""

    document: Document
    path: tuple[Key, ...]
    value: Any

    @property
    def root(self) -> "Place":
        return Place(self.document, (), self.document.source.data)

    @property
    def file(self) -> str:
        return self.document.source.file

    @property
    def line(self) -> int:
        return self.document.source.line(*self.path)

    @property
    def identity(self) -> Hashable:
        """Equal for places that hold the same object, whatever alias or reference led there."""
        return id(self.value) if isinstance(self.value, dict | list) else (type(self.value), self.value)

    @property
    def reference(self) -> str:
        """What it refers to; empty where it stands for itself."""
        found = self.value.get("$ref") if isinstance(self.value, dict) else None
        return found if isinstance(found, str) else ""

    def at(self, *steps: Key) -> "Place":
        """What is below; its value is None where there is nothing."""
        value = self.value
        for step in steps:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                value = None
        return Place(self.document, self.path + steps, value)

    def entries(self) -> dict[str, "Place"]:
        """The values of a mapping by key; none of anything else."""
        if not isinstance(self.value, dict):
            return {}
        return {key: Place(self.document, (*self.path, key), value) for key, value in self.value.items()}

    def listed(self) -> list["Place"]:
        """The items of a list; none of anything else."""
        if not isinstance(self.value, list):
            return []
        return [Place(self.document, (*self.path, index), value) for index, value in enumerate(self.value)]

    def referred(self) -> "Place | None":
        """What a reference within the document leads to, one step; None where it leads elsewhere or nowhere."""
        if id(self.value) in self.document.apart:
            return None
        value, path = self.document.references.located(self.reference)
        return Place(self.document, tuple(path), value) if value is not None else None

    def followed(self, merely: bool = False) -> "Place":
        """Itself, or what its chain of references ends at; where the chain breaks, its last link; nothing in a circle.

        ``merely``: it ends at a reference that has more beside it, too. Each chain is walked once, however often it is
        entered.
        """
        ends, place, passed = self.document.ends, self, dict[tuple[str, bool], None]()
        while place._leads(merely):
            key = place.reference, merely
            if key in ends or key in passed:
                place = ends.get(key) or Place(self.document, place.path, None)
                break
            target = place.referred()
            if target is None:
                break
            passed[key] = None
            place = target
        ends.update(dict.fromkeys(passed, place))
        return place

    def _leads(self, merely: bool) -> bool:
        on = not merely or self.document.older or (isinstance(self.value, dict) and self.value.keys() <= _MERE)
        return on and self.reference != "" and id(self.value) not in self.document.apart


def same_value(old: object, new: object) -> bool:
    """Whether two plain values are one JSON value: ``1`` and ``1.0`` are, ``1`` and ``true`` are not."""
    return canonical(old) == canonical(new)


def canonical(value: object) -> Hashable:
    """Equal for equal JSON values."""
    if isinstance(value, dict):
        return "object", frozenset((key, canonical(below)) for key, below in value.items())
    if isinstance(value, list):
        return "array", tuple(map(canonical, value))
    if isinstance(value, bool):
        return "bool", value
    return ("text" if isinstance(value, str) else "number"), value
