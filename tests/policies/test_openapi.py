"""What routing takes from an OpenAPI document, and what it lets be."""

from typing import Any

import pytest
import yaml

from tiergate.policy.openapi import Operation, operations
from tiergate.policy.references import resolve
from tiergate.policy.source import Faults, parse

HEADER = "openapi: 3.0.3\ninfo: {title: T, version: '1'}\n"


def found(text: str) -> tuple[Operation, ...]:
    return operations(parse(text, "f"))


def faults(text: str) -> list[str]:
    with pytest.raises(Faults) as raised:
        found(text)
    return str(raised.value).splitlines()


@pytest.mark.parametrize("version", ["3.0.0", "3.0.4", "3.1.0", "3.1.1", "3.1.0-rc1"])
def test_openapi_3_0_and_3_1_are_read(version: str) -> None:
    text = f"openapi: {version}\ninfo: {{title: T, version: '1'}}\npaths:\n  /a:\n    get: {{}}\n"
    assert found(text) == (Operation("GET /a", "GET", "/a", 5),)


@pytest.mark.parametrize("version", ["2.0.0", "3.10.0", "3.0", "3.1", "'3.1'", "", "[3]"])
def test_other_versions_are_refused_where_they_stand(version: str) -> None:
    (fault,) = faults(f"# comment\nopenapi: {version}\npaths: {{/a: {{get: {{}}}}}}\n")
    assert fault.startswith("f:2: openapi: must be a text such as 3.0.3 or 3.1.0; found ")


def test_every_method_of_a_path_is_an_operation() -> None:
    methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]
    text = HEADER + "paths:\n  /a:\n    summary: S\n    parameters: []\n    x-owner: {}\n"
    text += "".join(f"    {method}: {{}}\n" for method in methods)
    assert [(each.method, each.line) for each in found(text)] == [
        (method.upper(), line) for line, method in enumerate(methods, 8)
    ]


def test_an_operation_is_named_by_its_id_or_by_method_and_path() -> None:
    text = HEADER + "paths:\n  /a/{b}:\n    get: {operationId: readA}\n    put: {}\n  x-note: [1]\n"
    assert [each.id for each in found(text)] == ["readA", "PUT /a/{b}"]


def test_a_path_may_stand_elsewhere_in_the_document() -> None:
    text = HEADER + (
        "paths:\n  /a: {$ref: '#/components/pathItems/One'}\n"
        "components:\n  pathItems:\n    One: {$ref: '#/components/pathItems/Two'}\n    Two: {get: {}}\n"
    )
    assert found(text) == (Operation("GET /a", "GET", "/a", 4),)


@pytest.mark.parametrize(("first", "second"), [("#/paths/~1a", "#/paths/~1c"), ("#/paths/~1c", "#/paths/~1a")])
def test_a_path_that_refers_to_itself_is_told(first: str, second: str) -> None:
    text = HEADER + f"paths:\n  /a: {{$ref: '{first}'}}\n  /b: {{get: {{}}}}\n  /c: {{$ref: '{second}'}}\n"
    assert faults(text) == [
        f"f:4: /a: $ref {first} leads in a circle, or through more than 10 others",
        f"f:6: /c: $ref {second} leads in a circle, or through more than 10 others",
    ]


def test_a_path_through_ten_references_is_followed_and_no_further() -> None:
    chained = "".join(f"    P{number}: {{$ref: '#/components/pathItems/P{number + 1}'}}\n" for number in range(1, 10))
    text = HEADER + "paths: {/a: {$ref: '#/components/pathItems/P1'}}\ncomponents:\n  pathItems:\n" + chained
    assert len(found(text + "    P10: {get: {}}\n")) == 1
    (fault,) = faults(text + "    P10: {$ref: '#/components/pathItems/P11'}\n    P11: {get: {}}\n")
    assert fault == "f:3: /a: $ref #/components/pathItems/P11 leads in a circle, or through more than 10 others"


def test_what_only_refers_to_itself_is_told_where_it_does() -> None:
    text = HEADER + (
        "paths: {/a: {get: {responses: {'200': {$ref: '#/components/responses/R'}}}}}\n"
        "components:\n  responses:\n    R: {$ref: '#/components/responses/R'}\n"
        "  schemas:\n    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n"
        "    Tree: {properties: {children: {items: {$ref: '#/components/schemas/Tree'}}}}\n"
    )
    circle = "leads in a circle and to nothing else"
    assert faults(text) == [
        f"f:3: $ref #/components/responses/R {circle}",
        f"f:6: $ref #/components/responses/R {circle}",
        f"f:8: $ref #/components/schemas/B {circle}",
        f"f:9: $ref #/components/schemas/A {circle}",
    ]


def test_schemas_may_refer_to_each_other_in_a_chain_of_any_length() -> None:
    links = "".join(f"    S{at}: {{$ref: '#/components/schemas/S{at + 1}'}}\n" for at in range(50))
    assert len(found(f"{HEADER}paths: {{/a: {{get: {{}}}}}}\ncomponents:\n  schemas:\n{links}    S50: {{}}\n")) == 1


def test_a_path_that_refers_to_nothing_is_told_once() -> None:
    reference = "#/components/pathItems/One"
    assert faults(HEADER + f"paths:\n  /a:\n    $ref: '{reference}'\n  /b: {{get: {{}}}}\n") == [
        f"f:5: $ref {reference} leads nowhere in this document"
    ]


def test_a_path_in_another_file_is_told_and_not_fetched() -> None:
    (fault,) = faults(HEADER + "paths:\n  /a:\n    $ref: https://x.example/a.yaml\n  /b: {get: {}}\n")
    assert fault.startswith("f:5: /a: its operations are in https://x.example/a.yaml, which is not read; bundle")


def test_schemas_in_other_files_are_let_be() -> None:
    schema = "responses: {'200': {$ref: 'common.yaml#/responses/Ok'}}"
    assert len(found(HEADER + f"paths:\n  /a:\n    get: {{{schema}}}\n")) == 1


@pytest.mark.parametrize(
    "reference",
    [
        "#/components/schemas/A",
        "#/paths/~1a~1{id}/get",
        "#/paths/~1a~1%7Bid%7D/get",
        "#/components/x/1/y~0z",
        "#",
        "#a",
    ],
)
def test_references_within_the_document_are_followed_as_json_pointers(reference: str) -> None:
    text = HEADER + (
        f"paths:\n  /a/{{id}}:\n    get: {{x-see: {{$ref: '{reference}'}}}}\n"
        "components:\n  schemas: {A: {}}\n  x: [1, {y~z: 2}]\n"
    )
    assert len(found(text)) == 1


@pytest.mark.parametrize("reference", ["#/components/schemas/B", "#/components/x/2", "#/components/x/y", "#/openapi/0"])
def test_dangling_references_are_told_each_with_its_line(reference: str) -> None:
    text = HEADER + f"paths:\n  /a:\n    get:\n      x-see:\n        $ref: '{reference}'\ncomponents: {{x: [1, 2]}}\n"
    assert faults(text) == [f"f:7: $ref {reference} leads nowhere in this document"]


def test_dangling_references_are_told_in_json_that_yaml_could_not_read() -> None:
    text = (
        '{"openapi": "3.1.0", "info": {"title": "\\ud83d\\ude80", "version": "1"},\n'
        ' "paths": {"/a": {"get": {"x":\n  {"$ref": "#/x"}}}}}'
    )
    assert faults(text) == ["f:3: $ref #/x leads nowhere in this document"]


def test_references_below_a_schema_with_an_id_start_at_that_schema() -> None:
    schema = "$id: https://x.example/s\n      $defs: {inner: {}}\n      $ref: '#/$defs/inner'\n"
    text = HEADER.replace("3.0.3", "3.1.0") + "paths: {/a: {get: {}}}\ncomponents:\n  schemas:\n    S:\n      " + schema
    assert len(found(text)) == 1
    assert faults(text.replace("$id", "x-id")) == ["f:9: $ref #/$defs/inner leads nowhere in this document"]


def test_properties_may_be_called_ref_and_id() -> None:
    text = (
        HEADER
        + "paths: {/a: {get: {}}}\ncomponents: {schemas: {A: {properties: {$ref: {}, $id: {}, x: {$ref: '#/x'}}}}}\n"
    )
    assert faults(text) == ["f:4: $ref #/x leads nowhere in this document"]


@pytest.mark.parametrize("value", ["get order", "''", "größe", "12", "[a]", "a" * 129, "", 'get"it', "a\\b", '"\\x07"'])
def test_an_operation_id_that_cannot_be_sent_in_a_header_is_refused(value: str) -> None:
    (fault,) = faults(HEADER + f"paths:\n  /a:\n    get:\n      operationId: {value}\n  /b: {{get: {{}}}}\n")
    assert fault.startswith("f:6: operationId: must be 1 to 128 printable ASCII characters other than ")


@pytest.mark.parametrize("path", ["/größe", "/a b", "/a\\b", "/it's\"5"])
def test_a_path_that_logs_cannot_hold_needs_an_operation_id(path: str) -> None:
    text = HEADER + f"paths:\n  {path}:\n    get: {{}}\n    put: {{operationId: x}}\n"
    assert faults(text) == [f"f:5: get {path}: needs an operationId, as logs cannot name it by such a path"]
    assert found(text.replace("get: {}", "get: {operationId: y}"))


@pytest.mark.parametrize("path", ["/a%2e", "/%2E%2e/b", "/a/x%2Epdf"])
def test_a_dot_is_no_escape(path: str) -> None:
    text = HEADER + f"paths:\n  {path}: {{get: {{operationId: x}}}}\n"
    assert faults(text) == [f'f:4: {path}: a dot is written ".", not as an escape']


@pytest.mark.parametrize(
    ("path", "told"),
    [("/a%0ab", "/a%0ab"), ("/a\\x07", "/a?"), ("/%7F", "/%7F"), ("/\\x85", "/?"), ("/%C2%85", "/%C2%85")],
)
def test_a_path_has_no_control_characters(path: str, told: str) -> None:
    text = HEADER + f'paths:\n  "{path}": {{get: {{operationId: x}}}}\n'
    assert faults(text) == [f"f:4: {told}: a path has no control characters, escaped or not"]


def test_equal_paths_clash_whatever_their_parameters_are_called_and_however_they_are_encoded() -> None:
    text = HEADER + (
        "paths:\n  /a/{x}/c.{y}:\n    get: {}\n  /a/{y}/c.{x}:\n    get: {}\n"
        "  /%61/{z}/c.{z2}:\n    get: {}\n    put: {}\n"
    )
    first = "matches the same calls as /a/{x}/c.{y} on line 5"
    assert faults(text) == [
        f"f:7: path clash: GET /a/{{y}}/c.{{x}} {first}",
        f"f:9: path clash: GET /%61/{{z}}/c.{{z2}} {first}",
    ]


def test_paths_that_only_overlap_do_not_clash() -> None:
    paths = ["/a", "/a/", "/{x}", "/a/{x}", "/a/{x}.pdf", "/a/%7Bx%7D", "/a/x%2Fy", "/a/x/y", "/A", "//a"]
    text = HEADER + "paths:\n" + "".join(f"  {path}: {{get: {{}}}}\n" for path in paths)
    assert [each.template for each in found(text)] == paths


def test_all_faults_of_a_document_are_told_at_once() -> None:
    text = "openapi: 3.0.3\npaths:\n  a: {get: {}}\n  /b: {get: {operationId: x}}\n  /c:\n    get: {operationId: x}\n"
    assert faults(text) == [
        "f:1: info.title: must be text; found nothing",
        "f:1: info.version: must be text; found nothing",
        "f:3: a: a path begins with a slash",
        'f:6: operationId "x" is already on line 4',
    ]


@pytest.mark.parametrize("reference", ["other.yaml#/a", "#a", "#", "#/a/" + "b" * 2000])
def test_references_that_are_no_local_pointers_resolve_to_nothing(reference: str) -> None:
    document: Any = yaml.safe_load("{a: {b: 1}}")
    assert resolve(document, reference) is None
    assert resolve(document, "#/a/b") == 1
