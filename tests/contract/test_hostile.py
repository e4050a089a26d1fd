"""Documents that refer to themselves, run deep or fan out come to an end."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from tests.contract.told import Json, as_response, document, source, told
from tiergate.contract import compare
from tiergate.contract.pair import Pair
from tiergate.contract.schemas import Comparison
from tiergate.policy.source import parse

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n"


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[Pair]:
    """The pairs of schemas that are compared, as they come."""
    found: list[Pair] = []
    inner = Comparison._compare
    monkeypatch.setattr(Comparison, "_compare", lambda self, pair: found.append(pair) or inner(self, pair))
    return found


def to(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def around(schemas: dict[str, Any]) -> Json:
    return as_response(to("A"), components={"schemas": schemas})


def test_a_schema_that_refers_to_itself_is_compared_to_its_end() -> None:
    def tree(kind: str) -> Json:
        properties = {"value": {"type": kind}, "left": to("A"), "right": {"type": "array", "items": to("A")}}
        return around({"A": {"type": "object", "properties": properties}})

    assert told(tree("string"), tree("string")) == []
    assert told(tree("integer"), tree("number")) == [
        "breaking: GET /a: response 200 application/json: value: type changed from integer to number; "
        "clients that rely on what was promised break"
    ]


def test_allof_in_a_circle_says_nothing() -> None:
    circle = around({"A": {"allOf": [to("B")]}, "B": {"allOf": [to("A")]}})
    assert told(around({"A": to("B"), "B": {}}), circle) == []


def test_schemas_that_refer_to_each_other_in_every_way_are_compared_two_by_two(compared: list[Pair]) -> None:
    names = [f"S{number}" for number in range(12)]

    def mesh(kind: str) -> Json:
        properties: Json = {name: to(name) for name in names} | {"value": {"type": kind}}
        every = {"oneOf": [to(name) for name in names]}
        properties |= {"any": {"allOf": [to(name) for name in names]}, "one": every}
        return around({"A": to("S0")} | {name: {"type": "object", "properties": properties} for name in names})

    assert len(told(mesh("string"), mesh("integer"))) == len(names)
    assert len(compared) < 500


def test_a_long_chain_of_schemas_is_followed_to_its_end() -> None:
    def chain(kind: str) -> Json:
        links = {f"S{at}": {"type": "object", "properties": {"next": to(f"S{at + 1}")}} for at in range(2_000)}
        return around({"A": to("S0"), **links, "S2000": {"type": kind}})

    (change,) = told(chain("integer"), chain("number"))
    assert change.startswith("breaking: GET /a: response 200 application/json: next.next.")
    assert len(change) < 400


def test_aliases_that_double_at_every_step_are_compared_once_each(compared: list[Pair]) -> None:
    def doubled(kind: str) -> str:
        lines = [f"x-0: &s0 {{type: {kind}}}"]
        lines += [
            f"x-{at}: &s{at} {{type: object, properties: {{a: *s{at - 1}, b: *s{at - 1}}}}}" for at in range(1, 15)
        ]
        paths = "paths: {/a: {get: {responses: {'200': {description: '', content: {a/b: {schema: *s14}}}}}}}"
        return HEAD + "\n".join(lines) + "\n" + paths + "\n"

    (change,) = compare(parse(doubled("integer"), "old"), parse(doubled("number"), "new"))
    assert change.rule == "response-type"
    assert len(compared) == 15


def test_what_is_too_entangled_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiergate.contract.schemas.LARGEST", 3)
    wide = {"type": "object", "properties": {f"p{at}": {"type": "array", "maxItems": at} for at in range(5)}}
    changes = compare(source(around({"A": wide})), source(around({"A": wide}) | {"x-new": True}))
    assert {(each.level, each.rule) for each in changes} == {("risky", "response-too-entangled")}


def steps(old: Json, new: Json) -> int:
    """So many functions of the differ are called."""
    before, after, count = source(old), source(new), 0

    def counted(frame: FrameType, event: str, _: object) -> None:
        nonlocal count
        count += event == "call" and "contract" in frame.f_code.co_filename

    sys.setprofile(counted)
    try:
        compare(before, after)
    finally:
        sys.setprofile(None)
    return count


def shared(size: int, kind: str) -> Json:
    """Each operation reaches each schema, and something has changed in each."""
    answer = {"200": {"content": {"a/b": {"schema": {"properties": {"first": to("S0")}}}}}}
    links = {f"S{at}": {"n": to(f"S{(2 * at + 1) % size}"), "m": to(f"S{(2 * at + 2) % size}")} for at in range(size)}
    schemas = {name: {"properties": below | {"value": {"type": kind}}} for name, below in links.items()}
    paths = {f"/a{at}": {"get": {"responses": answer}} for at in range(size)}
    return document(paths, components={"schemas": schemas})


def chained(size: int, kind: str) -> Json:
    """Each property refers to another link of one chain of references."""
    links = {f"S{at}": to(f"S{at + 1}") for at in range(size)}
    every = {"properties": {name: to(name) for name in links}}
    return around({"A": every, **links, f"S{size}": {"type": kind}})


def undecided(size: int, kind: str) -> Json:
    """Each schema excludes one that holds them all."""
    links = {f"S{at}": {"properties": {"a": to(f"S{at + 1}")}, "not": to("S0")} for at in range(size)}
    return around({"A": to("S0"), **links, f"S{size}": {"type": kind}})


def chosen(size: int, kind: str) -> Json:
    """Each schema is a choice of others."""
    others = {f"S{at}": {"oneOf": [to(f"S{(at * 7 + each) % size}") for each in range(9)]} for at in range(size)}
    return around({"A": to("S0"), **others, "S1": {"type": kind}})


@pytest.mark.parametrize("made", [shared, chained, undecided, chosen])
def test_the_work_grows_with_the_document_and_not_with_its_square(made: Callable[[int, str], Json]) -> None:
    small, large = (steps(made(size, "string"), made(size, "integer")) for size in (60, 180))
    assert large < 3.5 * small


def test_so_many_operations_are_told_of_and_no_more() -> None:
    (first, *_) = compare(source(shared(60, "string")), source(shared(60, "integer")))
    assert first.message.startswith("GET /a0 and at least 49 more operations: response 200 a/b: ")
    assert len(first.others) == 49


def test_an_index_of_more_digits_than_numbers_are_read_of_leads_nowhere() -> None:
    far = {"$id": "https://a.example", "items": {"$ref": f"#/tags/{'9' * 5_000}"}}
    assert told(as_response(far), as_response(far)) == []


def test_what_lies_in_other_files_is_the_same_where_its_reference_is() -> None:
    one, other = {"$ref": "types.yaml#/A"}, {"$ref": "types.yaml#/B"}
    assert told(as_response(one), as_response(one)) == []
    assert told(as_response(one), as_response(other)) == [
        "risky: GET /a: response 200 application/json: $ref changed; what that means for callers cannot be decided"
    ]


def test_values_that_are_no_schemas_say_nothing() -> None:
    odd: Json = {"type": [{}], "enum": "a", "required": {"a": 1}, "properties": [], "allOf": {}, "oneOf": "x"}
    odd |= {"minimum": "1", "maxLength": True, "items": [], "format": 1, "pattern": [], "multipleOf": 0}
    assert told(as_response(odd), as_response(odd)) == told(as_response(odd), as_response({})) == []
