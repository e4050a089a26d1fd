"""Events become the domain's values and its values become answers; nothing unclear gets through."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events import DECISION, REQUEST_ID, authorizer_event, proxy_event
from tiergate.adapters.http_api import VIA_PORTAL, read_call, request_id, simple_response
from tiergate.adapters.http_integration import MOST_BYTES, proxy_response, read_decision, read_request
from tiergate.domain.addresses import PORTAL
from tiergate.domain.calls import Certificate
from tiergate.domain.decision import ADMITTED, FAULT, Decision
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Response
from tiergate.domain.refusals import REFUSALS

KEY = "tg_dev_AbCdEf012345_secret"

name = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1)
visible = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E))
decisions = st.builds(
    Decision,
    reason=st.sampled_from([ADMITTED, *REFUSALS]),
    api=st.text(),
    cost=st.integers(0, 10**6),
    wait=st.integers(0, 10**6),
    violated=st.lists(name).map(tuple),
    methods=st.lists(name).map(tuple),
    subscription=st.text(),
    ratelimit=visible,
    ratelimit_policy=visible,
    scopes=visible,
    needs=visible,
    subject=visible,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("route", "path", "below"),
    [
        ("ANY /shop/v1/{proxy+}", "/shop/v1/orders/7", "/orders/7"),
        ("ANY /shop/v1/{proxy+}", "//shop/v1/orders", "/orders"),
        ("ANY /shop/v1/{proxy+}", "/shop/v1//orders", "//orders"),
        ("ANY /shop/v1/{proxy+}", "/shop/v1/orders/", "/orders/"),
        ("ANY /shop/v1/{proxy+}", "/shop/v1/", "/"),
        ("ANY /shop/v1", "/shop/v1", "/"),
        ("GET /shop/v1", "/shop/v1", "/"),
    ],
)
def test_the_route_names_the_api_and_the_path_is_what_lies_below(route: str, path: str, below: str) -> None:
    call = read_call(authorizer_event(path, method="GET", route=route, key=KEY))

    assert (call.api, call.path) == ("shop/v1", below)
    assert (call.method, call.api_key, call.address) == ("GET", KEY, "203.0.113.77")


@pytest.mark.parametrize(
    "path",
    ["/other/v1/orders", "/shop/v10", "/shop/v1orders", "/shop", "/", "", "http://evil.example/shop/v1/orders", "*"],
)
def test_a_path_outside_its_route_is_no_call(path: str) -> None:
    with pytest.raises(ValueError, match="outside the route"):
        read_call(authorizer_event(path))


def test_a_call_without_headers_has_no_key() -> None:
    assert read_call(authorizer_event(headers=None) | {"headers": None}).api_key is None


@pytest.mark.parametrize("said", ["1", "0", "", "1,1", "203.0.113.77"])
def test_who_calls_by_way_of_the_portal_has_no_address_of_their_own_whatever_the_field_says(said: str) -> None:
    assert read_call(authorizer_event()).address == "203.0.113.77"
    assert read_call(authorizer_event(headers={VIA_PORTAL: said})).address == PORTAL


@pytest.mark.parametrize(
    ("authorization", "token"),
    [
        ("Bearer abc.def", "abc.def"),
        ("bearer  abc.def ", "abc.def"),
        ("Bearer", ""),
        ("Bearer a, Bearer b", "a, Bearer b"),
        ("Basic abc", None),
        ("Bearerabc", None),
        ("", None),
    ],
)
def test_a_token_is_what_follows_its_scheme(authorization: str, token: str | None) -> None:
    assert read_call(authorizer_event(headers={"authorization": authorization})).token == token


SHOWN = {"subjectDN": "CN=partner", "clientCertPem": "-----BEGIN CERTIFICATE-----", "issuerDN": "CN=authority"}


@pytest.mark.parametrize(
    ("authentication", "certificate"),
    [
        ({"clientCert": SHOWN}, Certificate("CN=partner", "-----BEGIN CERTIFICATE-----")),
        *(
            (odd, None)
            for odd in (
                None,
                {},
                [],
                "x",
                {"clientCert": None},
                {"clientCert": []},
                {"clientCert": SHOWN | {"subjectDN": ["CN=partner"]}},
                {"clientCert": SHOWN | {"clientCertPem": None}},
                {"clientCert": {"subjectDN": "CN=partner"}},
            )
        ),
    ],
)
def test_a_certificate_is_what_api_gateway_verified_and_nothing_like_it(
    authentication: object, certificate: Certificate | None
) -> None:
    event = authorizer_event()
    event["requestContext"]["authentication"] = authentication
    assert read_call(event).certificate == certificate


def test_a_refusal_passes_to_the_proxy_in_managed_mode_only() -> None:
    refused = Decision("credential_missing")

    context = refused.context() | {"took": "1.5"}
    assert simple_response(refused, managed=True, took=1_500_000) == {"isAuthorized": True, "context": context}
    assert simple_response(refused, managed=False, took=1_500_000) == {"isAuthorized": False, "context": context}
    assert simple_response(DECISION, managed=False, took=0)["isAuthorized"] is True
    assert refused.context()["decision"] == "deny"


@given(decisions)
def test_a_decision_survives_the_context_which_holds_only_text(decision: Decision) -> None:
    context = simple_response(decision, managed=True, took=0)["context"]

    assert all(isinstance(value, str) for value in context.values())
    assert read_decision(proxy_event(context=context)) == decision


def _admits(event: dict[str, Any]) -> bool:
    try:
        return read_decision(event).allowed
    except ValueError:
        return False


@given(st.dictionaries(st.sampled_from(["decision", "reason", "api", "cost", "violated"]) | st.text(), json_values))
def test_a_context_that_is_not_clearly_an_allow_is_a_deny(context: dict[str, Any]) -> None:
    assert _admits(proxy_event(context=context)) == (
        context.get("decision") == "allow" and context.get("reason") == ADMITTED
    )


@pytest.mark.parametrize(
    "context",
    [
        {"decision": "deny", "reason": ADMITTED},
        {"reason": ADMITTED},
        {"decision": "allow"},
        {"decision": True, "reason": ADMITTED},
        {"decision": "Allow", "reason": ADMITTED},
        {"decision": "allow", "reason": [ADMITTED]},
        {},
    ],
)
def test_half_an_allow_is_a_fault(context: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_decision(proxy_event(context=context))


def test_a_fault_of_the_authorizer_is_read_as_its_decision() -> None:
    assert read_decision(proxy_event(context=Decision(FAULT).context())) == Decision(FAULT)


@given(json_values)
def test_whatever_stands_in_the_authorizers_place_admits_nothing(authorizer: object) -> None:
    event = proxy_event()
    event["requestContext"]["authorizer"] = authorizer

    assert not _admits(event)


def test_the_decision_on_one_api_sends_nothing_to_another() -> None:
    event = proxy_event("/bank/v1/orders", route="ANY /bank/v1/{proxy+}", context=DECISION.context())

    with pytest.raises(ValueError, match="invoked for 'bank/v1'"):
        read_request(event, DECISION)


@pytest.mark.parametrize("event", [None, [], "x", {}, {"requestContext": None}, {"requestContext": ["x"]}])
def test_an_event_without_a_request_id_has_an_empty_one(event: Any) -> None:
    assert request_id(event) == ""
    assert request_id(proxy_event()) == REQUEST_ID


def test_an_answer_keeps_its_text_and_bytes_apart() -> None:
    text = proxy_response(Response(200, [("content-type", "text/plain")], "grüße".encode()))
    image = proxy_response(Response(201, [], b"\x89PNG\xff"))

    assert text == {"statusCode": 200, "headers": {"content-type": "text/plain"}, "body": "grüße"}
    assert (image["statusCode"], image["isBase64Encoded"]) == (201, True)
    assert base64.b64decode(image["body"]) == b"\x89PNG\xff"


@given(st.binary())
def test_every_body_can_be_read_back_from_the_answer(body: bytes) -> None:
    answer = proxy_response(Response(200, [], body))

    decode = base64.b64decode if answer.get("isBase64Encoded") else str.encode
    assert decode(answer["body"]) == body


def test_repeated_fields_are_joined_and_cookies_stand_apart() -> None:
    fields = [("vary", "accept"), ("set-cookie", "a=1; Path=/"), ("vary", "origin"), ("set-cookie", "b=2")]

    answer = proxy_response(Response(200, fields, b""))

    assert answer["headers"] == {"vary": "accept, origin"}
    assert answer["cookies"] == ["a=1; Path=/", "b=2"]


@pytest.mark.parametrize(
    ("unit", "size_as_json"),
    [(b"a", 1), (b"\x00", 6), ("ü".encode(), 2), (b'"', 2)],
    ids=["letters", "control characters", "umlauts", "quotes"],
)
def test_an_answer_is_refused_from_the_first_byte_that_lambda_would_not_carry(unit: bytes, size_as_json: int) -> None:
    around = len(json.dumps({"statusCode": 200, "headers": {}, "body": ""}))
    count, rest = divmod(MOST_BYTES - around, size_as_json)
    largest = unit * count + b"a" * rest

    carried = proxy_response(Response(200, [], largest))
    assert len(json.dumps(carried, ensure_ascii=False).encode()) == MOST_BYTES
    with pytest.raises(UpstreamFailure) as failure:
        proxy_response(Response(200, [], largest + b"a"))
    assert failure.value.code == "response_too_large"


@pytest.mark.parametrize("name", ["x-{}", "set-cookie", "vary"])
def test_fields_count_towards_what_lambda_would_carry(name: str) -> None:
    fields = [(name.format(number), "v" * 65_000) for number in range(98)]

    proxy_response(Response(200, fields[:90], b""))
    for refused in Response(200, fields, b""), Response(200, fields[:90], b"b" * 500_000):
        with pytest.raises(UpstreamFailure) as failure:
            proxy_response(refused)
        assert failure.value.code == "response_too_large"


def test_bytes_are_refused_by_their_size_in_base64() -> None:
    proxy_response(Response(200, [], b"\xff" * 4_700_000))
    with pytest.raises(UpstreamFailure) as failure:
        proxy_response(Response(200, [], b"\xff" * 4_720_000))
    assert failure.value.code == "response_too_large"


@pytest.mark.parametrize("id_", ["\ud800", "a\r\nx: y", "\x00", "", "a" * 129])
def test_a_request_id_that_no_field_can_carry_is_none(id_: object) -> None:
    assert request_id({"requestContext": {"requestId": id_}}) == ""


@pytest.mark.parametrize("name", ["ratelimit", "ratelimit_policy", "scopes", "needs", "subject"])
def test_a_context_whose_texts_no_field_can_carry_is_a_fault(name: str) -> None:
    context = DECISION.context() | {name: '"hour";r=1\r\nx: y'}
    assert Decision.of_context(context) == Decision(FAULT)
