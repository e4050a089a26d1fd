"""OpenAPI documents that refer in circles or elsewhere, are of another kind, or cost far more than their size."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.policies.test_hostile_texts import ALIASES, MANY
from tests.policies.test_openapi import HEADER, faults, found
from tiergate.domain.operations import match
from tiergate.policy.openapi import PARAMETER
from tiergate.policy.routes import tree

ROOT = Path(__file__).parents[2]
PATHS = HEADER + "paths: {/a: {get: {}}}\n"
SPLIT = f"more than {MANY} up to here, the most that is read; split it"


# --- documents of another kind ---


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "f:1: empty; save the OpenAPI document to it"),
        ("# nothing yet\n", "f:1: empty; save the OpenAPI document to it"),
        ("just a text", "f:1: not an OpenAPI document: it holds no keys and values"),
        ("- a\n- b\n", "f:1: not an OpenAPI document: it holds no keys and values"),
        (
            "# old\nswagger: '2.0'\n",
            "f:2: OpenAPI 2.0 is not read; convert it to 3.0 first, for example with the npm package swagger2openapi",
        ),
        (
            '{"swaggerVersion": "1.2"}',
            "f:1: OpenAPI 1.2 is not read; convert it to 3.0 first, for example with the npm package swagger2openapi",
        ),
        (
            "swagger: [" + "a, " * 1000 + "a]",
            "f:1: OpenAPI 2.0 is not read; convert it to 3.0 first, for example with the npm package swagger2openapi",
        ),
        (
            "id: x\nasyncapi: 3.0.0\n",
            "f:2: an AsyncAPI document and no OpenAPI document: it describes messages, and only HTTP calls are routed; "
            "describe the API's calls in an OpenAPI 3.0 document",
        ),
        (
            '{"item": [],\n "info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}}',
            "f:2: a Postman collection and no OpenAPI document; convert it first, for example with the npm package "
            "@scalar/postman-to-openapi",
        ),
        (
            "openapi: 3.2.0\n",
            "f:1: openapi: OpenAPI 3.2.0 is not read yet; describe the API in 3.1, and write 3.1.0 here",
        ),
        ("openapi: 3.0\n", "f:1: openapi: must be a text such as 3.0.3 or 3.1.0; found 3.0"),
    ],
)
def test_a_document_of_another_kind_is_told_with_the_mend(text: str, fault: str) -> None:
    assert faults(text) == [fault]


# --- references ---


def test_schemas_that_contain_themselves_are_let_be() -> None:
    text = PATHS + (
        "components:\n  schemas:\n    Tree: {properties: {children: {items: {$ref: '#/components/schemas/Tree'}}}}\n"
        "    A: {allOf: [{$ref: '#/components/schemas/B'}]}\n    B: {not: {$ref: '#/components/schemas/A'}}\n"
        "    Self: {properties: {self: {$ref: '#/components/schemas/Self'}}}\n    All: {$ref: '#'}\n"
    )
    assert len(found(text)) == 1


def test_a_security_scheme_that_refers_to_itself_counts_as_none() -> None:
    text = HEADER + (
        "security: [{a: [read]}]\npaths: {/a: {get: {}}}\ncomponents:\n  securitySchemes:\n"
        "    a: {$ref: '#/components/securitySchemes/b'}\n    b: {$ref: '#/components/securitySchemes/a'}\n"
    )
    circle = "leads in a circle and to nothing else"
    assert faults(text) == [
        "f:3: security: a asks for scopes, but is not in components.securitySchemes of this document",
        f"f:7: $ref #/components/securitySchemes/b {circle}",
        f"f:8: $ref #/components/securitySchemes/a {circle}",
    ]


def test_what_lies_elsewhere_is_neither_fetched_nor_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that counts, and a pipe: whoever opened it would wait for ever."""
    calls: list[str] = []

    class Counting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)

    secret = Path("secret.yaml")
    monkeypatch.chdir(tmp_path)
    os.mkfifo(secret)
    with http.server.HTTPServer(("127.0.0.1", 0), Counting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        remote = f"http://127.0.0.1:{server.server_address[1]}"
        text = HEADER + (
            f"paths:\n  /a: {{$ref: '{remote}/path'}}\n  /b: {{$ref: secret.yaml}}\n"
            f"  /c: {{$ref: 'file://secret.yaml'}}\n"
            f"  /d: {{get: {{operationId: d, responses: {{'200': {{$ref: '{remote}/response'}}}}}}}}\n"
            f"externalDocs: {{url: '{remote}/docs'}}\n"
            f"components: {{schemas: {{S: {{$id: '{remote}', $ref: {secret}}}}}}}\n"
        )
        told = faults(text)
        server.shutdown()
    bundle = "which is not read; bundle the document into one file, for example with the npm package @redocly/cli"
    assert told == [
        f"f:4: /a: its operations are in {remote}/path, {bundle}",
        f"f:5: /b: its operations are in secret.yaml, {bundle}",
        f"f:6: /c: its operations are in file://secret.yaml, {bundle}",
    ]
    assert calls == []


@pytest.mark.parametrize("step", ["9" * 5000, "٣", "-1", "1e3", "0x1", "²"])
def test_a_step_that_is_no_index_leads_nowhere_in_a_list(step: str) -> None:
    text = PATHS + f"x-list: [1, 2, 3, 4]\nx-see: {{$ref: '#/x-list/{step}'}}\n"
    (fault,) = faults(text)
    assert fault.startswith("f:5: $ref #/x-list/")
    assert fault.endswith(" leads nowhere in this document")
    assert len(fault) < 300


def test_faults_hold_no_lines_and_no_control_characters_of_the_document() -> None:
    """They are printed in terminals and in logs that understand commands."""
    text = PATHS + 'x-see: {$ref: "#/a\\n::error::b\\e[31m\\x9b"}\n"x-\\n::stop::\\e": {$ref: \'#/b\'}\n'
    assert faults(text) == [
        "f:4: $ref #/a?::error::b?[31m? leads nowhere in this document",
        "f:5: $ref #/b leads nowhere in this document",
    ]


# --- paths ---


@pytest.mark.parametrize("path", ["/" + "a" * 1000, "/a" * 101, "/" * 101])
def test_a_path_that_is_too_long_is_told(path: str) -> None:
    (fault,) = faults(HEADER + f"paths:\n  {path}: {{get: {{operationId: a}}}}\n")
    told = path if len(path) < 200 else f"{path[:199]}…"
    assert fault == f"f:4: {told}: a path has at most 1,000 characters and 100 segments"


def test_the_longest_paths_are_routed() -> None:
    paths = ["/" + "a" * 999, "/{p}" + "/a" * 99, "/" * 100]
    routes = tree(found(HEADER + "paths:\n" + "".join(f"  {path}: {{get: {{}}}}\n" for path in paths)))
    assert [match(routes, "GET", path.format(p="x"))[0] for path in paths] == [0, 1, 2]


def test_of_very_many_faults_the_first_are_told() -> None:
    told = faults(HEADER + "paths:\n" + "".join(f"  a{number}: {{}}\n" for number in range(5000)))
    assert len(told) == 1001
    assert told[-1] == "f:1003: there are more faults than these; mend them first"


def test_faults_of_what_many_paths_refer_to_are_told_once() -> None:
    text = HEADER + "paths:\n" + "".join(f"  /a{number}: {{$ref: '#/x-path'}}\n" for number in range(100))
    told = faults(text + "x-path: {get: {security: [7, {a: [read]}]}}\n")
    assert [fault.partition(": ")[2] for fault in told] == [
        "security: a asks for scopes, but is not in components.securitySchemes of this document",
        "security: must hold schemes, each with a list; found 7",
    ]


# --- what costs more than its size ---


def in_json(path: str) -> str:
    """YAML has no keys so long."""
    return json.dumps(
        {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {path: {"get": {"operationId": "a"}}}}
    )


def referred(count: int, item: str) -> str:
    """So many paths that refer to one."""
    return HEADER + "paths:\n" + "".join(f"  /a{number}: {{$ref: '#/{item}'}}\n" for number in range(count))


def chained(count: int) -> str:
    links = "".join(f"  P{number}: {{$ref: '#/x-paths/P{number + 1}'}}\n" for number in range(count))
    return referred(count, "x-paths/P0") + "x-paths:\n" + links + f"  P{count}: {{get: {{}}}}\n"


def patterned(count: int) -> str:
    return HEADER + "paths:\n" + "".join(f"  /{{p}}x{number}: {{get: {{}}}}\n" for number in range(count))


def with_ids(count: int) -> str:
    schemas = "".join("  - {$id: x, s: *big}\n" for _ in range(count))
    return PATHS + "x-big: &big [" + "{}, " * count + "]\nx-all:\n" + schemas


ATTACKS: dict[str, tuple[Callable[[], str], str]] = {
    "values.yaml": (lambda: "a: [" + "1," * 2_000_000 + "1]", f"f:1: {SPLIT}"),
    "values.json": (lambda: '{"a":[' + "1," * 2_000_000 + "1]}", f"f:1: {SPLIT}"),
    "lines.yaml": (lambda: "\n" * 15_000_000 + PATHS, "1 operations, "),
    "keys.yaml": (
        lambda: HEADER + "paths: {/a: {get: {}}}\nx-keys:\n" + "".join(f"  k{n}: {n}\n" for n in range(100_000)),
        "1 operations, ",
    ),
    "keys.json": (
        lambda: json.dumps(
            {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {}}}}
            | {f"x-{number}": {"a": number} for number in range(50_000)}
        ),
        "1 operations, ",
    ),
    "twice.yaml": (lambda: "a: 1\n" * 100_000, 'f:2: key "a" is already on line 1'),
    "merges.yaml": (
        lambda: "a: &a {" + ", ".join(f"k{n}: 1" for n in range(10_000)) + "}\nb:\n" + "- {<<: *a}\n" * 100_000,
        f"f:51: {ALIASES.format(MANY)}",
    ),
    "aliases.yaml": (with_ids.__get__(20_000), f"f:54: {ALIASES.format(MANY)}"),
    "ids.yaml": (with_ids.__get__(900), "1 operations, "),
    "text.yaml": (lambda: PATHS + "x-text: " + "x" * 15_000_000, "1 operations, "),
    "quoted.yaml": (lambda: PATHS + 'x-text: "' + "\\x41" * 3_100_000 + '"', "1 operations, "),
    "text.json": (lambda: '{"openapi": "' + "\\u0041" * 2_500_000 + '"}', "f:1: openapi: must be a text such as "),
    "anchors.yaml": (lambda: "a: [" + ",".join(f"&b{number} 1" for number in range(100_000)) + "]", "f:1: openapi: "),
    "chain.yaml": (lambda: chained(10_000), "f:4: /a0: $ref #/x-paths/P10 leads in a circle, or through more than 10 "),
    "pointer.yaml": (
        lambda: referred(10_000, "x-path") + "x-path: {$ref: '#/" + "a/" * 1_000_000 + "'}\n",
        "f:10004: $ref #/a/a/a/",
    ),
    "scopes.yaml": (
        lambda: (
            referred(10_000, "x-path")
            + "x-path: {get: {security: [{a: ["
            + ",".join(f"s{number}" for number in range(10_000))
            + "]}]}}\n"
            + "components: {securitySchemes: {a: {type: oauth2}}}\n"
        ),
        "10000 operations, ",
    ),
    "patterns.yaml": (lambda: patterned(40_000), "40000 operations, "),
    "deep-path.json": (lambda: in_json("/a" * 500_000), "f:1: /a/a/a/a"),
    "dangling.yaml": (
        lambda: PATHS + "x-see:\n" + "".join(f"- {{$ref: '#/x/{number}'}}\n" for number in range(30_000)),
        "f:5: $ref #/x/0 leads nowhere in this document",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_answered_within_little_time_and_memory(name: str, tmp_path: Path) -> None:
    """The operating system ends what takes more than 20 s of CPU or 1 GiB; most attacks ask for hours."""
    text, answer = ATTACKS[name]
    (tmp_path / name).write_text(text(), encoding="utf-8")
    command = [sys.executable, "-m", "tests.policies.bounded", str(tmp_path / name)]
    ended = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(answer)


def test_the_bounds_of_these_tests_end_what_breaks_them(tmp_path: Path) -> None:
    (tmp_path / "f.yaml").write_text("a: 1", encoding="utf-8")
    broken = "import sys, tests.policies.bounded as b; b.read = lambda *_: [0] * 2**28; sys.exit(b.main(sys.argv[1]))"
    command = [sys.executable, "-c", broken, str(tmp_path / "f.yaml")]
    ended = subprocess.run(  # noqa: S603 - our own command
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "MemoryError" in ended.stderr


@pytest.mark.parametrize("segment", ["{a}" + "x" * 900, "{a}" + "xy" * 440 + "{b}z", "{a}x{b}" * 80 + "y"])
def test_a_long_segment_of_a_document_is_matched_soon(segment: str) -> None:
    """Steps in proportion to both lengths: a thousand such calls are through at once."""
    count = iter(range(1000))
    named = PARAMETER.sub(lambda _: f"{{{next(count)}}}", segment)
    routes = tree(found(in_json(f"/{named}")))
    for filler in ("x", "xy", "xx", "a"):
        assert match(routes, "GET", "/" + filler * 4000) in ((None, ()), (0, ()))
