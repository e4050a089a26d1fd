"""Real servers on localhost: answers come back as they are, and connections are reused where it is safe."""

import gzip
import ssl
import threading
import time
from typing import Any

import pytest

from tests.fakes.upstream import Line, ScriptedUpstream, answers, keeps_alive, ok
from tiergate.adapters import upstream_http
from tiergate.adapters.http_wire import Wire, write_request
from tiergate.adapters.upstream_http import MOST_IDLE, HttpUpstreams
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request, Response


def request(method: str = "GET", path: str = "/", **parts: Any) -> Request:
    return Request(method, path, **({"query": "", "headers": [], "body": b""} | parts))


def answer_to(answer: bytes, method: str = "GET") -> Response:
    with ScriptedUpstream(answers(answer)) as upstream:
        return HttpUpstreams().send(upstream.url, request(method), 5)


def test_status_fields_and_body_come_back_as_they_are() -> None:
    answer = answer_to(
        b"HTTP/1.1 418 Short And Stout\r\nX-Pot: tea \r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        b"Content-Length: 4\r\n\r\n\x00\xff\r\n"
    )

    fields = [("x-pot", "tea"), ("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-length", "4")]
    assert answer.status == 418
    assert [(name, value.rstrip()) for name, value in answer.headers] == fields
    assert answer.body == b"\x00\xff\r\n"


@pytest.mark.parametrize("status", [200, 201, 301, 307, 404, 429, 500, 503])
def test_every_status_is_an_answer(status: int) -> None:
    assert answer_to(b"HTTP/1.1 %d X\r\ncontent-length: 1\r\n\r\n!" % status) == Response(
        status, [("content-length", "1")], b"!"
    )


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\netag: "7"\r\ncontent-length: 999\r\n\r\n'),
        ("HEAD", b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
    ],
)
def test_an_answer_without_a_body_is_complete_and_a_body_that_comes_after_all_is_nobodys(
    method: str, head: bytes
) -> None:
    with ScriptedUpstream(keeps_alive(head, ok(b"the body, late")), answers(ok())) as upstream:
        upstreams = HttpUpstreams()
        assert upstreams.send(upstream.url, request(method), 5).body == b""
        assert upstreams.send(upstream.url, request(), 5).body == b"ok"
        assert upstream.connections == 2


def test_redirects_are_not_followed() -> None:
    redirect = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"
    with ScriptedUpstream(keeps_alive(redirect, ok())) as upstream:
        answer = HttpUpstreams().send(upstream.url, request(), 5)
        assert (answer.status, dict(answer.headers)["location"]) == (302, "/elsewhere")
        assert len(upstream.requests) == 1


def test_compressed_bodies_stay_compressed() -> None:
    body = gzip.compress(b"hello" * 100)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body)
    assert answer_to(head + body).body == body


def test_chunks_are_put_together() -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    assert answer_to(chunked + b"5;ext=1\r\nhello\r\n7\r\n, world\r\n0\r\nx-trailer: 1\r\n\r\n").body == b"hello, world"


@pytest.mark.parametrize("first", [b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 200 OK\r\nconnection: close\r\n"])
@pytest.mark.parametrize("length", [b"", b"content-length: 100000\r\n"])
def test_an_answer_that_ends_its_connection_is_read_to_its_end(first: bytes, length: bytes) -> None:
    assert answer_to(first + length + b"\r\n" + b"x" * 100_000).body == b"x" * 100_000


@pytest.mark.parametrize("status", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
def test_interim_answers_are_not_taken_for_the_answer(status: bytes) -> None:
    interim = b"HTTP/1.1 " + status + b"\r\nlink: </style.css>\r\n\r\n"
    with ScriptedUpstream(keeps_alive(interim + interim + ok(), ok(b"again"))) as upstream:
        upstreams = HttpUpstreams()
        answer = upstreams.send(upstream.url, request(), 5)
        assert answer == Response(200, [("content-length", "2")], b"ok")
        assert upstreams.send(upstream.url, request(), 5).body == b"again"


def test_a_field_over_several_lines_comes_back_as_one() -> None:
    answer = answer_to(b"HTTP/1.1 200 OK\r\nx-long: one\r\n\t two\r\ncontent-length: 0\r\n\r\n")
    assert dict(answer.headers)["x-long"] == "one two"


def test_a_body_in_parts_is_none_of_the_fields_business() -> None:
    assert answer_to(b'HTTP/1.1 200 OK\r\ncontent-type: multipart/mixed; boundary="b"\r\n\r\n--b--').body == b"--b--"


def test_a_connection_serves_one_request_after_another_and_none_of_another_origin() -> None:
    with (
        ScriptedUpstream(keeps_alive(ok(b"1"), ok(b"2"), ok(b"3"))) as upstream,
        ScriptedUpstream(keeps_alive(ok(b"other"))) as other,
    ):
        upstreams = HttpUpstreams()
        assert upstreams.send(upstream.url, request(), 5).body == b"1"
        assert upstreams.send(other.url, request(), 5).body == b"other"
        assert upstreams.send(upstream.url + "/base", request("POST", body=b"x"), 5).body == b"2"
        assert upstreams.send(upstream.url, request(), 5).body == b"3"
        assert (upstream.connections, other.connections) == (1, 1)


@pytest.mark.parametrize("head", [b"HTTP/1.0 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"])
def test_a_connection_that_its_answer_ended_is_replaced(head: bytes) -> None:
    with ScriptedUpstream(answers(head + b"first"), answers(ok(b"second"))) as upstream:
        upstreams = HttpUpstreams()
        assert upstreams.send(upstream.url, request(), 5).body == b"first"
        assert upstreams.send(upstream.url, request("POST", body=b"x"), 5).body == b"second"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_closed_in_between_is_replaced(method: str) -> None:
    with ScriptedUpstream(answers(ok()), answers(ok(b"second"))) as upstream:
        upstreams = HttpUpstreams()
        upstreams.send(upstream.url, request(), 5)
        upstream.wait_for_end(0)

        assert upstreams.send(upstream.url, request(method, body=b"x"), 5).body == b"second"
        assert len(upstream.requests) == 2


@pytest.mark.parametrize("ended", [ssl.SSLEOFError, ssl.SSLZeroReturnError, BrokenPipeError])
def test_a_kept_connection_that_ends_while_sending_is_replaced_where_a_repetition_is_safe(
    ended: type[OSError], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Wire] = []

    def sends_on_a_new_one(wire: Wire, *rest: Any) -> None:
        if wire in kept:
            raise ended
        kept.append(wire)
        write_request(wire, *rest)

    monkeypatch.setattr(upstream_http, "write_request", sends_on_a_new_one)
    with ScriptedUpstream(keeps_alive(ok()), keeps_alive(ok(b"second")), keeps_alive()) as upstream:
        upstreams = HttpUpstreams()
        upstreams.send(upstream.url, request(), 5)
        assert upstreams.send(upstream.url, request("PUT", body=b"x"), 5).body == b"second"
        with pytest.raises(UpstreamFailure):
            upstreams.send(upstream.url, request("POST", body=b"x"), 5)


def test_a_connection_that_was_idle_for_too_long_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedUpstream(keeps_alive(ok(), ok()), answers(ok(b"second"))) as upstream:
        upstreams = HttpUpstreams()
        now = time.time()
        monkeypatch.setattr(time, "time", lambda: now)
        upstreams.send(upstream.url, request(), 5)
        now += MOST_IDLE
        upstreams.send(upstream.url, request(), 5)
        now += MOST_IDLE + 1
        assert upstreams.send(upstream.url, request("POST"), 5).body == b"second"
        assert upstream.connections == 2


def test_what_nobody_asked_for_is_never_the_next_answer() -> None:
    more = threading.Event()
    sent = threading.Event()

    def script(line: Line) -> None:
        line.request()
        line.send(ok() + ok(b"for somebody else"))
        more.wait(5)
        line.send(ok(b"for somebody else"))
        sent.set()
        line.released.wait(5)

    with ScriptedUpstream(script, answers(ok(b"mine"))) as upstream:
        upstreams = HttpUpstreams()
        assert upstreams.send(upstream.url, request(), 5).body == b"ok"
        more.set()
        assert sent.wait(5)
        assert upstreams.send(upstream.url, request(), 5).body == b"mine"


def dies_on_the_second(line: Line) -> None:
    answers(ok())(line)
    line.request()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_a_request_that_may_be_repeated_is_when_a_kept_connection_dies_on_it(method: str) -> None:
    with ScriptedUpstream(dies_on_the_second, answers(ok(b""))) as upstream:
        upstreams = HttpUpstreams()
        upstreams.send(upstream.url, request(), 5)

        assert upstreams.send(upstream.url, request(method), 5).status == 200
        assert [sent.split(b" ")[0] for sent in upstream.requests[1:]] == [method.encode()] * 2


def test_an_answer_that_breaks_off_is_not_asked_for_again() -> None:
    with ScriptedUpstream(answers(ok(), ok(b"broken off")[:-1]), answers(ok())) as upstream:
        upstreams = HttpUpstreams()
        upstreams.send(upstream.url, request(), 5)

        with pytest.raises(UpstreamFailure):
            upstreams.send(upstream.url, request(), 5)
        assert (len(upstream.requests), upstream.connections) == (2, 1)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_request_that_may_have_had_its_effect_is_never_repeated(method: str) -> None:
    with ScriptedUpstream(dies_on_the_second, answers(ok())) as upstream:
        upstreams = HttpUpstreams()
        upstreams.send(upstream.url, request(), 5)

        with pytest.raises(UpstreamFailure) as failure:
            upstreams.send(upstream.url, request(method, body=b"pay"), 5)
        assert failure.value.code == "upstream_unreachable"
        assert (len(upstream.requests), upstream.connections) == (2, 1)


def test_a_new_connection_that_dies_is_not_tried_again() -> None:
    with ScriptedUpstream(answers(b""), answers(ok())) as upstream:
        with pytest.raises(UpstreamFailure):
            HttpUpstreams().send(upstream.url, request(), 5)
        assert upstream.connections == 1
