"""Whose credential reaches the upstream, through the proxy as deployed: the gateway's own, and never the caller's."""

import json
from typing import Any

import pytest

from tests.events import DECISION, proxy_event
from tests.fakes.aws_services import FakeAws
from tests.fakes.proven import UNAUTHORIZED, fields_of
from tests.fakes.upstream import ScriptedUpstream, answers, keeps_alive, ok
from tests.functions.conftest import Gateway
from tiergate.policy.bundle import serialized

CREDENTIALS = {
    "authorization": "Bearer callers-token",
    "x-api-key": "tg_dev_callers-key",
    "x-tiergate-identity": "claimed",
    "x-tiergate-issuer": "claimed",
    "x-tiergate-subject": "claimed",
    "x-tiergate-scopes": "claimed",
}


def called(gateway: Gateway, upstream: ScriptedUpstream, *, context: Any = DECISION, **api: Any) -> dict[str, Any]:
    """The proxy's answer to an admitted call with every credential that a caller may send."""
    bundle = json.loads(gateway.bundle.read_text())
    bundle["apis"]["shop/v1"] |= api
    gateway.bundle.write_text(serialized(bundle))
    event = proxy_event(context=context.context(), headers=CREDENTIALS, cookies=["session=7"])
    answer: dict[str, Any] = gateway.proxy(upstream.url).handler(event, None)
    return answer


@pytest.mark.parametrize("accepts", ["token", "either", "both"])
def test_where_tokens_are_accepted_no_credential_of_the_caller_reaches_the_upstream(
    gateway: Gateway, accepts: str
) -> None:
    user = DECISION._replace(issuer="partners", subject="user-7", scopes="orders:read orders:write")
    with ScriptedUpstream(answers(ok())) as upstream:
        answer = called(gateway, upstream, context=user, accepts=accepts)
        fields = fields_of(upstream.requests[0])
        assert b"callers-" not in upstream.requests[0]
        assert b"claimed" not in upstream.requests[0]
        assert "authorization" not in fields
        told = [fields[f"x-tiergate-{name}"] for name in ("issuer", "subject", "scopes")]
        assert told == ["partners", "user-7", "orders:read orders:write"]
        assert fields["cookie"] == "session=7"
    assert answer["headers"]["vary"] == "X-Api-Key, Authorization"


def test_where_only_keys_are_accepted_authorization_is_the_upstreams(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        answer = called(gateway, upstream)
        fields = fields_of(upstream.requests[0])
        assert fields["authorization"] == "Bearer callers-token"
        assert b"callers-key" not in upstream.requests[0]
        unsaid = {"x-tiergate-issuer", "x-tiergate-subject", "x-tiergate-scopes", "x-tiergate-identity"}
        assert not unsaid & fields.keys()
    assert answer["headers"]["vary"] == "X-Api-Key"


def test_the_gateways_credential_takes_the_place_of_the_callers(gateway: Gateway, services: FakeAws) -> None:
    arn = services.keep("orders", "s3cret")
    auth = {"kind": "header", "name": "Authorization", "prefix": "Bearer ", "secret": arn}
    with ScriptedUpstream(answers(ok())) as upstream:
        answer = called(gateway, upstream, upstream_auth=auth)
        assert fields_of(upstream.requests[0])["authorization"] == "Bearer s3cret"
        assert b"callers-" not in upstream.requests[0]
    assert answer["statusCode"] == 200
    assert "s3cret" not in str(answer)


def test_a_proof_that_cannot_be_had_is_a_refusal_and_a_warning_that_names_the_secret(
    gateway: Gateway, services: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    arn = services.keep("orders", "s3cret\x00")
    auth = {"kind": "header", "name": "X-Service-Key", "secret": arn}
    with ScriptedUpstream(answers(ok())) as upstream:
        answer = called(gateway, upstream, upstream_auth=auth)
        assert upstream.connections == 0
    document, told = json.loads(answer["body"]), capsys.readouterr().out
    assert (answer["statusCode"], document["code"]) == (502, "upstream_unauthorized")
    assert arn not in answer["body"]
    assert f"{arn}: garbage: the secret is no line of printable ASCII" in told
    assert "s3cret" not in answer["body"] + told


def test_an_upstream_that_refuses_the_proof_twice_is_answered_for_by_itself(
    gateway: Gateway, services: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    auth = {"kind": "header", "name": "X-Service-Key", "secret": services.keep("orders", "s3cret")}
    with ScriptedUpstream(keeps_alive(UNAUTHORIZED, ok())) as upstream:
        answer = called(gateway, upstream, upstream_auth=auth)
        assert len(upstream.requests) == 1
    assert answer["statusCode"] == 401
    assert "s3cret" not in str(answer) + capsys.readouterr().out


def test_a_key_only_api_without_proof_loads_nothing_for_it(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        called(gateway, upstream)
        assert gateway.proxy(upstream.url).UPSTREAMS._auth is None
