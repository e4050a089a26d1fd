"""The reference leaves nothing of a document out: an independent walk of each document finds all of it there.

The demo's document always; with ``TIERGATE_SAMPLES=DIR`` every document of that folder.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.portal.sites import ROOT, operations, site

SAMPLES = os.environ.get("TIERGATE_SAMPLES", "")
DOCUMENTS = [
    ROOT / "policies/apis/bank/v1/openapi.yaml",
    *(
        pytest.param(path, marks=pytest.mark.samples)
        for path in sorted(Path(SAMPLES).resolve().glob("*"))
        if SAMPLES and path.suffix in {".yaml", ".yml", ".json"}
    ),
]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
VALUES = frozenset({"const", "default", "enum", "example", "examples"})


class Walk:
    """What a document says of each operation, found without a line of the code that is tested."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document

    def operations(self) -> Iterator[tuple[str, str, dict[str, Any], dict[str, Any]]]:
        """Method, path, path item and operation; webhooks by their name."""
        for kind in ("paths", "webhooks"):
            for path, item in self.document.get(kind, {}).items():
                for method in METHODS:
                    if method in self.at(item):
                        yield method.upper(), path, self.at(item), self.at(item)[method]

    def at(self, part: Any) -> Any:
        """What a part stands for."""
        while isinstance(part, dict) and "$ref" in part:
            found: Any = self.document
            for step in part["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            part = found
        return part

    def parameters(self, item: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
        stated = [self.at(each) for each in [*item.get("parameters", []), *operation.get("parameters", [])]]
        return {(each["in"], each["name"]): each for each in stated}

    def properties(self, schema: Any, seen: set[str] | None = None) -> set[tuple[str, str, str]]:
        """Name, type and format of every property below a schema, however it is reached."""
        seen = set() if seen is None else seen
        if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
            if schema["$ref"] in seen:
                return set()
            seen.add(schema["$ref"])
            return self.properties(self.at(schema), seen)
        return properties(schema, lambda part: self.properties(part, seen))


def properties(schema: Any, further: Any) -> set[tuple[str, str, str]]:
    found: set[tuple[str, str, str]] = set()
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key in VALUES or key.startswith("x-"):
            continue
        if key in {"properties", "patternProperties", "$defs", "dependentSchemas"}:
            for name, each in value.items():
                kind = each if isinstance(each, dict) else {}
                found.add((name, str(kind.get("type", "")), str(kind.get("format", ""))))
                found |= further(each)
        elif isinstance(value, dict):
            found |= further(value)
        elif isinstance(value, list):
            for each in value:
                found |= further(each)
    return found


def told_properties(schema: Any, schemas: Mapping[str, Any], seen: set[str] | None = None) -> set[tuple[str, str, str]]:
    """The same of what the site tells."""
    seen = set() if seen is None else seen
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        if schema["$ref"] in seen:
            return set()
        seen.add(schema["$ref"])
        return told_properties(schemas[schema["$ref"]], schemas, seen)
    return properties(schema, lambda part: told_properties(part, schemas, seen))


def name_of(path: Path) -> str:
    return path.parent.name if path.stem == "openapi" else path.stem


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_nothing_of_a_document_is_missing_in_its_reference(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    walk = Walk(yaml.load(text, LOADER))  # noqa: S506  # texts, lists and mappings alone
    found = site(tmp_path / "policies", {"things/v1": text})
    told = {(each["method"], each["path"]): each for each in operations(found).values()}
    counts = dict.fromkeys(("operations", "parameters", "responses", "headers", "properties"), 0)
    for method, template, item, operation in walk.operations():
        shown = told.pop((method, template))
        schemas = shown["schemas"]
        assert shown["summary"] == " ".join(operation.get("summary", item.get("summary", "")).split())
        assert shown["deprecated"] == (operation.get("deprecated") == "true")
        stated = walk.parameters(item, operation)
        parameters = {(each["in"], each["name"]): each for each in shown["parameters"]}
        assert parameters.keys() == stated.keys()
        for key, parameter in stated.items():
            assert told_properties(parameters[key].get("schema"), schemas) == walk.properties(parameter.get("schema"))
        bodies = [(shown["request_body"], walk.at(operation.get("requestBody")))]
        responses = {code: walk.at(each) for code, each in operation["responses"].items()}
        assert shown["responses"].keys() == responses.keys()
        for code, response in responses.items():
            bodies.append((shown["responses"][code], response))
            headers = {name: walk.at(each) for name, each in response.get("headers", {}).items()}
            assert shown["responses"][code].get("headers", {}).keys() == headers.keys()
            assert shown["responses"][code].get("links", {}).keys() == response.get("links", {}).keys()
            counts["headers"] += len(headers)
        for mine, body in bodies:
            content = (body or {}).get("content", {})
            assert ((mine or {}).get("content") or {}).keys() == content.keys()
            for kind, media in content.items():
                expected = walk.properties(media.get("schema"))
                assert told_properties(mine["content"][kind].get("schema"), schemas) == expected
                assert mine["content"][kind].get("examples", {}).keys() == media.get("examples", {}).keys()
                counts["properties"] += len(expected)
        assert shown["callbacks"].keys() == operation.get("callbacks", {}).keys()
        counts["operations"] += 1
        counts["parameters"] += len(parameters)
        counts["responses"] += len(responses)
    print(f"\n{name_of(path)}: {counts}")
    assert told == {}
    assert counts["operations"] > 0
    assert counts["responses"] > 0


def test_the_walk_itself_sees_what_is_nested() -> None:
    schema = {"allOf": [{"$ref": "#/a"}, {"items": {"properties": {"deep": {"type": "string"}}}}]}
    walk = Walk({"a": {"properties": {"again": {"$ref": "#/a"}, "n": {"type": "integer", "format": "int64"}}}})
    assert walk.properties(schema) == {("again", "", ""), ("n", "integer", "int64"), ("deep", "string", "")}
