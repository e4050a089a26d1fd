"""One change of a schema, and what it does to those who send it and to those who read it."""

from typing import Any

import pytest

from tests.contract.told import Json, Schema, as_request, of_request, of_response, told, with_operation

TEXT, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
LIST = {"type": "array", "items": TEXT}
REFUSED = "; clients that send what was accepted before are refused"
BREAK = "; clients that rely on what was promised break"
UNDECIDED = "; what that means for callers cannot be decided"


def an_object(*required: str, **properties: Any) -> Json:
    return {"type": "object", "properties": properties, "required": list(required)}


CLOSED = {"additionalProperties": False}
NARROWED = [
    (TEXT, {**TEXT, "maxLength": 3}, "maxLength 3 added", "maxLength 3 removed"),
    (
        {**TEXT, "maxLength": 4},
        {**TEXT, "maxLength": 3},
        "maxLength lowered from 4 to 3",
        "maxLength raised from 3 to 4",
    ),
    (
        {**TEXT, "minLength": 1},
        {**TEXT, "minLength": 2},
        "minLength raised from 1 to 2",
        "minLength lowered from 2 to 1",
    ),
    (
        {**NUMBER, "maximum": 2},
        {**NUMBER, "maximum": 1.5},
        "maximum lowered from 2 to 1.5",
        "maximum raised from 1.5 to 2",
    ),
    (
        {**NUMBER, "minimum": 1},
        {**NUMBER, "exclusiveMinimum": 1},
        "minimum changed from 1 to 1 (exclusive)",
        "minimum changed from 1 (exclusive) to 1",
    ),
    (
        NUMBER,
        {**NUMBER, "multipleOf": 0.01},
        "multipleOf changed from none to 0.01",
        "multipleOf changed from 0.01 to none",
    ),
    ({**LIST, "maxItems": 2}, {**LIST, "maxItems": 1}, "maxItems lowered from 2 to 1", "maxItems raised from 1 to 2"),
    (LIST, {**LIST, "uniqueItems": True}, "items must now be unique", "items need no longer be unique"),
    (
        {"type": "object"},
        {"type": "object", "maxProperties": 4},
        "maxProperties 4 added",
        "maxProperties 4 removed",
    ),
    (NUMBER, INTEGER, "type changed from number to integer", "type changed from integer to number"),
    (
        {"type": ["string", "integer"]},
        TEXT,
        "type changed from integer or string to string",
        "type changed from string to integer or string",
    ),
    ({}, TEXT, "type changed from anything to string", "type changed from string to anything"),
    (TEXT, False, "type changed from string to nothing", "type changed from nothing to string"),
    (
        {**INTEGER, "format": "int64"},
        {**INTEGER, "format": "int32"},
        "format changed from int64 to int32",
        "format changed from int32 to int64",
    ),
    (TEXT, {**TEXT, "pattern": "^a"}, "pattern ^a added", "pattern ^a removed"),
    ({"type": "array"}, LIST, "items now held to a schema", "items no longer held to a schema"),
    (
        {"type": "object"},
        {"type": "object", "additionalProperties": TEXT},
        "other properties are now held to a schema",
        "other properties are no longer held to a schema",
    ),
]


@pytest.mark.parametrize(("wide", "narrow", "narrowed", "widened"), NARROWED)
def test_requests_may_not_get_narrower_nor_responses_wider(
    wide: Schema, narrow: Schema, narrowed: str, widened: str
) -> None:
    assert of_request(wide, narrow) == [f"breaking: {narrowed}{REFUSED}"]
    assert of_response(wide, narrow) == [f"safe: {narrowed}"]
    assert of_request(narrow, wide) == [f"safe: {widened}"]
    assert of_response(narrow, wide) == [f"breaking: {widened}{BREAK}"]


ONE = [
    (
        TEXT,
        INTEGER,
        [f"breaking: type changed from string to integer{REFUSED}"],
        [f"breaking: type changed from string to integer{BREAK}"],
    ),
    (
        TEXT,
        {"type": ["string", "null"]},
        ["safe: null is now accepted"],
        ["breaking: may now be null; clients that do not expect it break"],
    ),
    (
        {"type": ["string", "null"]},
        TEXT,
        ["breaking: null is no longer accepted; clients that send it are refused"],
        ["safe: may no longer be null"],
    ),
    (
        {"enum": ["a", "b", "c"]},
        {"enum": ["a"]},
        ['breaking: "b", "c" removed; clients that send them are refused'],
        ['safe: "b", "c" removed'],
    ),
    (
        {"enum": ["a"]},
        {"enum": ["a", "b"]},
        ['safe: "b" accepted now'],
        ['breaking: "b" added; clients that do not know it break'],
    ),
    (
        {"const": 1},
        {"const": "1"},
        ["breaking: 1 removed; clients that send it are refused", 'safe: "1" accepted now'],
        ['breaking: "1" added; clients that do not know it break', "safe: 1 removed"],
    ),
    (
        TEXT,
        {**TEXT, "enum": ["a"]},
        [f'breaking: only "a" is possible now{REFUSED}'],
        ['safe: only "a" is possible now'],
    ),
    (
        {**TEXT, "enum": ["a", "bc"]},
        TEXT,
        ['safe: values other than "a", "bc" are possible now'],
        [f'breaking: values other than "a", "bc" are possible now{BREAK}'],
    ),
    (
        {**TEXT, "enum": ["a", "bc"]},
        {**TEXT, "maxLength": 1},
        [f'breaking: "bc" is no longer possible{REFUSED}'],
        [f'breaking: values other than "a", "bc" are possible now{BREAK}'],
    ),
    (
        {"type": "boolean"},
        {"type": "boolean", "enum": [True]},
        ["breaking: false removed; clients that send it are refused"],
        ["safe: false removed"],
    ),
    (
        {**TEXT, "format": "date"},
        {**TEXT, "format": "date-time"},
        [f"breaking: format changed from date to date-time{REFUSED}"],
        [f"breaking: format changed from date to date-time{BREAK}"],
    ),
    (
        {**TEXT, "format": "iban"},
        {**TEXT, "format": "bban"},
        ["risky: format changed from iban to bban"],
        ["risky: format changed from iban to bban"],
    ),
    (TEXT, {**TEXT, "format": "date"}, ["risky: format date added"], ["safe: format date added"]),
    ({**TEXT, "format": "date"}, TEXT, ["safe: format date removed"], ["risky: format date removed"]),
    (
        {**TEXT, "pattern": "^a"},
        {**TEXT, "pattern": "^b"},
        ["risky: pattern changed from ^a to ^b; whether the same texts match cannot be decided"],
        ["risky: pattern changed from ^a to ^b; whether the same texts match cannot be decided"],
    ),
    (
        {**INTEGER, "default": 10},
        {**INTEGER, "default": 20},
        ["risky: default changed from 10 to 20"],
        ["risky: default changed from 10 to 20"],
    ),
    (INTEGER, {**INTEGER, "default": None}, ["risky: default null added"], ["risky: default null added"]),
    (TEXT, {**TEXT, "not": {"const": ""}}, [f"risky: not added{UNDECIDED}"], [f"risky: not added{UNDECIDED}"]),
    (
        {**TEXT, "if": {"minLength": 1}},
        {**TEXT, "if": {"minLength": 2}},
        [f"risky: if changed{UNDECIDED}"],
        [f"risky: if changed{UNDECIDED}"],
    ),
    (an_object(), an_object(x=TEXT), ["safe: x: added"], ["safe: x: added"]),
    (
        an_object(),
        an_object("x", x=TEXT),
        ["breaking: x: added and required; clients that do not send it are refused"],
        ["safe: x: added"],
    ),
    (
        an_object(x=TEXT),
        an_object("x", x=TEXT),
        ["breaking: x: now required; clients that leave it out are refused"],
        ["safe: x: now always present"],
    ),
    (
        an_object("x", x=TEXT),
        an_object(x=TEXT),
        ["safe: x: no longer required"],
        ["breaking: x: no longer always present; clients that count on it break"],
    ),
    (
        an_object(x=TEXT),
        an_object(),
        ["risky: x: removed; what clients send in it is no longer looked at"],
        ["breaking: x: removed; clients that read it break"],
    ),
    (
        an_object(x=TEXT) | CLOSED,
        an_object() | CLOSED,
        ["breaking: x: removed; clients that send it are refused"],
        ["breaking: x: removed; clients that read it break"],
    ),
    (
        an_object() | CLOSED,
        an_object(x=TEXT) | CLOSED,
        ["safe: x: added"],
        ["risky: x: added where no other properties were to be expected; clients that refuse unknown ones break"],
    ),
    (
        an_object(),
        an_object() | CLOSED,
        ["breaking: other properties are no longer allowed; clients that send some are refused"],
        ["safe: other properties are no longer allowed"],
    ),
    (
        an_object() | CLOSED,
        an_object(),
        ["safe: other properties are allowed now"],
        ["risky: other properties are allowed now; clients that refuse unknown ones break"],
    ),
    (
        an_object() | {"additionalProperties": TEXT},
        an_object() | {"additionalProperties": INTEGER},
        [f"breaking: *: type changed from string to integer{REFUSED}"],
        [f"breaking: *: type changed from string to integer{BREAK}"],
    ),
    (
        an_object(x=TEXT),
        an_object(x={**TEXT, "readOnly": True}),
        ["risky: x: removed; what clients send in it is no longer looked at"],
        [],
    ),
    (
        an_object("x", x={**TEXT, "readOnly": True}),
        an_object("x", x=TEXT),
        ["breaking: x: added and required; clients that do not send it are refused"],
        [],
    ),
    (
        an_object(x=TEXT),
        an_object(x={**TEXT, "writeOnly": True}),
        [],
        ["breaking: x: removed; clients that read it break"],
    ),
    (an_object(x=TEXT), an_object(x={**TEXT, "deprecated": True}), ["safe: x: deprecated"], ["safe: x: deprecated"]),
    (
        {"oneOf": [TEXT, INTEGER]},
        {"oneOf": [INTEGER, TEXT, {"type": "boolean"}]},
        ["safe: alternative boolean added"],
        ["breaking: alternative boolean added; clients that do not know it break"],
    ),
    (
        {"anyOf": [TEXT, INTEGER]},
        TEXT,
        ["breaking: alternative integer removed; clients that send it are refused"],
        ["safe: alternative integer removed"],
    ),
    (
        TEXT,
        {"anyOf": [TEXT, INTEGER]},
        ["safe: alternative integer added"],
        ["breaking: alternative integer added; clients that do not know it break"],
    ),
    (
        {"anyOf": [TEXT, {"type": "null"}]},
        {"anyOf": [TEXT, INTEGER, {"type": "null"}]},
        ["safe: alternative integer added"],
        ["breaking: alternative integer added; clients that do not know it break"],
    ),
    (
        {"anyOf": [an_object(x=TEXT), an_object(y=TEXT)]},
        {"oneOf": [an_object(x=TEXT), an_object(y=TEXT)]},
        ["risky: anyOf became oneOf; whether the same values are possible cannot be decided"],
        ["safe: anyOf became oneOf"],
    ),
    (
        an_object(x=TEXT),
        an_object(x=TEXT) | {"anyOf": [{"required": ["x"]}, {"minProperties": 2}]},
        ["risky: anyOf added; whether the same values are possible cannot be decided"],
        ["safe: anyOf added"],
    ),
    (
        {**TEXT, "description": "a"},
        {**TEXT, "description": "b", "title": "c", "examples": ["d"]},
        ["safe: 3 texts for people changed (titles, descriptions, examples)"],
        ["safe: 3 texts for people changed (titles, descriptions, examples)"],
    ),
    (
        an_object(
            a={"type": "array", "items": an_object(b={"type": "object", "additionalProperties": an_object(c=TEXT)})}
        ),
        an_object(a={"type": "array", "items": an_object(b={"type": "object", "additionalProperties": an_object()})}),
        ["risky: a[].b.*.c: removed; what clients send in it is no longer looked at"],
        ["breaking: a[].b.*.c: removed; clients that read it break"],
    ),
]


@pytest.mark.parametrize(("old", "new", "request_told", "response_told"), ONE)
def test_one_change_is_told_once_for_each_way(
    old: Schema, new: Schema, request_told: list[str], response_told: list[str]
) -> None:
    assert of_request(old, new) == request_told
    assert of_response(old, new) == response_told


PETS = {
    "Cat": an_object("kind", kind=TEXT, lives=INTEGER),
    "Dog": an_object("kind", kind=TEXT, tail=TEXT),
    "Pet": {
        "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}},
    },
}


def pets(**schemas: Any) -> Json:
    return as_request({"$ref": "#/components/schemas/Pet"}, components={"schemas": PETS | schemas})


def test_alternatives_belong_together_by_the_discriminators_values() -> None:
    changed = pets(Cat=an_object("kind", kind=TEXT, lives=TEXT))
    assert told(pets(), changed) == [
        f"breaking: POST /a: request body application/json: (cat).lives: type changed from integer to string{REFUSED}"
    ]


def test_another_value_of_the_discriminator_is_another_alternative() -> None:
    renamed = pets(Pet=PETS["Pet"] | {"discriminator": {"propertyName": "kind", "mapping": {"tom": "Cat"}}})
    assert told(pets(), renamed) == [
        "breaking: POST /a: request body application/json: alternative cat removed; clients that send it are refused",
        "safe: POST /a: request body application/json: alternative tom added",
    ]


def test_another_discriminator_breaks() -> None:
    other = pets(Pet=PETS["Pet"] | {"discriminator": {"propertyName": "type", "mapping": {"cat": "Cat"}}})
    assert told(pets(), other) == [
        "breaking: POST /a: request body application/json: discriminator changed from kind to type; "
        "clients that tell by it break"
    ]


def test_a_shared_schema_is_told_once_with_the_operations_that_it_touches() -> None:
    def shared(schema: Json) -> Json:
        answer = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Account"}}}}
        data = with_operation(
            {"responses": {"200": answer, "201": answer}}, components={"schemas": {"Account": schema}}
        )
        data["paths"] |= {f"/b{number}": {"get": {"responses": {"200": answer}}} for number in range(11)}
        return data

    assert told(shared(an_object(x=TEXT)), shared(an_object())) == [
        "breaking: GET /a and 11 more operations: response 200 application/json: x: removed; clients that read it break"
    ]
