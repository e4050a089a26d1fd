"""OpenAPI 3.0 and 3.1 documents, read as they are: only what routing needs is asked of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import yaml

from tiergate.policy.nodes import line_of, nodes
from tiergate.policy.references import resolve
from tiergate.policy.security import Scopes, scopes
from tiergate.policy.source import Fault, Faults, Source, shown

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
VERSIONS = re.compile(r"3\.[01]\.\d+(-.+)?")
OPERATION_ID = re.compile(r"[!#-\[\]-~]{1,128}")
"""It stands in access logs and header fields as it is."""
PATH_AS_ID = re.compile(r"[!#-\[\]-~]*")
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
PARAMETER = re.compile(r"\{([^{}/]+)\}")


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
        All that keeps the document from being routed, each with its line.
    """
    document = source.data
    if not isinstance(document, Mapping):
        raise Faults([source.fault("not an OpenAPI document: it holds no keys and values")])
    version = _version_fault(source, document)
    if version is not None:
        raise Faults([version])
    faults = list(_header(source, document))
    found: list[Operation] = []
    paths = document.get("paths")
    if not isinstance(paths, Mapping):
        raise Faults([*faults, source.fault(f"paths: must hold the API's paths; found {shown(paths)}", "paths")])
    default = scopes(source, document["security"], ("security",), faults) if "security" in document else ()
    for template, item in paths.items():
        if not template.startswith("x-"):
            found += _path(source, template, item, default, faults)
    if not found and not faults:
        faults.append(source.fault("paths: holds no operation", "paths"))
    faults += _clashes(source, found)
    faults += _dangling(source)
    if faults:
        raise Faults(faults)
    return tuple(found)


def _version_fault(source: Source, document: Mapping[str, Any]) -> Fault | None:
    if "swagger" in document:
        return source.fault(
            f"OpenAPI {document['swagger']} is not read; convert it to 3.0 first, "
            "for example with the npm package swagger2openapi",
            "swagger",
        )
    version = document.get("openapi")
    if isinstance(version, str) and VERSIONS.fullmatch(version):
        return None
    return source.fault(f"openapi: must be a text such as 3.0.3 or 3.1.0; found {shown(version)}", "openapi")


def _header(source: Source, document: Mapping[str, Any]) -> Iterator[Fault]:
    info = document.get("info")
    for key in ("title", "version"):
        if not isinstance(info, Mapping) or not isinstance(info.get(key), str):
            found = info.get(key) if isinstance(info, Mapping) else None
            yield source.fault(f"info.{key}: must be text; found {shown(found)}", "info", key)


def _path(source: Source, template: str, item: object, default: Scopes, faults: list[Fault]) -> Iterator[Operation]:
    place = ("paths", template)
    problem = _template_problem(template)
    if problem:
        faults.append(source.fault(f"{CONTROL.sub('?', template)}: {problem}", *place))
        return
    seen: set[str] = set()
    while isinstance(item, Mapping) and isinstance(item.get("$ref"), str) and item["$ref"] not in seen:
        seen.add(item["$ref"])
        if not item["$ref"].startswith("#/"):
            faults.append(
                source.fault(
                    f"{template}: its operations are in {item['$ref']}, which is not read; bundle the document into "
                    "one file, for example with the npm package @redocly/cli",
                    *place,
                    "$ref",
                )
            )
            return
        item = resolve(source.data, item["$ref"])
    if seen and item is None:
        return  # a dangling reference is told as such
    if not isinstance(item, Mapping):
        faults.append(source.fault(f"{template}: must hold operations; found {shown(item)}", *place))
        return
    for method in METHODS:
        if method not in item:
            continue
        operation = item[method]
        if not isinstance(operation, Mapping):
            found = shown(operation)
            faults.append(
                source.fault(f"{method} {template}: must hold keys and values; found {found}", *place, method)
            )
            continue
        name = operation.get("operationId", f"{method.upper()} {template}")
        if "operationId" in operation and not (isinstance(name, str) and OPERATION_ID.fullmatch(name)):
            faults.append(
                source.fault(
                    "operationId: must be 1 to 128 printable ASCII characters other than space, double quote and "
                    f"backslash; found {shown(name)}",
                    *place,
                    method,
                    "operationId",
                )
            )
            continue
        if "operationId" not in operation and not PATH_AS_ID.fullmatch(template):
            message = f"{method} {template}: needs an operationId, as logs cannot name it by such a path"
            faults.append(source.fault(message, *place, method))
            continue
        needed = default
        if "security" in operation:
            needed = scopes(source, operation["security"], (*place, method, "security"), faults)
        yield Operation(name, method.upper(), template, source.line(*place, method), needed)


def _template_problem(template: str) -> str:
    if not template.startswith("/"):
        return "a path begins with a slash"
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
                f"path clash: {operation.method} {operation.template} matches the same calls as "
                f"{first.template} on line {first.line}",
            )


def _dangling(source: Source) -> Iterator[Fault]:
    """Local references that lead nowhere. What lies in another file or host is never fetched.

    Below a schema's ``$id`` references start at that schema (JSON Schema 2020-12, 8.2.1); they are taken as they are.
    """
    elsewhere: set[int] = set()
    for node in _mappings(source):
        ids = (isinstance(value, yaml.ScalarNode) for key, value in node.value if key.value == "$id")
        if id(node) not in elsewhere and any(ids):
            elsewhere |= {id(inner) for inner in nodes(node)}
    for node in _mappings(source):
        if id(node) in elsewhere:
            continue
        for key, value in node.value:
            if key.value != "$ref" or not isinstance(value, yaml.ScalarNode) or not value.value.startswith("#/"):
                continue
            if resolve(source.data, value.value) is None:
                yield Fault(source.file, line_of(value), f"$ref {value.value} leads nowhere in this document")


def _mappings(source: Source) -> Iterator[yaml.MappingNode]:
    return (node for node in nodes(source.root) if isinstance(node, yaml.MappingNode))
