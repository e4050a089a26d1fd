"""Whether two parts of documents say the same, as far as this shows without knowing what they mean."""

from collections.abc import Hashable

from tiergate.contract.place import TEXTS, Place, same_value

_NAMING = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "schemas"})
"""Keys whose mapping has names for keys, which may be called as texts are."""
_UNORDERED = frozenset({"required", "enum", "type"})


class Likeness:
    """Whether two places are equal but for texts, extensions and which parts stand elsewhere and are referred to.

    What was found is remembered, and no more than ``most`` values are looked at in all: ``spent`` says that there
    would have been more, and that not all that is alike was found so.
    """

    def __init__(self, most: int = 500_000) -> None:
        self._left = most
        self._alike: set[Hashable] = set()
        self._unlike: set[Hashable] = set()

    @property
    def spent(self) -> bool:
        return self._left <= 0

    def __call__(self, old: Place, new: Place, most: int = 500_000) -> bool:
        """False also where it would take more than ``most`` values."""
        self._left -= 1
        old, new = old.followed(), new.followed()
        key = old.identity, new.identity, False
        if key in self._alike or key in self._unlike:
            return key in self._alike
        stack, seen = [(old, new, False)], set[Hashable]()
        while stack and not self.spent and len(seen) < most:
            old, new, names = stack.pop()
            old, new = old.followed(), new.followed()
            met = old.identity, new.identity, names
            if met in seen or met in self._alike:
                continue
            self._left -= 1
            seen.add(met)
            below = _below(old, new, names)
            if below is None:
                self._unlike.add(key)
                return False
            stack += below
        if not stack:
            self._alike |= seen | {key}
        return not stack


def _below(old: Place, new: Place, names: bool) -> list[tuple[Place, Place, bool]] | None:
    """What has to be alike below for these to be; None where they are not."""
    if isinstance(old.value, dict) and isinstance(new.value, dict):
        before, now = _meant(old, names), _meant(new, names)
        if before.keys() != now.keys():
            return None
        return [(before[key], now[key], key in _NAMING and not names) for key in before]
    if isinstance(old.value, list) and isinstance(new.value, list):
        if len(old.value) != len(new.value):
            return None
        return [(*pair, False) for pair in zip(_ordered(old), _ordered(new), strict=True)]
    return [] if same_value(old.value, new.value) else None


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
