"""What an operation takes and answers."""

from collections.abc import Mapping

from tiergate.contract.call import Call
from tiergate.contract.change import Way
from tiergate.contract.content import compare_content
from tiergate.contract.parameters import compare_headers
from tiergate.contract.place import Place
from tiergate.policy.levels import BREAKING, RISKY, SAFE


def compare_body(call: Call, old: Place, new: Place) -> None:
    """``old`` and ``new``: the request bodies of an operation."""
    old, new, where = old.followed(), new.followed(), "request body"
    needed, known = (place.at("required").value is True for place in (new, old))
    if not isinstance(old.value, dict) and not isinstance(new.value, dict):
        return
    if not isinstance(old.value, dict):
        if needed:
            message = "added and required; clients that do not send it are refused"
            call.tell(BREAKING, "request-body-added-required", where, message, new)
        else:
            call.tell(SAFE, "request-body-added", where, "added", new)
        return
    if not isinstance(new.value, dict):
        message = "removed; what clients send in it is no longer looked at"
        call.tell(RISKY, "request-body-removed", where, message, None, old)
        return
    if needed and not known:
        message = "now required; clients that leave it out are refused"
        call.tell(BREAKING, "request-body-became-required", where, message, new.at("required"))
    elif known and not needed:
        call.tell(SAFE, "request-body-became-optional", where, "no longer required", new, old)
    call.work.count(old, new, ("description",))
    compare_content(call, where, Way.REQUEST, old.at("content"), new.at("content"))


def compare_responses(call: Call, old: Place, new: Place) -> None:
    """``old`` and ``new``: responses by status; a range (``4XX``) or ``default`` stands for what is not listed."""
    before, now = _by_status(old), _by_status(new)
    for status, place in before.items():
        other = now.get(status) or _covering(status, now)
        if other is not None:
            _response(call, f"response {status}", place, other)
        elif status[0] in "23" or status == "default":
            message = f"response {status} removed; clients that expect it break"
            call.tell(BREAKING, "response-removed", "", message, None, place)
        else:
            call.tell(SAFE, "response-removed", "", f"response {status} removed", None, place)
    for status, place in now.items():
        if status in before:
            continue
        other = _covering(status, before)
        if other is not None:
            _response(call, f"response {status}", other, place)
        elif status[0] in "123":
            message = f"response {status} added; clients may not expect it"
            call.tell(RISKY, "response-added", "", message, place)
        else:
            call.tell(SAFE, "response-added", "", f"response {status} added", place)


def _by_status(responses: Place) -> dict[str, Place]:
    entries = responses.entries().items()
    return {
        status.upper() if status != "default" else status: at for status, at in entries if not status.startswith("x-")
    }


def _covering(status: str, responses: Mapping[str, Place]) -> Place | None:
    return responses.get(f"{status[:1]}XX") or responses.get("default")


def _response(call: Call, where: str, old: Place, new: Place) -> None:
    old, new = old.followed(), new.followed()
    call.work.count(old, new, ("description", "summary"))
    links, now = old.at("links"), new.at("links")
    if links.value is not None and not call.work.schemas.alike(links, now):
        message = "links changed; clients that follow them may fail"
        call.tell(RISKY, "response-links", where, message, now if now.value is not None else None, links)
    compare_headers(call, where, old.at("headers"), new.at("headers"))
    compare_content(call, where, Way.RESPONSE, old.at("content"), new.at("content"))
