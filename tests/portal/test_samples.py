"""Code samples, run as they are printed: what arrives is what was meant, whatever the values hold."""

import json
from email import message_from_bytes
from email.policy import HTTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

import pytest

from tests.portal.printed_samples import HOSTILE, KEY, LANGUAGES, Echo, arrivals, case, parameter, printed, run

ONE_LINE = [each for each in HOSTILE if "\n" not in each]


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
