"""Media types with their schemas, as bodies of requests and responses have them."""

from tiergate.contract.alike import alike
from tiergate.contract.call import Call
from tiergate.contract.change import BREAKING, RISKY, SAFE, Way
from tiergate.contract.place import Place

_TEXTS = ("example", "examples")


def compare_content(call: Call, where: str, way: Way, old: Place, new: Place) -> None:
    """``old`` and ``new``: mappings of media types."""
    before, now = old.entries(), new.entries()
    couples = _couples(before, now)
    for was, name in couples.items():
        if _spelled(was) != _spelled(name) and "*" not in name:
            message = f"media type changed from {was} to {name}"
            call.tell(RISKY, f"{way.value}-media-type", where, message, now[name], before[was])
        compare_media(call, f"{where} {name}", way, before[was], now[name])
    for name, place in before.items():
        if name not in couples:
            harm = "clients that send it are refused" if way is Way.REQUEST else "clients that read it break"
            message = f"media type {name} removed; {harm}"
            call.tell(BREAKING, f"{way.value}-media-type-removed", where, message, None, place)
    for name, place in now.items():
        if name not in couples.values():
            call.tell(SAFE, f"{way.value}-media-type-added", where, f"media type {name} added", place)


def compare_media(call: Call, where: str, way: Way, old: Place, new: Place) -> None:
    old, new = old.followed(), new.followed()
    call.schema(where, way, old.at("schema"), new.at("schema"))
    call.work.count(old, new, _TEXTS)
    if not alike(old.at("encoding"), new.at("encoding")):
        message = "encoding of its parts changed; what that means for callers cannot be decided"
        place = new.at("encoding") if new.at("encoding").value is not None else None
        call.tell(RISKY, f"{way.value}-encoding", where, message, place, old.at("encoding"))


def _couples(old: dict[str, Place], new: dict[str, Place]) -> dict[str, str]:
    """The new name of each old media type: the same, else one that differs by parameters, else a range with it."""
    found: dict[str, str] = {}
    for name in old:
        essence = _spelled(name).partition(";")[0]
        ranges = (f"{essence.partition('/')[0]}/*", "*/*")
        for fits in (
            [each for each in new if _spelled(each) == _spelled(name)],
            [each for each in new if _spelled(each).partition(";")[0] == essence and each not in old],
            [each for kind in ranges for each in new if _spelled(each) == kind],
        ):
            if fits:
                found[name] = fits[0]
                break
    return found


def _spelled(name: str) -> str:
    return "".join(name.lower().split())
