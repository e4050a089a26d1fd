"""Documents that are written otherwise and mean the same."""

from typing import Any

import pytest

from tests.contract.told import Json, Schema, as_request, as_response, document, of_request, of_response, told

TEXT = {"type": "string"}
PERSON = {"type": "object", "properties": {"name": TEXT, "age": {"type": "integer"}}, "required": ["name", "age"]}
PARTS = {"schemas": {"Person": PERSON, "Text": TEXT}}
TO_PERSON = {"$ref": "#/components/schemas/Person"}


def same(old: Schema, new: Schema, **rest: Any) -> bool:
    return of_request(old, new, **rest) == of_response(old, new, **rest) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (PERSON, TO_PERSON),
        (PERSON, {"allOf": [PERSON]}),
        (PERSON, {"allOf": [TO_PERSON]}),
        (PERSON, {"oneOf": [TO_PERSON]}),
        (PERSON, {"anyOf": [PERSON]}),
        (PERSON, {"allOf": [{"type": "object", "required": ["age"]}, PERSON, {}]}),
        (PERSON, PERSON | {"required": ["age", "name"], "properties": dict(reversed(PERSON["properties"].items()))}),
        (PERSON, PERSON | {"x-owner": "me", "additionalProperties": True}),
        (PERSON, PERSON | {"additionalProperties": {}}),
        (PERSON, {key: value for key, value in PERSON.items() if key != "type"}),
        ({"oneOf": [TEXT, PERSON]}, {"oneOf": [TO_PERSON, TEXT]}),
        ({"oneOf": [TEXT, TO_PERSON]}, {"oneOf": [{"$ref": "#/components/schemas/Text"}, TO_PERSON]}),
        ({"oneOf": [TEXT, {"type": "integer"}]}, {"anyOf": [TEXT, {"type": "integer"}]}),
        (TEXT, TEXT | {"minLength": 0}),
        (TEXT, TEXT | {"pattern": ".*"}),
        (TEXT, {"type": ["string"]}),
        ({"enum": ["a", "b"]}, {"type": "string", "enum": ["b", "a", "a"]}),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"enum": [1]}, {"enum": [1.0]}),
        ({"type": "integer", "minimum": 1}, {"type": "integer", "exclusiveMinimum": 0}),
        ({"type": "integer", "maximum": 2.5}, {"type": "integer", "maximum": 2, "multipleOf": 1}),
        ({"type": "number", "minimum": 1}, {"allOf": [{"type": "number", "minimum": 0}, {"minimum": 1}]}),
        ({"type": ["string", "null"]}, {"anyOf": [TEXT, {"type": "null"}]}),
        ({"type": ["object", "null"]} | {"properties": {}}, {"oneOf": [{"type": "null"}, {"type": "object"}]}),
        (True, {}),
        ({"not": PERSON}, {"not": TO_PERSON}),
    ],
)
def test_what_means_the_same_is_no_change(old: Schema, new: Schema) -> None:
    assert same(old, new, components=PARTS)
    assert same(new, old, components=PARTS)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        ({"type": "string", "nullable": True, "enum": ["a"]}, {"type": ["string", "null"], "enum": ["a", None]}),
        ({"nullable": True, "allOf": [TO_PERSON]}, {"oneOf": [TO_PERSON, {"type": "null"}]}),
        ({"nullable": True, "oneOf": [TO_PERSON, TEXT]}, {"oneOf": [TO_PERSON, TEXT, {"type": "null"}]}),
        ({"type": "number", "minimum": 1, "exclusiveMinimum": True}, {"type": "number", "exclusiveMinimum": 1}),
        ({"type": "number", "maximum": 1, "exclusiveMaximum": False}, {"type": "number", "maximum": 1}),
        ({"$ref": "#/components/schemas/Text", "maxLength": 3}, TEXT),
    ],
)
def test_the_dialect_of_openapi_3_0_is_read_as_what_it_means(older: Json, newer: Json) -> None:
    for around in (as_request, as_response):
        before = around(older, version="3.0.3", components=PARTS)
        now = around(newer, components=PARTS)
        assert told(before, now) == told(now, before) == []


def test_beside_a_reference_openapi_3_1_reads_on() -> None:
    new = {"$ref": "#/components/schemas/Text", "maxLength": 3}
    assert of_response(TEXT, new, components=PARTS) == ["safe: maxLength 3 added"]


def whole(*, apart: bool) -> Json:
    """A document whose parts stand in place, or apart in ``components``."""
    parameter = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    answer = {"description": "", "headers": {"ETag": {"schema": TEXT}}, "content": {"a/b": {"schema": PERSON}}}
    body = {"required": True, "content": {"a/b": {"schema": PERSON}}}
    if not apart:
        operation = {"parameters": [parameter], "requestBody": body, "responses": {"200": answer}}
        return document({"/a": {"post": operation}})
    operation = {
        "requestBody": {"$ref": "#/components/requestBodies/Body"},
        "responses": {"200": {"$ref": "#/components/responses/Ok"}},
    }
    item = {"parameters": [{"$ref": "#/components/parameters/Page"}], "post": operation}
    components = {
        "parameters": {"Page": parameter},
        "responses": {"Ok": answer},
        "requestBodies": {"Body": body},
        "pathItems": {"A": item},
    }
    return document({"/a": {"$ref": "#/components/pathItems/A"}}, components=components)


def test_parts_may_stand_in_place_or_apart() -> None:
    assert told(whole(apart=False), whole(apart=True)) == told(whole(apart=True), whole(apart=False)) == []


def test_servers_tags_and_extensions_do_not_count() -> None:
    operation = {"tags": ["a"], "x-a": 1, "servers": [{"url": "https://a.example"}]}
    new = document({"/a": {"get": operation}}, servers=[{"url": "https://b.example"}], tags=[{"name": "a"}])
    assert told(document({"/a": {"get": {}}}), new) == []
