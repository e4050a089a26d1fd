"""What a caller must bring: the ``security`` of operations."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass

from tiergate.contract.call import Call
from tiergate.contract.change import Finding, Report
from tiergate.contract.place import Place
from tiergate.policy.levels import BREAKING, RISKY, SAFE

_TOLD_APART_BY = {"apiKey": ("in", "name"), "http": ("scheme",), "openIdConnect": ("openIdConnectUrl",)}
_MOST_NAMED = 5
_MOST_COMPARED = 10_000


@dataclass(frozen=True, slots=True)
class Requirement:
    """One alternative: all of its schemes, told apart by what a caller sends and not by name, with their scopes."""

    names: tuple[str, ...]
    scopes: Mapping[Hashable, frozenset[str]]

    def met_by(self, other: "Requirement") -> bool:
        """Whether who meets the other meets this one too."""
        return all(scheme in other.scopes and scopes <= other.scopes[scheme] for scheme, scopes in self.scopes.items())


def compare_security(call: Call, old: Place, new: Place) -> None:
    """``old`` and ``new``: the operations."""
    (was, before), (at, now) = _effective(old), _effective(new)
    if len(before) * len(now) > _MOST_COMPARED and not call.work.schemas.alike(was, at):
        message = f"{len(before)} alternatives became {len(now)}, which is too many to be compared"
        call.tell(RISKY, "security-changed", "security", message, at, was)
    if len(before) * len(now) > _MOST_COMPARED:
        return
    for each in before:
        if not any(needed.met_by(each) for needed in now):
            _narrower(call, was, at, each, now)
    for each in now:
        if any(needed.met_by(each) for needed in before):
            continue
        if each.scopes:
            call.tell(SAFE, "security-loosened", "security", f"{_words(each)} is enough now", at, was)
        else:
            message = "no credential is asked for any more; see that this is meant"
            call.tell(RISKY, "security-removed", "security", message, at, was)


def compare_schemes(report: Report, old: Place, new: Place) -> None:
    """``old`` and ``new``: the documents. Where tokens come from concerns all operations at once."""
    before, now = (place.at("components", "securitySchemes").entries() for place in (old, new))
    for name, place in before.items():
        if name not in now:
            continue
        was, scheme = place.followed(), now[name].followed()
        for flow, at in was.at("flows").entries().items():
            if scheme.at("flows").value is not None and scheme.at("flows", flow).value is None:
                message = f"security scheme {name}: flow {flow} removed; clients that get their tokens by it may fail"
                report.tell(Finding(RISKY, "security-flow-removed", at, message, gone=True))
        for flow, at in scheme.at("flows").entries().items():
            for key in ("authorizationUrl", "tokenUrl"):
                url, known = at.at(key), was.at("flows", flow, key)
                if isinstance(url.value, str) and isinstance(known.value, str) and url.value != known.value:
                    message = f"security scheme {name}: {key} changed from {known.value} to {url.value}"
                    report.tell(Finding(RISKY, "security-url", url, message))


def _effective(operation: Place) -> tuple[Place, list[Requirement]]:
    place = operation.at("security")
    if not isinstance(place.value, list):
        place = operation.root.at("security")
    found = [_requirement(each) for each in place.listed() if isinstance(each.value, dict)]
    return place if place.value is not None else operation, found or [Requirement((), {})]


def _requirement(place: Place) -> Requirement:
    scopes: dict[Hashable, frozenset[str]] = {}
    for name, listed in place.entries().items():
        identity = _scheme(place, name)
        scopes[identity] = scopes.get(identity, frozenset()) | {str(each.value) for each in listed.listed()}
    return Requirement(tuple(place.entries()), scopes)


def _scheme(place: Place, name: str) -> Hashable:
    scheme = place.root.at("components", "securitySchemes", name).followed()
    kind = scheme.at("type").value
    if not isinstance(kind, str):
        return name
    return kind, *(str(scheme.at(key).value).lower() for key in _TOLD_APART_BY.get(kind, ()))


def _narrower(call: Call, was: Place, at: Place, each: Requirement, now: list[Requirement]) -> None:
    added = sorted(_added_scopes(each, now))
    if not each.scopes:
        message = f"{_any(now)} is asked for now; clients without it are refused"
        rule = "security-added"
    elif added:
        message = f"scope {', '.join(added)} is asked for now; clients whose tokens have it not are refused"
        rule = "security-scope-added"
    else:
        message = f"{_words(each)} is no longer enough, but {_any(now)}; clients with it are refused"
        rule = "security-changed"
    call.tell(BREAKING, rule, "security", message, at, was)


def _added_scopes(each: Requirement, now: list[Requirement]) -> Iterator[str]:
    """What is missing where the schemes are the same."""
    for needed in now:
        if needed.scopes.keys() == each.scopes.keys():
            for scheme, scopes in needed.scopes.items():
                yield from scopes - each.scopes[scheme]
            return


def _any(requirements: list[Requirement]) -> str:
    more = len(requirements) - _MOST_NAMED
    return " or ".join(map(_words, requirements[:_MOST_NAMED])) + (f" or {more} more" if more > 0 else "")


def _words(requirement: Requirement) -> str:
    return " with ".join(requirement.names) or "no credential"
