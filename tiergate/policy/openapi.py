"""OpenAPI 3.0 and 3.1 documents, read as they are: only what routing needs is asked of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tiergate.policy.source import Fault, Faults, Source, nodes

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
VERSIONS = re.compile(r"3\.[01]\.\d+(-.+)?")
OPERATION_ID = re.compile(r"[\x21-\x7e]{1,128}")
PARAMETER = re.compile(r"\{([^{}/]+)\}")


@dataclass(frozen=True, slots=True)
class Operation:
    """One method on one path template. ``id`` is its operationId, or ``GET /path`` where it has none."""

    id: str
    method: str
    template: str
    line: int

    @property
    def shape(self) -> str:
        """The template without its parameters' names: equal shapes match the same paths."""
        return PARAMETER.sub("{}", self.template)


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
    faults = list(_header(source, document))
    if faults and faults[0].message.startswith("OpenAPI"):
        raise Faults(faults)
    found: list[Operation] = []
    paths = document.get("paths")
    if not isinstance(paths, Mapping):
        raise Faults([*faults, source.fault("paths: must hold the API's paths", "paths")])
    for template, item in paths.items():
        if not template.startswith("x-"):
            found += _path(source, template, item, faults)
    if not found and not faults:
        faults.append(source.fault("paths: holds no operation", "paths"))
    faults += _clashes(source, found)
    faults += _dangling(source)
    if faults:
        raise Faults(faults)
    return tuple(found)


def _header(source: Source, document: Mapping[str, Any]) -> Iterator[Fault]:
    version = document.get("openapi")
    if "swagger" in document:
        yield source.fault(
            f"OpenAPI {document['swagger']} is not read; convert it to 3.0 first, "
            "for example with the npm package swagger2openapi",
            "swagger",
        )
    elif not isinstance(version, str) or not VERSIONS.fullmatch(version):
        yield source.fault(f"OpenAPI 3.0 or 3.1 is expected; openapi is {version!r}", "openapi")
    info = document.get("info")
    for key in ("title", "version"):
        if not isinstance(info, Mapping) or not isinstance(info.get(key), str):
            yield source.fault(f"info.{key}: must be text", "info", key)


def _path(source: Source, template: str, item: object, faults: list[Fault]) -> Iterator[Operation]:
    place = ("paths", template)
    problem = _template_problem(template)
    if problem:
        faults.append(source.fault(f"{template}: {problem}", *place))
        return
    if isinstance(item, Mapping) and isinstance(item.get("$ref"), str):
        item = resolve(source.data, item["$ref"])
    if not isinstance(item, Mapping):
        faults.append(source.fault(f"{template}: must hold operations", *place))
        return
    for method in METHODS:
        if method not in item:
            continue
        operation = item[method]
        if not isinstance(operation, Mapping):
            faults.append(source.fault(f"{method} {template}: must hold keys and values", *place, method))
            continue
        name = operation.get("operationId", f"{method.upper()} {template}")
        if "operationId" in operation and not (isinstance(name, str) and OPERATION_ID.fullmatch(name)):
            faults.append(
                source.fault(
                    f"operationId {name!r}: must be 1 to 128 ASCII characters without spaces",
                    *place,
                    method,
                    "operationId",
                )
            )
            continue
        yield Operation(name, method.upper(), template, source.line(*place, method))


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
    names = PARAMETER.findall(template)
    repeated = sorted({name for name in names if names.count(name) > 1})
    return f"parameter {{{repeated[0]}}} stands in it twice" if repeated else ""


def _clashes(source: Source, found: list[Operation]) -> Iterator[Fault]:
    ids: dict[str, Operation] = {}
    shapes: dict[tuple[str, str], Operation] = {}
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
    """Local references that lead nowhere. What lies in another file or host is never fetched."""
    for node in nodes(source.root):
        if not isinstance(node, yaml.MappingNode):
            continue
        for key, value in node.value:
            if key.value != "$ref" or not isinstance(value, yaml.ScalarNode) or not value.value.startswith("#/"):
                continue
            if resolve(source.data, value.value) is None:
                line = value.start_mark.line + 1
                yield Fault(source.file, line, f"$ref {value.value} leads nowhere in this document")


def resolve(document: Any, reference: str) -> Any:
    """What a local reference (``#/components/…``) points at; None for any other, and where there is nothing."""
    if not reference.startswith("#/"):
        return None
    for part in reference[2:].split("/"):
        step = part.replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document
