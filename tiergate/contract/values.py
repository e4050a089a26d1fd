"""Which single values two schemas let in: types, enumerations, bounds, formats, patterns."""

import json
from collections.abc import Hashable, Mapping
from fractions import Fraction

from tiergate.contract import bounds
from tiergate.contract.bounds import Bound, Keyword
from tiergate.contract.change import Way
from tiergate.contract.pair import Pair
from tiergate.contract.place import Place
from tiergate.contract.view import ANY, View
from tiergate.policy.levels import BREAKING, RISKY, SAFE, Level

STANDARD_FORMATS = frozenset({
    "date", "date-time", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6", "uri",
    "uri-reference", "uri-template", "iri", "iri-reference", "uuid", "json-pointer", "relative-json-pointer", "regex",
    "byte", "binary", "base64url", "int32", "int64", "float", "double",
})  # fmt: skip
_WIDER_FORMAT = {("int32", "int64"), ("float", "double")}
_NUMBERS = frozenset({"integer", "number"})
_DEEPEST = 50
"""So far choices within choices are looked into for their types."""
_FINITE: dict[str, tuple[object, ...]] = {"null": (None,), "boolean": (True, False)}


def compare_values(pair: Pair) -> bool:
    """False where nothing below is worth comparing: the values are listed, or of other types altogether."""
    old, new = listed(pair.old, against=pair.new), listed(pair.new, against=pair.old)
    if old is not None and new is not None and old.keys() == new.keys():
        _patterns(pair)
        return False
    if not _types(pair, enumerated=old is not None or new is not None):
        return False
    if old is not None and new is not None:
        _enums(pair, old, new)
        _patterns(pair)
        return False
    if new is not None:
        _now_listed(pair, new)
        return False
    if old is not None:
        _listed_no_more(pair, old)
        return False
    common = pair.old.types & pair.new.types
    for keyword in bounds.KEYWORDS:
        if keyword.kind in common or (keyword.kind == "number" and "integer" in common):
            _bound(pair, keyword, whole="number" not in common)
    if common & _NUMBERS:
        _multiples(pair, whole="number" not in common)
    if common & {"string", *_NUMBERS}:
        _formats(pair)
    if "string" in common:
        _patterns(pair)
    if "array" in common and (pair.old.unique is None) is not (pair.new.unique is None):
        added = pair.new.unique is not None
        message = "items must now be unique" if added else "items need no longer be unique"
        pair.compared("unique-items", message, pair.new.unique, pair.old.unique, narrower=added, wider=not added)
    return True


def listed(view: View, against: View) -> dict[Hashable, object] | None:
    """The values that an enumeration lets in, if there is one; of true, false and null also where the other has one."""
    if view.enum is not None:
        return {key: value for key, value in view.enum.items() if admits(view, value)}
    if against.enum is not None and view.types <= _FINITE.keys():
        values = [value for kind in sorted(view.types) for value in _FINITE[kind]]
        return {("bool" if value is not None else "number", value): value for value in values}
    return None


def admits(view: View, value: object) -> bool:
    """Whether types and bounds let a value in; what else is said of it is not asked."""
    kind = _kind(value)
    if kind not in view.types:
        return False
    if kind in _NUMBERS:
        measured, about = value, "number"
    else:
        measured, about = (len(value) if isinstance(value, str | list | Mapping) else 0), kind
    relevant = [(view.bounds.get(each.name), each.side) for each in bounds.KEYWORDS if each.kind == about]
    if not all(bound.admits(measured, side) for bound, side in relevant if bound):  # type: ignore[arg-type]
        return False
    return kind not in _NUMBERS or all(_exact(value) % _exact(each.value) == 0 for each in view.multiples)


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _types(pair: Pair, enumerated: bool) -> bool:
    """Whether any type is left that both have."""
    old, new = pair.old.types, pair.new.types
    before, now = _implied(pair, pair.old), _implied(pair, pair.new)
    at, gone = pair.new.types_at, pair.old.types_at
    common, null = before & now, frozenset({"null"})
    apart = frozenset() if null in (before, now) else null
    lost, won = before - now - apart, now - before - apart
    if old != new and (lost or won) and not (enumerated and common):
        message = f"type changed from {named(before)} to {named(now)}"
        pair.compared("type", message, at, gone, narrower=bool(lost), wider=bool(won))
    if apart & (before ^ now) and not enumerated and ANY not in (before, now):
        nullable(pair, "null" in now, at, gone)
    return bool(common)


def _implied(pair: Pair, view: View, depth: int = 0) -> frozenset[str]:
    """The types that are left where every choice has to be met too."""
    types = view.types
    for union in view.unions if depth < _DEEPEST else ():
        each = (_possible(pair, pair.view((alternative,)), depth + 1) for alternative in union.alternatives)
        types &= frozenset().union(*each, {"null"} if union.nullable else ())
    return types


def _possible(pair: Pair, view: View, depth: int) -> frozenset[str]:
    """The types that are left where the value is one of those listed, too; of choices in a circle all."""
    if view.possible is None:
        view.possible = view.types
        types = _implied(pair, view, depth)
        view.possible = types if view.enum is None else types & {_kind(value) for value in view.enum.values()}
    return view.possible


def nullable(pair: Pair, now: bool, at: Place | None, gone: Place | None) -> None:
    if pair.way is Way.REQUEST:
        message, broken = f"null is {'now' if now else 'no longer'} accepted", "clients that send it are refused"
    else:
        message, broken = f"may {'now' if now else 'no longer'} be null", "clients that do not expect it break"
    pair.tell(pair.way.level(narrower=not now, wider=now), "null", message, at, gone, broken=broken)


def named(types: frozenset[str]) -> str:
    """The types as schemas name them; null only where it is alone."""
    if types >= ANY - {"null"}:
        return "anything"
    shown = types - {"integer", "null"} if "number" in types else types - {"null"}
    return " or ".join(sorted(shown)) or ("null" if types else "nothing")


def _enums(pair: Pair, old: dict[Hashable, object], new: dict[Hashable, object]) -> None:
    removed, added = [old[key] for key in old if key not in new], [new[key] for key in new if key not in old]
    at, gone = pair.new.enum_at or pair.new.types_at, pair.old.enum_at
    request = pair.way is Way.REQUEST
    if removed:
        broken = f"clients that send {'it' if len(removed) == 1 else 'them'} are refused"
        pair.tell(
            pair.way.level(narrower=True), "enum-value-removed", f"{texts(removed)} removed", at, gone, broken=broken
        )
    if added:
        broken = f"clients that do not know {'it' if len(added) == 1 else 'them'} break"
        message = f"{texts(added)} {'accepted now' if request else 'added'}"
        pair.tell(pair.way.level(wider=True), "enum-value-added", message, at, gone, broken=broken)


def _now_listed(pair: Pair, new: dict[Hashable, object]) -> None:
    strange = [value for value in new.values() if not admits(pair.old, value)]
    message = f"only {texts(list(new.values()))} {'are' if len(new) != 1 else 'is'} possible now"
    at = pair.new.enum_at or pair.new.types_at
    level = _undecided(pair.old, pair.way.level(narrower=True, wider=bool(strange)), pair.way is Way.RESPONSE)
    pair.tell(level, "enum-added", message, at, broken=pair.harm)


def _listed_no_more(pair: Pair, old: dict[Hashable, object]) -> None:
    lost = [value for value in old.values() if not admits(pair.new, value)]
    message = f"values other than {texts(list(old.values()))} are possible now"
    level = _undecided(pair.new, pair.way.level(narrower=bool(lost), wider=True), pair.way is Way.REQUEST)
    if lost and pair.way is Way.REQUEST:
        message = f"{texts(lost)} {'is' if len(lost) == 1 else 'are'} no longer possible"
    pair.tell(level, "enum-removed", message, None, pair.old.enum_at or pair.old.types_at, broken=pair.harm)


def _undecided(view: View, level: Level, asked: bool) -> Level:
    """A safe level holds only if nothing else is said of the values."""
    more = view.patterns or view.formats or view.unions or view.undecided
    return RISKY if asked and more and level == SAFE else level


def _bound(pair: Pair, keyword: Keyword, whole: bool) -> None:
    old, new = _as_compared(pair.old, keyword, whole), _as_compared(pair.new, keyword, whole)
    if old is new or (old and new and (old.value, old.exclusive) == (new.value, new.exclusive)):
        return
    if new is None or old is None:
        message = f"{keyword.name} {f'{old} removed' if old else f'{new} added'}"
        narrower = new is not None
    else:
        verb = "raised" if new.value > old.value else "lowered" if new.value < old.value else "changed"
        message = f"{keyword.name} {verb} from {old} to {new}"
        narrower = new.within(old, keyword.side)
    at, gone = new.place if new else None, old.place if old else None
    pair.compared(keyword.name, message, at, gone, narrower=narrower, wider=not narrower)


def _as_compared(view: View, keyword: Keyword, whole: bool) -> Bound | None:
    bound = view.bounds.get(keyword.name)
    return bound.whole(keyword.side) if bound and whole and keyword.kind == "number" else bound


def _multiples(pair: Pair, whole: bool) -> None:
    old, new = _steps(pair.old, whole), _steps(pair.new, whole)
    if old == new:
        return
    narrower = any(not any(each % step == 0 for each in old) for step in new)
    wider = any(not any(each % step == 0 for each in new) for step in old)
    if not narrower and not wider:
        return
    places = pair.new.multiples[0] if pair.new.multiples else None, next(iter(pair.old.multiples), None)
    message = f"multipleOf changed from {_numbers(pair.old)} to {_numbers(pair.new)}"
    pair.compared("multipleOf", message, *places, narrower=narrower, wider=wider)


def _steps(view: View, whole: bool) -> set[Fraction]:
    return {_exact(place.value) for place in view.multiples} | ({Fraction(1)} if whole else set())


def _exact(value: object) -> Fraction:
    return Fraction(str(value))


def _numbers(view: View) -> str:
    return " and ".join(str(place.value) for place in view.multiples) or "none"


def _formats(pair: Pair) -> None:
    old, new = pair.old.formats, pair.new.formats
    lost, won = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    if not lost and not won:
        return
    at, gone = (new[won[0]] if won else None), (old[lost[0]] if lost else None)
    if not lost or not won:
        level: Level = RISKY if bool(won) is (pair.way is Way.REQUEST) else SAFE
        pair.tell(level, "format", f"format {', '.join(won or lost)} {'added' if won else 'removed'}", at, gone)
        return
    message = f"format changed from {', '.join(lost)} to {', '.join(won)}"
    changed = (lost[0], won[0])
    if len(lost) == len(won) == 1 and (changed in _WIDER_FORMAT or changed[::-1] in _WIDER_FORMAT):
        wider = changed in _WIDER_FORMAT
        pair.compared("format", message, at, gone, narrower=not wider, wider=wider)
        return
    known = STANDARD_FORMATS.issuperset(lost + won)
    pair.tell(BREAKING if known else RISKY, "format", message, at, gone, broken=pair.harm)


def _patterns(pair: Pair) -> None:
    old, new = pair.old.patterns, pair.new.patterns
    lost, won = sorted(old.keys() - new.keys()), sorted(new.keys() - old.keys())
    at, gone = (new[won[0]] if won else None), (old[lost[0]] if lost else None)
    if lost and won:
        message = f"pattern changed from {lost[0]} to {won[0]}; whether the same texts match cannot be decided"
        pair.tell(RISKY, "pattern", message, at, gone)
    elif lost or won:
        message = f"pattern {(won or lost)[0]} {'added' if won else 'removed'}"
        pair.compared("pattern", message, at, gone, narrower=bool(won), wider=bool(lost))


def texts(values: list[object]) -> str:
    """Values as messages list them, a few of many."""
    shown = [_shown(value) for value in values[:5]]
    return ", ".join(shown) + (f" and {len(values) - 5} more" if len(values) > 5 else "")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"
