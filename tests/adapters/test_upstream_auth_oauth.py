"""An upstream gets a token of its own authorization server, got in good time, kept while that server fails."""

import base64
import json
import time
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import pytest

from tests.fakes.aws_services import FakeAws
from tests.fakes.proven import NOON, UNAUTHORIZED, ProvenApi, fields_of
from tests.fakes.upstream import Line, ScriptedUpstream, answers, keeps_alive, ok
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.limits import SECOND


def token(text: str = "tok1", status: str = "200 OK", **told: Any) -> bytes:
    body = json.dumps({"access_token": text, "token_type": "Bearer", "expires_in": 3600} | told).encode()
    return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body


def refused(code: str, status: str = "401 Unauthorized") -> bytes:
    return token(status=status, error=code, error_description="private")


def oauth(server: ScriptedUpstream, arn: str, **more: Any) -> dict[str, Any]:
    return {"kind": "oauth", "token_url": f"{server.url}/token", "client_id": "abc", "secret": arn, **more}


def bearers(upstream: ScriptedUpstream) -> list[str]:
    return [fields_of(each)["authorization"] for each in upstream.requests]


def test_a_token_is_asked_for_by_the_client_credentials_grant(services: FakeAws) -> None:
    """RFC 6749, 2.3.1: id and secret are form-encoded before Basic puts them together."""
    arn = services.keep("orders", json.dumps({"client_secret": "s:c r+t%\u007e"}))
    with ScriptedUpstream(answers(token())) as server, ScriptedUpstream(answers(ok())) as upstream:
        auth = oauth(server, arn, member="client_secret", scopes=["a", "b:c"], audience="https://orders.internal")
        ProvenApi(upstream.url, auth | {"client_id": "a:b c", "token_url": f"{server.url}/t/?x=1"}).call()
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        basic = fields_of(server.requests[0])["authorization"].removeprefix("Basic ")
        client, _, secret = base64.b64decode(basic).decode().partition(":")
        assert head.startswith(b"POST /t/?x=1 HTTP/1.1\r\n")
        assert (unquote_plus(client), unquote_plus(secret)) == ("a:b c", "s:c r+t%~")
        assert fields_of(server.requests[0])["content-type"] == "application/x-www-form-urlencoded"
        assert parse_qs(body.decode()) == {
            "grant_type": ["client_credentials"],
            "scope": ["a b:c"],
            "audience": ["https://orders.internal"],
        }
        assert bearers(upstream) == ["Bearer tok1"]


def test_what_the_policy_does_not_name_is_not_asked_for(services: FakeAws) -> None:
    with ScriptedUpstream(answers(token())) as server, ScriptedUpstream(answers(ok())) as upstream:
        ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret"))).call()
        assert server.requests[0].partition(b"\r\n\r\n")[2] == b"grant_type=client_credentials"


@pytest.mark.parametrize(
    ("told", "last"),
    [
        ({}, 3540),
        ({"expires_in": 90}, 45),
        ({"expires_in": "600"}, 540),
        ({"expires_in": 0.5}, 0.25),
        ({"token_type": "bearer"}, 3540),
    ],
)
def test_a_token_serves_until_a_minute_before_its_end_and_a_short_one_half_its_life(
    services: FakeAws, told: dict[str, Any], last: float
) -> None:
    with (
        ScriptedUpstream(keeps_alive(token(**told), token("tok2", **told))) as server,
        ScriptedUpstream(keeps_alive(*[ok()] * 3)) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")))
        api.call()
        api.now = NOON + int(last * SECOND) - 1
        api.call()
        api.now = NOON + int(last * SECOND)
        api.call()
        assert bearers(upstream) == ["Bearer tok1", "Bearer tok1", "Bearer tok2"]


def test_a_token_whose_life_is_not_told_serves_for_minutes(services: FakeAws) -> None:
    plain = b'{"access_token": "tok1", "token_type": "Bearer"}'
    with ScriptedUpstream(answers(ok(plain))) as server, ScriptedUpstream(keeps_alive(ok(), ok())) as upstream:
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")))
        api.call()
        api.now += 239 * SECOND
        api.call()
        assert bearers(upstream) == ["Bearer tok1"] * 2


def test_while_no_token_can_be_had_the_last_one_serves_to_its_end(
    services: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    down = token(status="503 Service Unavailable")
    with (
        ScriptedUpstream(keeps_alive(token(), *[down] * 9)) as server,
        ScriptedUpstream(keeps_alive(*[ok()] * 9)) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")))
        for second in (0, 3540, 3545, 3550, 3599):
            api.now = NOON + second * SECOND
            api.call()
        assert bearers(upstream) == ["Bearer tok1"] * 5
        assert len(server.requests) == 4, "a failure is not asked for by every call"
        api.now = NOON + 3600 * SECOND
        with pytest.raises(UpstreamFailure, match="status 503") as raised:
            api.call()
        assert raised.value.code == "upstream_unauthorized"
    told = capsys.readouterr().out
    assert "status 503" in told
    assert "tok1" not in told
    assert "s3cret" not in told


def test_a_client_secret_that_was_rotated_is_read_again_once(services: FakeAws) -> None:
    arn = services.keep("orders", "old")
    with (
        ScriptedUpstream(keeps_alive(token(expires_in=100), refused("invalid_client"), token("tok2"))) as server,
        ScriptedUpstream(keeps_alive(ok(), ok())) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, arn))
        api.call()
        services.keep("orders", "new")
        api.now += 60 * SECOND
        api.call()
        assert bearers(upstream) == ["Bearer tok1", "Bearer tok2"]
        secrets = [base64.b64decode(each.removeprefix("Basic ")) for each in bearers(server)]
        assert secrets == [b"abc:old", b"abc:old", b"abc:new"]


def test_a_client_that_is_refused_by_every_secret_sends_nothing(services: FakeAws) -> None:
    with (
        ScriptedUpstream(keeps_alive(*[refused("invalid_client")] * 9)) as server,
        ScriptedUpstream(answers(ok())) as upstream,
    ):
        with pytest.raises(UpstreamFailure, match="status 401, invalid_client") as raised:
            ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret"))).call()
        assert (raised.value.code, upstream.connections, len(server.requests)) == ("upstream_unauthorized", 0, 1)
        assert server.url in str(raised.value)
        assert "private" not in str(raised.value)


def test_a_token_that_the_upstream_refuses_is_replaced_once(services: FakeAws) -> None:
    with (
        ScriptedUpstream(keeps_alive(token(), token("tok2"), token("tok3"))) as server,
        ScriptedUpstream(keeps_alive(ok(), UNAUTHORIZED, ok(b"made"), UNAUTHORIZED, UNAUTHORIZED)) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")))
        api.call()
        api.now += 10 * SECOND
        assert api.call().body == b"made"
        assert api.call().status == 401, "too soon for another one"
        assert bearers(upstream) == [f"Bearer {each}" for each in ("tok1", "tok1", "tok2", "tok2")]


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage\r\n\r\n",
        b"",
        ok(b"<html>"),
        ok(b"[]"),
        ok(b"[" * 100_000),
        token(""),
        token("two\r\nx-injected:1"),
        token("t" * 16_385),
        token(token_type="mac"),
        token(token_type=None),
        token(expires_in=-1),
        token(expires_in=True),
        token(expires_in="soon"),
        token(expires_in="9" * 5000),
        token(expires_in=float("nan")),
        token(status="302 Found"),
        token(status="201 Created"),
    ],
)
def test_an_answer_that_is_no_token_proves_nothing(
    services: FakeAws, answer: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with ScriptedUpstream(answers(answer)) as server, ScriptedUpstream(answers(ok())) as upstream:
        with pytest.raises(UpstreamFailure) as raised:
            ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret"))).call()
        assert (raised.value.code, upstream.connections) == ("upstream_unauthorized", 0)
        assert "s3cret" not in str(raised.value) + capsys.readouterr().out


def test_a_token_server_that_hangs_is_waited_for_once_in_ten_seconds(services: FakeAws) -> None:
    """Each time takes five of them, and a function serves one call at a time."""

    def hangs(line: Line) -> None:
        line.request()
        api.now += 5 * SECOND

    with ScriptedUpstream(hangs, answers(token())) as server, ScriptedUpstream(answers(ok())) as upstream:
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")))
        for _ in range(5):
            with pytest.raises(UpstreamFailure, match="ConnectionResetError"):
                api.call()
            api.now += SECOND - 1
        assert server.connections == 1
        api.now = NOON + 10 * SECOND
        assert api.call().status == 200


def test_a_client_that_is_refused_late_has_its_secret_read_again_by_the_next_call(
    services: FakeAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: passed)

    def refuses_late(line: Line) -> None:
        nonlocal passed
        line.request()
        line.send(token(expires_in=100))
        line.request()
        passed = 2.0
        line.send(refused("invalid_client"))

    with ScriptedUpstream(refuses_late) as server, ScriptedUpstream(keeps_alive(ok(), ok())) as upstream:
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")), timeout=5)
        api.call()
        api.now += 60 * SECOND
        assert api.call().status == 200, "by the token that is there"
        assert (len(server.requests), services.asked("GetSecretValue")) == (2, 1)
