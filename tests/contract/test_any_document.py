"""Whatever a document has become, it is the same as itself, and can be compared with what it was."""

import copy
from collections.abc import Iterator
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.contract.told import Json, document, source
from tiergate.contract import compare
from tiergate.policy.source import Faults, Source

ACCOUNT = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "format": "uuid", "readOnly": True},
        "balance": {"type": "number", "multipleOf": 0.01, "minimum": 0},
        "kind": {"type": "string", "enum": ["current", "savings"], "default": "current"},
        "owner": {"oneOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]},
        "parent": {"$ref": "#/components/schemas/Account"},
    },
    "required": ["id", "balance"],
    "additionalProperties": False,
}
PERSON = {
    "allOf": [{"type": "object", "properties": {"name": {"type": "string", "maxLength": 70}}}, {"required": ["name"]}],
    "anyOf": [{"required": ["name"]}, {"not": {"type": "object"}}],
}
PAGE = {"name": "page", "in": "query", "schema": {"type": "integer", "maximum": 100}, "explode": False}
ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z]+$"}}
ANSWER = {
    "description": "An account",
    "headers": {"ETag": {"schema": {"type": "string"}}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}, "example": {}}},
}
REAL = document(
    {
        "/accounts": {
            "get": {
                "operationId": "list",
                "parameters": [PAGE],
                "responses": {"200": ANSWER, "default": {"$ref": "#/components/responses/Error"}},
            },
            "post": {
                "requestBody": {"required": True, "content": ANSWER["content"]},
                "responses": {"201": ANSWER},
                "security": [{"token": ["write"]}, {"key": []}],
            },
        },
        "/accounts/{id}": {"parameters": [ID], "get": {"responses": {"200": ANSWER, "404": {"description": ""}}}},
    },
    components={
        "schemas": {"Account": ACCOUNT, "Person": PERSON},
        "responses": {"Error": {"description": "", "content": {"application/problem+json": {"schema": {}}}}},
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}, "token": {"type": "oauth2"}},
    },
    security=[{"key": []}],
)
ODD: list[Any] = [None, True, False, 0, -1.5, 10**400, "", "string", "object", "readOnly", [], {}, [None], {"type": 3}]
ODD += [{"$ref": f"#/components/{name}"} for name in ("schemas/Account", "schemas/Person", "responses/Error")]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in entries:
        yield from places(below, (*path, key))


PLACES = list(places(REAL))


@st.composite
def mutated(draw: st.DrawFn) -> Source:
    """The document with some of its parts gone, replaced by others or by what should not be there."""
    data: Json = copy.deepcopy(REAL)
    for path in draw(st.lists(st.sampled_from(PLACES), max_size=4)):
        holder: Any = data
        try:
            for step in path[:-1]:
                holder = holder[step]
            other = draw(st.sampled_from(ODD) | st.sampled_from(PLACES).map(lambda place: _part(REAL, place)))
            if draw(st.booleans()):
                del holder[path[-1]]
            else:
                holder[path[-1]] = copy.deepcopy(other)
        except (KeyError, IndexError, TypeError):
            continue  # what an earlier change took away
    try:
        return source(data)
    except Faults:
        return source(REAL)


def _part(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


@given(mutated(), mutated())
def test_any_two_documents_can_be_compared_and_each_is_the_same_as_itself(one: Source, other: Source) -> None:
    again = source(one.data | {"x-read": "again"})
    assert compare(one, again) == []
    for change in compare(one, other):
        assert change.line >= 1
        assert change.message


def test_a_change_is_told_both_ways() -> None:
    less = copy.deepcopy(REAL)
    del less["components"]["schemas"]["Account"]["properties"]["balance"]
    assert {each.rule for each in compare(source(REAL), source(less)) if each.level == "breaking"} == {
        "request-property-removed",
        "response-property-removed",
    }
    assert [each.rule for each in compare(source(less), source(REAL)) if each.level == "breaking"] == [
        "request-property-added"
    ]
