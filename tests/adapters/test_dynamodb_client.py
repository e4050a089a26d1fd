"""What is asked of DynamoDB and what is made of its answers, over one connection; where it is, and who asks."""

import json
import socket
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.dynamodb_answers import GET, TOKEN, UPDATE, answer, client_of, environment, fault, item
from tests.fakes.upstream import ScriptedUpstream, answers, keeps_alive
from tiergate.adapters.dynamodb import ConditionFailed, DynamoDB
from tiergate.domain.store import StoreUnavailable

REGION = {"AWS_REGION": "eu-central-1"}


def fields_of(request: bytes) -> dict[str, str]:
    _, *lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return dict(line.split(":", 1) for line in lines)


def test_many_calls_share_one_connection() -> None:
    replies = [item(str(number)) if number % 2 else answer({"Attributes": {}}) for number in range(20)]
    with ScriptedUpstream(keeps_alive(*replies)) as server:
        client = client_of(server)
        for number in range(20):
            if number % 2:
                assert client.get_item(**GET) == {"Item": {"pk": {"S": str(number)}}}
            else:
                assert client.update_item(**UPDATE) == {"Attributes": {}}
        assert server.connections == 1


def test_a_request_is_what_was_asked_in_wire_form() -> None:
    with ScriptedUpstream(answers(answer({}), answer({}))) as server:
        client = client_of(server)
        client.get_item(**GET)
        client.update_item(**UPDATE)
        assert [json.loads(request.partition(b"\r\n\r\n")[2]) for request in server.requests] == [GET, UPDATE]
        targets = [fields_of(request)["x-amz-target"] for request in server.requests]
        assert targets == ["DynamoDB_20120810.GetItem", "DynamoDB_20120810.UpdateItem"]
        assert fields_of(server.requests[0])["host"] == server.origin


def test_what_was_not_found_is_no_item() -> None:
    with ScriptedUpstream(answers(answer({}))) as server:
        assert client_of(server).get_item(**GET) == {}


@pytest.mark.parametrize("more", [{}, {"Item": {"w": {"N": "7"}}}])
def test_a_condition_that_fails_tells_what_stood_there_and_keeps_the_connection(more: dict[str, Any]) -> None:
    refused = fault("ConditionalCheckFailedException", **more)
    with ScriptedUpstream(keeps_alive(refused, answer({}))) as server:
        client = client_of(server)
        with pytest.raises(ConditionFailed) as raised:
            client.update_item(**UPDATE)
        assert raised.value.item == more.get("Item", {})
        client.update_item(**UPDATE)
        assert server.connections == 1


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Mon, 23 Nov 2026 01:02:03 GMT", 1_795_395_723_000_000),
        ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199_000_000),
        ("Sun, 30 Feb 2025 00:00:00 GMT", None),
        ("Sun, 01 Abc 2025 00:00:00 GMT", None),
        ("Mon, 23 Nov 2026 01:02:03 CET", None),
        ("2026-11-23T01:02:03Z", None),
        ("", None),
    ],
)
def test_how_far_the_clocks_are_apart_is_known_after_each_answer(date: str, at: int | None) -> None:
    said = {"date": date}
    refused = answer({"__type": "#ConditionalCheckFailedException"}, "400 Bad Request", **said)
    with ScriptedUpstream(answers(answer({}, **said), refused)) as server:
        client = client_of(server, clock=lambda: 1_795_395_724.5)
        client.get_item(**GET)
        assert client.off == (None if at is None else 1_795_395_724_500_000 - at)
        with pytest.raises(ConditionFailed):
            client.update_item(**UPDATE)
        assert client.off == (None if at is None else 1_795_395_724_500_000 - at)


def test_a_call_without_an_answer_tells_nothing_of_the_clocks() -> None:
    with ScriptedUpstream(answers(answer({}, date="Mon, 23 Nov 2026 01:02:03 GMT"), b"")) as server:
        client = client_of(server)
        client.get_item(**GET)
        with pytest.raises(StoreUnavailable):
            client.update_item(**UPDATE)
        assert client.off is None


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=5))
def test_whatever_text_is_asked_for_arrives_as_it_is(texts: dict[str, str]) -> None:
    asked = {"Key": {name: {"S": text} for name, text in texts.items()}}
    with ScriptedUpstream(answers(answer(asked))) as server:
        assert client_of(server).get_item(**asked) == asked
        assert json.loads(server.requests[0].partition(b"\r\n\r\n")[2]) == asked


def test_an_answer_in_many_pieces_is_put_together() -> None:
    whole, large = item("x" * 300_000), threading.Event()

    def script(line: Any) -> None:
        line.request()
        for start in range(0, 500, 7):
            line.send(whole[start : start + 7])
        line.send(whole[504:])
        large.set()

    with ScriptedUpstream(script) as server:
        assert client_of(server).get_item(**GET) == {"Item": {"pk": {"S": "x" * 300_000}}}
        assert large.wait(5)


def test_rotated_credentials_sign_the_next_request() -> None:
    with ScriptedUpstream(keeps_alive(*[answer({})] * 4)) as server:
        environ = environment(server.url)
        client = DynamoDB(environ, timeout=5)
        client.get_item(**GET)
        environ |= {"AWS_ACCESS_KEY_ID": "AKIDNEXT", "AWS_SECRET_ACCESS_KEY": "next", "AWS_SESSION_TOKEN": "next"}
        client.get_item(**GET)
        del environ["AWS_SESSION_TOKEN"]
        client.get_item(**GET)
        first, second, third = map(fields_of, server.requests)
        assert (first["x-amz-security-token"], second["x-amz-security-token"]) == (TOKEN, "next")
        assert "x-amz-security-token" not in third
        assert "Credential=AKIDEXAMPLE/" in first["authorization"]
        assert "Credential=AKIDNEXT/" in second["authorization"]


@pytest.mark.parametrize(
    "change",
    [
        {"AWS_ACCESS_KEY_ID": ""},
        {"AWS_SECRET_ACCESS_KEY": ""},
        {"AWS_ACCESS_KEY_ID": "A\r\nx-injected: 1"},
        {"AWS_SECRET_ACCESS_KEY": "s\u00e9cret"},
        {"AWS_SESSION_TOKEN": "t\r\nx-injected: 1"},
    ],
)
def test_without_credentials_nothing_is_asked_and_the_variable_is_named(change: dict[str, str]) -> None:
    with ScriptedUpstream() as server:
        with pytest.raises(StoreUnavailable, match=next(iter(change))) as raised:
            DynamoDB(environment(server.url) | change, timeout=5).update_item(**UPDATE)
        assert (raised.value.reason, raised.value.untouched) == ("refused", True)
        assert server.connections == 0
        assert all(value not in str(raised.value) for value in change.values() if value)


@pytest.mark.parametrize(
    ("environ", "asked"),
    [
        (REGION, "dynamodb.eu-central-1.amazonaws.com"),
        ({"AWS_DEFAULT_REGION": "us-gov-west-1"}, "dynamodb.us-gov-west-1.amazonaws.com"),
        (REGION | {"AWS_DEFAULT_REGION": "us-east-1"}, "dynamodb.eu-central-1.amazonaws.com"),
        ({"AWS_REGION": "cn-north-1"}, "dynamodb.cn-north-1.amazonaws.com.cn"),
        (REGION | {"AWS_ENDPOINT_URL": "https://all.test:8443"}, "all.test"),
        (REGION | {"AWS_ENDPOINT_URL": "http://all.test", "AWS_ENDPOINT_URL_DYNAMODB": "http://own.test/"}, "own.test"),
    ],
)
def test_the_store_is_where_the_sdks_variables_say(
    environ: dict[str, str], asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []

    def nobody(host: str, *_: object, **__: object) -> None:
        names.append(host)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(StoreUnavailable) as raised:
        DynamoDB({"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"} | environ, timeout=5).get_item(**GET)
    assert (raised.value.reason, set(names)) == ("unreachable", {asked})


@pytest.mark.parametrize("region", ["", "here", "eu-central-1.evil.test/", "eu-central-1\n"])
def test_a_region_that_is_none_is_named(region: str) -> None:
    with pytest.raises(ValueError, match=r"AWS_REGION is .*expected the name of a region"):
        DynamoDB({"AWS_REGION": region}, timeout=5)


@pytest.mark.parametrize(
    "url",
    ["ftp://x", "x.test", "http://", "http://x:0", "http://x:65536", "http://x/path", "http://u:p@x", "http://x\r\n"],
)
def test_an_endpoint_that_is_none_is_refused_at_once_and_not_repeated(url: str) -> None:
    """It may hold a password."""
    with pytest.raises(ValueError, match=r"AWS_ENDPOINT_URL.*expected https://HOST\[:PORT\]") as raised:
        DynamoDB(REGION | {"AWS_ENDPOINT_URL": url}, timeout=5)
    assert url not in str(raised.value)
