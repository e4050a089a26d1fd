"""Exported documents as policies hold them: routable, and without what only API Gateway understands."""

import json
from typing import Any

import pytest

from tiergate.domain.rest_account import Method, Stage
from tiergate.migrate.documents import ANY_METHOD, DEPTH, carried
from tiergate.policy.openapi import operations
from tiergate.policy.source import parse

ANSWER: dict[str, Any] = {"responses": {"200": {"description": "ok"}}}


def stage(paths: object, *methods: Method, **more: Any) -> Stage:
    document = {"openapi": "3.0.1", "info": {"title": "Orders", "version": "1"}, "paths": paths, **more}
    return Stage("a1b2c3d4e5", "Orders", "prod", "https://x.example/prod", json.dumps(document), methods=methods)


def routes(text: str) -> set[str]:
    return {f"{each.method} {each.template}" for each in operations(parse(text, "openapi.json"))}


def test_addresses_and_the_gateways_extensions_go() -> None:
    found = carried(
        stage(
            {"/a": {"get": ANSWER | {"x-amazon-apigateway-integration": {"uri": "arn:secret"}}}},
            servers=[{"url": "https://a1b2c3d4e5.execute-api.example"}],
            **{"x-amazon-apigateway-policy": {}},
        )
    )
    assert routes(found.text) == {"GET /a"}
    assert "amazon" not in found.text
    assert "execute-api" not in found.text


def test_any_becomes_every_method_but_those_that_are_stated() -> None:
    stated = ANSWER | {"operationId": "readIt"}
    found = carried(stage({"/a": {ANY_METHOD: ANSWER | {"operationId": "anyA"}, "get": stated}}))
    assert routes(found.text) == {f"{m} /a" for m in ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH")}
    assert {each.id for each in operations(parse(found.text, "x")) if each.method in {"GET", "PUT"}} == {
        "readIt",
        "PUT /a",
    }


def test_a_greedy_path_becomes_paths_of_every_depth_and_leaves_others_theirs() -> None:
    found = carried(stage({"/a/{proxy+}": {ANY_METHOD: ANSWER}, "/a/{id}": {"get": ANSWER | {"operationId": "one"}}}))
    made = routes(found.text)
    assert "GET /a/{id}" in made
    assert "GET /a/{proxy}/{proxy2}" in made
    assert "GET /a/" + "/".join(["{proxy}", *(f"{{proxy{n}}}" for n in range(2, DEPTH + 1))]) in made
    assert any(f"1 to {DEPTH} segments" in note for note in found.notes)


def test_preflights_that_the_gateway_answers_are_left_out_and_told() -> None:
    mock = Method("OPTIONS", "/a", keyed=False, authorization="NONE", integration="MOCK")
    found = carried(stage({"/a": {"get": ANSWER, "options": ANSWER}}, mock))
    assert routes(found.text) == {"GET /a"}
    assert any("cors:" in note for note in found.notes)


def test_ids_that_cannot_stand_in_logs_or_stand_twice_go() -> None:
    paths = {f"/{name}": {"get": ANSWER | {"operationId": id_}} for name, id_ in (("a", "x"), ("b", "x"), ("c", "x y"))}
    found = carried(stage(paths))
    assert [each.id for each in operations(parse(found.text, "x"))] == ["x", "GET /b", "GET /c"]


@pytest.mark.parametrize(
    "paths", [{}, {"/a": {}}, [], {"/a": {"parameters": []}}, {"//../x": {"get": ANSWER}}, {"a": {"get": ANSWER}}]
)
def test_a_document_that_cannot_be_routed_is_left_out_with_the_reason(paths: object) -> None:
    found = carried(stage(paths))
    assert (found.text, found.operations) == ("", 0)
    assert all(found.notes)
    assert found.notes


def test_two_greedy_paths_of_one_shape_do_not_clash() -> None:
    found = carried(stage({"/{proxy+}": {ANY_METHOD: ANSWER}, "/{id}/{other}": {"get": ANSWER}}))
    assert found.operations > 0
    assert "POST /{proxy}" in routes(found.text)
