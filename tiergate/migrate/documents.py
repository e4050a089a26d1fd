"""An exported OpenAPI document as policies hold it: what API Gateway alone understands, in the standard's words."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from tiergate.domain.rest_account import Stage
from tiergate.migrate.upstreams import preflight
from tiergate.policy.changes.change import listed
from tiergate.policy.openapi import METHODS, OPERATION_ID, operations
from tiergate.policy.source import Faults, parse

ANY_METHOD = "x-amazon-apigateway-any-method"
OWN = "x-amazon-apigateway-"
ANY_METHODS = ("get", "put", "post", "delete", "options", "head", "patch")
DEPTH = 8
"""Segments that a greedy parameter becomes at most."""

_GREEDY = re.compile(r"\{([^{}/]+)\+\}$")
_PARAMETER = re.compile(r"\{[^{}/]*\}")


class Carried(NamedTuple):
    """``text``: empty where ``notes`` say why it cannot be routed. ``operations``: how many it has."""

    text: str
    operations: int
    notes: tuple[str, ...]


def carried(stage: Stage) -> Carried:
    """The document of a stage, without its addresses, with every method and path written out."""
    if not stage.document:
        return Carried("", 0, (stage.unread,))
    try:
        document = parse(stage.document, "openapi.json").data
    except Faults as faults:
        return Carried("", 0, tuple(fault.text for fault in faults.faults))
    if not isinstance(document, dict) or not isinstance(document.get("paths"), dict):
        return Carried("", 0, ("what was exported is no OpenAPI document with paths",))
    notes: list[str] = []
    own = {method.path for method in stage.methods if preflight(method)}
    document = {name: value for name, value in document.items() if name != "servers" and not name.startswith(OWN)}
    document["info"] = _info(document.get("info"), stage)
    document["paths"] = _written_out(document["paths"], own, notes)
    document = _plain(document)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        return Carried(text, len(operations(parse(text, "openapi.json"))), tuple(notes))
    except Faults as faults:
        return Carried("", 0, tuple(fault.text for fault in faults.faults))


def _info(info: object, stage: Stage) -> dict[str, Any]:
    stated = dict(info) if isinstance(info, dict) else {}
    title, version = stated.get("title"), stated.get("version")
    return stated | {
        "title": title if isinstance(title, str) and title.strip() else stage.name,
        "version": version if isinstance(version, str) else "1",
    }


def _written_out(paths: dict[str, Any], own: Collection[str], notes: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    shapes: set[str] = set()
    ids: set[str] = set()
    deep: list[str] = []
    for path, item in sorted(paths.items(), key=lambda each: ("+}" in each[0], each[0])):
        if not isinstance(item, dict):
            continue
        single = _methods(item, dropped=path in own)
        if not any(method in single for method in METHODS):
            continue
        templates = [*_expanded(path)]
        deep += [path] if len(templates) > 1 else []
        for number, (template, names) in enumerate(templates):
            shape = _PARAMETER.sub("{}", template)
            if shape not in shapes:
                shapes.add(shape)
                found[template] = _with_parameters(single, names, ids, first=number == 0)
    if own:
        notes.append(
            f"preflights of {listed(sorted(own))} are answered by mock integrations: cors: in api.yaml does it here "
            "(docs/proxying.md)"
        )
    if deep:
        notes.append(
            f"{listed(sorted(deep))}: a greedy parameter becomes paths of 1 to {DEPTH} segments; longer ones are 404"
        )
    return found


def _methods(item: dict[str, Any], *, dropped: bool) -> dict[str, Any]:
    """A path's methods with those that ``ANY`` stands for."""
    every = item.get(ANY_METHOD)
    single = {name: value for name, value in item.items() if not (dropped and name == "options")}
    if isinstance(every, dict):
        # one operationId would stand for seven operations
        same = {name: value for name, value in every.items() if name != "operationId"}
        single |= {
            method: same for method in ANY_METHODS if method not in single and not (dropped and method == "options")
        }
    return single


def _expanded(path: str) -> Iterator[tuple[str, list[str]]]:
    """Path templates that a greedy one stands for, each with the names of its parameters that are new."""
    greedy = _GREEDY.search(path)
    if greedy is None:
        yield path, []
        return
    name, base = greedy[1], path[: greedy.start()]
    for depth in range(1, DEPTH + 1):
        names = [name, *(f"{name}{number}" for number in range(2, depth + 1))]
        yield base + "/".join(f"{{{each}}}" for each in names), names


def _with_parameters(item: dict[str, Any], names: list[str], ids: set[str], *, first: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in item.items():
        if key in METHODS and isinstance(value, dict):
            made[key] = _operation(value, ids, first=first)
        elif not key.startswith(OWN):
            made[key] = value
    if names:
        there = made.get("parameters")
        stated = [
            each
            for each in (there if isinstance(there, list) else ())
            if isinstance(each, dict) and not _greedy_one(each, names)
        ]
        made["parameters"] = stated + [
            {"name": each, "in": "path", "required": True, "schema": {"type": "string"}} for each in names
        ]
        for method in METHODS:
            if isinstance(made.get(method), dict) and isinstance(made[method].get("parameters"), list):
                kept = [each for each in made[method]["parameters"] if not _greedy_one(each, names)]
                made[method] = made[method] | {"parameters": kept}
    return made


def _greedy_one(parameter: object, names: list[str]) -> bool:
    stated = parameter if isinstance(parameter, dict) else {}
    return stated.get("in") == "path" and str(stated.get("name", "")).removesuffix("+") == names[0]


def _operation(operation: dict[str, Any], ids: set[str], *, first: bool) -> dict[str, Any]:
    """Its id only where that can stand in logs, and where no other has it."""
    id_ = operation.get("operationId")
    usable = first and isinstance(id_, str) and bool(OPERATION_ID.fullmatch(id_)) and id_ not in ids
    if usable:
        ids.add(str(id_))
        return operation
    return {name: value for name, value in operation.items() if name != "operationId"}


def _plain(value: Any) -> Any:
    """Without the gateway's own extensions, wherever they stand."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if not name.startswith(OWN)}
    return [_plain(each) for each in value] if isinstance(value, list) else value
