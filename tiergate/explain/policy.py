"""Every value that holds for an API version or one of its operations, where it comes from, and what it took the place
of."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import BaseModel

from tiergate.domain.catalogue import ApiVersion, Catalogue
from tiergate.domain.deprecation import fields
from tiergate.domain.lifecycle import RETIRED, SERVED
from tiergate.domain.limits import SECOND
from tiergate.domain.moments import utc
from tiergate.explain.places import operation_place, scopes_place
from tiergate.policy.failure import merged
from tiergate.policy.layers import Layered
from tiergate.policy.load import ApiEntry, Entry, Policies
from tiergate.policy.openapi import Operation
from tiergate.policy.schema import Failure, Plan, nearest
from tiergate.policy.source import Key, Place

OPERATION_KEYS = ("cost", "timeout")
"""Keys of an operation that its API has too."""


class NoOperation(ValueError):
    """The API version has no such operation; the text names those that are near."""


class Value(NamedTuple):
    """``place``: where it is said, None for the built-in default. ``replaced``: weaker words on it, strongest first."""

    key: str
    value: Any
    place: Place | None
    replaced: tuple[tuple[Place, Any], ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "value": self.value,
            **_placed(self.place),
            "replaced": [{"value": value, **_placed(place)} for place, value in self.replaced],
        }


class Section(NamedTuple):
    """Values that belong together; ``name`` is of what they are."""

    kind: str
    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class PolicyExplanation:
    """``operation`` is the one that was asked for, empty for the whole API version."""

    api: str
    operation: str
    sections: tuple[Section, ...]

    def document(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return {
            "api": self.api,
            "operation": self.operation or None,
            "sections": [
                {"kind": each.kind, "name": each.name, "values": [value.document() for value in each.values]}
                for each in self.sections
            ],
        }


def explained_policy(
    policies: Policies, catalogue: Catalogue, name: str, method: str = "", path: str = ""
) -> PolicyExplanation:
    """Of checked policies. ``path``: a template or a call's path, below ``/<api>/<version>`` or whole.

    Raises
    ------
    NoOperation
        No operation has the method and the path.
    """
    entry, api = policies.apis[name], catalogue.apis[name]
    operation = _matched(entry, api, method, path) if method else None
    sections = [
        Section("operation", operation.id, tuple(_operation(entry, operation))) if operation else None,
        Section("api", name, tuple(_api(entry))),
        Section("route", f"/{name}", tuple(_route(entry, api))),
        *([] if operation else [Section("operations", name, tuple(_operations(entry)))]),
        *_sold(policies, name),
    ]
    return PolicyExplanation(name, operation.id if operation else "", tuple(filter(None, sections)))


def _matched(entry: ApiEntry, api: ApiVersion, method: str, path: str) -> Operation:
    below = path.removeprefix(f"/{api.name}") if path.startswith(f"/{api.name}/") else path
    for each in entry.operations:
        if (each.method, each.template) == (method, below):
            return each
    found, methods = api.match(method, below)
    if found is not None:
        return next(each for each in entry.operations if each.id == found.id)
    if methods:
        raise NoOperation(f"{below} has {', '.join(methods)} and no {method}")
    known = nearest(below, {each.template for each in entry.operations})
    raise NoOperation(f"{api.name} has no path {below}{known}")


def _operation(entry: ApiEntry, operation: Operation) -> Iterator[Value]:
    """What holds for it: its own word, or else its API's."""
    own, source = entry.value.operations.get(operation.id), entry.source
    told = f"{operation.method} {operation.template}"
    yield Value("matches", told, operation_place(entry, operation.id))
    yield Value("scopes", [list(each) for each in operation.scopes], scopes_place(entry, operation.id))
    for key in OPERATION_KEYS:
        stated = [*source.stated("operations", operation.id, key), *source.stated(key)]
        said = getattr(own, key, None)
        value = getattr(entry.value, key) if said is None else said
        yield Value(key, value, stated[0][0] if stated else None, tuple(stated[1:]))
    yield _value(source, ("operations", operation.id, "public"), bool(own and own.public), "public")


def _operations(entry: ApiEntry) -> Iterator[Value]:
    """Those that say something of their own; the others have what their API has."""
    for name, policy in sorted(entry.value.operations.items()):
        for path, value in _leaves(policy, ("operations", name)):
            if entry.source.origin(*path):
                yield _value(entry.source, path, value, ".".join(map(str, path[1:])))


def _api(entry: ApiEntry) -> Iterator[Value]:
    for path, value in _leaves(entry.value, ()):
        if path[0] == "operations":
            continue
        if path == ("title",) and not value:
            yield Value("title", entry.title, entry.document.place("info", "title"))
        else:
            yield _value(entry.source, path, value)


def _route(entry: ApiEntry, api: ApiVersion) -> Iterator[Value]:
    source, life = entry.source, api.lifecycle
    state = source.origin("state")
    if api.state in SERVED:
        yield Value("routes", [f"ANY /{api.name}", f"ANY /{api.name}/{{proxy+}}"], state)
        through = "the proxy, which calls" if api.mode == "managed" else "API Gateway, which calls"
        yield Value("calls go through", f"{through} {api.upstream}", source.origin("mode"))
    elif api.state == RETIRED and life is not None:
        yield Value("routes", f"answered with 410 until {utc(life.gone * SECOND)}", state)
    else:
        yield Value("routes", f"none: it is {api.state}", state)
    if life is not None:
        place = source.origin("deprecation")
        yield Value("tells its callers", {name: text for name, text in fields(life) if text}, place)


def _sold(policies: Policies, name: str) -> Iterator[Section]:
    """The products that sell the API, and their plans."""
    plans: dict[str, None] = {}
    for product, entry in sorted(policies.products.items()):
        if name in entry.value.apis:
            at = entry.value.apis.index(name)
            listed = Value("sells", name, entry.source.place("apis", at))
            offered = (
                Value("offers", plan, entry.source.place("plans", index))
                for index, plan in enumerate(entry.value.plans)
            )
            yield Section("product", product, (listed, *offered))
            plans |= dict.fromkeys(entry.value.plans)
    public = policies.apis[name].value.public_plan
    for plan in plans | ({public: None} if public else {}):
        yield Section("plan", plan, (*_plan(policies.plans[plan]), *_failure(policies, plan)))


def _plan(entry: Entry[Plan]) -> Iterator[Value]:
    for path, value in _leaves(entry.value, ()):
        if path[0] in {"limits", "price", "approval"}:
            yield _value(entry.source, path, value)


def _failure(policies: Policies, plan: str) -> Iterator[Value]:
    """What holds while the tables cannot be read: each key the plan's own, or else the platform's."""
    entry, platform = policies.plans[plan], policies.platform
    if platform is None:
        return
    rule = merged(platform.value.failure, entry.value.failure)
    for key in Failure.model_fields:
        path = ("failure", key)
        stated = [*entry.source.stated(*path), *platform.source.stated(*path)]
        yield Value(".".join(path), getattr(rule, key), stated[0][0] if stated else None, tuple(stated[1:]))


def _value(source: Layered, path: tuple[Key, ...], value: Any, key: str = "") -> Value:
    stated = [*source.stated(*path)]
    weaker = [(place, said) for place, said in stated[1:]]
    return Value(key or ".".join(map(str, path)), value, source.origin(*path), tuple(weaker))


def _leaves(value: Any, path: tuple[Key, ...]) -> Iterator[tuple[tuple[Key, ...], Any]]:
    """Every single value below a model, with its path; a list is one, as it is replaced whole."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves(getattr(value, name), (*path, name))
    elif isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from _leaves(each, (*path, name))
    elif isinstance(value, list):
        yield path, [each.model_dump() if isinstance(each, BaseModel) else each for each in value]
    else:
        yield path, value


def _placed(place: Place | None) -> dict[str, Any]:
    return {"file": place.file, "line": place.line} if place else {"file": None, "line": None}
