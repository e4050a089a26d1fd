"""Values of a document, each with where it stands."""

import json
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from tiergate.policy.source import Key, Source


@dataclass(frozen=True, slots=True)
class Place:
    """A value, and the way to it from the document's root, which may pass lists and mappings but no reference."""

    source: Source
    path: tuple[Key, ...]
    value: Any

    @classmethod
    def root(cls, source: Source) -> "Place":
        return cls(source, (), source.data)

    @property
    def line(self) -> int:
        return self.source.line(*self.path)

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
        return Place(self.source, self.path + steps, value)

    def entries(self) -> dict[str, "Place"]:
        """The values of a mapping by key; none of anything else."""
        if not isinstance(self.value, dict):
            return {}
        return {key: Place(self.source, (*self.path, key), value) for key, value in self.value.items()}

    def listed(self) -> list["Place"]:
        """The items of a list; none of anything else."""
        if not isinstance(self.value, list):
            return []
        return [Place(self.source, (*self.path, index), value) for index, value in enumerate(self.value)]

    def referred(self) -> "Place | None":
        """What a reference within the document leads to, one step; None where it leads elsewhere or nowhere."""
        if not self.reference.startswith("#/"):
            return None
        place = Place.root(self.source)
        for part in self.reference[2:].split("/"):
            step: Key = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(place.value, list) and str(step).isdecimal():
                step = int(step)
            place = place.at(step)
        return place if place.value is not None else None

    def followed(self) -> "Place":
        """Itself, or what its chain of references ends at; where the chain breaks or closes, its last link."""
        place, seen = self, {self.path}
        while (target := place.referred()) is not None and target.path not in seen:
            seen.add(target.path)
            place = target
        return place


def same_value(old: object, new: object) -> bool:
    """Whether two plain values are one JSON value: ``1`` and ``1.0`` are, ``1`` and ``true`` are not."""
    return canonical(old) == canonical(new)


def canonical(value: object) -> Hashable:
    """Equal for equal JSON values."""
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, dict | list):
        return "json", json.dumps(value, sort_keys=True, default=str)
    return ("text" if isinstance(value, str) else "number"), value
