"""Code samples, run as they are printed: what arrives is what was meant, whatever the values hold."""

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

SAMPLES = Path(__file__).parents[2] / "portal" / "src" / "samples"
KEY = "tg_test_'\"$HOME`id`\\n"
PRINT = """
import { readFileSync } from "node:fs";
const { LANGUAGES } = await import(`${process.argv[1]}/index.js`);
const { request } = await import(`${process.argv[1]}/request.js`);
const cases = JSON.parse(readFileSync(0, "utf8"));
const printers = await Promise.all(LANGUAGES.map(async ({ id, load }) => [id, await load()]));
console.log(JSON.stringify(cases.map(({ operation, values, schemas = {}, base, key }) => {
  const credentials = [{ name: "X-Api-Key", value: key ?? { variable: "API_KEY", prefix: "" } }];
  const made = request(operation, values, { base, schemas, credentials });
  return Object.fromEntries(printers.map(([id, print]) => [id, print(made)]));
})));
"""
QUOTE = """
import { readFileSync } from "node:fs";
const { shell } = await import(`${process.argv[1]}/quote.js`);
console.log(JSON.parse(readFileSync(0, "utf8")).map((text) => `printf '%s|' ${shell(text)}`).join("\\n"));
"""
SHELLS = ["sh", "dash", "bash", *filter(shutil.which, ("zsh", "fish"))]

HOSTILE = [
    "plain",
    "it's \"quoted\" `id` $HOME $(id) ${X} %s %41 \\ \\n \\' !! ~ * ? [a-z] {a,b} # & ; | < > =",
    "line one\nline two\r\n\ttabbed",
    "naïve Grüße 日本語 😀 e\u0301",
    "\u202eright to left\u2028line\u2029paragraph\ufeff\u0085 next",
    "@file",
    "-X DELETE",
    " blanks at both ends ",
    "'; rm -rf / #",
    '"""',
    "${process.exit(1)}</script>",
]
WORDS = [
    *HOSTILE,
    "\u200e'; touch ran; echo '",
    "\\'; touch ran; #",
    "$(touch ran)\u202e\n`touch ran`",
    "\u001b]0;title\u0007\\",
]
ONE_LINE = [each for each in HOSTILE if "\n" not in each]
LANGUAGES = ("curl", "python", "javascript")


class Arrived(NamedTuple):
    method: str
    path: str
    query: list[tuple[str, str]]
    fields: dict[str, str]
    body: bytes


class Echo:
    """A server that keeps the last request."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def _keep(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fields = {
                    name.lower(): value.encode("latin-1").decode("utf-8", "replace")
                    for name, value in self.headers.items()
                }
                query = parse_qsl(parts.query, keep_blank_values=True)
                arrived.append(Arrived(self.command, parts.path, query, fields, body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok" if self.command != "HEAD" else b"")

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _keep  # noqa: N815 - http.server calls them so

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/bank/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.server.shutdown()
    made.server.server_close()


def printed(cases: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Each case in every language."""
    result: list[dict[str, str]] = json.loads(told(PRINT, cases))
    return result


def told(program: str, given: Any) -> str:
    """What a program that uses the modules of samples says of what it is given."""
    command = [_node(), "--no-warnings", "--input-type=module", "-e", program, SAMPLES.as_uri()]
    done = subprocess.run(  # noqa: S603  # our own program
        command, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout


def _node() -> str:
    own = Path(sys.executable).with_name("node")
    return str(own) if own.exists() else shutil.which("node") or "node"


def run(language: str, text: str, folder: Path) -> None:
    """Save the sample and run it, as a reader would."""
    name = {"curl": "sample.sh", "python": "sample.py", "javascript": "sample.mjs"}[language]
    program = {"curl": "bash", "python": sys.executable, "javascript": _node()}[language]
    (folder / name).write_text(text, encoding="utf-8", newline="")
    environment = {**os.environ, "API_KEY": KEY, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(  # noqa: S603  # the sample itself: it is what the test is about
        [program, name], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.returncode, f"{text}\n{done.stderr}"
    assert "ok" in done.stdout or "HEAD" in text.upper(), done.stdout


def arrivals(echo: Echo, cases: list[dict[str, Any]], language: str, folder: Path) -> list[Arrived]:
    found = []
    for each in printed([{**case, "base": echo.base} for case in cases]):
        echo.arrived.clear()
        run(language, each[language], folder)
        assert len(echo.arrived) == 1
        found.append(echo.arrived[0])
    return found


def parameter(name: str, where: str, schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "schema": schema or {"type": "string"}, "required": where == "path", **more}


def case(method: str, path: str, parameters: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    typed = values.pop("typed", {})
    body = values.pop("request_body", None)
    operation = {"method": method, "path": path, "parameters": parameters, "request_body": body}
    return {"operation": operation, "values": {"parameters": typed, **values}, **values.pop("extra", {})}


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_values_in_path_query_and_header_arrive_as_they_were_typed(
    language: str, echo: Echo, tmp_path: Path
) -> None:
    parameters = [parameter("id", "path"), parameter("q", "query"), parameter("X-Note", "header")]
    cases = [
        case("get", "/a/{id}/b", parameters, typed={"path:id": each, "query:q": each, "header:X-Note": each})
        for each in ONE_LINE
    ]
    for value, arrived in zip(ONE_LINE, arrivals(echo, cases, language, tmp_path), strict=True):
        assert unquote(arrived.path) == f"/bank/v1/a/{value}/b"
        assert arrived.query == [("q", value)]
        assert arrived.fields["x-note"].strip() == value.strip(" ")
        assert arrived.fields["x-api-key"] == KEY


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("media", ["application/json", "application/problem+json", "text/plain"])
def test_hostile_bodies_arrive_byte_for_byte_or_as_the_same_json(
    media: str, language: str, echo: Echo, tmp_path: Path
) -> None:
    body: dict[str, Any] = {"content": {media: {"schema": {}}}}
    json_like = media.endswith("json")
    texts = [
        json.dumps({each: [each, 1.5, True, None]}, ensure_ascii=False, indent=2) if json_like else each
        for each in HOSTILE
    ]
    cases = [case("post", "/b", [], media=media, body=each, request_body=body) for each in texts]
    for text, arrived in zip(texts, arrivals(echo, cases, language, tmp_path), strict=True):
        assert arrived.fields["content-type"] == media
        if json_like:
            assert json.loads(arrived.body) == json.loads(text)
        else:
            assert arrived.body.decode() == text


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_and_keys_that_a_language_would_change_arrive_unchanged(
    language: str, echo: Echo, tmp_path: Path
) -> None:
    texts = [
        '{"id": 12345678901234567890, "rate": 0.1000}',
        '{"__proto__": {"a": 1}, "b": -0}',
        '{"e": 1e400}',
        '{"slash": "a\\/b", "pair": "\\ud83d\\ude00"}',
        "[]",
        '"text"',
        "not json {",
    ]
    body: dict[str, Any] = {"content": {"application/json": {"schema": {}}}}
    cases = [case("put", "/b", [], media="application/json", body=each, request_body=body) for each in texts]
    for text, arrived in zip(texts, arrivals(echo, cases, language, tmp_path), strict=True):
        assert arrived.method == "PUT"
        if text.startswith("not"):
            assert arrived.body.decode() == text
        else:
            assert json.loads(arrived.body) == json.loads(text)


STYLES: list[tuple[dict[str, Any], str, list[tuple[str, str]]]] = [
    ({"schema": {"type": "array"}}, "a\nb,c\n&d", [("p", "a"), ("p", "b,c"), ("p", "&d")]),
    ({"schema": {"type": "array"}, "explode": False}, "a\nb", [("p", "a,b")]),
    ({"schema": {"type": "array"}, "style": "spaceDelimited", "explode": False}, "a\nb", [("p", "a b")]),
    ({"schema": {"type": "array"}, "style": "pipeDelimited", "explode": False}, "a\nb", [("p", "a|b")]),
    ({"schema": {"type": "object"}}, '{"x": 1, "y[]": "z"}', [("x", "1"), ("y[]", "z")]),
    ({"schema": {"type": "object"}, "explode": False}, '{"x": 1, "y": "z"}', [("p", "x,1,y,z")]),
    (
        {"schema": {"type": "object"}, "style": "deepObject", "explode": True},
        '{"from": "2026-10-30", "in": {"a": [1, 2]}}',
        [("p[from]", "2026-10-30"), ("p[in][a]", "1"), ("p[in][a]", "2")],
    ),
    ({"content": {"application/json": {"schema": {}}}}, '{"a": "b&c"}', [("p", '{"a": "b&c"}')]),
    ({"allowReserved": True}, "https://example.com/a?b=c&d#e", [("p", "https://example.com/a?b=c&d#e")]),
    ({"schema": {"$ref": "Ids"}, "explode": True}, "1\n2", [("p", "1"), ("p", "2")]),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_query_parameters_are_written_in_their_style(language: str, echo: Echo, tmp_path: Path) -> None:
    schemas = {"Ids": {"type": "array", "items": {"type": "integer"}}}
    cases = [
        case("get", "/q", [parameter("p", "query", **more)], typed={"query:p": text}, extra={"schemas": schemas})
        for more, text, _ in STYLES
    ]
    for (_, _, expected), arrived in zip(STYLES, arrivals(echo, cases, language, tmp_path), strict=True):
        assert arrived.query == expected


PATHS: list[tuple[dict[str, Any], str, str]] = [
    ({"schema": {"type": "array"}}, "a\nb/c", "/a,b%2Fc"),
    ({"schema": {"type": "object"}, "explode": True}, '{"x": 1, "y": 2}', "/x=1,y=2"),
    ({"schema": {"type": "array"}, "style": "label"}, "a\nb", "/.a,b"),
    ({"schema": {"type": "array"}, "style": "label", "explode": True}, "a\nb", "/.a.b"),
    ({"schema": {"type": "array"}, "style": "matrix"}, "a\nb", "/;p=a,b"),
    ({"schema": {"type": "array"}, "style": "matrix", "explode": True}, "a\nb", "/;p=a;p=b"),
    ({}, "a b?c#d%", "/a%20b%3Fc%23d%25"),
]


@pytest.mark.parametrize("language", LANGUAGES)
def test_path_parameters_are_written_in_their_style(language: str, echo: Echo, tmp_path: Path) -> None:
    cases = [case("get", "/{p}", [parameter("p", "path", **more)], typed={"path:p": text}) for more, text, _ in PATHS]
    for (_, _, expected), arrived in zip(PATHS, arrivals(echo, cases, language, tmp_path), strict=True):
        assert arrived.path == f"/bank/v1{expected}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head"])
def test_every_method_arrives_with_its_cookies(method: str, language: str, echo: Echo, tmp_path: Path) -> None:
    parameters = [parameter("session", "cookie"), parameter("theme", "cookie")]
    typed = {"cookie:session": "a;b c", "cookie:theme": "dark"}
    (arrived,) = arrivals(echo, [case(method, "/m", parameters, typed=typed)], language, tmp_path)
    assert arrived.method == method.upper()
    assert arrived.fields["cookie"] == "session=a%3Bb%20c; theme=dark"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_arrives_field_by_field(language: str, echo: Echo, tmp_path: Path) -> None:
    schema = {"properties": {"note": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}}
    body = {"content": {"application/x-www-form-urlencoded": {"schema": schema}}}
    for value in HOSTILE:
        fields = {"note": value, "tags": "a&b\nc"}
        made = case(
            "post", "/f", [], media="application/x-www-form-urlencoded", fields=fields, request_body=body
        )  # fmt: skip
        (arrived,) = arrivals(echo, [made], language, tmp_path)
        assert arrived.fields["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qsl(arrived.body.decode()) == [("note", value), ("tags", "a&b"), ("tags", "c")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_multipart_form_arrives_with_its_files_and_the_types_of_its_parts(
    language: str, echo: Echo, tmp_path: Path
) -> None:
    schema = {
        "required": ["file"],
        "properties": {
            "note": {"type": "string"},
            "meta": {"type": "object"},
            "file": {"type": "string", "format": "binary"},
        },
    }
    body = {"content": {"multipart/form-data": {"schema": schema, "encoding": {"file": {"contentType": "image/png"}}}}}
    (tmp_path / "file.bin").write_bytes(b"\x89PNG\r\n\x00\xff")
    for value in (HOSTILE[1], HOSTILE[3], "@file.bin", "a;type=text/html", '"quoted"'):
        fields = {"note": value, "meta": json.dumps({"a": value})}
        made = case("post", "/f", [], media="multipart/form-data", fields=fields, request_body=body)
        (arrived,) = arrivals(echo, [made], language, tmp_path)
        head = f"Content-Type: {arrived.fields['content-type']}\r\n\r\n".encode()
        parts: dict[Any, Any] = {
            each.get_param("name", header="content-disposition"): each
            for each in message_from_bytes(head + arrived.body, policy=HTTP).iter_parts()
        }
        assert parts["note"].get_payload(decode=True).decode() == value
        assert json.loads(parts["meta"].get_payload(decode=True)) == {"a": value}
        assert parts["meta"].get_content_type() == "application/json"
        assert parts["file"].get_payload(decode=True) == b"\x89PNG\r\n\x00\xff"
        assert parts["file"].get_content_type() == "image/png"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_body_of_bytes_arrives_from_its_file(language: str, echo: Echo, tmp_path: Path) -> None:
    body = {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
    (tmp_path / "body.bin").write_bytes(bytes(range(256)))
    made = case("post", "/f", [], media="application/octet-stream", body="", request_body=body)
    (arrived,) = arrivals(echo, [made], language, tmp_path)
    assert arrived.body == bytes(range(256))
    assert arrived.fields["content-type"] == "application/octet-stream"


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_sample_with_key_has_the_key(language: str, echo: Echo, tmp_path: Path) -> None:
    made = case("get", "/a", [])
    without, keyed = printed([{**made, "base": echo.base}, {**made, "base": echo.base, "key": KEY}])
    assert KEY not in without[language]
    assert "API_KEY" in without[language]
    echo.arrived.clear()
    run(language, keyed[language], tmp_path)
    assert echo.arrived[0].fields["x-api-key"] == KEY


@pytest.mark.parametrize("language", LANGUAGES)
def test_line_breaks_never_make_a_header_of_a_value(language: str, echo: Echo, tmp_path: Path) -> None:
    made = case("get", "/a", [parameter("X-Note", "header")], typed={"header:X-Note": "a\r\nX-Evil: 1\0\nb"})
    (arrived,) = arrivals(echo, [made], language, tmp_path)
    assert arrived.fields["x-note"] == "a X-Evil: 1 b"
    assert "x-evil" not in arrived.fields


@pytest.mark.parametrize("shell", SHELLS)
def test_a_word_is_the_text_itself_in_every_shell_and_runs_nothing(shell: str, tmp_path: Path) -> None:
    (tmp_path / "words").write_text(told(QUOTE, WORDS), encoding="utf-8", newline="")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(tmp_path)}
    done = subprocess.run(  # noqa: S603  # our own words
        [shell, "words"], cwd=tmp_path, env=environment, capture_output=True, timeout=60, check=True
    )
    assert done.stdout.decode() == "".join(f"{each}|" for each in WORDS)
    assert not (tmp_path / "ran").exists()


THEFTS: list[tuple[str, str, Any]] = [
    ("note", "text/plain;headers=@secret", "hi"),
    ("note", "text/plain;filename=secret", "hi"),
    ("a=@secret;", "text/plain", "hi"),
    ("a=<secret", "", "hi"),
    ("a=@secret;", "", {"a": 1}),
    ("secret", "", None),
    ("../secret", "image/png;headers=@secret", None),
]
"""Fields of a form by name, content type and example; without one, files."""


@pytest.mark.parametrize("shell", ["bash", "dash"])
@pytest.mark.parametrize(("name", "media", "value"), THEFTS)
def test_no_field_of_a_form_makes_curl_read_a_file_that_a_document_names(
    name: str, media: str, value: Any, shell: str, echo: Echo, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    for folder in (tmp_path, tmp_path / "here"):
        for file in ("secret", "secret.bin", "file.bin"):
            (folder / file).write_text("mine" if file == "file.bin" else "stolen")
    kind = {"type": "string", "format": "binary"} if value is None else {"type": ["object", "string"], "example": value}
    fields = {} if value is None else {name: value if isinstance(value, str) else json.dumps(value)}
    content = {"schema": {"required": [name], "properties": {name: kind}}, "encoding": {name: {"contentType": media}}}
    body = {"content": {"multipart/form-data": content}}
    made = case("post", "/f", [], media="multipart/form-data", fields=fields, request_body=body)
    (text,) = printed([{**made, "base": echo.base}])
    (tmp_path / "here/sample").write_text(text["curl"], encoding="utf-8")
    echo.arrived.clear()
    environment = {**os.environ, "API_KEY": KEY, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    subprocess.run(  # noqa: S603  # the sample itself
        [shell, "sample"], cwd=tmp_path / "here", env=environment, capture_output=True, timeout=60, check=True
    )
    (arrived,) = echo.arrived
    assert arrived.method == "POST"
    assert b"stolen" not in arrived.body + str(arrived.fields).encode()
    assert (b"mine" in arrived.body) == (value is None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_media_type_is_one_header(language: str, echo: Echo, tmp_path: Path) -> None:
    media = "text/plain\r\nX-Evil: 1"
    made = case("post", "/b", [], media=media, body="a", request_body={"content": {media: {"schema": {}}}})
    (arrived,) = arrivals(echo, [made], language, tmp_path)
    assert arrived.fields["content-type"] == "text/plain X-Evil: 1"
    assert "x-evil" not in arrived.fields


def test_a_form_without_a_field_is_sent_all_the_same(echo: Echo, tmp_path: Path) -> None:
    body = {"content": {"multipart/form-data": {"schema": {"properties": {"note": {"type": "string"}}}}}}
    made = case("post", "/f", [], media="multipart/form-data", fields={}, request_body=body)
    (arrived,) = arrivals(echo, [made], "curl", tmp_path)
    assert arrived.method == "POST"
