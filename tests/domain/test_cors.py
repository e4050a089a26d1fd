"""Pages of a policy's origins may read an API's answers; a browser keeps all others from it."""

from typing import Any

import pytest

from tiergate.domain.cors import Cors, Preflight
from tiergate.domain.messages import Response

APP, OTHER = "https://app.example.com", "https://evil.example"


def policy(**changes: Any) -> Cors:
    raw = {"origins": [APP], "headers": [], "expose": [], "credentials": False, "max_age": 600}
    return Cors.of(raw | changes)


def preflight(cors: Cors, origin: str, asks: str = "PUT") -> dict[str, str]:
    answer = cors.preflight(Preflight("shop/v1", "/orders", origin, asks), {"GET", "HEAD"})
    assert (answer.status, answer.body) == (204, b"")
    return dict(answer.headers)


def shared(cors: Cors, origin: str, *fields: tuple[str, str]) -> list[tuple[str, str]]:
    answer = cors.share(Response(429, fields, b"body"), origin)
    assert (answer.status, answer.body) == (429, b"body")
    return list(answer.headers)


def test_a_preflight_of_an_allowed_origin_is_told_all_that_it_may_send() -> None:
    assert preflight(policy(), APP) == {
        "vary": "Origin",
        "access-control-allow-origin": APP,
        "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "access-control-allow-headers": "X-Api-Key, Authorization, Content-Type, Accept, Idempotency-Key",
        "access-control-max-age": "600",
    }


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "*",
        OTHER,
        "http://app.example.com",
        "https://app.example.com:8443",
        "https://app.example.com/",
        "https://app.example.com.evil.example",
        "https://evil-app.example.com",
        "https://APP.example.com",
        f"{APP},{OTHER}",
        f"{APP} {OTHER}",
    ],
)
def test_any_other_origin_is_allowed_nothing(origin: str) -> None:
    assert preflight(policy(credentials=True), origin) == {"vary": "Origin"}
    assert shared(policy(credentials=True), origin) == [("vary", "Origin")]


def test_a_policy_for_every_origin_says_so_to_all_alike() -> None:
    everyone = policy(origins=["*"])

    assert preflight(everyone, OTHER)["access-control-allow-origin"] == "*"
    for origin in (APP, "null", ""):
        assert dict(shared(everyone, origin)).keys() == {"access-control-allow-origin", "access-control-expose-headers"}


def test_credentials_are_allowed_only_to_origins_that_are_named() -> None:
    assert preflight(policy(credentials=True), APP)["access-control-allow-credentials"] == "true"
    assert ("access-control-allow-credentials", "true") in shared(policy(credentials=True), APP)
    assert "access-control-allow-credentials" not in preflight(policy(), APP)
    for origins in (["*"], ["*", APP]):
        assert "access-control-allow-credentials" not in preflight(policy(origins=origins, credentials=True), APP)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("https://App.Example.com", "https://app.example.com"),
        ("https://app.example.com:443", "https://app.example.com"),
        ("http://app.example.com:80", "http://app.example.com"),
        ("http://app.example.com:443", "http://app.example.com:443"),
        ("https://app.example.com:8443", "https://app.example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_is_the_same_however_the_policy_writes_it(written: str, sent: str) -> None:
    assert preflight(policy(origins=[written]), sent)["access-control-allow-origin"] == sent


def test_the_policys_own_fields_come_on_top_and_each_once() -> None:
    own = policy(headers=["X-Own", "x-api-key"], expose=["X-Total", "RETRY-AFTER"])

    assert preflight(own, APP)["access-control-allow-headers"].endswith("Accept, Idempotency-Key, X-Own")
    exposed = dict(shared(own, APP))["access-control-expose-headers"]
    assert exposed == "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Total"


def test_what_an_upstream_says_of_sharing_does_not_count_beside_a_policy() -> None:
    fields = shared(
        policy(),
        APP,
        ("access-control-allow-origin", "*"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "*"),
        ("access-control-allow-private-network", "true"),
        ("etag", '"7"'),
    )

    assert fields == [
        ("etag", '"7"'),
        ("vary", "Origin"),
        ("access-control-allow-origin", APP),
        ("access-control-expose-headers", "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"),
    ]


@pytest.mark.parametrize(
    ("upstreams", "all_of_it"),
    [
        ([], ["Origin"]),
        (["accept"], ["accept", "Origin"]),
        (["accept, ORIGIN"], ["accept, ORIGIN"]),
        (["accept", "origin"], ["accept", "origin"]),
        (["x-origin"], ["x-origin", "Origin"]),
        (["*"], ["*"]),
    ],
)
def test_vary_is_added_to_and_never_replaced(upstreams: list[str], all_of_it: list[str]) -> None:
    fields = shared(policy(), OTHER, *(("vary", value) for value in upstreams))

    assert [value for name, value in fields if name == "vary"] == all_of_it


def test_a_client_that_asks_for_no_method_is_told_those_of_the_path() -> None:
    assert preflight(policy(), "", asks="") == {"vary": "Origin", "allow": "GET, HEAD, OPTIONS"}
    assert preflight(policy(), APP, asks="").keys() == {"vary", "allow", "access-control-allow-origin"}
