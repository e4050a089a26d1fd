"""What an upstream receives: one whole request, and nothing in it that a client could make into two."""

import re
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.events import proxy_event
from tests.fakes.upstream import ScriptedUpstream, answers, ok
from tiergate.adapters.http_integration import read_request
from tiergate.adapters.http_wire import WITH_LENGTH, Wire, write_request
from tiergate.adapters.upstream_http import HttpUpstreams, _target
from tiergate.domain.decision import ADMITTED, Decision
from tiergate.domain.failures import RequestRefused, UpstreamFailure
from tiergate.domain.messages import Request


def request(method: str = "GET", path: str = "/", **parts: Any) -> Request:
    return Request(method, path, **({"query": "", "headers": [], "body": b""} | parts))


def fields_and_body(sent: bytes) -> tuple[str, list[tuple[str, str]], bytes]:
    head, _, body = sent.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    pairs = [line.split(": ", 1) for line in lines]
    return first, [(name.lower(), value) for name, value in pairs], body


@pytest.mark.parametrize(
    ("base", "query", "target"),
    [
        ("", "", "/orders/a%20b"),
        ("/", "a=1&a=%C3%BC", "/orders/a%20b?a=1&a=%C3%BC"),
        ("/base/v2", "q=a+b%zz", "/base/v2/orders/a%20b?q=a+b%zz"),
        ("/base/", "q=a b\r\nü", "/base/orders/a%20b?q=a%20b%0D%0A%C3%BC"),
    ],
)
def test_the_target_is_the_base_then_the_path_then_the_query(base: str, query: str, target: str) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        HttpUpstreams().send(upstream.url + base, request(path="/orders/a%20b", query=query), 5)

        first, fields, _ = fields_and_body(upstream.requests[0])
        assert first == f"GET {target} HTTP/1.1"
        assert fields == [("host", upstream.origin)]


@pytest.mark.parametrize(("method", "body"), [("POST", b""), ("PUT", b"\x00\xff" * 5000), ("DELETE", b"why")])
def test_the_body_arrives_whole_with_its_length(method: str, body: bytes) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        HttpUpstreams().send(upstream.url, request(method, headers=[("x-a", "grüße")], body=body), 5)

        _, fields, arrived = fields_and_body(upstream.requests[0])
        assert fields[1:] == [("x-a", "grüße"), ("content-length", str(len(body)))]
        assert arrived == body


@pytest.mark.parametrize("field", ["transfer-encoding", "content-length", "Transfer-Encoding", "content_length"])
def test_a_client_cannot_say_where_its_request_ends(field: str) -> None:
    allowed = Decision(ADMITTED, api="shop/v1")
    event = proxy_event(method="POST", body="GET /admin HTTP/1.1\r\n\r\n", headers={field: "chunked"})
    with ScriptedUpstream(answers(ok())) as upstream:
        HttpUpstreams().send(upstream.url, read_request(event, allowed), 5)

        _, fields, body = fields_and_body(upstream.requests[0])
        assert [value for name, value in fields if name.replace("_", "-") == "content-length"] == [str(len(body))]
        assert not [name for name, _ in fields if name == "transfer-encoding"]
        assert body == event["body"].encode()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("x-a", "1\r\nx-evil: 1"),
        ("x-a", "1\r\n folded"),
        ("x-a", "1\nx-evil: 1"),
        ("x-a", "1\rx-evil: 1"),
        ("x-a", "1\x00"),
        ("x-a", "\ud800"),
        ("x-a\r\nx-evil", "1"),
        ("x-a: 1\nx-evil", "1"),
        ("transfer-encoding ", "chunked"),
        ("", "1"),
        ("ü", "1"),
    ],
)
def test_a_field_that_would_be_read_as_more_is_never_sent(name: str, value: str) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        with pytest.raises(UpstreamFailure) as failure:
            HttpUpstreams().send(upstream.url, request(headers=[(name, value), ("x-b", "secret")]), 5)
        assert upstream.requests == []
        assert "evil" not in str(failure.value)


@pytest.mark.parametrize(
    "parts",
    [
        *({"method": method} for method in ("", "GE T", "GET /x HTTP/1.1\r\nx-evil: 1\r\n\r\nGET", "GET\n", "GÉT")),
        *({"path": path} for path in ("", "evil", "http://evil.example/", "/a b", "/a\r\nx-evil: 1", "/ü", "/\x7f")),
    ],
    ids=repr,
)
def test_a_method_or_target_that_is_none_is_never_sent(parts: dict[str, str]) -> None:
    asked = Request(**({"method": "GET", "path": "/", "query": "", "headers": [], "body": b""} | parts))
    with ScriptedUpstream(answers(ok())) as upstream:
        with pytest.raises(UpstreamFailure):
            HttpUpstreams().send(upstream.url, asked, 5)
        assert upstream.requests == []


EVIL = st.text(st.characters() | st.sampled_from("\r\n\t\0 :,;=%/\\"), max_size=20)
NAMES = EVIL | st.sampled_from(["content-length", "transfer-encoding", "Content_Length", "connection", "te", "host"])


@given(
    method=EVIL | st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"]),
    path=EVIL,
    query=EVIL,
    headers=st.dictionaries(NAMES, EVIL | st.sampled_from(["chunked", "0", "5, 5"]), max_size=5),
    body=EVIL,
)
@settings(max_examples=300, deadline=None)
def test_whatever_a_caller_sends_the_upstream_gets_one_whole_request_or_none(
    method: str, path: str, query: str, headers: dict[str, str], body: str
) -> None:
    event = proxy_event(f"/shop/v1/{path}", method=method, headers=headers, rawQueryString=query, body=body)
    wire = RecordingWire()
    try:
        request = read_request(event, Decision(ADMITTED, api="shop/v1"))
        write_request(
            cast(Wire, wire), "upstream.example", _target(urlsplit("http://upstream.example"), request), request
        )
    except (RequestRefused, ValueError):
        assert wire.sent == b""
        return
    head, end, content = wire.sent.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    assert re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ /[!-~]* HTTP/1\.1", first)
    assert end
    assert all(re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\x00-\x08\n-\x1f\x7f]*", line) for line in lines)
    names = [re.sub(rb"[^a-z0-9]", b"-", line.partition(b":")[0].lower()) for line in lines]
    assert (names.count(b"host"), names.count(b"transfer-encoding"), names.count(b"connection")) == (1, 0, 0)
    lengths = [line for line in lines if line.startswith(b"content-length: ")]
    assert names.count(b"content-length") == len(lengths) <= 1
    assert content == body.encode()
    assert lengths == ([b"content-length: %d" % len(content)] if content or method in WITH_LENGTH else [])


class RecordingWire:
    def __init__(self) -> None:
        self.sent = b""

    def send(self, data: bytes) -> None:
        self.sent += data
