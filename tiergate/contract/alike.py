"""Whether two parts of documents say the same, as far as this shows without knowing what they mean."""

from collections.abc import Hashable

from tiergate.contract.place import Place, same_value

TEXTS = frozenset({"title", "summary", "description", "example", "examples", "externalDocs", "$comment"})
"""Keys that speak to people only."""
_NAMING = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas"})
"""Keys whose mapping has names for keys, which may be called as texts are."""
_UNORDERED = frozenset({"required", "enum", "type"})


def alike(old: Place, new: Place, most: int = 100_000) -> bool:
    """Equal but for texts, extensions and which parts stand elsewhere and are referred to.

    False also where more than ``most`` values would have to be looked at.
    """
    stack = [(old, new, False)]
    seen: set[Hashable] = set()
    while stack and len(seen) < most:
        old, new, names = stack.pop()
        old, new = old.followed(), new.followed()
        met = (old.identity, new.identity, names)
        if met in seen:
            continue
        seen.add(met)
        if isinstance(old.value, dict) and isinstance(new.value, dict):
            below, others = _meant(old, names), _meant(new, names)
            if below.keys() != others.keys():
                return False
            stack += [(below[key], others[key], key in _NAMING and not names) for key in below]
        elif isinstance(old.value, list) and isinstance(new.value, list):
            if len(old.value) != len(new.value):
                return False
            stack += [(*pair, False) for pair in zip(_ordered(old), _ordered(new), strict=True)]
        elif not same_value(old.value, new.value):
            return False
    return not stack


def _meant(place: Place, names: bool) -> dict[str, Place]:
    entries = place.entries()
    if names:
        return entries
    return {key: below for key, below in entries.items() if key not in TEXTS and not key.startswith("x-")}


def _ordered(place: Place) -> list[Place]:
    items = place.listed()
    if place.path and place.path[-1] in _UNORDERED:
        items.sort(key=lambda each: str(each.value))
    return items
