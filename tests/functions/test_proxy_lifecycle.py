"""What the proxy says of a version's end: on every answer of a deprecated one, in the 410 of a retired one."""

import json
from types import ModuleType
from typing import Any

import pytest

from tests.events import DECISION, REQUEST_ID, authorizer_event, proxy_event
from tests.fakes.upstream import ScriptedUpstream, answers, ok
from tests.functions.conftest import NOON, Gateway
from tiergate.domain.catalogue import ApiVersion
from tiergate.domain.decision import Decision
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Response
from tiergate.domain.refusals import REFUSALS
from tiergate.policy.bundle import serialized

TODAY = NOON // SECOND
DAY = 86_400
LIFECYCLE = {
    "deprecated": 1_767_225_600,
    "sunset": 1_775_001_600,
    "gone": 1_782_777_600,
    "successor": "shop/v2",
    "guide": "https://dev.example/v2",
    "brownouts": [[TODAY - 30, TODAY + 600]],
}
FIELDS = {
    "deprecation": "@1767225600",
    "sunset": "Wed, 01 Apr 2026 00:00:00 GMT",
    "link": '<https://dev.example/v2>; rel="deprecation"; type="text/html", </shop/v2>; rel="successor-version"',
}
APP = "https://app.example.com"
CORS = {"origins": [APP], "headers": [], "expose": ["X-Total"], "credentials": False, "max_age": 600}
EXPOSED = "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, Deprecation, Sunset, Link, X-Total"
SAYING = (
    b'HTTP/1.1 200 OK\r\nlink: </next>; rel="next"\r\ndeprecation: true\r\nsunset: never\r\ncontent-length: 2\r\n\r\nok'
)
ALLOWED = DECISION.context()


def ending(
    gateway: Gateway, state: str = "deprecated", upstream: str = "http://127.0.0.1:9", **more: Any
) -> ModuleType:
    """The proxy of a deployment whose API ends. ``more``: what the bundle says of it besides."""
    bundle = json.loads(gateway.bundle.read_text())
    bundle["apis"]["shop/v1"] |= {"state": state, "lifecycle": LIFECYCLE, **more}
    gateway.bundle.write_text(serialized(bundle))
    return gateway.proxy(upstream)


def told(answer: dict[str, Any]) -> dict[str, str]:
    """Of the fields in question, those that it has."""
    return {name: value for name, value in answer["headers"].items() if name in FIELDS}


def options(**headers: str) -> dict[str, Any]:
    return proxy_event(method="OPTIONS", route="OPTIONS /shop/v1/{proxy+}", headers=headers)


def test_an_answer_of_a_deprecated_api_says_since_when_until_when_and_where_to_go(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        answer = ending(gateway, upstream=upstream.url).handler(proxy_event(context=ALLOWED), None)

    assert answer["statusCode"] == 200
    assert told(answer) == FIELDS
    assert answer["headers"]["ratelimit"] == DECISION.ratelimit


@pytest.mark.parametrize(
    "link", ['<https://evil.example>; rel="successor-version"', '<https://u>; title="unclosed', "<u"]
)
def test_no_link_of_an_upstream_comes_before_ours_or_swallows_them(gateway: Gateway, link: str) -> None:
    with ScriptedUpstream(answers(SAYING.replace(b'</next>; rel="next"', link.encode()))) as upstream:
        answer = ending(gateway, upstream=upstream.url).handler(proxy_event(context=ALLOWED), None)

    assert answer["headers"]["link"] == f"{FIELDS['link']}, {link}"


def test_an_upstreams_links_stand_behind_ours_and_its_own_dates_give_way(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(SAYING)) as upstream:
        answer = ending(gateway, upstream=upstream.url).handler(proxy_event(context=ALLOWED), None)

    assert told(answer) == FIELDS | {"link": f'{FIELDS["link"]}, </next>; rel="next"'}


def test_where_an_api_does_not_end_its_upstreams_own_words_pass(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(SAYING)) as upstream:
        answer = gateway.proxy(upstream.url).handler(proxy_event(context=ALLOWED), None)

    assert told(answer) == {"link": '</next>; rel="next"', "deprecation": "true", "sunset": "never"}


@pytest.mark.parametrize("code", sorted(REFUSALS.keys() - {"api_not_found"}))
def test_every_refusal_says_it_too(gateway: Gateway, code: str) -> None:
    event = proxy_event(context=Decision(code, api="shop/v1", wait=7).context())

    assert told(ending(gateway).handler(event, None)) == FIELDS


def test_the_proxys_own_failures_say_it_too(gateway: Gateway) -> None:
    handler = ending(gateway).handler

    unreachable = handler(proxy_event(context=ALLOWED), None)
    faulty = handler(proxy_event(context=ALLOWED) | {"body": "%%%", "isBase64Encoded": True}, None)

    assert [json.loads(each["body"])["code"] for each in (unreachable, faulty)] == [
        "upstream_unreachable",
        "gateway_fault",
    ]
    assert [told(each) for each in (unreachable, faulty)] == [FIELDS] * 2


def test_a_call_on_which_nothing_could_be_decided_says_it_too(gateway: Gateway) -> None:
    handler = ending(gateway).handler

    answers = [
        handler(proxy_event(context=context), None) for context in (None, {}, Decision("gateway_fault").context())
    ]

    assert [(each["statusCode"], told(each)) for each in answers] == [(500, FIELDS)] * 3


def test_preflights_say_it_and_pages_may_read_it(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        handler = ending(gateway, upstream=upstream.url, cors=CORS).handler
        preflight = handler(options(origin=APP, **{"access-control-request-method": "GET"}), None)
        answer = handler(proxy_event(context=ALLOWED, headers={"origin": APP}), None)

    assert (preflight["statusCode"], told(preflight)) == (204, FIELDS)
    assert (answer["statusCode"], told(answer)) == (200, FIELDS)
    assert answer["headers"]["access-control-expose-headers"] == EXPOSED


def test_a_brownout_says_until_when_and_what_to_do_instead(gateway: Gateway) -> None:
    refused = Decision("api_brownout", api="shop/v1", wait=600)

    answer = ending(gateway).handler(proxy_event(context=refused.context()), None)

    assert (answer["statusCode"], answer["headers"]["retry-after"]) == (503, "600")
    assert json.loads(answer["body"]) == {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "api_brownout",
        "detail": "This version of the API is deprecated (sunset 2026-04-01), and refuses calls on purpose until "
        "2026-03-12T12:10:30Z.",
        "next": "Try again in 600 s; the call was not counted. Move on before the sunset. Call /shop/v2 instead, as "
        "https://dev.example/v2 says. Help: https://help.example",
        "request_id": REQUEST_ID,
        "sunset": "2026-04-01T00:00:00Z",
        "successor": "/shop/v2",
        "guide": "https://dev.example/v2",
    }


def test_a_retired_version_is_gone_with_a_link_to_its_successor(gateway: Gateway) -> None:
    proxy, authorizer = ending(gateway, "retired"), gateway.authorizer()
    context = authorizer.handler(authorizer_event(), None)["context"]

    answer = proxy.handler(proxy_event(context=context), None)

    assert (answer["statusCode"], told(answer)) == (410, FIELDS)
    document = json.loads(answer["body"])
    assert (document["code"], document["title"]) == ("api_retired", "Gone")
    assert document["detail"] == "This version of the API is retired; its sunset was 2026-04-01."
    assert document["next"] == "Call /shop/v2 instead, as https://dev.example/v2 says. Help: https://help.example"
    assert document["successor"] == "/shop/v2"


def test_the_rest_of_its_grace_over_nothing_is_said_of_a_retired_version(gateway: Gateway) -> None:
    gateway.now = LIFECYCLE["gone"] * SECOND
    proxy, authorizer = ending(gateway, "retired", cors=CORS), gateway.authorizer()
    context = authorizer.handler(authorizer_event(), None)["context"]

    answer = proxy.handler(proxy_event(context=context), None)

    assert (answer["statusCode"], json.loads(answer["body"])["code"], told(answer)) == (404, "api_not_found", {})


@pytest.mark.parametrize("reason", ["api_not_found", "path_malformed", "gateway_fault", "api_retired"])
@pytest.mark.parametrize("state", ["draft", "retired"])
def test_nothing_is_said_of_a_draft_or_of_what_is_gone_whatever_goes_wrong(
    gateway: Gateway, state: str, reason: str
) -> None:
    gateway.now = LIFECYCLE["gone"] * SECOND
    proxy = ending(gateway, state, cors=CORS)

    for context in (Decision(reason, api="shop/v1").context(), None):
        answer = proxy.handler(proxy_event(context=context, headers={"origin": APP}), None)
        assert told(answer) == {}
        assert not [name for name in answer["headers"] if name.startswith("access-control-")]


def test_in_the_middle_of_a_deploy_a_call_that_was_allowed_is_not_forwarded_once_the_version_is_retired(
    gateway: Gateway,
) -> None:
    authorizer = gateway.authorizer()
    context = authorizer.handler(authorizer_event(key=gateway.partner().key.text), None)["context"]
    with ScriptedUpstream(answers(ok())) as upstream:
        answer = ending(gateway, "retired", upstream.url).handler(proxy_event(context=context), None)

        assert (answer["statusCode"], json.loads(answer["body"])["code"], told(answer)) == (410, "api_retired", FIELDS)
        assert upstream.connections == 0


def test_a_page_can_read_that_a_version_is_retired(gateway: Gateway) -> None:
    """A browser shows it no answer to a call whose preflight failed."""
    handler = ending(gateway, "retired", cors=CORS).handler
    refused = Decision("api_retired", api="shop/v1").context()

    preflight = handler(options(origin=APP, **{"access-control-request-method": "GET"}), None)
    answer = handler(proxy_event(context=refused, headers={"origin": APP}), None)
    asked = handler(options(), None)

    assert (preflight["statusCode"], preflight["headers"]["access-control-allow-origin"]) == (204, APP)
    assert (answer["statusCode"], answer["headers"]["access-control-expose-headers"]) == (410, EXPOSED)
    assert asked["statusCode"] == 410


def test_preflights_of_a_retired_version_end_with_its_grace(gateway: Gateway) -> None:
    proxy = ending(gateway, "retired", cors=CORS)
    gateway.now = LIFECYCLE["gone"] * SECOND

    answer = proxy.handler(options(origin=APP, **{"access-control-request-method": "GET"}), None)

    assert (answer["statusCode"], told(answer)) == (404, {})


def test_nothing_of_a_retired_version_reaches_its_upstream(gateway: Gateway) -> None:
    with ScriptedUpstream(answers(ok())) as upstream:
        proxy, authorizer = ending(gateway, "retired", upstream.url), gateway.authorizer()
        context = authorizer.handler(authorizer_event(key=gateway.partner().key.text), None)["context"]

        assert proxy.handler(proxy_event(context=context), None)["statusCode"] == 410
        assert upstream.connections == 0


def test_a_direct_authorizer_denies_in_a_brownout(gateway: Gateway) -> None:
    ending(gateway)
    event = authorizer_event(key=gateway.partner().key.text)

    decided = gateway.authorizer("direct").handler(event, None)

    assert decided["isAuthorized"] is False
    assert decided["context"]["reason"] == "api_brownout"


def test_a_brownout_costs_the_caller_nothing(gateway: Gateway) -> None:
    ending(gateway)
    partner = gateway.partner()

    decided = gateway.authorizer().handler(authorizer_event(key=partner.key.text), None)

    assert decided["context"]["reason"] == "api_brownout"
    assert (decided["context"]["subscription"], decided["context"]["wait"]) == (partner.subscription.id, "600")
    assert gateway.units(partner) == 0


@pytest.mark.parametrize(("operation", "timeout"), [("order", 0.5), ("list", 5)])
def test_an_operation_has_its_own_timeout_or_its_apis(gateway: Gateway, operation: str, timeout: float) -> None:
    bundle = json.loads(gateway.bundle.read_text())
    next(each for each in bundle["apis"]["shop/v1"]["operations"] if each["id"] == "order")["timeout"] = 0.5
    gateway.bundle.write_text(serialized(bundle))
    proxy = gateway.proxy()
    given: list[float] = []

    def forward(api: ApiVersion, *_: object) -> Response:
        given.append(api.timeout)
        return Response(200, [], b"")

    proxy.UPSTREAMS.forward = forward
    answer = proxy.handler(proxy_event(context=DECISION._replace(operation=operation).context()), None)

    assert (answer["statusCode"], given) == (200, [timeout])
