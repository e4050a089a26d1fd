"""Schemas of OpenAPI documents as the reference reads them: references by name, descriptions as nodes."""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any

from tiergate.policy.markdown import nodes
from tiergate.policy.references import References
from tiergate.policy.source import Key
from tiergate.portal.addresses import outward
from tiergate.portal.keywords import NUMBERS, SCHEMA, fits

COMPONENTS = "#/components/schemas/"

ONE = frozenset(
    {"additionalProperties", "additionalItems", "contains", "contentSchema", "else", "if", "items", "not"}
    | {"propertyNames", "then", "unevaluatedItems", "unevaluatedProperties"}
)
"""Keywords that hold a schema, or several."""
MANY = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
NAMED = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
"""Keywords that hold schemas by name."""
EXACT = 2**53
"""The largest whole number that browsers read without a loss; a larger one is written as text."""

Schema = Any
"""Keywords and values, or true or false."""


class Schemas:
    """The schemas of one document. Each that is referred to gets a name; ``reached`` gives what they stand for."""

    def __init__(self, document: Mapping[str, Any], references: References, *, siblings: bool) -> None:
        """``siblings``: whether keywords beside a reference count (OpenAPI 3.1)."""
        self._references, self._siblings = references, siblings
        self._names: dict[tuple[Key, ...], str] = {}
        self._latest: dict[str, int] = {}
        self._places: dict[str, str] = {}
        self._made: dict[str, Schema] = {}
        self._uses: dict[str, set[str]] = {}
        self._used: set[str] = set()
        self._heirs = _heirs(document)

    def of(self, stated: Any) -> tuple[Schema, set[str]]:
        """A schema, and the names that it refers to."""
        self._used = set()
        return self._schema(stated), self._used

    def reached(self, names: Iterable[str]) -> dict[str, Schema]:
        """The named schemas and all that they refer to, by name."""
        found: dict[str, Schema] = {}
        left = deque(sorted(names))
        while left:
            name = left.popleft()
            if name in found:
                continue
            if name not in self._made:
                self._made[name], self._uses[name] = self.of(self._references.resolve(self._places[name]))
            found[name] = self._made[name]
            left.extend(sorted(self._uses[name] - found.keys()))
        return dict(sorted(found.items()))

    def name(self, pointer: str) -> str | None:
        """What the reference calls the schema at a place; None where there is none."""
        found, path = self._references.located(pointer)
        place = tuple(path)
        if found is None:
            return None
        if place not in self._names:
            self._names[place] = self._new_name(place)
            self._places[self._names[place]] = pointer
        self._used.add(self._names[place])
        return self._names[place]

    def _new_name(self, place: tuple[Key, ...]) -> str:
        """The last part of the place. A component has its own name, which none of the others gets."""
        last = str(place[-1])
        if len(place) == 3 and place[:2] == ("components", "schemas"):
            return last
        name, number = last, self._latest.get(last, 1)
        while name in self._places or self._references.resolve(f"{COMPONENTS}{_escaped(name)}") is not None:
            number += 1
            name = f"{last} {number}"
        self._latest[last] = number
        return name

    def _schema(self, stated: Any) -> Schema:
        if not isinstance(stated, Mapping):
            return stated if isinstance(stated, bool) else {}
        reference = stated.get("$ref")
        if isinstance(reference, str):
            return self._referred(reference, stated)
        told = ((key, _named_null(key, value)) for key, value in stated.items() if not key.startswith("x-"))
        made = {key: self._keyword(key, value) for key, value in told if fits(SCHEMA, key, value)}
        if "discriminator" in made:
            made["discriminator"] = self._discriminator(stated)
        return made

    def _referred(self, reference: str, stated: Mapping[str, Any]) -> Schema:
        beside = {key: value for key, value in stated.items() if key != "$ref"}
        if not self._siblings:
            beside = {key: value for key, value in beside.items() if key == "description"}
        made = self._schema(beside)
        name = self.name(reference)
        if name is not None:
            return {"$ref": name, **made}
        return {"description": nodes(f"Described elsewhere: {reference}"), **made}

    def _keyword(self, key: str, value: Any) -> Any:
        if key == "description":
            return nodes(value) if isinstance(value, str) else []
        if key in ONE:
            return [self._schema(each) for each in value] if isinstance(value, list) else self._schema(value)
        if key in MANY:
            return [self._schema(each) for each in value] if isinstance(value, list) else []
        if key in NAMED:
            return {name: self._schema(each) for name, each in value.items()} if isinstance(value, Mapping) else {}
        if key in NUMBERS and isinstance(value, int) and abs(value) > EXACT:
            return str(value)
        if key == "externalDocs":
            return outward(value)
        return value

    def _discriminator(self, stated: Mapping[str, Any]) -> Any:
        """With names in place of references; without a mapping, what takes the schema over by ``allOf``."""
        told = stated["discriminator"]
        if not isinstance(told, Mapping):
            return {}
        mapping = told.get("mapping")
        if isinstance(mapping, Mapping):
            named = {value: self._mapped(target) for value, target in mapping.items()}
            return {"propertyName": told.get("propertyName"), "mapping": named}
        heirs = {} if {"oneOf", "anyOf"} & stated.keys() else self._heirs.get(id(stated), {})
        named = {name: self.name(f"{COMPONENTS}{_escaped(name)}") for name in heirs}
        return {"propertyName": told.get("propertyName"), **({"mapping": named} if named else {})}

    def _mapped(self, target: Any) -> Any:
        """A name or a reference (OpenAPI 3.1.1, 4.8.25)."""
        text = str(target)
        pointer = text if text.startswith("#/") else f"{COMPONENTS}{_escaped(text)}"
        return self.name(pointer) or text


def _named_null(key: str, value: Any) -> Any:
    """``type: [string, null]`` means the type of that name, though YAML reads something else."""
    listed = key == "type" and isinstance(value, list)
    return ["null" if each is None else each for each in value] if listed else value


def _heirs(document: Mapping[str, Any]) -> dict[int, dict[str, None]]:
    """By the identity of a named schema, the names of those whose ``allOf`` refers to it."""
    components = document.get("components")
    stated = components.get("schemas") if isinstance(components, Mapping) else None
    schemas: Mapping[str, Any] = stated if isinstance(stated, Mapping) else {}
    found: dict[int, dict[str, None]] = {}
    for name, schema in schemas.items():
        parts = schema.get("allOf") if isinstance(schema, Mapping) else None
        for part in parts if isinstance(parts, list) else ():
            reference = part.get("$ref") if isinstance(part, Mapping) else None
            parent = reference.removeprefix(COMPONENTS) if isinstance(reference, str) else ""
            if parent in schemas:
                found.setdefault(id(schemas[parent]), {})[name] = None
    return found


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
