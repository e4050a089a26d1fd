"""An upstream's answer reaches the caller as it was given, but for what is the gateway's own to say."""

import pytest

from tests.events import DECISION, REQUEST_ID
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Response, inbound


def test_an_answer_loses_the_upstreams_hop_and_gains_the_limits_left() -> None:
    answer = Response(
        200,
        [
            ("connection", "keep-alive, x-hop"),
            ("x-hop", "1"),
            ("transfer-encoding", "chunked"),
            ("content-length", "2"),
            ("ratelimit", '"upstream";r=1'),
            ("x-request-id", "the upstream's"),
            ("etag", '"7"'),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ],
        b"ok",
    )

    passed = inbound(answer, DECISION, REQUEST_ID, method="GET")

    assert passed.headers == [
        ("etag", '"7"'),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("vary", "X-Api-Key"),
        ("ratelimit", DECISION.ratelimit),
        ("ratelimit-policy", DECISION.ratelimit_policy),
        ("x-request-id", REQUEST_ID),
    ]
    assert (passed.status, passed.body) == (200, b"ok")


@pytest.mark.parametrize("status", [200, 599])
@pytest.mark.parametrize("value", ["", "a\tb", "grüße", "\x80", '"7"', "\U0001f600"])
def test_an_answer_of_http_comes_through(status: int, value: str) -> None:
    passed = inbound(
        Response(status, [("x-a!", value), ("set-cookie", value)], b""), DECISION, REQUEST_ID, method="GET"
    )

    assert passed.status == status
    assert passed.headers[:2] == [("x-a!", value), ("set-cookie", value)]


@pytest.mark.parametrize(
    ("status", "name", "value"),
    [
        *((status, "x-a", "1") for status in (-1, 0, True, 100, 199, 600, 999, 10**9)),
        *((200, name, "1") for name in ("", "x a", "x-a ", "x:a", "x\r\nx-evil", "x-a\n", "ü", "\ud800")),
        *((200, "x-a", f"1{bad}x-evil: 1") for bad in ("\r\n", "\n", "\0", "\x08", "\x0b", "\x1f", "\x7f", "\udfff")),
        (200, "set-cookie", "a=1\r\nx-evil: 1"),
        (200, "connection", "x-a\0"),
    ],
)
def test_an_answer_that_http_cannot_carry_is_unreachable(status: int, name: str, value: str) -> None:
    with pytest.raises(UpstreamFailure) as failure:
        inbound(Response(status, [("etag", '"7"'), (name, value)], b""), DECISION, REQUEST_ID, method="GET")

    assert failure.value.code == "upstream_unreachable"
    assert "evil" not in str(failure.value)


@pytest.mark.parametrize(
    ("method", "status", "length", "body"),
    [
        ("GET", 200, None, b"ok"),
        ("GET", 204, None, b""),
        ("GET", 304, None, b""),
        ("DELETE", 204, None, b""),
        ("HEAD", 200, "2", b""),
        ("HEAD", 404, "2", b""),
    ],
)
def test_only_head_says_a_length_and_what_has_no_body_is_given_none(
    method: str, status: int, length: str | None, body: bytes
) -> None:
    answer = Response(status, [("content-length", "2"), ("etag", '"7"')], b"ok")

    passed = inbound(answer, DECISION, REQUEST_ID, method=method)

    assert (passed.status, passed.body) == (status, body)
    assert (dict(passed.headers).get("content-length"), dict(passed.headers)["etag"]) == (length, '"7"')


@pytest.mark.parametrize("lengths", [["2", "3"], ["2, 2"], ["-2"], ["two"], ["٢"], [""], []])
def test_a_length_that_is_unclear_is_not_passed_on(lengths: list[str]) -> None:
    answer = Response(200, [("content-length", length) for length in lengths], b"")

    assert "content-length" not in dict(inbound(answer, DECISION, REQUEST_ID, method="HEAD").headers)


@pytest.mark.parametrize(
    "field",
    ["Connection", "keep-alive", "upgrade", "transfer_encoding", "trailer", "proxy-authenticate", "x_request_id"],
)
def test_the_upstreams_own_connection_is_not_the_callers(field: str) -> None:
    passed = inbound(Response(200, [(field, "forged")], b""), DECISION, REQUEST_ID, method="GET")

    assert "forged" not in dict(passed.headers).values()


def test_an_upstreams_sharing_with_pages_passes_where_the_gateway_has_no_policy() -> None:
    fields = [("access-control-allow-origin", "https://app.example"), ("vary", "Origin")]

    assert inbound(Response(200, fields, b""), DECISION, REQUEST_ID, method="GET").headers[:2] == fields
