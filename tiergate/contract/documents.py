"""Compares two OpenAPI documents for those who call what they describe."""

from dataclasses import dataclass

from tiergate.contract.alike import alike
from tiergate.contract.call import Call, Work
from tiergate.contract.change import BREAKING, RISKY, SAFE, Change, Finding
from tiergate.contract.parameters import compare_parameters, parameters
from tiergate.contract.place import Place
from tiergate.contract.responses import compare_body, compare_responses
from tiergate.contract.security import compare_schemes, compare_security
from tiergate.policy.openapi import METHODS, Operation
from tiergate.policy.source import Source

Shape = tuple[str, ...]


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
    work = Work()
    before, now = _endpoints(old), _endpoints(new)
    for key, endpoint in before.items():
        if key in now:
            _compare(work, endpoint, now[key])
        else:
            finding = Finding(
                BREAKING, "operation-removed", endpoint.place, "removed; clients that call it break", gone=True
            )
            work.report.tell(finding, endpoint.name)
    for key, endpoint in now.items():
        if key not in before:
            work.report.tell(Finding(SAFE, "operation-added", endpoint.place, "added"), endpoint.name)
    was, root = Place.root(old), Place.root(new)
    compare_schemes(work.report, was, root)
    _opaque(Call("", work), was, root, "webhooks")
    work.count(was.at("info"), root.at("info"), ("title", "summary", "description"))
    work.finish()
    texts = work.texts + work.schemas.texts
    if texts:
        words = "texts for people changed" if texts > 1 else "text for people changed"
        work.report.tell(Finding(SAFE, "texts", root, f"{texts} {words} (titles, descriptions, examples)"))
    return work.report.changes()


def _endpoints(source: Source) -> dict[tuple[str, Shape], Endpoint]:
    found: dict[tuple[str, Shape], Endpoint] = {}
    for template, entry in Place.root(source).at("paths").entries().items():
        item = entry.followed()
        for method in METHODS:
            place = item.at(method)
            if not template.startswith("x-") and isinstance(place.value, dict):
                shape = Operation("", method, template, 0).shape
                found[method, shape] = Endpoint(method, template, item, place)
    return found


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
    if not alike(was, now):
        message = f"{key} changed; what that means for callers is not looked into"
        call.tell(RISKY, key, "", message, now if now.value is not None else None, was)
