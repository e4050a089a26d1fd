"""The proxy answers preflights itself, and lets an API's pages read every answer, refusals included."""

import json
from types import ModuleType
from typing import Any

import pytest

from tests.events import DECISION, REQUEST_ID, authorizer_event, proxy_event
from tests.fakes.upstream import ScriptedUpstream, answers, ok
from tests.functions.conftest import Gateway
from tiergate.domain.decision import Decision
from tiergate.domain.refusals import REFUSALS
from tiergate.policy.bundle import serialized

APP, OTHER = "https://app.example.com", "https://evil.example"
ASKS = {"origin": APP, "access-control-request-method": "POST", "access-control-request-headers": "x-api-key"}
CORS = {"origins": [APP], "headers": [], "expose": ["X-Total"], "credentials": False, "max_age": 600}
EXPOSED = "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Total"


def proxy(gateway: Gateway, upstream: str = "http://127.0.0.1:9") -> ModuleType:
    """The proxy of a deployment whose APIs have a policy, the one that is not published too."""
    bundle = json.loads(gateway.bundle.read_text())
    for api in bundle["apis"].values():
        api["cors"] = CORS
    gateway.bundle.write_text(serialized(bundle))
    return gateway.proxy(upstream)


def options(path: str = "/shop/v1/orders", *, api: str = "shop/v1", **parts: Any) -> dict[str, Any]:
    """As API Gateway sends it: by a route of its own, which has no authorizer."""
    return proxy_event(path, method="OPTIONS", route=f"OPTIONS /{api}/{{proxy+}}", **({"headers": ASKS} | parts))


def code_of(answer: dict[str, Any]) -> str:
    return str(json.loads(answer["body"])["code"])


def test_a_preflight_is_answered_without_a_credential_and_never_reaches_the_upstream(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        handler = proxy(gateway, upstream.url).handler
        gateway.metrics.clear()

        answer = handler(options(), None)

        assert upstream.connections == 0
    assert (answer["statusCode"], answer["body"]) == (204, "")
    assert answer["headers"] == {
        "vary": "Origin",
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers": "X-Api-Key, Authorization, Content-Type, Accept, Idempotency-Key",
        "access-control-max-age": "600",
        "x-request-id": REQUEST_ID,
    }
    assert (gateway.reads, gateway.metrics) == ([], [])


@pytest.mark.parametrize("path", ["/shop/v1", "/shop/v1/", "/shop/v1/nothing/here", "/shop/v1/files/a%2Fb"])
def test_every_path_has_a_preflight_so_that_a_page_can_read_the_404(gateway: Gateway, path: str) -> None:
    assert proxy(gateway).handler(options(path), None)["headers"]["access-control-allow-origin"] == APP


def test_a_page_of_another_origin_is_allowed_nothing(gateway: Gateway) -> None:
    answer = proxy(gateway).handler(options(headers=ASKS | {"origin": OTHER}), None)

    assert (answer["statusCode"], answer["headers"]) == (204, {"vary": "Origin", "x-request-id": REQUEST_ID})


def test_options_of_no_browser_says_the_methods_of_the_path(gateway: Gateway) -> None:
    handler = proxy(gateway).handler

    assert handler(options(headers={}), None)["headers"]["allow"] == "GET, HEAD, OPTIONS, POST"
    assert handler(options("/shop/v1/files/a", headers={}), None)["headers"]["allow"] == "OPTIONS, PUT"
    assert code_of(handler(options("/shop/v1/nothing", headers={}), None)) == "operation_not_found"


@pytest.mark.parametrize(
    "api",
    ["hidden/v1", "nothing/v1", "shop/v2"],
)
def test_an_api_that_is_unknown_or_not_published_has_no_preflight(gateway: Gateway, api: str) -> None:
    answer = proxy(gateway).handler(options(f"/{api}/orders", api=api), None)

    assert (answer["statusCode"], code_of(answer)) == (404, "api_not_found")
    assert not [name for name in answer["headers"] if name.startswith("access-control-")]


def test_an_api_without_a_policy_has_no_preflight(gateway: Gateway) -> None:
    answer = gateway.proxy().handler(options(), None)

    assert (answer["statusCode"], code_of(answer)) == (404, "api_not_found")


@pytest.mark.parametrize(
    "change", [{"rawPath": "/elsewhere"}, {"headers": ["x"]}, {"routeKey": "OPTIONS "}, {"rawPath": 7}]
)
def test_a_preflight_that_is_none_is_a_fault_and_not_an_exception(gateway: Gateway, change: dict[str, Any]) -> None:
    assert code_of(proxy(gateway).handler(options() | change, None)) == "gateway_fault"


def test_an_allow_on_a_route_for_preflights_forwards_nothing(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        event = options(context=DECISION.context())
        assert proxy(gateway, upstream.url).handler(event, None)["statusCode"] == 204
        assert upstream.connections == 0


def test_an_answer_carries_the_policys_fields_and_not_the_upstreams(gateway: Gateway) -> None:
    said = (
        b"HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\naccess-control-expose-headers: x-secret\r\n"
        b"vary: accept\r\nx-total: 7\r\ncontent-length: 2\r\n\r\nok"
    )
    with ScriptedUpstream(answers(said)) as upstream:
        answer = proxy(gateway, upstream.url).handler(
            proxy_event(context=DECISION.context(), headers={"origin": APP}), None
        )

    headers = answer["headers"]
    assert headers["access-control-allow-origin"] == APP
    assert headers["access-control-expose-headers"] == EXPOSED
    assert headers["vary"] == "accept, X-Api-Key, Origin"
    assert headers["x-total"] == "7"
    assert upstream.requests[0].count(f"\r\norigin: {APP}\r\n".encode()) == 1


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_a_page_can_read_every_refusal(gateway: Gateway, code: str) -> None:
    refused = Decision(code, api="shop/v1", wait=7, ratelimit='"hour";r=0;t=60')
    event = proxy_event(context=refused.context(), headers={"origin": APP})

    answer = proxy(gateway).handler(event, None)

    assert code_of(answer) == code
    assert answer["headers"]["access-control-allow-origin"] == APP
    assert answer["headers"]["access-control-expose-headers"] == EXPOSED


def test_a_page_can_read_that_the_upstream_failed(gateway: Gateway) -> None:
    answer = proxy(gateway).handler(proxy_event(context=DECISION.context(), headers={"origin": APP}), None)

    assert (answer["statusCode"], code_of(answer)) == (502, "upstream_unreachable")
    assert answer["headers"]["access-control-allow-origin"] == APP


def test_a_page_without_a_key_can_read_what_to_send(gateway: Gateway) -> None:
    handler, authorizer = proxy(gateway).handler, gateway.authorizer()
    context = authorizer.handler(authorizer_event(headers={"origin": APP}), None)["context"]

    answer = handler(proxy_event(context=context, headers={"origin": APP}), None)

    assert (answer["statusCode"], code_of(answer)) == (401, "credential_missing")
    assert answer["headers"]["access-control-allow-origin"] == APP


@pytest.mark.parametrize("headers", [{}, {"origin": OTHER}])
def test_without_an_allowed_origin_an_answer_only_says_that_it_depends_on_it(
    gateway: Gateway, headers: dict[str, str]
) -> None:
    event = proxy_event(context=Decision("quota_exceeded", api="shop/v1").context(), headers=headers)

    answer = proxy(gateway).handler(event, None)

    assert answer["headers"]["vary"] == "Origin"
    assert not [name for name in answer["headers"] if name.startswith("access-control-")]
