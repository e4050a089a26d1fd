"""What two schemas say of an object's properties."""

from tiergate.contract.change import Way
from tiergate.contract.pair import Descend, Pair
from tiergate.contract.place import Place
from tiergate.contract.view import Schemas, View
from tiergate.policy.levels import BREAKING, RISKY, SAFE, Level


def compare_properties(pair: Pair, descend: Descend) -> None:
    old, new = _sent(pair, pair.old), _sent(pair, pair.new)
    for name, schemas in old.items():
        if name in new:
            descend(pair, f".{name}", schemas, new[name])
        else:
            _removed(pair, name, schemas[0])
            if pair.new.additional:
                descend(pair, f".{name}", schemas, pair.new.additional)
    needed, known = _required(pair.new, new), _required(pair.old, old)
    for name, schemas in new.items():
        if name not in old:
            _added(pair, name, schemas[0], needed=name in needed)
            if pair.old.additional:
                descend(pair, f".{name}", pair.old.additional, schemas)
    for name, place in needed.items():
        if name not in known and (name in old or name not in new):
            message = "now required" if pair.way is Way.REQUEST else "now always present"
            broken = "clients that leave it out are refused"
            level = pair.way.level(narrower=True)
            pair.tell(level, "property-became-required", message, place, step=f".{name}", broken=broken)
    for name, place in known.items():
        if name not in needed and (name in new or name not in old):
            message, broken = "no longer always present", "clients that count on it break"
            if pair.way is Way.REQUEST:
                message = "no longer required"
            level = pair.way.level(wider=True)
            pair.tell(level, "property-became-optional", message, None, place, step=f".{name}", broken=broken)
    _others(pair, descend)


def _sent(pair: Pair, view: View) -> dict[str, Schemas]:
    """The properties that may go this way: no ``readOnly`` ones in requests, no ``writeOnly`` ones in responses."""
    elsewhere = "readOnly" if pair.way is Way.REQUEST else "writeOnly"
    every = {name: tuple(schemas) for name, schemas in view.properties.items()}
    return {name: schemas for name, schemas in every.items() if elsewhere not in pair.view(schemas).flags}


def _required(view: View, sent: dict[str, Schemas]) -> dict[str, Place]:
    """What must go this way."""
    return {name: place for name, place in view.required.items() if name in sent or name not in view.properties}


def _removed(pair: Pair, name: str, place: Place) -> None:
    if pair.way is Way.RESPONSE:
        level: Level = BREAKING
        message = "removed; clients that read it break"
    elif pair.new.closed:
        level, message = BREAKING, "removed; clients that send it are refused"
    else:
        level, message = RISKY, "removed; what clients send in it is no longer looked at"
    pair.tell(level, "property-removed", message, None, place, step=f".{name}")


def _added(pair: Pair, name: str, place: Place, needed: bool) -> None:
    level: Level = SAFE
    message = "added"
    if pair.way is Way.REQUEST and needed:
        level, message = BREAKING, "added and required; clients that do not send it are refused"
    elif pair.way is Way.RESPONSE and pair.old.closed:
        level = RISKY
        message = "added where no other properties were to be expected; clients that refuse unknown ones break"
    pair.tell(level, "property-added", message, place, step=f".{name}")


def _others(pair: Pair, descend: Descend) -> None:
    """The properties that have no names: open, closed, or held to a schema."""
    old, new = pair.old, pair.new
    if old.closed and new.closed:
        return
    if old.additional and new.additional and not old.closed and not new.closed:
        descend(pair, ".*", old.additional, new.additional)
        return
    if new.closed:
        level: Level = BREAKING if pair.way is Way.REQUEST else RISKY if old.additional else SAFE
        message, broken = "other properties are no longer allowed", "clients that send some are refused"
        if level == RISKY:
            message += "; clients that read some miss them"
        pair.tell(level, "properties-closed", message, new.closed, broken=broken)
    elif old.closed:
        level = SAFE if pair.way is Way.REQUEST else RISKY
        message = "other properties are allowed now"
        if level == RISKY:
            message += "; clients that refuse unknown ones break"
        pair.tell(level, "properties-opened", message, None, old.closed)
    elif bool(old.additional) is not bool(new.additional):
        narrower = bool(new.additional)
        message = f"other properties are {'now held to a schema' if narrower else 'no longer held to a schema'}"
        places = (new.additional[0] if narrower else None), (None if narrower else old.additional[0])
        pair.compared("properties-schema", message, *places, narrower=narrower, wider=not narrower)
