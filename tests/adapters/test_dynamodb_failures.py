"""A store that fails: each way has its reason, and only what is certain counts as not written."""

import contextlib
import itertools
import socket
from collections.abc import Iterable

import pytest
from botocore.retries.standard import ThrottledRetryableChecker

from tests.fakes.dynamodb_answers import GET, SECRET, TOKEN, UPDATE, answer, client_of, environment, fault, item
from tests.fakes.upstream import Line, Script, ScriptedUpstream, answers, black_hole, keeps_alive
from tiergate.adapters.aws_wire import MOST_BODY, MOST_HEAD
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.domain.store import StoreUnavailable

DEADLINE = 0.2
THROTTLES = sorted(ThrottledRetryableChecker._THROTTLED_ERROR_CODES)
HEAD = b"HTTP/1.1 200 OK\r\n"


def failure(client: DynamoDB) -> tuple[str, bool]:
    """The reason of an UpdateItem's failure, and whether it is certain that nothing was written."""
    with pytest.raises(StoreUnavailable) as raised:
        client.update_item(**UPDATE)
    assert not any(word in str(raised.value) for word in (SECRET, TOKEN, "private"))
    return raised.value.reason, raised.value.untouched


def failure_of(*scripts: Script, timeout: float = 5) -> tuple[str, bool]:
    with ScriptedUpstream(*scripts) as server:
        return failure(client_of(server, timeout=timeout))


@pytest.mark.parametrize("name", THROTTLES)
def test_a_throttle_by_any_name_writes_nothing(name: str) -> None:
    assert failure_of(answers(fault(name))) == ("throttled", True)


def test_too_many_requests_is_a_throttle_whatever_it_is_called() -> None:
    assert failure_of(answers(fault("Whatever", "429 Too Many Requests"))) == ("throttled", True)


@pytest.mark.parametrize(
    "name",
    [
        "AccessDeniedException",
        "ExpiredTokenException",
        "IncompleteSignatureException",
        "InvalidSignatureException",
        "ItemCollectionSizeLimitExceededException",
        "MissingAuthenticationTokenException",
        "ResourceNotFoundException",
        "SerializationException",
        "UnrecognizedClientException",
        "ValidationException",
    ],
)
@pytest.mark.parametrize("status", ["400 Bad Request", "403 Forbidden"])
def test_a_refusal_writes_nothing_and_is_named(name: str, status: str) -> None:
    with (
        ScriptedUpstream(answers(fault(name, status))) as server,
        pytest.raises(StoreUnavailable, match=name) as raised,
    ):
        client_of(server).update_item(**UPDATE)
    assert (raised.value.reason, raised.value.untouched) == ("refused", True)


def test_a_refusal_keeps_the_connection() -> None:
    with ScriptedUpstream(keeps_alive(fault("ValidationException"), fault("ThrottlingException"), item("x"))) as server:
        client = client_of(server)
        assert [failure(client)[0], failure(client)[0]] == ["refused", "throttled"]
        assert client.get_item(**GET) == {"Item": {"pk": {"S": "x"}}}
        assert server.connections == 1


@pytest.mark.parametrize("status", ["500 Internal Server Error", "503 Service Unavailable"])
@pytest.mark.parametrize("body", [{"__type": "#InternalServerError"}, {"__type": "#ThrottlingException"}, b"<html>"])
def test_a_fault_of_the_stores_own_may_have_written(status: str, body: object) -> None:
    assert failure_of(answers(answer(body, status))) == ("unreachable", False)


@pytest.mark.parametrize(
    "said",
    [
        b"220 mail.example ESMTP\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 abc OK\r\ncontent-length: 2\r\n\r\n{}",
        b"HTTP/1.1 101 Switching Protocols\r\ncontent-length: 2\r\n\r\n{}",
        HEAD + b"\r\n{}",
        HEAD + b"content-length: two\r\n\r\n{}",
        HEAD + b"content-length: -2\r\n\r\n{}",
        HEAD + b"content-length: 2\r\ncontent-length: 2\r\n\r\n{}",
        HEAD + b"content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n{}",
        HEAD + b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"this is no field\r\ncontent-length: 2\r\n\r\n{}",
        HEAD + b"content-length: %d\r\n\r\n" % (MOST_BODY + 1),
        answer(b""),
        answer(b"not json"),
        answer(b"\xff\xfe{}"),
        answer(b"[" * 500_000),
        answer([]),
        answer("text"),
        answer({}, checksum=1),
        answer({}, "302 Found"),
        answer({}, "204 No Content"),
        answer({"__type": "#ResourceNotFoundException"}, "300 Multiple Choices"),
        answer(b"<html>", "403 Forbidden"),
        answer({"message": "no type"}, "400 Bad Request"),
        answer({"__type": 7}, "400 Bad Request"),
        answer({"__type": "#\r\nprivate"}, "400 Bad Request"),
        answer({"__type": "#ThrottlingException"}, "400 Bad Request", checksum=1),
    ],
)
def test_an_answer_that_makes_no_sense_may_have_been_a_write(said: bytes) -> None:
    """Nothing is waited for once it is clear: the connection stays open and silent."""
    assert failure_of(keeps_alive(said)) == ("garbage", False)


def test_an_endless_head_is_given_up() -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(HEAD + b"x-long: ")
        with contextlib.suppress(OSError):
            while True:
                line.send(b"x" * 1000)

    with ScriptedUpstream(script) as server:
        assert failure(client_of(server)) == ("garbage", False)
        server.wait_for_end(0)


def test_the_largest_item_is_read() -> None:
    text = "x" * 400_000
    with ScriptedUpstream(answers(item(text))) as server:
        assert client_of(server).get_item(**GET)["Item"]["pk"]["S"] == text
    assert MOST_HEAD < MOST_BODY


@pytest.mark.parametrize("said", [b"", b"HTTP", HEAD + b"content-le", HEAD + b"content-length: 10\r\n\r\n{"])
@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_breaks_may_have_written(said: bytes, reset: bool) -> None:
    def script(line: Line) -> None:
        line.request()
        line.send(said)
        if reset:
            line.reset()

    assert failure_of(script) == ("unreachable", False)


def test_a_connection_that_cannot_be_made_has_written_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert failure(DynamoDB(environment(f"http://127.0.0.1:{port}"), timeout=5)) == ("unreachable", True)


@pytest.mark.parametrize("host", ["store.invalid", "a..b", "x" * 64 + ".example"])
def test_a_name_that_nobody_has_has_written_nothing(host: str) -> None:
    assert failure(DynamoDB(environment(f"http://{host}"), timeout=5, connect_timeout=5)) == ("unreachable", True)


def test_a_store_that_takes_no_connection_is_given_up() -> None:
    with black_hole() as (host, port):
        client = DynamoDB(environment(f"http://{host}:{port}"), timeout=60, connect_timeout=DEADLINE)
        assert failure(client) == ("unreachable", True)


def trickles(head: bytes, drops: Iterable[bytes]) -> Script:
    """Each drop comes well within the deadline; all of them together are a whole answer, but late."""

    def script(line: Line) -> None:
        line.request()
        line.send(head)
        for drop in drops:
            if line.released.wait(DEADLINE / 5):
                return
            line.send(drop)
        line.released.wait(10)

    return script


@pytest.mark.parametrize(
    "script",
    [
        keeps_alive(b""),
        keeps_alive(HEAD + b"content-"),
        keeps_alive(HEAD + b"content-length: 10\r\n\r\n{"),
        trickles(HEAD + b"x-slow: ", [*itertools.repeat(b"a", 20), b"\r\ncontent-length: 2\r\n\r\n{}"]),
        trickles(HEAD + b"content-length: 22\r\n\r\n{", [*itertools.repeat(b" ", 20), b"}"]),
    ],
    ids=["silent", "in the head", "in the body", "a byte of the head at a time", "a byte of the body at a time"],
)
def test_a_slow_store_has_the_deadline_for_everything_and_may_have_written(script: Script) -> None:
    assert failure_of(script, timeout=DEADLINE) == ("slow", False)


def test_a_request_that_is_not_taken_has_the_deadline_too() -> None:
    def never_reads(line: Line) -> None:
        line.released.wait(10)

    with ScriptedUpstream(never_reads) as server, pytest.raises(StoreUnavailable, match="slow"):
        client_of(server, timeout=DEADLINE).get_item(Key={"pk": {"S": "x" * 30_000_000}})
