"""One change of an operation, with its exact message and place."""

from typing import Any

import pytest

from tests.contract.told import Json, document, source, told, with_operation
from tiergate.contract import Change, compare
from tiergate.policy.source import parse

TEXT, LIST = {"type": "string"}, {"type": "array", "items": {"type": "string"}}


def query(name: str = "page", **rest: Any) -> Json:
    return {"parameters": [{"name": name, "in": "query", "schema": TEXT, **rest}]}


def answers(**responses: Any) -> Json:
    return {"responses": {status.lstrip("_"): response for status, response in responses.items()}}


def body(*kinds: str, **rest: Any) -> Json:
    return {"requestBody": {"content": {kind: {"schema": TEXT} for kind in kinds}, **rest}}


def media(*kinds: str) -> Json:
    return {"content": {kind: {"schema": TEXT} for kind in kinds}}


GENERATED = "; generated clients may call it by another name"
UNSENT = "; clients that do not send it are refused"
LEFT_OUT = "; clients that leave it out are refused"
UNREAD = "; clients that read it break"
REFUSED = "; clients that send what was accepted before are refused"
BREAK = "; clients that rely on what was promised break"
UNHEEDED = "; what clients ask for with it is no longer looked at"
STYLE = "; clients that keep to the old one are misread"
ONE: list[tuple[Json, Json, list[str]]] = [
    ({}, {"operationId": "a"}, [f"risky: GET /a: operationId changed from none to a{GENERATED}"]),
    ({"operationId": "a"}, {"operationId": "b"}, [f"risky: GET /a: operationId changed from a to b{GENERATED}"]),
    ({}, {"deprecated": True}, ["safe: GET /a: deprecated"]),
    ({"deprecated": True}, {"deprecated": False}, ["safe: GET /a: no longer deprecated"]),
    ({}, {"summary": "a", "description": "b"}, ["safe: 2 texts for people changed (titles, descriptions, examples)"]),
    (
        {},
        {"callbacks": {"a": {}}},
        ["risky: GET /a: callbacks changed; what that means for callers is not looked into"],
    ),
    ({}, query(), ["safe: GET /a: query parameter page: added"]),
    ({}, query(required=True), [f"breaking: GET /a: query parameter page: added and required{UNSENT}"]),
    (query(), query(required=True), [f"breaking: GET /a: query parameter page: now required{LEFT_OUT}"]),
    (query(required=True), query(required=False), ["safe: GET /a: query parameter page: no longer required"]),
    (query(), {}, [f"risky: GET /a: query parameter page: removed{UNHEEDED}"]),
    (
        query(),
        query(**{"in": "header"}),
        [
            "breaking: GET /a: query parameter page: moved from query to header; "
            "clients that send it where it was are not understood"
        ],
    ),
    (
        query(),
        query("Page"),
        [f"risky: GET /a: query parameter page: removed{UNHEEDED}", "safe: GET /a: query parameter Page: added"],
    ),
    (query("Page", **{"in": "header"}), query("page", **{"in": "header"}), []),
    ({}, query("Accept", **{"in": "header"}, required=True), []),
    (
        query(),
        query(schema={"type": "integer"}),
        [f"breaking: GET /a: query parameter page: type changed from string to integer{REFUSED}"],
    ),
    (query(), query(deprecated=True), ["safe: GET /a: query parameter page: deprecated"]),
    (
        query(allowEmptyValue=True),
        query(),
        ["breaking: GET /a: query parameter page: may no longer be empty; clients that send it so are refused"],
    ),
    (
        query(schema=LIST),
        query(schema=LIST, explode=False),
        [f"breaking: GET /a: query parameter page: style changed from form and explode to form and no explode{STYLE}"],
    ),
    (
        query(schema=LIST),
        query(schema=LIST, style="pipeDelimited"),
        [
            f"breaking: GET /a: query parameter page: style changed from form and explode to pipeDelimited "
            f"and no explode{STYLE}"
        ],
    ),
    (query(schema=LIST), query(schema=LIST, style="form", explode=True), []),
    (query(), query(explode=False), []),
    (
        query(),
        {"parameters": [{"name": "page", "in": "query", "content": {"application/json": {"schema": TEXT}}}]},
        [
            "breaking: GET /a: query parameter page: written as application/json now; "
            "clients that keep to the old way break"
        ],
    ),
    ({}, body("a/b"), ["safe: GET /a: request body: added"]),
    ({}, body("a/b", required=True), [f"breaking: GET /a: request body: added and required{UNSENT}"]),
    (body("a/b"), {}, ["risky: GET /a: request body: removed; what clients send in it is no longer looked at"]),
    (body("a/b"), body("a/b", required=True), [f"breaking: GET /a: request body: now required{LEFT_OUT}"]),
    (body("a/b", required=True), body("a/b"), ["safe: GET /a: request body: no longer required"]),
    (
        body("a/b", "a/c"),
        body("a/b"),
        ["breaking: GET /a: request body: media type a/c removed; clients that send it are refused"],
    ),
    (body("a/b"), body("a/b", "a/c"), ["safe: GET /a: request body: media type a/c added"]),
    (body("a/b"), body("a/*"), []),
    (body("A/b; charset=UTF-8"), body("a/b;charset=utf-8"), []),
    (
        body("a/b"),
        body("a/b; charset=utf-8"),
        ["risky: GET /a: request body: media type changed from a/b to a/b; charset=utf-8"],
    ),
    (answers(_200={}), answers(_200={}, _201={}), ["risky: GET /a: response 201 added; clients may not expect it"]),
    (answers(_200={}), answers(_200={}, _404={}), ["safe: GET /a: response 404 added"]),
    (
        answers(_200={}, _201={}),
        answers(_201={}),
        ["breaking: GET /a: response 200 removed; clients that expect it break"],
    ),
    (answers(_200={}, _404={}), answers(_200={}), ["safe: GET /a: response 404 removed"]),
    (answers(default=media("a/b")), answers(default=media("a/b"), _404=media("a/b")), []),
    (answers(_404=media("a/b")), answers(**{"_4XX": media("a/b")}), ["safe: GET /a: response 4XX added"]),
    (
        answers(default=media("a/b")),
        answers(default=media("a/b"), _404=media("a/c")),
        [
            f"breaking: GET /a: response 404: media type a/b removed{UNREAD}",
            "safe: GET /a: response 404: media type a/c added",
        ],
    ),
    (
        answers(_200=media("a/b", "a/c")),
        answers(_200=media("a/b")),
        [f"breaking: GET /a: response 200: media type a/c removed{UNREAD}"],
    ),
    (
        answers(_200={"headers": {"ETag": {"schema": TEXT}}}),
        answers(_200={}),
        [f"breaking: GET /a: response 200 header ETag: removed{UNREAD}"],
    ),
    (
        answers(_200={}),
        answers(_200={"headers": {"ETag": {"schema": TEXT}}}),
        ["safe: GET /a: response 200 header ETag: added"],
    ),
    (
        answers(_200={"headers": {"ETag": {"schema": TEXT, "required": True}}}),
        answers(_200={"headers": {"etag": {"schema": TEXT}}}),
        ["breaking: GET /a: response 200 header ETag: no longer always present; clients that count on it break"],
    ),
    (
        answers(_200={"headers": {"Age": {"schema": {"type": "integer"}}}}),
        answers(_200={"headers": {"Age": {"schema": TEXT}}}),
        [f"breaking: GET /a: response 200 header Age: type changed from integer to string{BREAK}"],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), ONE)
def test_one_change_of_an_operation_is_told_once(old: Json, new: Json, expected: list[str]) -> None:
    assert told(with_operation(old), with_operation(new)) == expected


def test_an_operation_that_is_gone_breaks_and_one_more_is_safe() -> None:
    old = document({"/a": {"get": {}, "put": {}}})
    new = document({"/a": {"get": {}}, "/b": {"get": {}}})
    assert told(old, new) == ["breaking: PUT /a: removed; clients that call it break", "safe: GET /b: added"]


def path_with(name: str, kind: str = "string") -> Json:
    parameter = {"name": name, "in": "path", "required": True, "schema": {"type": kind}}
    return document({f"/a/{{{name}}}": {"get": {"parameters": [parameter]}}})


def test_a_path_parameter_of_another_name_is_the_same_parameter() -> None:
    assert told(path_with("id"), path_with("accountId")) == [
        "risky: GET /a/{accountId}: path parameter accountId: called id before; calls are the same, "
        "generated clients may not be"
    ]


def test_path_parameters_are_compared_by_their_position() -> None:
    assert told(path_with("id"), path_with("id", "integer")) == [
        "breaking: GET /a/{id}: path parameter id: type changed from string to integer; "
        "clients that send what was accepted before are refused"
    ]


def test_a_parameter_of_the_path_item_counts_where_the_operation_has_none_of_its_name() -> None:
    old = document({"/a": {**query(), "get": {}, "put": query(required=True)}})
    new = document({"/a": {**query(required=True), "get": {}, "put": query(required=True)}})
    assert told(old, new) == [f"breaking: GET /a: query parameter page: now required{LEFT_OUT}"]


SCHEMES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    "other": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "token": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example", "scopes": {}}}},
}


def secured(*security: Json) -> Json:
    return with_operation({"security": list(security)}, components={"securitySchemes": SCHEMES})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            secured(),
            secured({"key": []}),
            ["breaking: GET /a: security: key is asked for now; clients without it are refused"],
        ),
        (
            secured({"key": []}),
            secured(),
            ["risky: GET /a: security: no credential is asked for any more; see that this is meant"],
        ),
        (secured({"key": []}), secured({"other": []}), []),
        (
            secured({"key": []}),
            secured({"key": []}, {"token": ["read"]}),
            ["safe: GET /a: security: token is enough now"],
        ),
        (
            secured({"key": []}),
            secured({"key": [], "token": []}),
            ["breaking: GET /a: security: key is no longer enough, but key with token; clients with it are refused"],
        ),
        (
            secured({"token": ["a"]}),
            secured({"token": ["a", "b"]}),
            ["breaking: GET /a: security: scope b is asked for now; clients whose tokens have it not are refused"],
        ),
        (secured({"token": ["a", "b"]}), secured({"token": ["a"]}), ["safe: GET /a: security: token is enough now"]),
        (secured({"key": []}, {"token": []}), secured({"token": []}, {"key": []}), []),
        (secured({"key": []}, {}), secured({}), []),
    ],
)
def test_security_is_compared_by_what_a_caller_has_to_bring(old: Json, new: Json, expected: list[str]) -> None:
    assert told(old, new) == expected


def test_security_of_the_document_is_told_once() -> None:
    paths = {"/a": {"get": {}, "put": {}, "post": {"security": []}}}
    components = {"securitySchemes": SCHEMES}
    new = document(paths, components=components, security=[{"key": []}])
    assert told(document(paths, components=components), new) == [
        "breaking: GET /a and 1 more operation: security: key is asked for now; clients without it are refused"
    ]


def test_another_place_to_get_tokens_from_concerns_the_whole_document() -> None:
    flows = {"clientCredentials": {"tokenUrl": "https://b.example", "scopes": {}}}
    other = {"securitySchemes": SCHEMES | {"token": {"type": "oauth2", "flows": flows}}}
    (change,) = compare(source(secured()), source(secured() | {"components": other}))
    assert change.operation == ""
    assert change.message == "security scheme token: tokenUrl changed from https://a.example to https://b.example"


HEAD = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\npaths:\n"
OLD = f"""{HEAD}  /a/{{id}}:
    get:
      responses:
        '200':
          description: ''
          content:
            application/json:
              schema: {{$ref: '#/components/schemas/A'}}
    put: {{}}
components:
  schemas:
    A:
      type: object
      properties:
        x:
          type: string
          maxLength: 3
        y: {{type: string}}
"""


def test_a_change_stands_where_it_is_in_the_new_document_and_what_is_gone_where_it_was() -> None:
    new = OLD.replace("maxLength: 3", "maxLength: 4").replace("        y: {type: string}\n", "").replace("put", "post")
    changes = compare(parse(OLD, "old.yaml"), parse(new, "new.yaml"))
    where = "GET /a/{id}: response 200 application/json"
    assert [(each.rule, each.file, each.line, each.gone) for each in changes] == [
        ("response-maxLength", "new.yaml", 20, False),
        ("operation-removed", "old.yaml", 12, True),
        ("response-property-removed", "old.yaml", 21, True),
        ("operation-added", "new.yaml", 12, False),
    ]
    assert changes[2] == Change(
        "breaking",
        "response-property-removed",
        "old.yaml",
        21,
        "GET /a/{id}",
        f"{where}: y: removed; clients that read it break",
        gone=True,
    )
    assert str(changes[2]) == (f"old.yaml:21 (old document): breaking: {where}: y: removed; clients that read it break")
    assert str(changes[3]) == "new.yaml:12: safe: POST /a/{id}: added"
