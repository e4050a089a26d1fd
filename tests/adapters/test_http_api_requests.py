"""A caller's request reaches the upstream as it was sent, but for what is the gateway's own to say."""

import base64
import gzip
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events import DECISION, REQUEST_ID, proxy_event
from tiergate.adapters.http_integration import read_request
from tiergate.domain.decision import ADMITTED, Decision
from tiergate.domain.failures import RequestRefused
from tiergate.domain.messages import HOP_BY_HOP, OVERRIDES, Request

IDENTITY = {
    "x-tiergate-organization": "acme",
    "x-tiergate-application": "app_1",
    "x-tiergate-subscription": "sub_1",
    "x-tiergate-product": "retail",
    "x-tiergate-plan": "free",
    "x-tiergate-credential": "AbCdEf012345",
}

SPELLINGS = [
    str,
    str.upper,
    lambda name: name.replace("-", "_"),
    lambda name: name.replace("-", "."),
    lambda name: name + " ",
]


def request_of(path: str = "/shop/v1/orders", **event: Any) -> Request:
    return read_request(proxy_event(path, context=DECISION.context(), **event), DECISION)


def sent(**headers: str) -> dict[str, str]:
    """The fields that arrive when a client sends these; of each name one."""
    fields = request_of(headers=headers).headers
    assert len(dict(fields)) == len(fields)
    return dict(fields)


@pytest.mark.parametrize(
    ("raw", "encoded"),
    [
        ("/orders/a b", "/orders/a%20b"),
        ("/orders/grüße-日本", "/orders/gr%C3%BC%C3%9Fe-%E6%97%A5%E6%9C%AC"),
        ("/orders/100%25", "/orders/100%25"),
        ("/orders/%2541", "/orders/%2541"),
        ("/orders/a?b#c[d]", "/orders/a%3Fb%23c%5Bd%5D"),
        ('/orders/a\\b"<>^`{|}', "/orders/a%5Cb%22%3C%3E%5E%60%7B%7C%7D"),
        ("/orders/!$&'()*+,;=:@-._~", "/orders/!$&'()*+,;=:@-._~"),
        ("//orders//7/", "//orders//7/"),
        ("", "/"),
        ("/", "/"),
    ],
)
def test_every_segment_of_the_path_is_encoded_again(raw: str, encoded: str) -> None:
    assert request_of("/shop/v1" + raw).path == encoded


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(lambda text: "/" not in text))
def test_a_segment_arrives_as_the_client_meant_it(segment: str) -> None:
    decoded_by_api_gateway = segment.replace("%", "%25")

    path = request_of(f"/shop/v1/{decoded_by_api_gateway}").path

    assert path == "/" + quote(unquote(path[1:]), safe="!$&'()*+,;=:@-._~")
    assert unquote(path[1:]) == segment


@pytest.mark.parametrize("query", ["", "a=1&a=2&b", "q=%C3%BC%20+%2B%25&x=", "a=b=c&&=", "p=/?:@!$'()*,;~%zz"])
def test_the_query_passes_byte_for_byte(query: str) -> None:
    assert request_of(rawQueryString=query).query == query


def test_bodies_of_text_and_of_bytes_arrive_as_bytes() -> None:
    assert request_of(method="POST", body='{"name": "grüße"}').body == '{"name": "grüße"}'.encode()
    binary = bytes(range(256))
    encoded = base64.b64encode(binary).decode()
    assert request_of(method="PUT", body=encoded, isBase64Encoded=True).body == binary
    assert request_of(method="POST", body=encoded).body == encoded.encode()
    assert request_of().body == b""


@pytest.mark.parametrize("body", ["abc", "%%%%", "YWJj\nZGVm"])
def test_a_body_that_is_no_base64_though_it_says_so_is_not_sent(body: str) -> None:
    with pytest.raises(ValueError, match="not base64"):
        request_of(method="POST", body=body, isBase64Encoded=True)


def test_the_method_and_ordinary_fields_pass() -> None:
    request = request_of(method="PATCH", headers={"if-match": '"7"', "authorization": "Bearer abc", "te_st": "x"})

    assert request.method == "PATCH"
    fields = dict(request.headers)
    assert fields["if-match"] == '"7"'
    assert fields["authorization"] == "Bearer abc"
    assert fields["te_st"] == "x"


@pytest.mark.parametrize("field", sorted({*HOP_BY_HOP, "x-api-key", "host", "content-length", "expect"}))
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_credential_and_the_fields_of_this_hop_end_here(field: str, spelling: Any) -> None:
    arrived = sent(**{spelling(field): "from the client"})

    assert "from the client" not in arrived.values()


@pytest.mark.parametrize("field", sorted(OVERRIDES))
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_would_stand_in_for_the_admitted_method_path_or_host_ends_here(field: str, spelling: Any) -> None:
    arrived = sent(**{spelling(field): "/admin"})

    assert "/admin" not in arrived.values()


def test_fields_that_connection_names_end_here() -> None:
    arrived = sent(**{"connection": "close, X-Hop ,,x-other_hop", "x-hop": "1", "x-other_hop": "2", "x-kept": "3"})

    assert not {"connection", "x-hop", "x-other_hop"} & arrived.keys()
    assert arrived["x-kept"] == "3"


def test_connection_cannot_remove_the_identity() -> None:
    arrived = sent(connection="x-tiergate-organization, x-request-id", **{"x-tiergate-organization": "other"})

    assert arrived["x-tiergate-organization"] == "acme"
    assert arrived["x-request-id"] == REQUEST_ID


@pytest.mark.parametrize(
    "field",
    [
        "x-tiergate-organization",
        "x_tiergate_organization",
        "x-tiergate_plan",
        "x.tiergate.plan",
        "x~tiergate~plan",
        "X-Tiergate-Plan",
        "x-tiergate-anything",
        "x-request-id",
        "x_request_id",
    ],
)
def test_a_client_cannot_say_who_it_is(field: str) -> None:
    arrived = sent(**{field: "forged"})

    assert "forged" not in arrived.values()
    assert {name: value for name, value in arrived.items() if name.startswith("x-tiergate-")} == IDENTITY
    assert arrived["x-request-id"] == REQUEST_ID


@pytest.mark.parametrize(
    "change",
    [
        {"headers": {"x-a": "1\r\nx-evil: 1"}},
        {"headers": {"x-a": "1\r\n folded"}},
        {"headers": {"x-a": "1\nx-evil: 1"}},
        {"headers": {"x-a": "1\rx-evil: 1"}},
        {"headers": {"x-a": "1\x00"}},
        {"headers": {"x-a": "\ud800"}},
        {"headers": {"x-a\r\nx-evil": "1"}},
        {"headers": {"x-a ": "1"}},
        {"headers": {"x a": "1"}},
        {"headers": {"x-a:": "1"}},
        {"headers": {"x-ü": "1"}},
        {"headers": {"": "1"}},
        {"cookies": ["a=1\r\nx-evil: 1"]},
        {"rawQueryString": "\ud800"},
        {"rawPath": "/shop/v1/\ud800"},
        {"body": "\ud800"},
        *({"method": method} for method in ("", "GET /admin HTTP/1.1\r\n", "GE T", "GET\t", "GÉT", "{get}")),
    ],
    ids=repr,
)
def test_what_http_cannot_carry_is_refused_as_the_callers_mistake(change: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused) as refused:
        request_of(**change)
    assert refused.value.code == "request_malformed"


def test_compressed_and_conditional_calls_pass_as_they_are() -> None:
    fields = {
        "accept-encoding": "br;q=1.0, gzip",
        "content-encoding": "gzip",
        "content-type": "application/json",
        "if-none-match": 'W/"7", "8"',
        "range": "bytes=0-99",
        "via": "2.0 proxy.partner.example",
    }
    packed = gzip.compress(b'{"a": 1}')
    request = request_of(method="POST", headers=fields, body=base64.b64encode(packed).decode(), isBase64Encoded=True)

    assert fields.items() <= dict(request.headers).items()
    assert request.body == packed


def test_cookies_arrive_in_one_field() -> None:
    fields = request_of(cookies=["a=1", "b=2"], headers={"cookie": "stale=1"}).headers

    assert [value for name, value in fields if name == "cookie"] == ["a=1; b=2"]
    assert sent(cookie="only=1")["cookie"] == "only=1"


def test_what_is_not_known_of_the_caller_is_not_sent() -> None:
    anonymous = Decision(ADMITTED, api="shop/v1")

    fields = read_request(proxy_event(context=anonymous.context()), anonymous).headers

    assert not [name for name, _ in fields if name.startswith("x-tiergate-")]
