"""An upstream gets the gateway's secret in the field that it asks for, and nobody else ever sees it."""

import time
from dataclasses import replace

import pytest

from tests.events import DECISION
from tests.fakes.aws_services import FakeAws
from tests.fakes.proven import GET, NOON, UNAUTHORIZED, ProvenApi, fields_of
from tests.fakes.upstream import ScriptedUpstream, answers, keeps_alive, ok
from tiergate.adapters.upstream_auth import UpstreamAuth
from tiergate.domain.catalogue import ApiVersion
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Request, Response


def header(arn: str, name: str = "X-Service-Key", **more: str) -> dict[str, str]:
    return {"kind": "header", "name": name, "secret": arn, **more}


def test_the_secret_stands_in_its_field_in_place_of_whatever_the_caller_sent(services: FakeAws) -> None:
    claimed = [("x-service-key", "guess"), ("x_service_key", "guess"), ("X-Service.Key", "guess")]
    with ScriptedUpstream(answers(ok(b"fine"))) as upstream:
        api = ProvenApi(upstream.url, header(services.keep("orders", "s3cret")))
        assert api.call(replace(GET, headers=[*claimed, *GET.headers])).body == b"fine"
        assert fields_of(upstream.requests[0])["x-service-key"] == "s3cret"
        assert b"guess" not in upstream.requests[0]
        assert fields_of(upstream.requests[0])["accept"] == "*/*"


@pytest.mark.parametrize(
    ("text", "more", "value"),
    [
        ("s3cret", {"prefix": "Bearer "}, "Bearer s3cret"),
        ('{"token": "s3cret", "other": 1}', {"member": "token"}, "s3cret"),
        ('{"token": "s3cret"}', {"member": "token", "prefix": "Token "}, "Token s3cret"),
        (" s3cret\n", {}, "s3cret"),
        ("two words", {}, "two words"),
    ],
)
def test_a_secret_is_told_as_its_policy_says(services: FakeAws, text: str, more: dict[str, str], value: str) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        ProvenApi(upstream.url, header(services.keep("orders", text), "Authorization", **more)).call()
        assert fields_of(upstream.requests[0])["authorization"] == value


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("two\r\nx-injected: 1", {}),
        ("gr\u00fc\u00dfe", {}),
        (" \n", {}),
        ("s3cret", {"member": "token"}),
        ('["s3cret"]', {"member": "token"}),
        ('{"other": "s3cret"}', {"member": "token"}),
        ('{"token": 7}', {"member": "token"}),
        ("[" * 100_000, {"member": "token"}),
    ],
)
def test_a_secret_that_no_field_can_carry_is_named_and_not_told(
    services: FakeAws, text: str, more: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    arn = services.keep("orders", text)
    with ScriptedUpstream(answers(ok())) as upstream:
        with pytest.raises(UpstreamFailure) as raised:
            ProvenApi(upstream.url, header(arn, **more)).call()
        assert raised.value.code == "upstream_unauthorized"
        assert arn in str(raised.value)
        assert text.strip()[:6] not in str(raised.value) + capsys.readouterr().out or not text.strip()
        assert upstream.connections == 0


def test_without_its_secret_no_request_is_sent(services: FakeAws) -> None:
    arn = services.keep("orders", "s3cret")
    services.faults[arn] = "AccessDeniedException"
    with ScriptedUpstream(answers(ok())) as upstream:
        with pytest.raises(UpstreamFailure, match="AccessDeniedException") as raised:
            ProvenApi(upstream.url, header(arn)).call()
        assert (raised.value.code, upstream.connections) == ("upstream_unauthorized", 0)
        assert arn in str(raised.value)


def test_many_calls_read_the_secret_once(services: FakeAws) -> None:
    with ScriptedUpstream(keeps_alive(*[ok()] * 20)) as upstream:
        api = ProvenApi(upstream.url, header(services.keep("orders", "s3cret")))
        for _ in range(20):
            api.call()
    assert services.asked("GetSecretValue") == 1


def test_a_rotated_secret_is_taken_up_when_the_old_one_is_refused(services: FakeAws) -> None:
    arn = services.keep("orders", "old")
    body = b'{"order": 7}'
    with ScriptedUpstream(keeps_alive(ok(), UNAUTHORIZED, ok(b"made"), ok())) as upstream:
        api = ProvenApi(upstream.url, header(arn))
        api.call()
        services.keep("orders", "new")
        api.now += 10 * SECOND
        assert api.call(replace(GET, method="POST", body=body)).body == b"made"
        api.call()
        assert [fields_of(each)["x-service-key"] for each in upstream.requests] == ["old", "old", "new", "new"]
        assert [each.endswith(body) for each in upstream.requests] == [False, True, True, False]


def test_a_refusal_of_the_rotated_secret_is_the_answer(services: FakeAws, capsys: pytest.CaptureFixture[str]) -> None:
    """Never a third request."""
    arn = services.keep("orders", "old")
    with ScriptedUpstream(keeps_alive(ok(), UNAUTHORIZED, UNAUTHORIZED, ok())) as upstream:
        api = ProvenApi(upstream.url, header(arn))
        api.call()
        services.keep("orders", "new")
        api.now += 10 * SECOND
        assert api.call().status == 401
        assert len(upstream.requests) == 3
    told = capsys.readouterr().out
    assert "upstream answered 401" in told
    assert arn in told
    assert "new" not in told


def test_a_refusal_without_another_secret_is_the_answer_and_asks_nothing_twice(
    services: FakeAws, capsys: pytest.CaptureFixture[str]
) -> None:
    """Callers who can provoke a 401 cost neither a second request nor a reading each, nor a line of the log."""
    with ScriptedUpstream(keeps_alive(*[UNAUTHORIZED] * 30)) as upstream:
        api = ProvenApi(upstream.url, header(services.keep("orders", "s3cret")))
        for _ in range(30):
            assert api.call().status == 401
            api.now += SECOND
        assert len(upstream.requests) == 30
    assert services.asked("GetSecretValue") == 3
    assert capsys.readouterr().out.count("upstream answered 401") == 3


@pytest.mark.parametrize("text", ["", "two\nlines"])
def test_a_refusal_stays_the_answer_where_the_next_secret_is_none(services: FakeAws, text: str) -> None:
    arn = services.keep("orders", "old")
    with ScriptedUpstream(keeps_alive(ok(), UNAUTHORIZED)) as upstream:
        api = ProvenApi(upstream.url, header(arn))
        api.call()
        services.keep("orders", text)
        api.now += 10 * SECOND
        assert api.call().status == 401
        assert len(upstream.requests) == 2


def test_other_statuses_forget_nothing(services: FakeAws) -> None:
    forbidden = UNAUTHORIZED.replace(b"401", b"403")
    with ScriptedUpstream(keeps_alive(*[forbidden] * 3)) as upstream:
        api = ProvenApi(upstream.url, header(services.keep("orders", "s3cret")))
        for _ in range(3):
            api.now += 10 * SECOND
            assert api.call().status == 403
    assert services.asked("GetSecretValue") == 1


def test_the_time_out_holds_for_the_proof_too(services: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what is left for the upstream: nothing here waits."""
    passed = iter([0.0, 6.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(passed, 6.0))
    with ScriptedUpstream(answers(ok())) as upstream:
        api = ProvenApi(upstream.url, {"kind": "sigv4", "service": "execute-api", "region": "eu-central-1"}, timeout=5)
        with pytest.raises(UpstreamFailure) as raised:
            api.call()
        assert (raised.value.code, upstream.connections) == ("upstream_timeout", 0)


@pytest.mark.parametrize(("left", "more"), [(3.001, ["new"]), (3.0, [])])
def test_nothing_is_tried_anew_where_the_time_may_not_suffice(
    services: FakeAws, monkeypatch: pytest.MonkeyPatch, left: float, more: list[str]
) -> None:
    """Another reading of the secret may take three seconds, and API Gateway waits for two more than a ``timeout``."""
    passed = 0.0
    sent: list[str] = []
    monkeypatch.setattr(time, "monotonic", lambda: passed)

    def refuse_late(_upstream: str, request: Request, timeout: float) -> Response:
        nonlocal passed
        passed += timeout - left
        sent.append(dict(request.headers)["x-service-key"])
        return Response(401 if len(sent) > 1 else 200, [], b"")

    now, arn = NOON, services.keep("orders", "old")
    auth = UpstreamAuth(refuse_late, now=lambda: now)
    shop = ApiVersion("shop/v1", "published", "https://x", 27, (), {}, upstream_auth=header(arn))
    auth.send(shop, GET, DECISION)
    services.keep("orders", "new")
    now += 10 * SECOND
    assert auth.send(shop, GET, DECISION).status == 401
    assert sent == ["old", "old", *more]


def test_a_secret_is_asked_for_in_its_own_region(services: FakeAws) -> None:
    arns = [services.keep("orders", "here"), "arn:aws:secretsmanager:us-east-1:123456789012:secret:orders"]
    services.secrets[arns[1]] = "there"
    with ScriptedUpstream(keeps_alive(ok(), ok())) as upstream:
        api = ProvenApi(upstream.url, header(arns[0]))
        api.call()
        api.api = api.api._replace(name="bank/v1", upstream_auth=header(arns[1]))
        api.call()
        assert [fields_of(each)["x-service-key"] for each in upstream.requests] == ["here", "there"]
    regions = ["eu-central-1", "us-east-1"]
    for request, region in zip(services.requests, regions, strict=True):
        assert f"/{region}/secretsmanager/aws4_request" in request.headers["authorization"]


def test_a_secret_that_was_changed_into_nonsense_leaves_the_last_good_one_for_an_hour(services: FakeAws) -> None:
    arn = services.keep("orders", '{"token": "s3cret"}')
    with ScriptedUpstream(keeps_alive(ok(), ok())) as upstream:
        api = ProvenApi(upstream.url, header(arn, member="token"))
        api.call()
        services.keep("orders", "not JSON any more")
        api.now += 3600 * SECOND - 1
        api.call()
        assert [fields_of(each)["x-service-key"] for each in upstream.requests] == ["s3cret"] * 2
        api.now += 1
        with pytest.raises(UpstreamFailure, match="no JSON object"):
            api.call()


def test_two_apis_have_each_their_own_secret(services: FakeAws) -> None:
    with ScriptedUpstream(keeps_alive(ok(), ok())) as upstream:
        api = ProvenApi(upstream.url, header(services.keep("orders", "one")))
        api.call()
        api.api = api.api._replace(name="bank/v1", upstream_auth=header(services.keep("bank", "other")))
        api.call()
        assert [fields_of(each)["x-service-key"] for each in upstream.requests] == ["one", "other"]


def test_a_function_gets_the_proof_as_any_upstream_and_few_different_time_outs(services: FakeAws) -> None:
    """Each time-out has a client of its own there."""
    sent: list[tuple[str, str, float]] = []

    def send(upstream: str, request: Request, timeout: float) -> Response:
        sent.append((upstream, dict(request.headers)["x-service-key"], timeout))
        return Response(200, [], b"")

    auth = UpstreamAuth(send)
    shop = ApiVersion("shop/v1", "published", "lambda:shop", 7, (), {}, upstream_auth=header(services.keep("o", "s")))
    for _ in range(3):
        auth.send(shop, GET, DECISION)
    assert sent == [("lambda:shop", "s", 7)] * 3
