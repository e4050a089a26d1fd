"""What two schemas say by ``oneOf`` and ``anyOf``."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from tiergate.contract.change import Way
from tiergate.contract.pair import Descend, Pair
from tiergate.contract.place import Place
from tiergate.contract.values import nullable
from tiergate.contract.view import ANY, Schemas, Union, View
from tiergate.policy.levels import BREAKING, RISKY, SAFE, Level

TRIES = 10_000
"""So many times alternatives are tried for being alike."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """``key``: the discriminator's value or the schema's name; empty for one that stands in place."""

    key: str
    schemas: Schemas

    @property
    def name(self) -> str:
        return self.key or _title(self.schemas[0]) or "without a name"


def compare_choices(pair: Pair, descend: Descend) -> bool:
    """False where the alternatives are all that is worth comparing: one side says nothing else."""
    old, new = pair.old, pair.new
    if len(old.unions) == len(new.unions):
        for before, after in zip(old.unions, new.unions, strict=True):
            _kind(pair, before, after)
            _matched(pair, _alternatives(before, old), _alternatives(after, new), descend)
        _discriminators(pair)
        return True
    if len(new.unions) == 1 and not old.unions and new.bare:
        union = new.unions[0]
        if _null(old) is not union.nullable:
            nullable(pair, union.nullable, union.place, None)
        _matched(pair, _as_alternatives(old), _alternatives(union, new), descend)
        return False
    if len(old.unions) == 1 and not new.unions and old.bare:
        union = old.unions[0]
        if _null(new) is not union.nullable:
            nullable(pair, not union.nullable, None, union.place)
        _matched(pair, _alternatives(union, old), _as_alternatives(new), descend)
        return False
    added = len(new.unions) > len(old.unions)
    place = (new if added else old).unions[-1]
    level: Level = RISKY if added is (pair.way is Way.REQUEST) else SAFE
    message = f"{place.kind} {'added' if added else 'removed'}"
    if level == RISKY:
        message += "; whether the same values are possible cannot be decided"
    pair.tell(level, "alternatives", message, place.place if added else None, None if added else place.place)
    return True


def _null(view: View) -> bool:
    return view.folded is not None or (view.types != ANY and "null" in view.types)


def _kind(pair: Pair, before: Union, after: Union) -> None:
    if before.kind == after.kind or pair.old.discriminator or pair.new.discriminator:
        return
    types = [pair.view((each,)).types for each in after.alternatives]
    if sum(map(len, types)) == len(frozenset().union(*types)):
        return  # no value fits two of them, so both mean the same
    narrower = after.kind == "oneOf"
    if narrower is (pair.way is Way.REQUEST):
        message = f"{before.kind} became {after.kind}; whether the same values are possible cannot be decided"
        pair.tell(RISKY, "alternatives", message, after.place)
    else:
        pair.tell(SAFE, "alternatives", f"{before.kind} became {after.kind}", after.place)


def _as_alternatives(view: View) -> list[Alternative]:
    if view.folded:
        return [Alternative(_name(view.folded.alternatives[0]), view.folded.alternatives)]
    return [Alternative(_name(view.place) if len(view.places) == 1 else "", view.places)]


def _alternatives(union: Union, view: View) -> list[Alternative]:
    keys = mapping(view)
    return [Alternative(key, (each,)) for each in union.alternatives for key in keys.get(_name(each), [_name(each)])]


def mapping(view: View) -> dict[str, list[str]]:
    """The discriminator's values by the names of schemas."""
    stated = view.discriminator.at("mapping").value if view.discriminator else None
    if not isinstance(stated, dict):
        return {}
    found: dict[str, list[str]] = {}
    for value, reference in stated.items():
        found.setdefault(str(reference).rpartition("/")[2], []).append(value)
    return found


def _name(place: Place) -> str:
    return place.reference.rpartition("/")[2]


def _title(place: Place) -> str:
    value = place.followed().value
    if not isinstance(value, dict):
        return ""
    stated = value.get("title") or value.get("type")
    return stated if isinstance(stated, str) else ""


def _matched(pair: Pair, old: list[Alternative], new: list[Alternative], descend: Descend) -> None:
    """Alternatives belong together by key, else by being alike, else by their types and order."""
    for before, after in _couples(pair, old, new):
        descend(pair, f"({after.key})" if after.key else "", before.schemas, after.schemas)
    for each in old:
        broken = "clients that send it are refused"
        level = pair.way.level(narrower=True)
        message = f"alternative {each.name} removed"
        pair.tell(level, "alternative-removed", message, None, each.schemas[0], broken=broken)
    for each in new:
        message, level = f"alternative {each.name} added", pair.way.level(wider=True)
        broken = "clients that do not know it break"
        pair.tell(level, "alternative-added", message, each.schemas[0], broken=broken)


def _couples(pair: Pair, old: list[Alternative], new: list[Alternative]) -> Iterator[tuple[Alternative, Alternative]]:
    """Takes those that belong together out of both lists."""
    by_key = pair.old.discriminator is not None and pair.new.discriminator is not None
    tries = itertools.count()

    def same_key(before: Alternative, after: Alternative) -> bool:
        return before.key == after.key != ""

    def same_words(before: Alternative, after: Alternative) -> bool:
        if (by_key and before.key and after.key) or next(tries) > TRIES:
            return False
        return pair.alike(before.schemas[0], after.schemas[0], most=1_000)

    def same_types(before: Alternative, after: Alternative) -> bool:
        return not (before.key and after.key) and pair.view(before.schemas).types == pair.view(after.schemas).types

    for belong in (same_key, same_words, same_types):
        for before in list(old):
            after = next((each for each in new if belong(before, each)), None)
            if after is not None:
                old.remove(before)
                new.remove(after)
                yield before, after


def _discriminators(pair: Pair) -> None:
    old, new = pair.old.discriminator, pair.new.discriminator
    if old is None and new is None:
        return
    if old is None or new is None:
        message = f"discriminator {'added' if old is None else 'removed'}; clients that tell by it may fail"
        pair.tell(RISKY, "discriminator", message, new, old)
        return
    before, after = old.at("propertyName").value, new.at("propertyName").value
    if before != after:
        message = f"discriminator changed from {before} to {after}"
        pair.tell(BREAKING, "discriminator", message, new.at("propertyName"), broken="clients that tell by it break")
    if not pair.new.unions and mapping(pair.old) != mapping(pair.new):
        pair.tell(RISKY, "discriminator", "discriminator mapping changed", new.at("mapping"))
