"""Changes that look harmless, and what they do to callers."""

from typing import Any

import pytest

from tests.contract.told import (
    Json,
    Schema,
    as_request,
    document,
    of_request,
    of_response,
    source,
    told,
    with_operation,
)
from tiergate.contract import compare

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
UNDECIDED = "; what that means for callers cannot be decided"
REFUSED = "; clients that send what was accepted before are refused"


def a_request(schema: Schema, **schemas: Any) -> Json:
    return as_request(schema, components={"schemas": schemas})


@pytest.mark.parametrize(
    ("reference", "named", "changed"),
    [
        ({"$ref": "#Y"}, {"$anchor": "Y", **TEXT}, {"$anchor": "Y", **NUMBER}),
        ({"$ref": "y"}, {"$id": "y", **TEXT}, {"$id": "y", **NUMBER}),
        (
            {"$ref": "#/components/schemas/X"},
            {"$id": "https://a.example/x", "$defs": {"Q": TEXT}, "items": {"$ref": "#/$defs/Q"}},
            {"$id": "https://a.example/x", "$defs": {"Q": NUMBER}, "items": {"$ref": "#/$defs/Q"}},
        ),
    ],
)
def test_a_reference_by_a_schemas_own_name_is_risky_once_a_named_schema_has_changed(
    reference: Json, named: Json, changed: Json
) -> None:
    old = a_request(reference, X=named)
    assert told(old, old) == []
    (change,) = told(old, a_request(reference, X=changed))
    assert change.startswith("risky: POST /a: request body application/json: ")
    assert change.endswith("$ref changed" + UNDECIDED)


def test_what_stands_beside_one_reference_is_not_lost_to_another_of_the_same_words() -> None:
    mere = {"$ref": "#/components/schemas/X"}
    old = {"type": "object", "properties": {"a": mere, "b": mere}}
    new = {"type": "object", "properties": {"a": mere, "b": mere | {"maxLength": 3}}}
    components = {"schemas": {"X": TEXT}}
    assert of_request(old, new, components=components) == [f"breaking: b: maxLength 3 added{REFUSED}"]


def test_a_property_that_leaves_a_closed_schema_for_one_beside_it_is_refused_from_then_on() -> None:
    closed = {"type": "object", "additionalProperties": False}
    old = {"allOf": [closed | {"properties": {"a": TEXT, "b": TEXT}}]}
    new = {"allOf": [closed | {"properties": {"a": TEXT}}, {"properties": {"b": TEXT}}]}
    assert of_request(old, new) == ["breaking: b: removed; clients that send it are refused"]


def test_a_property_that_is_narrower_than_what_was_let_in_breaks_those_who_send_it() -> None:
    old = {"type": "object", "additionalProperties": TEXT}
    assert of_request(old, {**old, "properties": {"a": NUMBER}}) == [
        f"breaking: a: type changed from string to integer{REFUSED}",
        "safe: a: added",
    ]


def test_a_pattern_counts_beside_an_enumeration() -> None:
    old = {"type": "string", "enum": ["a", "bb"]}
    assert of_request(old, old | {"pattern": "^a$"}) == [f"breaking: pattern ^a$ added{REFUSED}"]


def test_equal_values_in_an_enumeration_are_no_change() -> None:
    assert of_request({"enum": [{"a": [1]}]}, {"enum": [{"a": [1.0]}]}) == []


def test_nullable_says_nothing_from_openapi_3_1_on() -> None:
    schema = TEXT | {"nullable": True}
    assert told(as_request(schema, version="3.0.3"), as_request(schema)) == [
        "breaking: POST /a: request body application/json: null is no longer accepted; "
        "clients that send it are refused",
        f"risky: POST /a: request body application/json: nullable added{UNDECIDED}",
    ]


def test_each_value_of_a_discriminator_counts() -> None:
    def pets(*values: str) -> Json:
        mapping = dict.fromkeys(values, "#/components/schemas/Cat") | {"dog": "#/components/schemas/Dog"}
        choice = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}]}
        schema = choice | {"discriminator": {"propertyName": "kind", "mapping": mapping}}
        return a_request(schema, Cat={"type": "object"}, Dog={"type": "object"})

    where = "POST /a: request body application/json"
    assert told(pets("cat", "tom"), pets("tom")) == [
        f"breaking: {where}: alternative cat removed; clients that send it are refused"
    ]
    assert told(pets("tom"), pets("cat", "tom")) == [f"safe: {where}: alternative cat added"]


def answering(**answer: Any) -> Json:
    return with_operation({"responses": {"200": answer}})


def test_an_answer_of_any_media_type_may_be_one_that_clients_do_not_read() -> None:
    old, new = ({"content": {kind: {}}} for kind in ("application/json", "*/*"))
    assert told(answering(**old), answering(**new)) == [
        "risky: GET /a: response 200: media type changed from application/json to */*"
    ]


def test_links_that_are_gone_are_risky() -> None:
    assert told(answering(links={"next": {"operationId": "b"}}), answering()) == [
        "risky: GET /a: response 200: links changed; clients that follow them may fail"
    ]


def test_a_flow_that_is_gone_is_risky() -> None:
    def by(flow: str) -> Json:
        scheme = {"type": "oauth2", "flows": {flow: {"scopes": {}}}}
        return document({"/a": {"get": {}}}, components={"securitySchemes": {"o": scheme}})

    assert told(by("clientCredentials"), by("implicit")) == [
        "risky: security scheme o: flow clientCredentials removed; clients that get their tokens by it may fail"
    ]


def test_an_operation_that_takes_calls_from_another_is_risky() -> None:
    old = {"/a/{x}": {"get": {}, "put": {}}}
    assert told(document(old), document(old | {"/a/me": {"get": {}, "post": {}}})) == [
        "risky: GET /a/me: added; it takes calls that GET /a/{x} answered",
        "safe: POST /a/me: added",
    ]


def test_of_many_credentials_a_few_are_named() -> None:
    schemes = {f"k{at}": {"type": "apiKey", "in": "header", "name": f"K{at}"} for at in range(9)}

    def secured(*names: str) -> Json:
        security = [{name: []} for name in names]
        return with_operation({"security": security}, components={"securitySchemes": schemes})

    (breaking, *_) = told(secured("k0"), secured(*list(schemes)[1:]))
    assert breaking == (
        "breaking: GET /a: security: k0 is no longer enough, but k1 or k2 or k3 or k4 or k5 or 3 more; "
        "clients with it are refused"
    )


def test_very_many_alternatives_of_credentials_are_not_compared_one_by_one() -> None:
    old, new = (with_operation({"security": [{f"{name}{at}": []} for at in range(101)]}) for name in "ab")
    (change,) = compare(source(old), source(new))
    assert (change.level, change.rule) == ("risky", "security-changed")


def test_null_is_lost_with_an_alternative_though_one_that_is_a_choice_comes() -> None:
    old = {"oneOf": [TEXT, {"type": "null"}, {"type": "array"}]}
    new = {"oneOf": [TEXT, {"oneOf": [NUMBER, {"type": "boolean"}]}, {"type": "array"}]}
    assert of_request(old, new)[0] == "breaking: null is no longer accepted; clients that send it are refused"
    assert of_response(new, old)[0] == "breaking: may now be null; clients that do not expect it break"
