"""The kept connection: left when it is dead or old, never read for an answer that is another call's; and TLS."""

import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.fakes.certificates import server_certificate
from tests.fakes.dynamodb_answers import GET, UPDATE, answer, client_of, environment, fault, item
from tests.fakes.upstream import Line, ScriptedUpstream, answers, keeps_alive
from tiergate.adapters import aws_wire
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.domain.store import StoreUnavailable

Call = Callable[[DynamoDB], dict[str, Any]]
CALLS: list[Call] = [lambda client: client.get_item(**GET), lambda client: client.update_item(**UPDATE)]
EVERY_CALL = pytest.mark.parametrize("call", CALLS, ids=["GetItem", "UpdateItem"])
MINE = {"Item": {"pk": {"S": "mine"}}}


def said(pk: str) -> dict[str, Any]:
    return {"Item": {"pk": {"S": pk}}}


@EVERY_CALL
def test_a_connection_that_ended_while_it_was_idle_is_left_before_anything_is_sent(call: Call) -> None:
    with ScriptedUpstream(answers(item("first")), answers(item("mine"))) as server:
        client = client_of(server)
        call(client)
        server.wait_for_end(0)
        assert call(client) == MINE
        assert (server.connections, len(server.requests)) == (2, 2)


@EVERY_CALL
@pytest.mark.parametrize("stray", [b"x", item("another's")])
def test_a_connection_with_bytes_that_nobody_asked_for_is_left(call: Call, stray: bytes) -> None:
    sent = threading.Event()

    def script(line: Line) -> None:
        answers(item("first"))(line)
        line.send(stray)
        sent.set()
        line.released.wait(10)

    with ScriptedUpstream(script, answers(item("mine"))) as server:
        client = client_of(server)
        call(client)
        assert sent.wait(5)
        assert call(client) == MINE


@EVERY_CALL
def test_bytes_after_an_answer_end_the_connection(call: Call) -> None:
    with ScriptedUpstream(keeps_alive(item("first") + item("another's")), answers(item("mine"))) as server:
        client = client_of(server)
        assert call(client) == said("first")
        assert call(client) == MINE


@EVERY_CALL
def test_a_connection_that_the_store_says_is_the_last_is_left(call: Call) -> None:
    last = item("first").replace(b"keep-alive", b"close")
    with ScriptedUpstream(keeps_alive(last), answers(item("mine"))) as server:
        client = client_of(server)
        assert [call(client), call(client)] == [said("first"), MINE]
        assert server.connections == 2


@EVERY_CALL
@pytest.mark.parametrize(("passed", "connections"), [(60, 1), (61, 2), (-1, 2)])
def test_a_connection_is_left_when_it_is_old_or_the_clock_was_set_back(
    call: Call, passed: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the clock on the wall: an instance may be frozen in between, and its own counter with it."""
    now = [1_800_000_000.0]
    monkeypatch.setattr(aws_wire, "time", SimpleNamespace(time=lambda: now[0]))
    with ScriptedUpstream(keeps_alive(item("a"), item("b")), keeps_alive(item("b"))) as server:
        client = client_of(server)
        call(client)
        now[0] += passed
        assert call(client) == said("b")
        assert server.connections == connections


def ends_after_request(line: Line) -> None:
    answers(item("first"))(line)
    line.request()


def resets_after_request(line: Line) -> None:
    ends_after_request(line)
    line.reset()


@pytest.mark.parametrize("script", [ends_after_request, resets_after_request])
def test_a_read_whose_kept_connection_ends_without_a_word_is_asked_once_more(script: Callable[[Line], None]) -> None:
    with ScriptedUpstream(script, keeps_alive(item("mine"))) as server:
        client = client_of(server)
        client.get_item(**GET)
        assert client.get_item(**GET) == MINE
        assert (server.connections, len(server.requests)) == (2, 3)


@pytest.mark.parametrize("script", [ends_after_request, resets_after_request])
def test_a_write_whose_kept_connection_ends_is_not_repeated(script: Callable[[Line], None]) -> None:
    with ScriptedUpstream(script, keeps_alive(item("mine"))) as server:
        client = client_of(server)
        client.get_item(**GET)
        with pytest.raises(StoreUnavailable) as raised:
            client.update_item(**UPDATE)
        assert (raised.value.reason, raised.value.untouched) == ("unreachable", False)
        assert (server.connections, len(server.requests)) == (1, 2)
        assert client.get_item(**GET) == MINE


def test_a_read_is_not_asked_again_once_any_of_the_answer_came() -> None:
    def script(line: Line) -> None:
        ends_after_request(line)
        line.send(b"HTTP/1.1 2")

    with ScriptedUpstream(script, keeps_alive(item("mine"))) as server:
        client = client_of(server)
        client.get_item(**GET)
        with pytest.raises(StoreUnavailable, match="unreachable"):
            client.get_item(**GET)
        assert len(server.requests) == 2


def test_a_read_on_a_new_connection_is_asked_once() -> None:
    with ScriptedUpstream(answers(b""), keeps_alive(item("mine"))) as server:
        client = client_of(server)
        with pytest.raises(StoreUnavailable, match="unreachable"):
            client.get_item(**GET)
        assert len(server.requests) == 1


def test_a_slow_read_is_not_asked_again() -> None:
    with ScriptedUpstream(keeps_alive(item("first"), b""), keeps_alive(item("mine"))) as server:
        client = client_of(server, timeout=1)
        client.get_item(**GET)
        with pytest.raises(StoreUnavailable, match="slow"):
            client.get_item(**GET)
        assert len(server.requests) == 2


@EVERY_CALL
@pytest.mark.parametrize("begun", [b"", b"HTTP/1.1 200 OK\r\nco"])
def test_a_late_answer_is_never_taken_for_the_next_calls(call: Call, begun: bytes) -> None:
    late = threading.Event()

    def script(line: Line) -> None:
        line.request()
        line.send(begun)
        late.wait(10)
        line.send(item("another's").removeprefix(begun))

    with ScriptedUpstream(script, answers(item("mine"))) as server:
        client = client_of(server, timeout=0.2)
        with pytest.raises(StoreUnavailable, match="slow"):
            call(client)
        late.set()
        server.wait_for_end(0)
        assert call(client) == MINE


@EVERY_CALL
@pytest.mark.parametrize(
    "broken", [answer({}, checksum=1), answer(b"no json"), fault("InternalServerError", "500 Internal Server Error")]
)
def test_an_answer_that_failed_leaves_the_connection_to_no_other_call(call: Call, broken: bytes) -> None:
    with ScriptedUpstream(keeps_alive(broken, item("another's")), answers(item("mine"))) as server:
        client = client_of(server)
        with pytest.raises(StoreUnavailable):
            call(client)
        assert call(client) == MINE


def failure_of(server: ScriptedUpstream, *, connect_timeout: float = 5) -> StoreUnavailable:
    with pytest.raises(StoreUnavailable) as raised:
        DynamoDB(environment(server.url), timeout=5, connect_timeout=connect_timeout).update_item(**UPDATE)
    assert server.requests == []
    return raised.value


def test_a_certificate_that_nobody_trusts_is_refused(tmp_path: Path) -> None:
    context, _ = server_certificate(tmp_path, "127.0.0.1")
    with ScriptedUpstream(answers(item("x")), tls=context) as server:
        failure = failure_of(server)
    assert (failure.reason, failure.untouched) == ("unreachable", True)
    assert "SSLCertVerificationError" in str(failure)


def test_a_trusted_certificate_of_another_host_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = server_certificate(tmp_path, "127.0.0.2")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with ScriptedUpstream(answers(item("x")), tls=context) as server:
        assert "SSLCertVerificationError" in str(failure_of(server))


def test_a_trusted_store_answers_many_calls_over_one_encrypted_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = server_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    large = "x" * 300_000
    with ScriptedUpstream(keeps_alive(item("a"), item(large), item("c")), tls=context) as server:
        client = client_of(server)
        assert [client.get_item(**GET) for _ in range(3)] == [said("a"), said(large), said("c")]
        assert server.connections == 1


def test_an_encrypted_connection_that_ended_while_it_was_idle_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, trusted = server_certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with ScriptedUpstream(answers(item("a")), answers(item("mine")), tls=context) as server:
        client = client_of(server)
        client.update_item(**UPDATE)
        server.wait_for_end(0)
        assert client.update_item(**UPDATE) == MINE


def test_a_store_that_is_silent_in_the_handshake_is_given_up() -> None:
    def is_silent(line: Line) -> None:
        line.released.wait(10)

    with ScriptedUpstream(is_silent) as server:
        server.url = f"https://{server.origin}"
        failure = failure_of(server, connect_timeout=0.2)
    assert (failure.reason, failure.untouched) == ("unreachable", True)
