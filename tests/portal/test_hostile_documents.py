"""Whatever stands in a document that can be routed, what the site tells of it is harmless, bounded and whole."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.portal.sites import document, operations, site
from tiergate.policy.markdown import HREF, TAGS
from tiergate.policy.source import Faults
from tiergate.portal.content import text

EVIL = [
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "é😀", "a/b~c",
    "javascript:alert(1)", "data:text/html;base64,PHNjcmlwdD4=", "__proto__", "constructor", "a\u2028b", "\ud7ff",
    "'\"`${x}", "x-a", "$ref", "%", "../../etc/passwd",
]  # fmt: skip
WORDS = st.sampled_from(EVIL) | st.text(max_size=8)
REFERENCES = st.sampled_from(["#/components/schemas/A", "#/components/schemas/B", "#/paths/~1a/get/responses/200"])
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS, lambda inner: st.lists(inner, max_size=2), max_leaves=4
)
KEYWORDS = st.sampled_from([
    "type", "enum", "items", "properties", "allOf", "oneOf", "not", "additionalProperties", "discriminator", "example",
    "examples", "default", "nullable", "description", "prefixItems", "externalDocs", "maximum", "x-internal", "$id",
])  # fmt: skip
SCHEMAS: st.SearchStrategy[Any] = st.recursive(
    REFERENCES.map(lambda reference: {"$ref": reference}) | st.booleans() | JUNK,
    lambda inner: (
        st.dictionaries(KEYWORDS, inner | JUNK, max_size=4)
        | st.builds(lambda name, part: {"properties": {name: part}}, WORDS, inner)
        | st.builds(
            lambda part: {"allOf": [part], "discriminator": {"propertyName": "p", "mapping": {"a": "A"}}}, inner
        )
    ),
    max_leaves=8,
)
PART_KEYS = st.sampled_from([
    "name", "in", "description", "schema", "content", "examples", "headers", "links", "callbacks", "parameters", "tags",
    "requestBody", "responses", "security", "summary", "externalDocs", "deprecated", "encoding", "servers",
])  # fmt: skip
PARTS: st.SearchStrategy[Any] = st.recursive(
    JUNK | SCHEMAS,
    lambda inner: st.dictionaries(PART_KEYS | WORDS, inner, max_size=5) | st.lists(inner, max_size=2),
    max_leaves=12,
)


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(each)


def all_nodes(value: Any) -> Iterator[list[Any]]:
    """Every node below a ``description`` that the reference made."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "description" and isinstance(each, list):
                yield from nodes_in(each)
            elif key not in {"example", "examples", "default", "enum", "const", "value"}:
                yield from all_nodes(each)
    elif isinstance(value, list):
        for each in value:
            yield from all_nodes(each)


def nodes_in(parts: list[Any]) -> Iterator[list[Any]]:
    for each in parts:
        if isinstance(each, list):
            yield each
            yield from nodes_in(each[2:])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(
    operation=PARTS,
    item=PARTS,
    schemas=st.lists(SCHEMAS, min_size=2, max_size=2),
    words=WORDS,
    version=st.sampled_from(["3.0.3", "3.1.0"]),
)
def test_any_document_that_can_be_routed_is_told_in_json_that_is_harmless(
    operation: Any, item: Any, schemas: list[Any], words: str, version: str, tmp_path: Path
) -> None:
    stated = operation if isinstance(operation, dict) else {}
    own = {"operationId": "a", "security": [], "responses": {"200": {"description": words, **stated}}}
    paths = {"/a": {**(item if isinstance(item, dict) else {}), "get": {**stated, **own}}}
    for method in ("put", "post", "delete", "options", "head", "patch", "trace", "$ref"):
        paths["/a"].pop(method, None)
    first, second = ({"allOf": [each]} if isinstance(each, dict) and "$ref" in each else each for each in schemas)
    parts = {"schemas": {"A": first, "B": second}}
    described = {"title": words or "T", "version": "1", "description": words}
    written = document(paths, version, components=parts, info=described, tags=[{"name": words, "description": words}])
    if dangles(json.loads(written)):
        return
    found = site(tmp_path / "policies", {"things/v1": written})
    for name, value in found.items():
        assert re.fullmatch(r"[a-z0-9/-]+", name)
        assert not set("<>\u2028\u2029") & set(text(value))
    for tag, attributes, *_ in all_nodes(operations(found)["a"]):
        assert tag in TAGS
        assert "href" not in attributes or HREF.fullmatch(attributes["href"])


def dangles(value: Any) -> bool:
    """Whether a reference of a made-up document leads nowhere, which the check of policies refuses."""
    from tiergate.policy.references import resolve  # noqa: PLC0415

    whole = value

    def inner(part: Any) -> bool:
        if isinstance(part, dict):
            reference = part.get("$ref")
            if isinstance(reference, str) and reference.startswith("#/") and resolve(whole, reference) is None:
                return True
            return any(inner(each) for each in part.values())
        return isinstance(part, list) and any(inner(each) for each in part)

    return inner(value)


def get(**parts: Any) -> dict[str, Any]:
    return {"/things": {"get": {"operationId": "a", "responses": {"200": {"description": "Done"}}, **parts}}}


def answer(schema: Any) -> dict[str, Any]:
    return get(responses={"200": {"description": "Done", "content": {"application/json": {"schema": schema}}}})


def told(tmp_path: Path, paths: Any, version: str = "3.1.0", **parts: Any) -> dict[str, Any]:
    return operations(site(tmp_path / "policies", {"things/v1": document(paths, version, **parts)}))["a"]


def schema_of(operation: dict[str, Any]) -> Any:
    return operation["responses"]["200"]["content"]["application/json"]["schema"]


def test_schemas_that_refer_to_each_other_in_a_circle_are_told_once(tmp_path: Path) -> None:
    parts = {
        "A": {"properties": {"b": {"$ref": "#/components/schemas/B"}}},
        "B": {"items": {"$ref": "#/components/schemas/A"}},
    }
    operation = told(tmp_path, answer({"$ref": "#/components/schemas/A"}), components={"schemas": parts})
    assert schema_of(operation) == {"$ref": "A"}
    assert operation["schemas"] == {"A": {"properties": {"b": {"$ref": "B"}}}, "B": {"items": {"$ref": "A"}}}


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("3.1.0", {"$ref": "A", "description": [["p", {}, "Mine"]], "deprecated": True}),
        ("3.0.3", {"$ref": "A", "description": [["p", {}, "Mine"]]}),
    ],
)
def test_what_stands_beside_a_reference_counts_where_the_standard_says_so(
    version: str, expected: Any, tmp_path: Path
) -> None:
    stated = {"$ref": "#/components/schemas/A", "description": "Mine", "deprecated": True, "x-a": 1}
    assert schema_of(told(tmp_path, answer(stated), version, components={"schemas": {"A": {}}})) == expected


def test_references_to_any_place_get_names_of_their_own(tmp_path: Path) -> None:
    parts = {"A": {"properties": {"b": {"type": "string"}}}, "b": {"type": "integer"}, "a/b": {"const": 1}}
    places = ["A/properties/b", "b", "a~1b"]
    stated = {"anyOf": [{"$ref": f"#/components/schemas/{place}"} for place in places]}
    operation = told(tmp_path, answer(stated), components={"schemas": parts})
    assert schema_of(operation) == {"anyOf": [{"$ref": "b 2"}, {"$ref": "b"}, {"$ref": "a/b"}]}
    assert operation["schemas"] == {"b 2": {"type": "string"}, "b": {"type": "integer"}, "a/b": {"const": 1}}


def test_a_reference_that_leads_out_of_the_document_is_told_and_never_followed(tmp_path: Path) -> None:
    elsewhere = "https://elsewhere.example/a.json#/x"
    operation = told(tmp_path, answer({"$ref": elsewhere}))
    assert elsewhere in "".join(strings(schema_of(operation)["description"]))


def test_a_discriminator_names_schemas_and_finds_those_that_take_over(tmp_path: Path) -> None:
    parts = {
        "Pet": {"discriminator": {"propertyName": "kind"}, "properties": {"kind": {"type": "string"}}},
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"properties": {"claws": {}}}]},
        "Dog": {"properties": {"bark": {}}},
        "Either": {
            "oneOf": [{"$ref": "#/components/schemas/Cat"}],
            "discriminator": {
                "propertyName": "kind",
                "mapping": {"c": "#/components/schemas/Cat", "d": "Dog", "e": "?"},
            },
        },
    }
    stated = {"anyOf": [{"$ref": "#/components/schemas/Pet"}, {"$ref": "#/components/schemas/Either"}]}
    schemas = told(tmp_path, answer(stated), components={"schemas": parts})["schemas"]
    assert schemas.keys() == parts.keys()
    assert schemas["Pet"]["discriminator"] == {"propertyName": "kind", "mapping": {"Cat": "Cat"}}
    assert schemas["Either"]["discriminator"]["mapping"] == {"c": "Cat", "d": "Dog", "e": "?"}


def test_callbacks_of_callbacks_are_told_and_end_where_they_lead_in_a_circle(tmp_path: Path) -> None:
    callback = {
        "{$request.body#/url}": {
            "post": {"responses": {}, "callbacks": {"again": {"$ref": "#/components/callbacks/C"}}}
        }
    }
    paths = get(callbacks={"done": {"$ref": "#/components/callbacks/C"}})
    operation = told(tmp_path, paths, components={"callbacks": {"C": callback}})
    depth = 0
    while operation["callbacks"]:
        (each,) = next(iter(operation["callbacks"].values()))
        assert (each["expression"], each["operation"]["method"]) == ("{$request.body#/url}", "POST")
        operation, depth = each["operation"], depth + 1
    assert depth == 3


def test_callbacks_that_multiply_are_bounded(tmp_path: Path) -> None:
    names = [f"c{number}" for number in range(40)]
    references = {name: {"$ref": f"#/components/callbacks/{name}"} for name in names}
    parts = {name: {"{$url}": {"post": {"responses": {}, "callbacks": references}}} for name in names}
    operation = told(tmp_path, get(callbacks=references), components={"callbacks": parts})
    assert json.dumps(operation).count('"expression"') == 2000


def test_extensions_are_left_out_and_names_that_look_like_them_are_kept(tmp_path: Path) -> None:
    schema = {"properties": {"x-name": {"type": "string", "x-secret": 1}}, "example": {"x-name": "a"}, "x-secret": 1}
    response = {
        "description": "Done",
        "headers": {"x-id": {"schema": {}, "x-secret": 1}},
        "content": {"application/json": {"schema": schema, "examples": {"x-e": {"value": {"x-v": 1}}}}},
    }
    parameters = [{"name": "x-key", "in": "header", "x-secret": 1}]
    paths = get(responses={"200": response, "x-secret": {}}, parameters=parameters, **{"x-secret": 1})
    found = site(tmp_path / "policies", {"things/v1": document(paths, **{"x-secret": {"a": 1}})})
    for name, value in found.items():
        assert "x-secret" not in json.dumps(value), name
    for name in ("x-name", "x-id", "x-e", "x-v", "x-key"):
        assert name in json.dumps(operations(found)["a"]), name
        assert name in json.dumps(found["apis/things/v1/openapi"]), name


def test_whole_numbers_that_browsers_would_round_are_written_as_text(tmp_path: Path) -> None:
    schema = schema_of(told(tmp_path, answer({"maximum": 2**63 - 1, "minimum": -(2**53), "maxLength": 5})))
    assert schema == {"maximum": "9223372036854775807", "minimum": -(2**53), "maxLength": 5}


def test_schemas_as_deep_as_can_be_read_are_told(tmp_path: Path) -> None:
    schema: Any = {"type": "string", "title": "bottom"}
    for _ in range(40):
        schema = {"properties": {"a": schema}}
    assert '"bottom"' in json.dumps(told(tmp_path, answer(schema)))


def test_a_description_of_megabytes_is_shown_as_it_is_written(tmp_path: Path) -> None:
    operation = told(tmp_path, get(description="[a](b" * 400_000, summary="s"))
    assert operation["description"][0][0] == "p"


WRONG = [
    {"enum": "abc"}, {"enum": {"a": 1}}, {"required": 5}, {"required": True}, {"required": [1]}, {"examples": {"a": 1}},
    {"type": 5}, {"type": {"a": "b"}}, {"format": 1}, {"pattern": {}}, {"title": ["a"]}, {"maximum": "9"},
    {"minimum": True}, {"nullable": "yes"}, {"dependentRequired": {"a": "b"}}, {"dependentRequired": []}, {"xml": "a"},
    {"xml": {"name": {}}}, {"properties": []}, {"patternProperties": 1}, {"allOf": {"a": 1}}, {"discriminator": 1},
    {"externalDocs": "a"},
]  # fmt: skip
NO_DOCS = {"externalDocs": None}


@pytest.mark.parametrize("schema", WRONG, ids=json.dumps)
def test_a_keyword_of_a_wrong_type_is_left_out(schema: dict[str, Any], tmp_path: Path) -> None:
    made = schema_of(told(tmp_path, answer({"description": "D", "properties": {"a": schema}})))["properties"]["a"]
    assert made in ({}, {"properties": {}}, {"patternProperties": {}}, {"allOf": []}, {"discriminator": {}}, NO_DOCS)


def test_a_type_that_yaml_reads_as_nothing_is_the_one_of_that_name(tmp_path: Path) -> None:
    assert schema_of(told(tmp_path, answer({"type": ["string", None]}))) == {"type": ["string", "null"]}


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        ("image/png", True), ("image/*, application/pdf", True), ("text/plain; charset=utf-8", True), (5, False),
        ("text/plain;headers=@/etc/passwd", False), ("text/plain;filename=\"a\nb\"", False), ("png", False),
        ("", False),
    ],
)  # fmt: skip
def test_a_part_is_encoded_as_a_media_type_or_as_nothing_is_known(kind: Any, right: bool, tmp_path: Path) -> None:
    form = {"schema": {"properties": {"a": {}}}, "encoding": {"a": {"contentType": kind, "explode": "yes"}}}
    operation = told(tmp_path, get(requestBody={"content": {"multipart/form-data": form}}))
    encoding = operation["request_body"]["content"]["multipart/form-data"]["encoding"]
    assert encoding == {"a": {"contentType": kind} if right else {}}


def test_flows_of_credentials_have_addresses_and_scopes_or_are_left_out(tmp_path: Path) -> None:
    flows = {
        "implicit": None,
        "password": {"tokenUrl": 5, "scopes": {"a": {"b": 1}}},
        "clientCredentials": {"tokenUrl": "https://id.example/token", "scopes": {"a": "A"}, "x-secret": 1, "more": {}},
    }
    schemes = {
        "right": {"type": "oauth2", "flows": flows},
        "wrong": {"type": {}, "in": 5, "name": [], "flows": "a", "toString": 1},
    }
    found = site(tmp_path / "policies", {"things/v1": document(get(), components={"securitySchemes": schemes})})
    assert found["apis/things/v1/index"]["security_schemes"] == {
        "right": {
            "type": "oauth2",
            "description": [],
            "flows": {
                "password": {},
                "clientCredentials": {"tokenUrl": "https://id.example/token", "scopes": {"a": "A"}},
            },
        },
        "wrong": {"description": []},
    }


def test_names_that_mean_something_to_javascript_are_names(tmp_path: Path) -> None:
    names = ["__proto__", "constructor", "toString"]
    schema = {"properties": {name: {"$ref": f"#/components/schemas/{name}"} for name in names}, "required": names}
    operation = told(tmp_path, answer(schema), components={"schemas": {name: {"title": name} for name in names}})
    assert list(schema_of(operation)["properties"]) == names
    assert operation["schemas"] == {name: {"title": name} for name in names}


def too_large(tmp_path: Path, paths: Any, **parts: Any) -> str:
    with pytest.raises(Faults) as refused:
        site(tmp_path / "policies", {"things/v1": document(paths, **parts)})
    (fault,) = refused.value.faults
    assert fault.file.endswith("apis/things/v1/openapi.yaml")
    return fault.text


def test_a_short_document_that_refers_to_something_long_very_often_is_refused(tmp_path: Path) -> None:
    response = {"description": "d", "content": {"application/json": {"example": "x" * 20_000}}}
    responses = {str(status): {"$ref": "#/components/responses/R"} for status in range(400, 440)}
    paths = {f"/p{number}": {"get": {"operationId": f"o{number}", "responses": responses}} for number in range(100)}
    assert "too large for browsers" in too_large(tmp_path, paths, components={"responses": {"R": response}})


def test_a_schema_that_many_tags_reach_counts_for_each(tmp_path: Path) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}
    responses = {"200": {"description": "d", "content": content}}
    paths = {
        f"/p{number}": {"get": {"operationId": f"o{number}", "tags": [f"t{number}"], "responses": responses}}
        for number in range(60)
    }
    told = too_large(tmp_path, paths, components={"schemas": {"S": {"description": "x" * 1_000_000}}})
    assert "all pages of its reference" in told


def test_what_many_refer_to_is_read_once(tmp_path: Path) -> None:
    wide = {f"X-{number}": {"schema": {"type": "string"}} for number in range(2_000)}
    responses = {str(status): {"$ref": "#/components/responses/R"} for status in range(200, 600)}
    item = {"get": {"responses": responses}}
    paths = {f"/p{number}": {"$ref": "#/components/pathItems/P"} for number in range(1_000)}
    parts = {"pathItems": {"P": item}, "responses": {"R": {"description": "Done", "headers": wide}}}
    assert "too large" in too_large(tmp_path, paths, components=parts)  # 800 million headers, were each read anew


def test_tags_without_a_letter_of_ascii_keep_their_address_when_others_come(tmp_path: Path) -> None:
    def slugs(*names: str) -> dict[str, str]:
        paths = {f"/{at}": {"get": {"operationId": f"o{at}", "tags": [name]}} for at, name in enumerate(names)}
        index = site(tmp_path / "policies", {"things/v1": document(paths)})["apis/things/v1/index"]
        return {tag["name"]: tag["slug"] for tag in index["tags"]}

    assert slugs("帐户")["帐户"] == slugs("付款", "帐户")["帐户"]
    assert len(set(slugs("付款", "帐户", "a", "A", "a!", "a-2").values())) == 6
