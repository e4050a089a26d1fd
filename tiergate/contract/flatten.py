"""Schemas as they are written → what they mean: references followed, ``allOf`` merged, both dialects in one form."""

from collections.abc import Callable, Iterator
from fractions import Fraction

from tiergate.contract import bounds
from tiergate.contract.place import TEXTS, Place, canonical
from tiergate.contract.view import ANY, Schemas, Union, View

UNDECIDED = (
    "not", "if", "then", "else", "contains", "minContains", "maxContains", "unevaluatedItems", "unevaluatedProperties",
    "patternProperties", "propertyNames", "dependentRequired", "dependentSchemas", "dependencies", "prefixItems",
    "contentEncoding", "contentMediaType", "contentSchema", "$dynamicRef", "$recursiveRef", "xml",
)  # fmt: skip
"""Keywords that are compared as they stand, as their meaning for callers would have to be guessed."""
_MATCH_ALL = frozenset({"", "^", ".*", "^.*", "^.*$"})
_BOUNDS = frozenset({*(keyword.name for keyword in bounds.KEYWORDS), *bounds.EXCLUSIVE.values()})
_BY_NAME = {keyword.name: keyword for keyword in bounds.KEYWORDS}


def flatten(schemas: Schemas) -> View:
    """Total: what is no schema says nothing."""
    found, nulls = View(schemas), False
    stack, seen = [(place, False) for place in reversed(schemas)], set()
    while stack:
        place, nullable = stack.pop()
        found.size += 1
        if (place.identity, nullable) in seen:
            continue
        seen.add((place.identity, nullable))
        if place.value is False:
            found.types, found.types_at = frozenset(), place
        if not isinstance(place.value, dict):
            continue
        target = place.referred() if place.reference else None
        if target is not None:
            stack.append((target, nullable))
            if place.document.older or len(place.value) == 1:
                continue  # beside a reference OpenAPI 3.0 reads nothing
        elif place.reference:
            found.undecided.setdefault("$ref", []).append(place.at("$ref"))
        nullable = nullable or (place.value.get("nullable") is True and place.document.older)
        _absorb(found, place, nullable)
        if "allOf" in place.value:
            stack += [(each, nullable) for each in reversed(place.at("allOf").listed())]
        stack += _choices(found, place, nullable)
        nulls = nulls or nullable or found.folded is not None
    if found.allowed is not None:
        found.properties = {name: each for name, each in found.properties.items() if name in found.allowed}
    if found.types == ANY:
        found.types = _meant(found, nulls)
    if any(Fraction(str(each.value)).denominator == 1 for each in found.multiples):
        found.types -= {"number"}
    return found


def _meant(found: View, nullable: bool) -> frozenset[str]:
    """The type where none is given, but properties or items are."""
    null = frozenset({"null"} if nullable else ())
    if found.properties or found.closed or found.additional:
        return null | {"object"}
    return null | {"array"} if found.items else ANY


def _choices(found: View, place: Place, nullable: bool) -> Iterator[tuple[Place, bool]]:
    """Gathers the schema's choices; one between a single schema and nothing or null is given back, to be merged."""
    for kind in ("oneOf", "anyOf"):
        if kind not in place.value:
            continue
        listed = place.at(kind).listed()
        others = tuple(each for each in listed if not _only_null(each))
        union = Union(kind, place.at(kind), others, nullable or len(others) < len(listed))
        if len(others) > 1:
            found.unions.append(union)
        elif others:
            found.folded = union if union.nullable else found.folded
            yield others[0], union.nullable
        elif listed:
            yield listed[0], nullable


def _only_null(place: Place) -> bool:
    schema = place.followed().value
    return isinstance(schema, dict) and (
        schema.get("type") in ("null", ["null"]) or schema.get("enum") == [None] or schema.get("const", "") is None
    )


def _absorb(found: View, place: Place, nullable: bool) -> None:
    schema = place.value
    for keyword in schema:
        if keyword in _READERS:
            _READERS[keyword](found, place.at(keyword))
        elif keyword in UNDECIDED:
            found.undecided.setdefault(keyword, []).append(place.at(keyword))
        elif keyword in TEXTS:
            found.texts.add((keyword, canonical(schema[keyword])))
    if schema.get("additionalProperties") is False and "patternProperties" not in schema:
        own = frozenset(place.at("properties").entries())
        found.allowed = own if found.allowed is None else found.allowed & own
    if schema.get("nullable") is True and not place.document.older:
        found.undecided.setdefault("nullable", []).append(place.at("nullable"))
    if "type" in schema:
        _type(found, place.at("type"), nullable)
    if "enum" in schema or "const" in schema:
        _enum(found, place, nullable)
    if not _BOUNDS.isdisjoint(schema):
        for name, bound in bounds.stated(place).items():
            bounds.tighten(found.bounds, _BY_NAME[name], bound)


def _type(found: View, place: Place, nullable: bool) -> None:
    stated = [place.value] if isinstance(place.value, str) else [each.value for each in place.listed()]
    named = {each for each in stated if isinstance(each, str)}
    if "number" in named:
        named.add("integer")
    if not named <= ANY or not named:
        return
    allowed = found.types & (named | {"null"} if nullable else named)
    if allowed != found.types or found.types_at is None:
        found.types, found.types_at = allowed, place


def _enum(found: View, place: Place, nullable: bool) -> None:
    for at in (place.at("enum"), place.at("const")):
        if at.path[-1] not in place.value:
            continue
        values = at.value if at.path[-1] == "enum" else [at.value]
        if not isinstance(values, list):
            continue
        own = {canonical(value): value for value in ([*values, None] if nullable else values)}
        kept = own if found.enum is None else {key: value for key, value in found.enum.items() if key in own}
        if kept != found.enum:
            found.enum, found.enum_at = kept, at


def _multiple(found: View, place: Place) -> None:
    value = bounds.number(place.value)
    if value is not None and value > 0:
        found.multiples.append(place)


def _format(found: View, place: Place) -> None:
    if isinstance(place.value, str):
        found.formats.setdefault(place.value, place)


def _pattern(found: View, place: Place) -> None:
    if isinstance(place.value, str) and place.value not in _MATCH_ALL:
        found.patterns.setdefault(place.value, place)


def _unique(found: View, place: Place) -> None:
    if place.value is True:
        found.unique = found.unique or place


def _required(found: View, place: Place) -> None:
    for item in place.listed():
        if isinstance(item.value, str):
            found.required.setdefault(item.value, item)


def _properties(found: View, place: Place) -> None:
    found.size += len(place.entries())
    for name, below in place.entries().items():
        found.properties.setdefault(name, []).append(below)


def _additional(found: View, place: Place) -> None:
    if place.value is False:
        found.closed = found.closed or place
    elif isinstance(place.value, dict) and place.value:
        found.additional = (*found.additional, place)


def _items(found: View, place: Place) -> None:
    if isinstance(place.value, dict | bool):
        found.items = (*found.items, place)


def _discriminator(found: View, place: Place) -> None:
    if isinstance(place.value, dict):
        found.discriminator = found.discriminator or place


def _default(found: View, place: Place) -> None:
    found.default = found.default or place


def _flag(found: View, place: Place) -> None:
    if place.value is True:
        found.flags.setdefault(str(place.path[-1]), place)


_READERS: dict[str, Callable[[View, Place], None]] = {
    "multipleOf": _multiple,
    "format": _format,
    "pattern": _pattern,
    "uniqueItems": _unique,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "discriminator": _discriminator,
    "default": _default,
    "readOnly": _flag,
    "writeOnly": _flag,
    "deprecated": _flag,
}
