"""A token endpoint that refuses, and an upstream that does: asked again as often as it helps, and nothing is told."""

import base64
import json
from typing import Any

import pytest

from tests.adapters.test_upstream_auth_oauth import bearers, oauth, refused, token
from tests.fakes.aws_services import FakeAws
from tests.fakes.proven import NOON, UNAUTHORIZED, ProvenApi
from tests.fakes.upstream import ScriptedUpstream, answers, keeps_alive, ok
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.limits import SECOND

DAY = 86_400


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized"])
def test_either_status_of_a_refused_client_has_its_secret_read_again(services: FakeAws, status: str) -> None:
    """RFC 6749, 5.2: 401 is for clients that used Basic, and yet many servers answer 400."""
    arn = services.keep("orders", "old")
    with (
        ScriptedUpstream(
            keeps_alive(token(expires_in=100), refused("invalid_client", status), token("tok2"))
        ) as server,
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


@pytest.mark.parametrize("status", ["403 Forbidden", "429 Too Many Requests", "500 Internal Server Error"])
def test_other_failures_of_the_endpoint_say_nothing_about_the_secret(services: FakeAws, status: str) -> None:
    arn = services.keep("orders", "old")
    failing = refused("invalid_client", status)
    with (
        ScriptedUpstream(keeps_alive(token(expires_in=100), failing, failing)) as server,
        ScriptedUpstream(keeps_alive(ok(), ok())) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, arn))
        api.call()
        services.keep("orders", "new")
        api.now += 60 * SECOND
        api.call()
        assert (len(server.requests), services.asked("GetSecretValue")) == (2, 1)


def test_after_a_refused_token_was_replaced_the_new_one_serves_its_time(services: FakeAws) -> None:
    """Not ten seconds, after which another one could be had."""
    with (
        ScriptedUpstream(keeps_alive(*[token(f"tok{number}") for number in range(1, 9)])) as server,
        ScriptedUpstream(keeps_alive(ok(), UNAUTHORIZED, *[ok()] * 7)) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")))
        for _ in range(8):
            assert api.call().status == 200
            api.now += 10 * SECOND
        assert bearers(upstream) == ["Bearer tok1"] * 2 + ["Bearer tok2"] * 7
        assert len(server.requests) == 2


def test_a_second_refusal_has_a_token_got_again_and_no_more_than_that(services: FakeAws) -> None:
    with (
        ScriptedUpstream(keeps_alive(*[token(f"tok{number}") for number in range(1, 9)])) as server,
        ScriptedUpstream(keeps_alive(ok(), UNAUTHORIZED, ok(), UNAUTHORIZED, ok(), ok(), ok())) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")))
        for _ in range(5):
            assert api.call().status == 200
            api.now += 10 * SECOND
        assert bearers(upstream) == [f"Bearer tok{number}" for number in (1, 1, 2, 2, 3, 3, 3)]
        assert len(server.requests) == 3


def test_after_a_failure_that_is_over_a_token_serves_its_time(services: FakeAws) -> None:
    down = token(status="503 Service Unavailable")
    with (
        ScriptedUpstream(keeps_alive(down, *[token(f"tok{number}") for number in range(1, 9)])) as server,
        ScriptedUpstream(keeps_alive(*[ok()] * 5)) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", "s3cret")))
        with pytest.raises(UpstreamFailure, match="status 503"):
            api.call()
        for _ in range(5):
            api.now += 10 * SECOND
            api.call()
        assert bearers(upstream) == ["Bearer tok1"] * 5
        assert len(server.requests) == 2


SECRET = "s3cret"


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "503 Service Unavailable"])
@pytest.mark.parametrize(
    "told",
    [
        {"error": SECRET},
        {"error": "the_secret_itself"},
        {"error": f"invalid_client {SECRET}"},
        {"error": "invalid_client\n"},
        {"error": "invalid_client\nlevel: forged"},
        {"error": "INVALID_CLIENT"},
        {"error": "i" * 41},
        {"error": ["invalid_client"]},
        {"error": {"code": SECRET}},
        {"error": None},
        {"error": ""},
        {"error_description": f"client abc:{SECRET} is unknown", "error_uri": f"https://x/{SECRET}"},
    ],
    ids=str,
)
def test_of_an_errors_text_nothing_but_a_code_is_told(
    services: FakeAws, status: str, told: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """A server may repeat what it was sent; so the client's secret, or a line of a log that we did not write."""
    body = json.dumps(told).encode()
    answer = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body
    with ScriptedUpstream(answers(answer)) as server, ScriptedUpstream(answers(ok())) as upstream:
        with pytest.raises(UpstreamFailure) as raised:
            ProvenApi(upstream.url, oauth(server, services.keep("orders", SECRET))).call()
        cause = f"{server.url}/token: status {status[:3]}"
        assert (raised.value.code, str(raised.value)) == ("upstream_unauthorized", cause)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["cause"] == f"status {status[:3]}"


def test_a_secret_that_cannot_be_read_is_named_where_the_token_is_missed(
    services: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = services.keep("orders", "s3cret\x00")
    with ScriptedUpstream(answers(token())) as server, ScriptedUpstream(answers(ok())) as upstream:
        api = ProvenApi(upstream.url, oauth(server, arn))
        for _ in range(2):
            with pytest.raises(UpstreamFailure) as raised:
                api.call()
            assert str(raised.value) == f"{arn}: garbage: the secret is no line of printable ASCII"
        assert (server.connections, upstream.connections) == (0, 0)
    unread, missed = map(json.loads, capsys.readouterr().out.splitlines())
    assert (unread["message"], unread["name"]) == ("secret cannot be read", arn)
    assert (missed["message"], missed["asked"]) == ("no token for upstream", arn)


def test_a_code_of_the_standard_is_told(services: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    with ScriptedUpstream(answers(refused("unsupported_grant_type"))) as server:
        api = ProvenApi(server.url, oauth(server, services.keep("orders", SECRET)))
        with pytest.raises(UpstreamFailure, match="status 401, unsupported_grant_type"):
            api.call()
    assert "status 401, unsupported_grant_type" in capsys.readouterr().out


@pytest.mark.parametrize("life", ["Infinity", "1e400", "1e9", '"99999999999"', str(DAY + 1)])
def test_no_token_is_used_for_longer_than_a_day(services: FakeAws, life: str) -> None:
    """``Infinity`` is no JSON, but Python reads it, and a number beyond all floats as the same."""
    endless = ok(f'{{"access_token": "tok1", "token_type": "Bearer", "expires_in": {life}}}'.encode())
    with (
        ScriptedUpstream(keeps_alive(endless, token("tok2"))) as server,
        ScriptedUpstream(keeps_alive(*[ok()] * 3)) as upstream,
    ):
        api = ProvenApi(upstream.url, oauth(server, services.keep("orders", SECRET)))
        api.call()
        for second in (DAY - 61, DAY - 60):
            api.now = NOON + second * SECOND
            api.call()
        assert bearers(upstream) == ["Bearer tok1", "Bearer tok1", "Bearer tok2"]
