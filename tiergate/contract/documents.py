"""Compares two OpenAPI documents for those who call what they describe."""

from collections.abc import Mapping
from dataclasses import dataclass

from tiergate.contract.call import Call, Work
from tiergate.contract.change import Change, Finding
from tiergate.contract.parameters import compare_parameters, parameters
from tiergate.contract.place import Document, Place, same_value
from tiergate.contract.responses import compare_body, compare_responses
from tiergate.contract.security import compare_schemes, compare_security
from tiergate.policy.levels import BREAKING, RISKY, SAFE, Level
from tiergate.policy.openapi import METHODS, Operation
from tiergate.policy.source import Source

Shape = tuple[str, ...]
_MOST_MASKS = 200
"""Of the orders in which paths have words and parameters, so many are looked for."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An operation with its path's item, which may stand elsewhere."""

    method: str
    template: str
    item: Place
    place: Place

    @property
    def name(self) -> str:
        return f"{self.method.upper()} {self.template}"


def compare(old: Source, new: Source) -> list[Change]:
    """What changed for callers; the worst first, then in the order of lines.

    Both are OpenAPI 3.0 or 3.1 documents that ``tiergate.policy.openapi.operations`` accepts. Nothing outside of them
    is read: what lies in other files is the same where its reference is. Servers do not count, as callers call the
    gateway; neither do extensions.
    """
    if same_value(old.data, new.data):
        return []
    work = Work()
    was, root = (Place(Document.of(source), (), source.data) for source in (old, new))
    before, now = _endpoints(was), _endpoints(root)
    for key, endpoint in before.items():
        if key in now:
            _compare(work, endpoint, now[key])
        else:
            finding = Finding(
                BREAKING, "operation-removed", endpoint.place, "removed; clients that call it break", gone=True
            )
            work.report.tell(finding, endpoint.name)
    general = _General(before)
    for key, endpoint in now.items():
        if key in before:
            continue
        level: Level = SAFE
        message = "added"
        if other := general.answering(*key):
            level, message = RISKY, f"added; it takes calls that {other.name} answered"
        work.report.tell(Finding(level, "operation-added", endpoint.place, message), endpoint.name)
    compare_schemes(work.report, was, root)
    _opaque(Call("", work), was, root, "webhooks")
    work.count(was.at("info"), root.at("info"), ("title", "summary", "description"))
    work.finish()
    texts = work.texts + work.schemas.texts
    if texts:
        words = "texts for people changed" if texts > 1 else "text for people changed"
        work.report.tell(Finding(SAFE, "texts", root, f"{texts} {words} (titles, descriptions, examples)"))
    return work.report.changes()


def _endpoints(root: Place) -> dict[tuple[str, Shape], Endpoint]:
    found: dict[tuple[str, Shape], Endpoint] = {}
    for template, entry in root.at("paths").entries().items():
        item = entry.followed()
        for method in METHODS:
            place = item.at(method)
            if not template.startswith("x-") and isinstance(place.value, dict):
                shape = Operation("", method, template, 0).shape
                found[method, shape] = Endpoint(method, template, item, place)
    return found


class _General:
    """Finds the operation whose path has parameters in places where another path has words."""

    def __init__(self, endpoints: Mapping[tuple[str, Shape], Endpoint]) -> None:
        self._endpoints = endpoints
        shapes = dict.fromkeys(shape for _, shape in endpoints)
        masks = dict.fromkeys(tuple(part == "\0" for part in shape) for shape in shapes)
        self._masks = [mask for mask in masks if any(mask)][:_MOST_MASKS]

    def answering(self, method: str, shape: Shape) -> Endpoint | None:
        for mask in self._masks:
            if len(mask) == len(shape):
                general = tuple("\0" if held else part for held, part in zip(mask, shape, strict=True))
                if (method, general) in self._endpoints:
                    return self._endpoints[method, general]
        return None


def _compare(work: Work, old: Endpoint, new: Endpoint) -> None:
    call, was, now = Call(new.name, work), old.place, new.place
    before, identity = was.at("operationId"), now.at("operationId")
    if before.value != identity.value:
        message = f"operationId changed from {before.value or 'none'} to {identity.value or 'none'}"
        gone = before if identity.value is None else None
        message += "; generated clients may call it by another name"
        call.tell(RISKY, "operation-id", "", message, None if gone else identity, gone)
    deprecated = now.at("deprecated").value is True
    if deprecated is not (was.at("deprecated").value is True):
        place = now.at("deprecated") if deprecated else None
        call.tell(SAFE, "operation-deprecated", "", "deprecated" if deprecated else "no longer deprecated", place, was)
    work.count(was, now, ("summary", "description", "externalDocs"))
    compare_security(call, was, now)
    compare_parameters(call, parameters(old.item, was, old.template), parameters(new.item, now, new.template))
    compare_body(call, was.at("requestBody"), now.at("requestBody"))
    compare_responses(call, was.at("responses"), now.at("responses"))
    _opaque(call, was, now, "callbacks")


def _opaque(call: Call, old: Place, new: Place, key: str) -> None:
    was, now = old.at(key), new.at(key)
    if not call.work.schemas.alike(was, now):
        message = f"{key} changed; what that means for callers is not looked into"
        call.tell(RISKY, key, "", message, now if now.value is not None else None, was)
