"""Media types with their schemas, as bodies of requests and responses have them."""

from tiergate.contract.call import Call
from tiergate.contract.change import Way
from tiergate.contract.place import Place
from tiergate.policy.levels import BREAKING, RISKY, SAFE

_TEXTS = ("example", "examples")


def compare_content(call: Call, where: str, way: Way, old: Place, new: Place) -> None:
    """``old`` and ``new``: mappings of media types."""
    before, now = old.entries(), new.entries()
    couples = _couples(before, now)
    taken = set(couples.values())
    for was, name in couples.items():
        if _spelled(was) != _spelled(name) and ("*" not in name or way is Way.RESPONSE):
            message = f"media type changed from {was} to {name}"
            call.tell(RISKY, f"{way.value}-media-type", where, message, now[name], before[was])
        compare_media(call, f"{where} {name}", way, before[was], now[name])
    for name, place in before.items():
        if name not in couples:
            harm = "clients that send it are refused" if way is Way.REQUEST else "clients that read it break"
            message = f"media type {name} removed; {harm}"
            call.tell(BREAKING, f"{way.value}-media-type-removed", where, message, None, place)
    for name, place in now.items():
        if name not in taken:
            call.tell(SAFE, f"{way.value}-media-type-added", where, f"media type {name} added", place)


def compare_media(call: Call, where: str, way: Way, old: Place, new: Place) -> None:
    old, new = old.followed(), new.followed()
    call.schema(where, way, old.at("schema"), new.at("schema"))
    call.work.count(old, new, _TEXTS)
    if not call.work.schemas.alike(old.at("encoding"), new.at("encoding")):
        message = "encoding of its parts changed; what that means for callers cannot be decided"
        place = new.at("encoding") if new.at("encoding").value is not None else None
        call.tell(RISKY, f"{way.value}-encoding", where, message, place, old.at("encoding"))


def _couples(old: dict[str, Place], new: dict[str, Place]) -> dict[str, str]:
    """The new name of each old media type: the same, else one that differs by parameters, else a range with it."""
    spelled = {_spelled(each): each for each in reversed(new)}
    bare = {_essence(each): each for each in reversed(new) if each not in old}
    found: dict[str, str] = {}
    for name in old:
        essence = _essence(name)
        ranges = (spelled.get(kind) for kind in (f"{essence.partition('/')[0]}/*", "*/*"))
        fits = [each for each in (spelled.get(_spelled(name)), bare.get(essence), *ranges) if each is not None]
        if fits:
            found[name] = fits[0]
    return found


def _essence(name: str) -> str:
    return _spelled(name).partition(";")[0]


def _spelled(name: str) -> str:
    return "".join(name.lower().split())
