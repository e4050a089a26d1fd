"""Parameters, and the header fields of responses, which are described alike."""

from collections.abc import Iterator

from tiergate.contract.call import Call
from tiergate.contract.change import Way
from tiergate.contract.content import compare_media
from tiergate.contract.flatten import flatten
from tiergate.contract.place import Place
from tiergate.policy.levels import BREAKING, RISKY, SAFE
from tiergate.policy.openapi import PARAMETER

Parameters = dict[tuple[str, str], Place]
"""By location and name; those of the path by their position, as their names are nobody's but the document's."""
_NOT_HERE = frozenset({"accept", "content-type", "authorization"})
"""Header fields that no parameter describes (OpenAPI 3.1, 4.8.12.2)."""
_STYLE = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


def parameters(item: Place, operation: Place, template: str) -> Parameters:
    """The parameters of an operation, with those of its path that it does not replace."""
    found: Parameters = {}
    positions = {name: str(number) for number, name in enumerate(PARAMETER.findall(template), 1)}
    for each in (*item.at("parameters").listed(), *operation.at("parameters").listed()):
        place = each.followed()
        name, location = place.at("name").value, place.at("in").value
        if not isinstance(name, str) or not isinstance(location, str):
            continue
        if location == "header":
            name = name.lower()
            if name in _NOT_HERE:
                continue
        found[location, positions.get(name, name) if location == "path" else name] = place
    return found


def compare_parameters(call: Call, old: Parameters, new: Parameters) -> None:
    moved = dict(_moved(old, new))
    for key, place in old.items():
        if key in new:
            _compare(call, key[0], place, new[key])
        elif key in moved:
            there = moved[key]
            message = f"moved from {key[0]} to {there[0]}; clients that send it where it was are not understood"
            call.tell(BREAKING, "parameter-moved", _named(key[0], place), message, new[there], place)
        elif key[0] != "path":
            message = "removed; what clients ask for with it is no longer looked at"
            call.tell(RISKY, "parameter-removed", _named(key[0], place), message, None, place)
    arrived = set(moved.values())
    for key, place in new.items():
        if key in old or key in arrived or key[0] == "path":
            continue
        needed = place.at("required").value is True
        level, rule = (BREAKING, "parameter-added-required") if needed else (SAFE, "parameter-added")
        message = "added and required; clients that do not send it are refused" if needed else "added"
        call.tell(level, rule, _named(key[0], place), message, place)


def compare_headers(call: Call, where: str, old: Place, new: Place) -> None:
    """``old`` and ``new``: header fields of a response by name, in any case of letters."""
    before = {name.lower(): (name, place) for name, place in old.entries().items()}
    now = {name.lower(): (name, place) for name, place in new.entries().items()}
    for key, (name, place) in before.items():
        if key in _NOT_HERE:
            continue
        at = f"{where} header {name}"
        if key not in now:
            message = "removed; clients that read it break"
            call.tell(BREAKING, "response-header-removed", at, message, None, place)
            continue
        was, header = place.followed(), now[key][1].followed()
        if was.at("required").value is True and header.at("required").value is not True:
            message = "no longer always present; clients that count on it break"
            call.tell(BREAKING, "response-header-became-optional", at, message, header, was)
        elif header.at("required").value is True and was.at("required").value is not True:
            call.tell(SAFE, "response-header-became-required", at, "now always present", header.at("required"))
        _described(call, at, "header", Way.RESPONSE, was, header)
    for key, (name, place) in now.items():
        if key not in before and key not in _NOT_HERE:
            call.tell(SAFE, "response-header-added", f"{where} header {name}", "added", place)


def _moved(old: Parameters, new: Parameters) -> Iterator[tuple[tuple[str, str], tuple[str, str]]]:
    elsewhere = {name: (location, name) for location, name in new if (location, name) not in old}
    for location, name in old:
        if (location, name) not in new and location != "path" and name in elsewhere:
            yield (location, name), elsewhere[name]


def _compare(call: Call, location: str, old: Place, new: Place) -> None:
    where = _named(location, new)
    needed, known = (place.at("required").value is True for place in (new, old))
    if location == "path":
        if old.at("name").value != new.at("name").value:
            message = f"called {old.at('name').value} before; calls are the same, generated clients may not be"
            call.tell(RISKY, "path-parameter-renamed", where, message, new.at("name"), old)
    elif needed and not known:
        message = "now required; clients that leave it out are refused"
        call.tell(BREAKING, "parameter-became-required", where, message, new.at("required"))
    elif known and not needed:
        call.tell(SAFE, "parameter-became-optional", where, "no longer required", new, old)
    if old.at("allowEmptyValue").value is True and new.at("allowEmptyValue").value is not True:
        message = "may no longer be empty; clients that send it so are refused"
        call.tell(BREAKING, "parameter-empty", where, message, new, old)
    _described(call, where, location, Way.REQUEST, old, new)


def _described(call: Call, where: str, location: str, way: Way, old: Place, new: Place) -> None:
    """What parameters and headers have in common: texts, deprecation, a schema or one media type, a style."""
    rule = "parameter" if way is Way.REQUEST else "response-header"
    call.work.count(old, new, ("description", "example", "examples"))
    before, now = (place.at("deprecated").value is True for place in (old, new))
    if before is not now:
        place = new.at("deprecated") if now else None
        call.tell(SAFE, f"{rule}-deprecated", where, "deprecated" if now else "no longer deprecated", place, old)
    was, media = (next(iter(place.at("content").entries().items()), None) for place in (old, new))
    if was and media:
        if was[0] != media[0]:
            message = f"media type changed from {was[0]} to {media[0]}; clients that keep to the old one break"
            call.tell(BREAKING, f"{rule}-style", where, message, new.at("content"))
        compare_media(call, where, way, was[1], media[1])
    elif was or media:
        message = f"written {'as ' + media[0] if media else 'by a style'} now; clients that keep to the old way break"
        call.tell(BREAKING, f"{rule}-style", where, message, new.at("content" if media else "schema"), old)
    else:
        _style(call, where, location, rule, old, new)
        call.schema(where, way, old.at("schema"), new.at("schema"))


def _style(call: Call, where: str, location: str, rule: str, old: Place, new: Place) -> None:
    before, now = _written(location, old), _written(location, new)
    if before == now:
        return
    words = [" and ".join(map(str, style)) for style in (before, now)]
    message = f"style changed from {words[0]} to {words[1]}; clients that keep to the old one are misread"
    call.tell(BREAKING, f"{rule}-style", where, message, new)


def _written(location: str, place: Place) -> tuple[str, ...]:
    """How values appear in a call; all the same for those that are a single text."""
    style = str(place.at("style").value or _STYLE.get(location, "simple"))
    stated = place.at("explode").value
    explode = stated if isinstance(stated, bool) else style == "form"
    reserved = ("reserved characters as they are",) if place.at("allowReserved").value is True else ()
    single = not flatten((place.at("schema"),)).types & {"array", "object"}
    if single and style in {"form", "simple"}:
        return ("simple", *reserved)
    return (style, "explode" if explode else "no explode", *reserved)


def _named(location: str, place: Place) -> str:
    return f"{location} parameter {place.at('name').value}"
