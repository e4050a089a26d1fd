"""Answers that two servers could read differently are none, and their connections are never used again."""

import gzip

import pytest

from tests.fakes.upstream import Line, ScriptedUpstream, answers, keeps_alive, ok
from tiergate.adapters.http_wire import MOST_BYTES, MOST_FIELDS, MOST_HEAD, MOST_INTERIM
from tiergate.adapters.upstream_http import HttpUpstreams
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request, Response

GET = Request("GET", "/", "", [], b"")
HEAD = Request("HEAD", "/", "", [], b"")
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"transfer-encoding: chunked\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early Hints\r\n\r\n"


def answer_to(answer: bytes, request: Request = GET) -> Response:
    with ScriptedUpstream(answers(answer)) as upstream:
        return HttpUpstreams().send(upstream.url, request, 5)


def assert_refused(answer: bytes) -> None:
    with ScriptedUpstream(keeps_alive(answer, ok(b"of somebody else")), answers(ok(b"mine"))) as upstream:
        upstreams = HttpUpstreams()
        with pytest.raises(UpstreamFailure) as failure:
            upstreams.send(upstream.url, GET, 5)
        assert failure.value.code == "upstream_unreachable"
        assert upstreams.send(upstream.url, GET, 5).body == b"mine"


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\ncontent-length: 0\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked, identity\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding: xchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding:\x0bchunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"transfer-encoding:\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok!",
        OK + b"content-length: 2, 3\r\n\r\nok!",
        *(
            OK + b"content-length: %s\r\n\r\nok" % length
            for length in (b"+2", b"-2", b"0x2", b"2_0", b"2 2", b"2.0", b"")
        ),
        OK + "content-length: ²\r\n\r\nok".encode("latin-1"),
        OK + b"content-length: %d\r\n\r\nok" % 10**30,
    ],
)
def test_an_answer_whose_end_is_unclear_is_refused(answer: bytes) -> None:
    assert_refused(answer)


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"content-length : 2\r\n\r\nok",
        OK + b"x-a : 1\r\ncontent-length: 2\r\n\r\nok",
        OK + b" content-length: 9\r\ncontent-length: 2\r\n\r\nok",
        OK + b": 1\r\ncontent-length: 2\r\n\r\nok",
        OK + b"From me\r\ncontent-length: 2\r\n\r\nok",
        OK + b"x(a): 1\r\ncontent-length: 2\r\n\r\nok",
        OK + b"x-\xe9: 1\r\ncontent-length: 2\r\n\r\nok",
        OK + b"x\x00a: 1\r\ncontent-length: 2\r\n\r\nok",
        OK + b"x-a: 1\x00\r\ncontent-length: 2\r\n\r\nok",
        OK + b"x-a: 1\rcontent-length: 9\r\ncontent-length: 2\r\n\r\nok",
        OK + b"x-a: 1\ncontent-length: 9\r\ncontent-length: 2\r\n\r\nok",
        OK + b"x-a: 1\r\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
        b"HTTP/1.1 200 OK\n\r\n",
        b"\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200\x00 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1  200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 0200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 20 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 099 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/2.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.10 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"http/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"ICY 200 OK\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n\r\n" + ok(),
    ],
)
def test_a_head_that_is_not_plainly_http_is_refused(answer: bytes) -> None:
    assert_refused(answer)


@pytest.mark.parametrize(
    "chunks",
    [
        b"2\r\nokay\r\n0\r\n\r\n",
        b"2\r\nokay0\r\n\r\n",
        b"3\r\nok\r\n0\r\n\r\n",
        b"2\nok\r\n0\r\n\r\n",
        b"2\r\nok\n0\r\n\r\n",
        b"0x2\r\nok\r\n0\r\n\r\n",
        b"-2\r\nok\r\n0\r\n\r\n",
        b"+2\r\nok\r\n0\r\n\r\n",
        b" 2\r\nok\r\n0\r\n\r\n",
        b"\r\n2\r\nok\r\n0\r\n\r\n",
        b"2;a\x00=b\r\nok\r\n0\r\n\r\n",
        b"2;a\n=b\r\nok\r\n0\r\n\r\n",
        b"2;" + b"a" * 2000 + b"\r\nok\r\n0\r\n\r\n",
        b"%s\r\nok\r\n0\r\n\r\n" % (b"0" * 20 + b"2"),
        b"0\r\n" + b"x-a: 1\r\n" * (MOST_FIELDS + 1) + b"\r\n",
    ],
)
def test_broken_chunks_are_refused(chunks: bytes) -> None:
    assert_refused(CHUNKED + chunks)


@pytest.mark.parametrize("repeated", [b"content-length: 2\r\ncontent-length: 2\r\n", b"content-length: 2, 2\r\n"])
def test_a_length_said_twice_is_one_length(repeated: bytes) -> None:
    assert answer_to(OK + repeated + b"\r\nok").body == b"ok"


def test_chunks_of_any_size_are_put_together_and_the_connection_serves_on() -> None:
    first = CHUNKED + b"00A ; a=b\r\n0123456789\r\n1\r\n\n\r\n0;last\r\ncontent-length: 9\r\n\r\n"
    with ScriptedUpstream(keeps_alive(first, ok(b"second"))) as upstream:
        upstreams = HttpUpstreams()
        assert upstreams.send(upstream.url, GET, 5).body == b"0123456789\n"
        assert upstreams.send(upstream.url, GET, 5).body == b"second"
        assert upstream.connections == 1


def test_an_answer_is_the_same_however_its_bytes_arrive() -> None:
    whole = OK + b"x-a: 1\r\n  2\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-b: 1\r\n\r\n"

    def a_byte_at_a_time(line: Line) -> None:
        line.request()
        for index in range(len(whole)):
            line.send(whole[index : index + 1])
        line.request()
        line.send(ok(b"second"))

    with ScriptedUpstream(a_byte_at_a_time) as upstream:
        upstreams = HttpUpstreams()
        answer = upstreams.send(upstream.url, GET, 5)
        assert answer == Response(200, [("x-a", "1 2"), ("transfer-encoding", "chunked")], b"hello")
        assert upstreams.send(upstream.url, GET, 5).body == b"second"


@pytest.mark.parametrize(
    "answer",
    [
        ok() + ok(b"of somebody else"),
        OK + b"content-length: 2\r\n\r\nok, and more than it said",
        CHUNKED + b"2\r\nok\r\n0\r\n\r\n" + ok(b"of somebody else"),
    ],
)
def test_what_comes_after_an_answer_is_nobodys(answer: bytes) -> None:
    with ScriptedUpstream(keeps_alive(answer), answers(ok(b"mine"))) as upstream:
        upstreams = HttpUpstreams()
        assert upstreams.send(upstream.url, GET, 5).body == b"ok"
        assert upstreams.send(upstream.url, GET, 5).body == b"mine"


@pytest.mark.parametrize("option", [b"close", b"Keep-Alive, CLOSE", b"x-hop\r\nconnection: close"])
def test_a_connection_that_the_upstream_means_to_end_serves_no_other_though_it_lasts(option: bytes) -> None:
    ending = OK + b"connection: " + option + b"\r\ncontent-length: 2\r\n\r\nok"
    with ScriptedUpstream(keeps_alive(ending, ok(b"too late")), answers(ok(b"mine"))) as upstream:
        upstreams = HttpUpstreams()
        assert upstreams.send(upstream.url, GET, 5).body == b"ok"
        assert upstreams.send(upstream.url, GET, 5).body == b"mine"


@pytest.mark.parametrize("head", [ok(b"a body")[:-6], ok(b"a body"), CHUNKED + b"6\r\na body\r\n0\r\n\r\n"])
def test_the_answer_to_head_has_no_body_whatever_comes(head: bytes) -> None:
    with ScriptedUpstream(keeps_alive(head + ok(b"of somebody else")), answers(ok(b"mine"))) as upstream:
        upstreams = HttpUpstreams()
        assert upstreams.send(upstream.url, HEAD, 5).body == b""
        assert upstreams.send(upstream.url, GET, 5).body == b"mine"


def test_heads_at_the_limits_are_read_and_above_them_refused() -> None:
    empty = OK + b"x-long: \r\ncontent-length: 0\r\n\r\n"
    room = MOST_HEAD - len(empty)
    assert answer_to(empty.replace(b": \r", b": " + b"x" * room + b"\r")).headers[0] == ("x-long", "x" * room)
    assert_refused(empty.replace(b": \r", b": " + b"x" * (room + 1) + b"\r"))
    many = b"".join(b"x-%d: 1\r\n" % number for number in range(MOST_FIELDS))
    assert len(answer_to(OK + many + b"\r\n").headers) == MOST_FIELDS
    assert_refused(OK + many + b"x-more: 1\r\ncontent-length: 0\r\n\r\n")


def test_interim_answers_are_read_over_up_to_a_number() -> None:
    assert answer_to(INTERIM * (MOST_INTERIM - 1) + ok()).body == b"ok"
    assert_refused(INTERIM * MOST_INTERIM + ok())


def test_a_length_above_the_limit_is_too_large_before_anything_of_it_is_read() -> None:
    with ScriptedUpstream(keeps_alive(OK + b"content-length: %d\r\n\r\n" % (MOST_BYTES + 1))) as upstream:
        with pytest.raises(UpstreamFailure) as failure:
            HttpUpstreams().send(upstream.url, GET, 5)
        assert failure.value.code == "response_too_large"


@pytest.mark.parametrize(
    "body", [gzip.compress(b"hello" * 100, mtime=0), b"\x1f\x8bnot gzip at all", b"\x0b\x02\x80hello\x03"]
)
def test_compressed_bodies_are_not_looked_into(body: bytes) -> None:
    head = OK + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body)
    answer = answer_to(head + body)
    assert (answer.body, dict(answer.headers)["content-encoding"]) == (body, "gzip")


def test_a_line_without_a_reason_and_bytes_beyond_ascii_are_http() -> None:
    assert answer_to(b"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n").status == 200
    assert dict(answer_to(OK + b"x-a: gr\xfc\xdfe\tx\r\n\r\n").headers) == {"x-a": "grüße\tx"}
