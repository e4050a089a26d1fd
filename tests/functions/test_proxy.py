"""The managed proxy as deployed: it forwards what was clearly allowed, and renders every refusal."""

import base64
import json
import re
from typing import Any

import pytest

from tests.events import DECISION, REQUEST_ID, authorizer_event, proxy_event
from tests.fakes.upstream import Script, ScriptedUpstream, answers, keeps_alive, ok
from tests.functions.conftest import Gateway
from tiergate.adapters import http_wire
from tiergate.domain.decision import Decision
from tiergate.domain.limits import SECOND
from tiergate.domain.refusals import REFUSALS

ALLOWED = DECISION.context()
UNCLEAR = [
    None,
    {},
    {"decision": "deny", "reason": "quota_exceeded"},
    ALLOWED | {"decision": "deny"},
    ALLOWED | {"decision": True},
    ALLOWED | {"decision": "allow "},
    ALLOWED | {"reason": "rate_exceeded"},
    ALLOWED | {"reason": None},
    {name: value for name, value in ALLOWED.items() if name != "decision"},
    {name: value for name, value in ALLOWED.items() if name != "reason"},
    {name: value for name, value in ALLOWED.items() if name != "api"},
    ALLOWED | {"api": "bank/v1"},
    ALLOWED | {"api": "shop/v1/orders"},
]


def problem_of(answer: dict[str, Any]) -> dict[str, Any]:
    """The problem document of an answer, after what every one of them has in common."""
    document: dict[str, Any] = json.loads(answer["body"])
    refusal = REFUSALS[document["code"]]
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert answer["headers"]["cache-control"] == "no-store"
    assert answer["statusCode"] == document["status"] == refusal.status
    assert (document["type"], document["title"]) == (refusal.type, refusal.title)
    words = {"credentials": "an API key", "sunset": "announced before", "until": "later"}
    assert document["detail"] == refusal.detail.format(**words)
    assert document["next"]
    assert "{" not in document["next"]
    return document


def test_an_allowed_call_is_forwarded_and_its_answer_comes_back(gateway: Gateway) -> None:
    answer = b"HTTP/1.1 201 Created\r\nlocation: /orders/7\r\nset-cookie: a=1\r\nconnection: close\r\n\r\n\xff\x00"
    event = proxy_event(
        "/shop/v1/orders/gr\u00fc\u00dfe",
        method="POST",
        context=ALLOWED,
        headers={"x-api-key": "tg_dev_secret", "x-tiergate-plan": "enterprise", "accept": "text/plain"},
        rawQueryString="a=1&a=%C3%BC",
        body=base64.b64encode(b"\x00\x01\xff").decode(),
        isBase64Encoded=True,
    )
    with ScriptedUpstream(answers(answer)) as upstream:
        result = gateway.proxy(upstream.url + "/base").handler(event, None)

    head, _, body = upstream.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /base/orders/gr%C3%BC%C3%9Fe?a=1&a=%C3%BC HTTP/1.1\r\n")
    assert {b"x-tiergate-plan: free", b"x-tiergate-organization: acme", b"accept: text/plain"} <= set(
        head.split(b"\r\n")
    )
    assert b"secret" not in head
    assert b"enterprise" not in head
    assert body == b"\x00\x01\xff"
    assert result == {
        "statusCode": 201,
        "headers": {
            "location": "/orders/7",
            "vary": "X-Api-Key",
            "ratelimit": '"hour";r=3;t=60',
            "ratelimit-policy": '"hour";q=5;w=3600',
            "x-request-id": REQUEST_ID,
        },
        "cookies": ["a=1"],
        "body": base64.b64encode(b"\xff\x00").decode(),
        "isBase64Encoded": True,
    }


@pytest.mark.parametrize("context", UNCLEAR)
def test_what_is_not_clearly_allowed_never_reaches_the_upstream(gateway: Gateway, context: Any) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        answer = gateway.proxy(upstream.url).handler(proxy_event(context=context), None)

        assert problem_of(answer)["code"] in {"gateway_fault", "quota_exceeded", "rate_exceeded"}
        assert upstream.connections == 0


@pytest.mark.parametrize(
    "change",
    [
        {"routeKey": "ANY /bank/v1/{proxy+}", "rawPath": "/bank/v1/orders"},
        {"routeKey": "$default"},
        {"rawPath": "/elsewhere"},
        {"body": "%%%", "isBase64Encoded": True},
        {"headers": ["accept"]},
    ],
)
def test_a_request_that_does_not_fit_its_decision_is_not_sent(gateway: Gateway, change: dict[str, Any]) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        answer = gateway.proxy(upstream.url).handler(proxy_event(context=ALLOWED) | change, None)

        assert problem_of(answer)["code"] == "gateway_fault"
        assert upstream.connections == 0


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_refusal_is_a_problem_that_says_what_to_do_next(gateway: Gateway, code: str) -> None:
    refused = Decision(code, api="shop/v1", wait=7, violated=("hour", "burst"), methods=("GET", "POST"))

    answer = gateway.proxy().handler(proxy_event(context=refused.context()), None)

    document = problem_of(answer)
    members = {"type", "title", "status", "code", "detail", "next", "request_id", "violated-policies"}
    assert document.keys() == members
    assert (document["code"], document["request_id"]) == (code, REQUEST_ID)
    assert document["violated-policies"] == ["hour", "burst"]
    headers = answer["headers"]
    assert headers["x-request-id"] == REQUEST_ID
    assert (headers["retry-after"], headers["allow"]) == ("7", "GET, POST")
    realm = 'ApiKey realm="Test Platform"'
    assert headers.get("www-authenticate") == (realm if answer["statusCode"] == 401 else None)


def test_a_refusal_says_nothing_of_what_it_does_not_know(gateway: Gateway) -> None:
    answer = gateway.proxy().handler(proxy_event(context=Decision("operation_not_found").context()), None)

    assert "violated-policies" not in problem_of(answer)
    assert answer["headers"].keys() == {"content-type", "cache-control", "x-request-id"}


def test_a_request_id_that_cannot_be_encoded_still_gives_a_problem(gateway: Gateway) -> None:
    event = proxy_event(requestContext={"requestId": "\ud800"})

    assert problem_of(gateway.proxy().handler(event, None))["code"] == "gateway_fault"


@pytest.mark.parametrize("reason", ["made_up", "", "__class__"])
def test_a_refusal_that_nobody_knows_is_a_fault(gateway: Gateway, reason: str) -> None:
    answer = gateway.proxy().handler(proxy_event(context={"decision": "deny", "reason": reason}), None)

    assert problem_of(answer)["code"] == "gateway_fault"


SMALL = 1000


@pytest.mark.parametrize(
    ("script", "code", "status"),
    [
        (answers(b""), "upstream_unreachable", 502),
        (answers(b"garbage\r\n\r\n"), "upstream_unreachable", 502),
        (answers(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhal"), "upstream_unreachable", 502),
        (answers(ok(b"x" * (SMALL + 1))), "response_too_large", 502),
        (keeps_alive(b""), "upstream_timeout", 504),
    ],
)
def test_an_upstream_without_a_usable_answer_is_a_problem_and_a_warning(
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    script: Script,
    code: str,
    status: int,
) -> None:
    monkeypatch.setattr(http_wire, "MOST_BYTES", SMALL)
    with ScriptedUpstream(script) as upstream:
        answer = gateway.proxy(upstream.url, timeout=0.2).handler(proxy_event(context=ALLOWED), None)

    assert (problem_of(answer)["code"], answer["statusCode"]) == (code, status)
    assert answer["headers"]["ratelimit"] == '"hour";r=3;t=60'
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["code"], line["api"]) == ("WARNING", code, "shop/v1")
    assert upstream.origin not in json.dumps(answer)


FUNCTION = "lambda:arn:aws:lambda:eu-central-1:123456789012:function:bank"
TOO_MUCH = base64.b64encode(b"\xff" * 4_800_000).decode()


@pytest.mark.parametrize(
    ("upstream", "change", "code", "status"),
    [
        ("http://127.0.0.1:9", {"headers": {"x-a": "hunter2\r\nx-evil: 1"}}, "request_malformed", 400),
        ("http://127.0.0.1:9", {"cookies": ["a=hunter2\n"]}, "request_malformed", 400),
        (FUNCTION, {"method": "PUT", "body": TOO_MUCH, "isBase64Encoded": True}, "request_too_large", 413),
    ],
)
def test_a_request_that_cannot_be_sent_is_the_callers_to_mend_and_a_warning(
    gateway: Gateway,
    capsys: pytest.CaptureFixture[str],
    upstream: str,
    change: dict[str, Any],
    code: str,
    status: int,
) -> None:
    answer = gateway.proxy(upstream).handler(proxy_event(context=ALLOWED, **change), None)

    assert (problem_of(answer)["code"], answer["statusCode"]) == (code, status)
    line = json.loads(capsys.readouterr().out)
    assert (line["level"], line["message"], line["code"]) == ("WARNING", "request refused", code)
    assert "hunter2" not in json.dumps([answer, line])


def test_the_answer_to_head_says_the_length_that_get_would_have(gateway: Gateway) -> None:
    said = b'HTTP/1.1 200 OK\r\netag: "7"\r\ncontent-length: 5120\r\n\r\n'
    with ScriptedUpstream(answers(said)) as upstream:
        answer = gateway.proxy(upstream.url).handler(proxy_event(method="HEAD", context=ALLOWED), None)

    assert upstream.requests[0].startswith(b"HEAD /orders HTTP/1.1\r\n")
    assert (answer["headers"]["content-length"], answer["headers"]["etag"], answer["body"]) == ("5120", '"7"', "")


def test_a_refused_call_over_the_quota_says_when_to_come_back(gateway: Gateway) -> None:
    partner, authorizer, proxy = gateway.partner(plan="tiny"), gateway.authorizer(), gateway.proxy()
    for _ in range(4):
        context = authorizer.handler(authorizer_event(key=partner.key.text), None)["context"]

    answer = proxy.handler(proxy_event(context=context), None)

    document = problem_of(answer)
    assert (answer["statusCode"], document["violated-policies"]) == (429, ["hour"])
    wait = int(answer["headers"]["retry-after"])
    assert wait == 3600 - gateway.now // SECOND % 3600
    assert all(wait >= int(t) for t in re.findall(r";t=(\d+)", answer["headers"]["ratelimit"]))
    assert f"in {wait} s" in document["next"]
    assert '"hour";q=3;w=3600' in answer["headers"]["ratelimit-policy"]


@pytest.mark.parametrize(
    ("method", "path", "with_key", "status", "allow"),
    [
        ("GET", "/shop/v1/orders", False, 401, None),
        ("GET", "/shop/v1/nothing", True, 404, None),
        ("DELETE", "/shop/v1/orders", True, 405, "GET, POST"),
        ("PUT", "/shop/v1/files/..", True, 400, None),
    ],
)
def test_what_the_authorizer_refused_reaches_the_caller_with_its_status(
    gateway: Gateway, method: str, path: str, with_key: bool, status: int, allow: str | None
) -> None:
    key = gateway.partner().key.text if with_key else None
    context = gateway.authorizer().handler(authorizer_event(path, method=method, key=key), None)["context"]

    answer = gateway.proxy().handler(proxy_event(path, method=method, context=context), None)

    assert (problem_of(answer)["status"], answer["headers"].get("allow")) == (status, allow)


def test_no_secret_of_a_call_is_logged_or_answered(gateway: Gateway, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "hunter2"
    headers = dict.fromkeys(("x-api-key", "authorization", "cookie", "x-other"), f"{secret}\r\nx: {secret}")
    usual = proxy_event(context=ALLOWED, headers=headers, rawQueryString=secret, body=secret, method="POST")
    changes: list[dict[str, Any]] = [
        {},
        {"headers": {}},
        {"isBase64Encoded": True},
        {"cookies": [{"a": secret}]},
        {"cookies": [f"{secret}\ud800"]},
        {"headers": {"x-other": [secret]}},
        {"headers": [secret]},
        {"rawPath": f"/{secret}"},
        {"body": [secret]},
        {"requestContext": secret},
    ]
    proxy = gateway.proxy()

    results = [proxy.handler(usual | change, None) for change in changes]

    logged = capsys.readouterr().out
    assert len(logged.splitlines()) == len(changes)
    assert secret not in logged
    assert secret not in json.dumps(results)
