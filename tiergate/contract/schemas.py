"""Compares schemas, however they refer to each other: every two of them once for each way."""

from collections import deque
from collections.abc import Collection, Hashable

from tiergate.contract.alike import Likeness
from tiergate.contract.change import Way
from tiergate.contract.choices import compare_choices
from tiergate.contract.flatten import flatten
from tiergate.contract.objects import compare_properties
from tiergate.contract.pair import Pair
from tiergate.contract.place import Place, same_value
from tiergate.contract.values import compare_values, texts
from tiergate.contract.view import Schemas, View
from tiergate.policy.levels import RISKY, SAFE

LARGEST = 300_000
"""So many schemas and properties are read, counted anew wherever they are merged with others. A document of a megabyte
has some ten thousand; made-up ones could have any number."""


class Comparison:
    """Takes in pairs of schemas, and compares all that is reached from them by ``run``."""

    def __init__(self) -> None:
        self.alike = Likeness()
        self.texts = 0
        """So many titles, descriptions, examples and the like have changed."""
        self._size = 0
        self._pairs: dict[Hashable, Pair] = {}
        self._waiting: deque[Pair] = deque()
        self._views: dict[Hashable, View] = {}
        self._read: set[Hashable] = set()

    def pair(self, old: Schemas, new: Schemas, way: Way) -> Pair:
        self._size += len(old) + len(new)
        old, new = _settled(old), _settled(new)
        key = _identity(old), _identity(new), way
        if key not in self._pairs:
            pair = self._pairs[key] = Pair(self._view(old), self._view(new), way, self._view, self.alike)
            self._waiting.append(pair)
        return self._pairs[key]

    def run(self) -> Collection[Pair]:
        """All pairs that were compared."""
        while self._waiting:
            pair = self._waiting.popleft()
            if self._size <= LARGEST:
                self._compare(pair)
            if self._size > LARGEST or self.alike.spent:
                message = "schemas too entangled to be compared to their end"
                pair.tell(RISKY, "too-entangled", message, pair.new.place.root)
        return self._pairs.values()

    def _view(self, schemas: Schemas) -> View:
        if self._size > LARGEST:
            return View(schemas)
        schemas = _settled(schemas)
        key = _identity(schemas)
        if key not in self._views:
            self._views[key] = flatten(schemas)
            self._size += self._views[key].size
        return self._views[key]

    def _compare(self, pair: Pair) -> None:
        self._count_texts(pair)
        _flags(pair)
        if not compare_choices(pair, self._descend):
            return
        _default(pair)
        _undecided(pair)
        if not compare_values(pair):
            return
        common = pair.old.types & pair.new.types
        if "object" in common:
            compare_properties(pair, self._descend)
        if "array" in common:
            self._items(pair)

    def _descend(self, pair: Pair, step: str, old: Schemas, new: Schemas) -> None:
        pair.below.append((step, self.pair(old, new, pair.way)))

    def _items(self, pair: Pair) -> None:
        old, new = pair.old.items, pair.new.items
        if old and new:
            self._descend(pair, "[]", old, new)
        elif old or new:
            message = f"items {'now held to a schema' if new else 'no longer held to a schema'}"
            places = (new[0] if new else None), (old[0] if old else None)
            pair.compared("items", message, *places, narrower=bool(new), wider=bool(old))

    def _count_texts(self, pair: Pair) -> None:
        key = id(pair.old), id(pair.new)
        if key not in self._read and pair.old.texts != pair.new.texts:
            self.texts += len(dict(pair.old.texts ^ pair.new.texts))
        self._read.add(key)


def _identity(schemas: Schemas) -> Hashable:
    return schemas[0].identity if len(schemas) == 1 else frozenset(place.identity for place in schemas)


def _settled(schemas: Schemas) -> Schemas:
    """Each once, and in place of a mere reference what it leads to."""
    found: dict[Hashable, Place] = {}
    for each in schemas:
        place = each.followed(merely=True)
        found.setdefault(place.identity, place)
    return tuple(found.values())


def _flags(pair: Pair) -> None:
    old, new = pair.old.flags.get("deprecated"), pair.new.flags.get("deprecated")
    if (old is None) is not (new is None):
        pair.tell(SAFE, "deprecated", "deprecated" if new else "no longer deprecated", new, old)


def _default(pair: Pair) -> None:
    old, new = pair.old.default, pair.new.default
    if old and new:
        if not same_value(old.value, new.value):
            pair.tell(RISKY, "default", f"default changed from {texts([old.value])} to {texts([new.value])}", new)
    elif old or new:
        message = f"default {texts([(new or old).value])} {'added' if new else 'removed'}"  # type: ignore[union-attr]
        pair.tell(RISKY, "default", message, new, old)


def _undecided(pair: Pair) -> None:
    old, new = pair.old.undecided, pair.new.undecided
    for keyword in dict.fromkeys([*old, *new]):
        before, now = old.get(keyword, []), new.get(keyword, [])
        named = keyword != "$ref" or _named_alike(pair)
        if named and len(before) == len(now) and all(map(pair.alike, before, now)):
            continue
        verb = "changed" if before and now else "added" if now else "removed"
        message = f"{keyword} {verb}; what that means for callers cannot be decided"
        pair.tell(RISKY, "undecided", message, now[0] if now else None, before[0] if before else None)


def _named_alike(pair: Pair) -> bool:
    """Whether all schemas are alike that a reference of the same words could mean."""
    before, now = (each.document.named for each in (pair.old.place, pair.new.place))
    return len(before) == len(now) and all(map(pair.alike, before, now))
