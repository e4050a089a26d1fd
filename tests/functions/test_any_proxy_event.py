"""Whatever comes in: the proxy forwards only what was allowed, answers in a form that is taken, and never raises."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events import DECISION, REQUEST_ID, proxy_event
from tests.fakes.hostile import ANY_TEXT, ODD_TEXTS, changed, examples, huge_events, json_values
from tests.functions.answers import check_response
from tests.functions.conftest import Gateway
from tests.upstream import TestUpstream
from tiergate.domain import keys
from tiergate.domain.catalogue import ApiVersion
from tiergate.domain.decision import ADMITTED, Decision
from tiergate.domain.messages import Request, Response
from tiergate.domain.refusals import REFUSALS

ALLOWED = DECISION.context()
KEY = keys.mint("dev").text

contexts = st.dictionaries(
    st.sampled_from(sorted(ALLOWED)) | ANY_TEXT, st.sampled_from(["allow", ADMITTED, "shop/v1"]) | json_values
) | st.builds(
    lambda name, value: ALLOWED | {name: value},
    st.sampled_from(sorted(ALLOWED)),
    json_values | st.sampled_from(["deny", "ALLOW", "hidden/v1", *REFUSALS]),
)
"""Forged and truncated ones, and the true one with one value changed."""

names = st.sampled_from(
    [
        "connection",
        "content-length",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "te",
        "transfer-encoding",
        "upgrade",
        "x-api-key",
        "X-Api-Key",
        "x_api_key",
        "x-forwarded-host",
        "x-http-method-override",
        "x-request-id",
        "x-tiergate-plan",
        "x_tiergate_plan",
        "X-Tiergate.Plan",
        "x-tiergate-plan ",
        "x-own",
        "x-own\r\nx-injected",
    ]
)
fields = st.dictionaries(
    names | ANY_TEXT,
    st.sampled_from(["chunked", "close, x-own", "5", "a\r\nx-injected: 1", "a\nx-injected: 1", *ODD_TEXTS]) | ANY_TEXT,
    max_size=6,
)


class Recorder:
    """In place of the upstreams: answers everything, keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[Request] = []

    def forward(self, _api: ApiVersion, request: Request, _decision: Decision) -> Response:
        self.sent.append(request)
        return Response(200, [("content-type", "text/plain")], b"ok")


def test_nothing_is_forwarded_but_what_its_context_clearly_allows_for_its_own_route(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    proxy, upstreams = gateway.proxy(), Recorder()
    proxy.UPSTREAMS = upstreams
    refused = proxy_event(context=Decision("credential_missing").context(), headers={"x-api-key": KEY})
    admitted = proxy_event(context=ALLOWED, headers={"x-api-key": KEY}, method="POST", body="{}")
    events = (
        json_values
        | st.builds(lambda context: proxy_event(context=context, headers={"x-api-key": KEY}), contexts)
        | changed(refused)
        | changed(admitted)
        | st.builds(lambda route: admitted | {"routeKey": route}, st.sampled_from(["OPTIONS /shop/v1", "$default"]))
    )
    seen = set()

    @examples(400)
    @given(events)
    def check(event: Any) -> None:
        upstreams.sent.clear()
        answer = proxy.handler(event, None)
        check_response(answer)
        assert KEY[-38:] not in str(answer) + str(upstreams.sent) + capsys.readouterr().out
        assert len(upstreams.sent) <= _may_be_forwarded(event), event
        if not upstreams.sent and not str(event.get("routeKey") if isinstance(event, dict) else "").startswith(
            "OPTIONS "
        ):
            assert json.loads(answer["body"])["code"] in REFUSALS
        seen.add(len(upstreams.sent))

    check()
    assert seen == {0, 1}


def test_however_large_a_request_is_it_is_passed_on_or_refused(gateway: Gateway) -> None:
    proxy, upstreams = gateway.proxy(), Recorder()
    proxy.UPSTREAMS = upstreams
    for event in huge_events(proxy_event(context=ALLOWED, method="POST")):
        answer = proxy.handler(event, None)
        check_response(answer)
        assert answer["statusCode"] < 500
        assert bool(upstreams.sent) is (answer["statusCode"] == 200)
        upstreams.sent.clear()


def test_the_upstream_gets_one_request_a_call_and_only_the_gateway_says_who_calls(gateway: Gateway) -> None:
    """Over real sockets: no name, value, path, query, method or body makes two requests of one, or another's of it."""
    with TestUpstream() as upstream:
        proxy = gateway.proxy(upstream.url)
        events = st.builds(
            lambda headers, path, query, method, body: (
                proxy_event("/shop/v1/" + path, method=method, context=ALLOWED, headers=headers, rawQueryString=query)
                | {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
            ),
            fields,
            st.sampled_from(["orders", "a b/c", "a HTTP/1.1\r\nx: y", "%0d%0a", "?x"]) | ANY_TEXT,
            st.sampled_from(["", "a=b&a=c", "a b", "a HTTP/1.1\r\n\r\n", "%zz"]) | ANY_TEXT,
            st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH"]),
            st.sampled_from([b"", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", b"0\r\n\r\n"]) | st.binary(max_size=40),
        )
        statuses = set()

        @examples(150)
        @given(events)
        def check(event: dict[str, Any]) -> None:
            answer = proxy.handler(event, None)
            check_response(answer)
            statuses.add(answer["statusCode"])
            if answer["statusCode"] == 200 and not answer.get("isBase64Encoded"):
                _check_arrived(event, json.loads(answer["body"]))

        check()
    assert 200 in statuses
    assert not statuses & {500, 502, 504}


def _may_be_forwarded(event: Any) -> bool:
    try:
        context, route = event["requestContext"]["authorizer"]["lambda"], event["routeKey"]
        allowed = context["decision"] == "allow" and context["reason"] == ADMITTED
        return allowed and context["api"] == "shop/v1" and "/shop/v1" in route and not route.startswith("OPTIONS ")
    except (KeyError, TypeError):
        return False


def _check_arrived(event: Mapping[str, Any], arrived: Mapping[str, Any]) -> None:
    """What the upstream understood is the very call, with this caller's identity and no field of another's."""
    assert arrived["method"] == event["requestContext"]["http"]["method"]
    assert base64.b64decode(arrived["body"]) == base64.b64decode(event["body"])
    headers = arrived["headers"]
    ours = {name: value for name, value in headers.items() if name.replace("_", "-").startswith("x-tiergate-")}
    named = ("organization", "application", "subscription", "product", "plan", "credential")
    assert ours == {f"x-tiergate-{name}": ALLOWED[name] for name in named}
    assert headers["x-request-id"] == REQUEST_ID
    assert not {"x-injected", "x-api-key", "x_api_key", "transfer-encoding"} & set(headers)
