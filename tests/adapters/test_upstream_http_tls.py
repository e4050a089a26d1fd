"""Upstreams over https: only a trusted certificate of the right host is spoken to, and within the deadline."""

import time
from pathlib import Path

import pytest

from tests.fakes.certificates import server_certificate
from tests.fakes.upstream import Line, ScriptedUpstream, answers, ok
from tiergate.adapters.upstream_http import HttpUpstreams
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request

DEADLINE = 0.2
GENEROUS = 2.0
GET = Request("GET", "/", "", [], b"")


def failure_of(url: str, timeout: float = 5) -> str:
    with pytest.raises(UpstreamFailure) as failure:
        HttpUpstreams().send(url, GET, timeout)
    return failure.value.code


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    context, _ = server_certificate(tmp_path, "127.0.0.1")
    with ScriptedUpstream(answers(ok()), tls=context) as upstream:
        assert failure_of(upstream.url) == "upstream_unreachable"
        assert upstream.requests == []


def test_a_trusted_certificate_of_another_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = server_certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with ScriptedUpstream(answers(ok()), tls=context) as upstream:
        assert failure_of(upstream.url) == "upstream_unreachable"
        assert upstream.requests == []


def test_a_trusted_upstream_answers_over_one_encrypted_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = server_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    upload = Request("PUT", "/", "", [], b"x" * 1_000_000)
    last = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b"y" * 100_000
    with ScriptedUpstream(answers(ok(), ok(b"2"), last), tls=context) as upstream:
        upstreams = HttpUpstreams()
        assert [upstreams.send(upstream.url, upload, 5).body for _ in range(3)] == [b"ok", b"2", b"y" * 100_000]
        assert upstream.connections == 1


def is_silent(line: Line) -> None:
    line.released.wait(10)


def test_a_server_that_is_silent_in_the_handshake_has_the_deadline_too() -> None:
    with ScriptedUpstream(is_silent) as upstream:
        begun = time.monotonic()
        assert failure_of(f"https://{upstream.origin}", timeout=DEADLINE) == "upstream_timeout"
        assert time.monotonic() - begun < GENEROUS
