"""Every OpenAPI document of a folder against itself, against changes of it, and against the others.

``TIERGATE_SAMPLES=DIR`` names the folder.
"""

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.told import Json, source
from tiergate.contract import Change, compare
from tiergate.policy.openapi import METHODS, operations
from tiergate.policy.references import resolve
from tiergate.policy.source import Source, read

SAMPLES = os.environ.get("TIERGATE_SAMPLES", "")
SUFFIXES = {".yaml", ".yml", ".json"}
DOCUMENTS = sorted(path for path in Path(SAMPLES).resolve().glob("*") if SAMPLES and path.suffix in SUFFIXES)

pytestmark = [
    pytest.mark.samples,
    pytest.mark.skipif(not SAMPLES, reason="TIERGATE_SAMPLES names no folder of OpenAPI documents"),
]
every = pytest.mark.parametrize("path", DOCUMENTS, ids=[path.name for path in DOCUMENTS])


def the(path: Path) -> Source:
    found = read(path)
    operations(found)
    return found


def after(path: Path, change: Callable[[Json], None]) -> list[Change]:
    """What is told once the document has been changed, but for what is safe."""
    old = the(path)
    data = copy.deepcopy(old.data)
    change(data)
    return [each for each in compare(old, source(data)) if each.level != "safe"]


def each_operation(data: Json) -> Iterator[Json]:
    for item in data["paths"].values():
        yield from (item[method] for method in METHODS if method in item)


def resolved(data: Json, part: Any) -> Any:
    while "$ref" in part:
        part = resolve(data, part["$ref"])
    return part


def answered(data: Json) -> Iterator[Json]:
    """The objects in answers with properties of their own, as they come."""
    for operation in each_operation(data):
        for answer in operation["responses"].values():
            for media in resolved(data, answer).get("content", {}).values():
                schema = resolved(data, media["schema"])
                if "properties" in schema and "allOf" not in schema:
                    yield schema


def enums(part: Any) -> Iterator[Json]:
    if isinstance(part, dict):
        if isinstance(part.get("enum"), list) and len(part["enum"]) > 1:
            yield part
        for below in part.values():
            yield from enums(below)
    elif isinstance(part, list):
        for below in part:
            yield from enums(below)


def test_there_are_documents() -> None:
    assert DOCUMENTS, f"no .yaml, .yml or .json in {SAMPLES}"


@every
def test_a_document_read_twice_has_not_changed(path: Path) -> None:
    old = the(path)
    assert compare(old, source(old.data | {"x-read": "again"})) == []


@every
def test_an_operation_that_is_gone_is_the_only_change(path: Path) -> None:
    gone = operations(the(path))[0]
    (change,) = after(path, lambda data: data["paths"][gone.template].pop(gone.method.lower()))
    assert str(change) == (
        f"{path}:{gone.line} (old document): breaking: {gone.method} {gone.template}: removed; "
        "clients that call it break"
    )


@every
def test_a_parameter_that_becomes_required_is_the_only_change(path: Path) -> None:
    first = operations(the(path))[0]
    query = {"name": "zz-new", "in": "query", "required": True, "schema": {"type": "string"}}

    def change(data: Json) -> None:
        operation = data["paths"][first.template][first.method.lower()]
        operation["parameters"] = [*operation.get("parameters", []), query]

    (told,) = after(path, change)
    assert told.message == (
        f"{first.method} {first.template}: query parameter zz-new: added and required; "
        "clients that do not send it are refused"
    )


@every
def test_a_property_that_is_gone_from_an_answer_breaks_those_who_read_it(path: Path) -> None:
    names = []

    def change(data: Json) -> None:
        schema = next(answered(data))
        names.append(next(iter(schema["properties"])))
        del schema["properties"][names[0]]
        schema["required"] = [name for name in schema.get("required", ()) if name != names[0]]

    told = [each for each in after(path, change) if each.rule.startswith("response")]
    assert [each.level for each in told] == ["breaking"]
    assert told[0].gone
    assert told[0].message.endswith(f": {names[0]}: removed; clients that read it break")


@every
def test_a_value_that_is_gone_breaks_only_those_who_send_it(path: Path) -> None:
    def narrowed(data: Json) -> None:
        for schema in enums(data.get("components", {})):
            schema["enum"] = schema["enum"][1:]

    told = after(path, narrowed)
    assert {each.rule for each in told} <= {"request-enum-value-removed", "request-default"}
    widened = compare(source(_changed(path, narrowed)), the(path))
    assert {each.rule for each in widened if each.level != "safe"} <= {"response-enum-value-added"}
    assert told or widened or not list(enums(the(path).data.get("components", {})))


def _changed(path: Path, change: Callable[[Json], None]) -> Json:
    data: Json = copy.deepcopy(the(path).data)
    change(data)
    return data


@every
def test_schemas_of_other_names_in_any_order_are_no_change(path: Path) -> None:
    def renamed(part: Any) -> Any:
        if isinstance(part, dict):
            entries = {key: renamed(value) for key, value in reversed(part.items())}
            if isinstance(entries.get("$ref"), str):
                entries["$ref"] = entries["$ref"].replace("#/components/schemas/", "#/components/schemas/New")
            return entries
        return [renamed(each) for each in part] if isinstance(part, list) else part

    old = the(path)
    data = renamed(old.data)
    schemas = data.get("components", {}).get("schemas", {})
    if any("discriminator" in str(schema) for schema in schemas.values()):
        pytest.skip("names of schemas are values of a discriminator here")
    if schemas:
        data["components"]["schemas"] = {f"New{name}": schema for name, schema in schemas.items()}
    assert compare(old, source(data)) == []


def test_any_two_documents_can_be_compared() -> None:
    sources = [the(path) for path in DOCUMENTS]
    for old in sources:
        for new in sources:
            gone = {(each.method, each.shape) for each in operations(old)}
            gone -= {(each.method, each.shape) for each in operations(new)}
            removed = [each for each in compare(old, new) if each.rule == "operation-removed"]
            assert len(removed) == len(gone)
