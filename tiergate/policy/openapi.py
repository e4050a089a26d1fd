"""OpenAPI 3.0 and 3.1 documents, read as they are: only what routing needs is asked of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any
from urllib.parse import unquote

import yaml

from tiergate.policy.dialects import other_kind
from tiergate.policy.garbage import uncollected
from tiergate.policy.nodes import line_of, mappings
from tiergate.policy.references import MOST_STEPS, References, refers
from tiergate.policy.security import Scopes, scopes
from tiergate.policy.source import MOST_FAULTS, Fault, Faults, Key, Source, shown

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
VERSIONS = re.compile(r"3\.[01]\.\d+(-.+)?")
NEWER = re.compile(r"(3\.[2-9]|[4-9]\.[0-9])(\.[0-9]{1,9})?")
COMPONENT = re.compile(r"#/components/(?!pathItems/)")
"""What may stand anywhere; path items are looked at where they are read."""

OPERATION_ID = re.compile(r"[!#-\[\]-~]{1,128}")
"""It stands in access logs and header fields as it is."""
PATH_AS_ID = re.compile(r"[!#-\[\]-~]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
PARAMETER = re.compile(r"\{([^{}/]+)\}")
LONGEST_PATH = 1000
MOST_SEGMENTS = 100
"""Of a path template: a call is matched segment by segment, each a step further down."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path template. ``id`` is its operationId, or ``GET /path`` where it has none.

    ``scopes``: what its ``security`` asks for, or the document's where it has none of its own.
    """

    id: str
    method: str
    template: str
    line: int
    scopes: Scopes = ()

    @property
    def shape(self) -> tuple[str, ...]:
        """The decoded segments without their parameters' names: equal shapes match the same paths."""
        return tuple(unquote(PARAMETER.sub("\0", segment)) for segment in self.template.split("/"))


@dataclass(frozen=True, slots=True)
class Document:
    """An OpenAPI document that can be routed."""

    source: Source
    operations: tuple[Operation, ...]


def operations(source: Source) -> tuple[Operation, ...]:
    """The operations of a document, in its order.

    Raises
    ------
    Faults
        All that keeps the document from being routed, each with its line; of very many the first.
    """
    document = source.data
    if document is None:
        raise Faults([source.fault("empty; save the OpenAPI document to it")])
    if not isinstance(document, Mapping):
        raise Faults([source.fault("not an OpenAPI document: it holds no keys and values")])
    kind = _kind_fault(source, document)
    if kind is not None:
        raise Faults([kind])
    faults = list(_header(source, document))
    paths = document.get("paths")
    if not isinstance(paths, Mapping):
        raise Faults([*faults, source.fault(f"paths: must hold the API's paths; found {shown(paths)}", "paths")])
    with uncollected():
        reader = _Reader(source)
        found = reader.operations(document, paths)
        faults += reader.faults
        faults += islice(chain(_clashes(source, found), _dangling(source, reader.references)), MOST_FAULTS)
        if not found and not faults:
            faults.append(source.fault("paths: holds no operation", "paths"))
    if faults:
        raise Faults(faults)
    return tuple(found)


def _kind_fault(source: Source, document: Mapping[str, Any]) -> Fault | None:
    other = other_kind(document)
    if other is not None:
        key, message = other
        return source.fault(message, key)
    version = document.get("openapi")
    if isinstance(version, str) and VERSIONS.fullmatch(version):
        return None
    if isinstance(version, str) and NEWER.fullmatch(version):
        message = f"openapi: OpenAPI {version} is not read yet; describe the API in 3.1, and write 3.1.0 here"
        return source.fault(message, "openapi")
    return source.fault(f"openapi: must be a text such as 3.0.3 or 3.1.0; found {shown(version)}", "openapi")


def _header(source: Source, document: Mapping[str, Any]) -> Iterator[Fault]:
    info = document.get("info")
    for key in ("title", "version"):
        if not isinstance(info, Mapping) or not isinstance(info.get(key), str):
            found = info.get(key) if isinstance(info, Mapping) else None
            yield source.fault(f"info.{key}: must be text; found {shown(found)}", "info", key)


class _Reader:
    """Reads the operations of one document; ``faults`` are those found on the way.

    What several paths refer to is looked at once: a short document can refer to a long part very often.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self.references = References(source.data)
        self._scopes: dict[int, Scopes] = {}

    def operations(self, document: Mapping[str, Any], paths: Mapping[str, Any]) -> list[Operation]:
        default = self._needed(document["security"], "security") if "security" in document else ()
        found: list[Operation] = []
        for template, item in paths.items():
            if not template.startswith("x-"):
                found += self._path(template, item, default)
            if len(self.faults) >= MOST_FAULTS:
                self._fault("there are more faults than these; mend them first", "paths", template)
                break
        return found

    def _path(self, template: str, item: object, default: Scopes) -> Iterator[Operation]:
        place, name = ("paths", template), plain(template)
        problem = _template_problem(template)
        if problem:
            self._fault(f"{name}: {problem}", *place)
            return
        item, reference = self.references.followed(item)
        if refers(item):
            self._fault(f"{name}: {_unread(reference)}", *place, "$ref")
            return
        if reference and item is None:
            return  # a dangling reference is told as such
        if not isinstance(item, Mapping):
            self._fault(f"{name}: must hold operations; found {shown(item)}", *place)
            return
        for method in METHODS:
            if method in item:
                yield from self._operation(template, method, item[method], default)

    def _operation(self, template: str, method: str, operation: object, default: Scopes) -> Iterator[Operation]:
        place = ("paths", template, method)
        if not isinstance(operation, Mapping):
            message = f"{method} {plain(template)}: must hold keys and values; found {shown(operation)}"
            self._fault(message, *place)
            return
        name = operation.get("operationId", f"{method.upper()} {template}")
        if "operationId" in operation and not (isinstance(name, str) and OPERATION_ID.fullmatch(name)):
            self._fault(
                "operationId: must be 1 to 128 printable ASCII characters other than space, double quote and "
                f"backslash; found {shown(name)}",
                *place,
                "operationId",
            )
        elif "operationId" not in operation and not PATH_AS_ID.fullmatch(template):
            message = f"{method} {plain(template)}: needs an operationId, as logs cannot name it by such a path"
            self._fault(message, *place)
        else:
            own = "security" in operation
            needed = self._needed(operation["security"], *place, "security") if own else default
            yield Operation(name, method.upper(), template, self.source.line(*place), needed)

    def _needed(self, security: object, *place: Key) -> Scopes:
        known = self._scopes.get(id(security)) if isinstance(security, list) else None
        if known is None:
            known = self._scopes[id(security)] = scopes(self.source, self.references, security, place, self.faults)
        return known

    def _fault(self, message: str, *place: Key) -> None:
        self.faults.append(self.source.fault(message, *place))


def _unread(reference: str) -> str:
    if reference.startswith("#"):
        return f"$ref {plain(reference)} leads in a circle, or through more than {MOST_STEPS} others"
    return (
        f"its operations are in {plain(reference)}, which is not read; bundle the document into one file, for example "
        "with the npm package @redocly/cli"
    )


def plain(text: str) -> str:
    """A text of the document as faults name it, on one line and not long."""
    text = CONTROL.sub("?", text[:200])
    return text if len(text) < 200 else f"{text[:199]}…"


def _template_problem(template: str) -> str:
    if not template.startswith("/"):
        return "a path begins with a slash"
    if len(template) > LONGEST_PATH or template.count("/") > MOST_SEGMENTS:
        return f"a path has at most {LONGEST_PATH:,} characters and {MOST_SEGMENTS} segments"
    rest = PARAMETER.sub("", template)
    if "{" in rest or "}" in rest:
        return "a parameter is written {name}, within one segment"
    if "?" in rest or "#" in rest:
        return "a path has no query and no fragment"
    if any(part in {".", ".."} for part in template.split("/")):
        return "a path has no dot segments"
    if "%2e" in template.lower():
        return 'a dot is written ".", not as an escape'
    if CONTROL.search(unquote(template)):
        return "a path has no control characters, escaped or not"
    names = PARAMETER.findall(template)
    repeated = sorted({name for name in names if names.count(name) > 1})
    return f"parameter {{{repeated[0]}}} stands in it twice" if repeated else ""


def _clashes(source: Source, found: list[Operation]) -> Iterator[Fault]:
    ids: dict[str, Operation] = {}
    shapes: dict[tuple[str, tuple[str, ...]], Operation] = {}
    for operation in found:
        first = ids.setdefault(operation.id, operation)
        if first is not operation:
            yield Fault(source.file, operation.line, f'operationId "{operation.id}" is already on line {first.line}')
        first = shapes.setdefault((operation.method, operation.shape), operation)
        if first is not operation:
            yield Fault(
                source.file,
                operation.line,
                f"path clash: {operation.method} {plain(operation.template)} matches the same calls as "
                f"{plain(first.template)} on line {first.line}",
            )


def _dangling(source: Source, references: References) -> Iterator[Fault]:
    """Local references that lead nowhere, or to themselves. What lies in another file or host is never fetched.

    Below a schema's ``$id`` references start at that schema (JSON Schema 2020-12, 8.2.1); they are taken as they are.
    """
    made: list[tuple[yaml.MappingNode, yaml.ScalarNode]] = []
    bases: list[yaml.MappingNode] = []
    for node in mappings(source.root):
        for key, value in node.value:
            if key.value == "$ref" and isinstance(value, yaml.ScalarNode) and value.value.startswith("#/"):
                made.append((node, value))
            elif key.value == "$id" and isinstance(value, yaml.ScalarNode):
                bases.append(node)
    elsewhere: set[int] = set()
    for base in bases:
        if id(base) not in elsewhere:
            elsewhere |= {id(inner) for inner in mappings(base)}
    for node, value in made:
        if id(node) in elsewhere:
            continue
        if references.resolve(value.value) is None:
            yield Fault(source.file, line_of(value), f"$ref {plain(value.value)} leads nowhere in this document")
        elif COMPONENT.match(value.value) and references.circular(value.value):
            yield Fault(source.file, line_of(value), f"$ref {plain(value.value)} leads in a circle and to nothing else")
