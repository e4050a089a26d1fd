"""Broken, slow and endless servers: each fails in the way it is told of, within the deadline."""

import contextlib
import itertools
import socket
import time
from collections.abc import Iterable

import pytest

from tests.fakes.upstream import Line, Script, ScriptedUpstream, answers, keeps_alive, ok
from tiergate.adapters import http_wire
from tiergate.adapters.upstream_http import HttpUpstreams
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request

DEADLINE = 0.2
GENEROUS = 2.0
GET = Request("GET", "/", "", [], b"")
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def failure_of(url: str, request: Request = GET, timeout: float = 5) -> str:
    with pytest.raises(UpstreamFailure) as failure:
        HttpUpstreams().send(url, request, timeout)
    return failure.value.code


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_port_that_nobody_listens_on_is_unreachable() -> None:
    assert failure_of(f"http://127.0.0.1:{unused_port()}") == "upstream_unreachable"


@pytest.mark.parametrize("host", ["upstream.invalid", "a..b", "x" * 64 + ".example"])
def test_a_name_that_nobody_has_is_unreachable(host: str) -> None:
    assert failure_of(f"http://{host}") == "upstream_unreachable"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ncontent-le",
        CHUNKED + b"5\r\nhello\r\n",
        CHUNKED + b"nonsense\r\nhello\r\n0\r\n\r\n",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nthis is no field\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n",
    ],
)
def test_an_answer_that_breaks_off_or_is_none_is_unreachable(answer: bytes) -> None:
    with ScriptedUpstream(answers(answer)) as upstream:
        assert failure_of(upstream.url) == "upstream_unreachable"


@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 200 OK\r\nx-a", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal"])
def test_a_reset_in_the_middle_is_unreachable(part: bytes) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(part)
        line.reset()

    with ScriptedUpstream(script) as upstream:
        assert failure_of(upstream.url) == "upstream_unreachable"


@pytest.mark.parametrize(
    ("start", "again"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"x-more: 1\r\n"),
        (b"HTTP/1.1 200 OK\r\nx-long: ", b"x" * 1000),
        (b"HTTP/1.1 200 ", b"x" * 1000),
    ],
    ids=["fields", "a field", "the status line"],
)
def test_an_endless_head_is_given_up(start: bytes, again: bytes) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(start)
        with contextlib.suppress(OSError):
            while True:
                line.send(again)

    with ScriptedUpstream(script) as upstream:
        assert failure_of(upstream.url) == "upstream_unreachable"
        upstream.wait_for_end(0)


def hangs_after(part: bytes) -> Script:
    return keeps_alive(part)


def trickles(head: bytes, drops: Iterable[bytes]) -> Script:
    """Each drop comes well within the deadline, so that a time-out of each read alone would never be met."""

    def script(line: Line) -> None:
        line.request()
        line.send(head)
        for drop in drops:
            line.send(drop)
            if line.released.wait(DEADLINE / 6):
                return

    return script


@pytest.mark.parametrize(
    "script",
    [
        hangs_after(b""),
        hangs_after(b"HTTP/1.1 200 OK\r\ncontent-"),
        hangs_after(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhal"),
        hangs_after(CHUNKED + b"5\r\nhello\r\n"),
        hangs_after(b"HTTP/1.1 200 OK\r\n\r\nwithout a length"),
        trickles(b"HTTP/1.1 200 OK\r\nx-slow: ", itertools.repeat(b"a")),
        trickles(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", itertools.repeat(b"a")),
        trickles(CHUNKED, itertools.repeat(b"1\r\na\r\n")),
        trickles(b"", itertools.repeat(b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    ],
    ids=[
        "before the head",
        "in the head",
        "in the body",
        "between chunks",
        "before the connection ends",
        "a byte of the head at a time",
        "a byte of the body at a time",
        "a chunk at a time",
        "interim answers for ever",
    ],
)
def test_a_slow_upstream_has_the_deadline_for_everything(script: Script) -> None:
    with ScriptedUpstream(script) as upstream:
        begun = time.monotonic()
        assert failure_of(upstream.url, timeout=DEADLINE) == "upstream_timeout"
        assert DEADLINE <= time.monotonic() - begun < GENEROUS


def reads_a_little_at_a_time(line: Line) -> None:
    while line.receive(65536) and not line.released.wait(DEADLINE / 6):
        pass


def never_reads(line: Line) -> None:
    line.released.wait(10)


@pytest.mark.parametrize("script", [never_reads, reads_a_little_at_a_time])
def test_an_upstream_that_will_not_take_the_request_has_the_deadline_too(script: Script) -> None:
    upload = Request("POST", "/", "", [], b"x" * 30_000_000)
    with ScriptedUpstream(script) as upstream:
        begun = time.monotonic()
        assert failure_of(upstream.url, upload, timeout=DEADLINE) == "upstream_timeout"
        assert time.monotonic() - begun < GENEROUS


def test_a_deadline_that_has_passed_is_a_time_out_on_kept_and_on_new_connections() -> None:
    with ScriptedUpstream(keeps_alive(ok(), ok())) as upstream:
        upstreams = HttpUpstreams()
        upstreams.send(upstream.url, GET, 5)
        for _ in range(2):
            with pytest.raises(UpstreamFailure) as failure:
                upstreams.send(upstream.url, GET, 0)
            assert failure.value.code == "upstream_timeout"
        assert (upstream.connections, len(upstream.requests)) == (1, 1)


def test_a_connection_that_timed_out_is_not_used_again() -> None:
    with ScriptedUpstream(hangs_after(b""), answers(ok(b"mine"))) as upstream:
        upstreams = HttpUpstreams()
        with pytest.raises(UpstreamFailure):
            upstreams.send(upstream.url, GET, DEADLINE)
        assert upstreams.send(upstream.url, GET, 5).body == b"mine"


@pytest.mark.parametrize(
    "head", [CHUNKED, b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9999999\r\n\r\n"]
)
def test_a_body_above_the_limit_is_not_read_on(head: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_wire, "MOST_BYTES", 100_000)

    def script(line: Line) -> None:
        line.request()
        line.send(head)
        with contextlib.suppress(OSError):
            while True:
                line.send(b"1000\r\n%s\r\n" % (b"x" * 4096))

    with ScriptedUpstream(script) as upstream:
        assert failure_of(upstream.url) == "response_too_large"
        upstream.wait_for_end(0)


def test_a_body_at_the_limit_is_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_wire, "MOST_BYTES", 100_000)
    with ScriptedUpstream(answers(ok(b"x" * 100_000)), answers(ok(b"x" * 100_001))) as upstream:
        assert len(HttpUpstreams().send(upstream.url, GET, 5).body) == 100_000
        assert failure_of(upstream.url) == "response_too_large"
