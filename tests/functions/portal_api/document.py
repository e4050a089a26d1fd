"""The portal's OpenAPI document, which says what to test: its operations, and what their answers look like."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import pytest
import yaml

from tiergate.domain.members import Role

FILE = Path(__file__).parents[3] / "lambdas/portal_api/openapi.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]


class Operation(NamedTuple):
    """One of the document. ``raw``: as it stands there, with its path's parameters."""

    id: str
    method: str
    path: str
    raw: Mapping[str, Any]

    @property
    def public(self) -> bool:
        return self.raw.get("security") == []

    @property
    def role(self) -> Role:
        """That it needs, as its description says."""
        text = self.raw["description"]
        if "For owners" in text or "Owners remove anybody" in text:
            return Role.OWNER
        return Role.DEVELOPER if "For developers" in text else Role.VIEWER

    @property
    def ids(self) -> list[str]:
        return re.findall(r"\{(\w+)\}", self.path)

    @property
    def headers(self) -> set[str]:
        """Those that must be sent."""
        parameters = (resolved(each) for each in self.raw.get("parameters", ()))
        return {each["name"].lower() for each in parameters if each["in"] == "header" and each.get("required")}

    @property
    def body(self) -> Mapping[str, Any] | None:
        """The media type of what it takes, or None."""
        content = self.raw.get("requestBody", {}).get("content")
        return content["application/json"] if content else None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The schemas of what its body has."""
        return resolved(self.body["schema"])["properties"] if self.body else {}

    def address(self, ids: Mapping[str, str]) -> str:
        return re.sub(r"\{(\w+)\}", lambda found: ids[found[1]], self.path)


def resolved(value: Any) -> Any:
    while isinstance(value, dict) and "$ref" in value:
        found: Any = DOCUMENT
        for step in value["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        value = found
    return value


OPERATIONS = [
    Operation(raw["operationId"], method.upper(), path, raw)
    for path, item in DOCUMENT["paths"].items()
    for method, raw in item.items()
    if method != "parameters"
]


def operations(kind: list[Operation]) -> Any:
    """A test for each of them."""
    return pytest.mark.parametrize("operation", kind, ids=lambda each: each.id)


def conforms(method: str, path: str, reply: Any) -> None:
    """Holds an answer to the document: its status, its headers, its body without anything that is not told there."""
    operation = _operation(method, path)
    if operation is None:
        assert reply.status in {401, 404}
        return
    answers = operation.raw["responses"]
    stated = resolved(answers.get(str(reply.status), answers["default"]))
    if str(reply.status) not in answers:
        assert reply.status >= 400, f"{operation.id} answers {reply.status}, which is not told"
    kind = reply.headers.get("content-type")
    for kind_told, media in stated.get("content", {}).items():
        assert kind == kind_told
        errors = [str(each) for each in _validator(media["schema"]["$ref"]).iter_errors(reply.body)]
        assert not errors, f"{operation.id} {reply.status}: {errors}"
    if "content" not in stated:
        assert reply.body is None
    for name, header in stated.get("headers", {}).items():
        value = reply.headers.get(name.lower())
        optional = name == "Idempotency-Replayed"
        assert optional or value is not None, f"{operation.id} {reply.status} has no {name}"
        _check_header(resolved(header), value)
    assert reply.headers["cache-control"] == "no-store"


def _check_header(header: Mapping[str, Any], value: str | None) -> None:
    schema = header["schema"]
    if value is not None:
        instance: Any = int(value) if schema["type"] == "integer" else value
        jsonschema_rs.validate(schema, instance)


def _operation(method: str, path: str) -> Operation | None:
    for each in OPERATIONS:
        if each.method == method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", each.path), path):
            return each
    return None


@cache
def _validator(reference: str) -> Any:
    schemas = {name: _closed(schema) for name, schema in SCHEMAS.items()}
    return jsonschema_rs.Draft202012Validator(
        {"$ref": reference, "components": {"schemas": schemas}}, validate_formats=True
    )


def _closed(schema: Any) -> Any:
    """Nothing that the document does not name may be there."""
    if isinstance(schema, list):
        return [_closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _closed(each) for name, each in schema.items()}
    if isinstance(made.get("properties"), dict) and "type" in made:
        made.setdefault("additionalProperties", False)
    return made
