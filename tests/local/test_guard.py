"""Who may call MiniStack: this machine's programs everything, web pages the data plane, foreign names nothing."""

import asyncio
from typing import Any

import pytest

from tiergate.local.ministack_shim.guard import guarded

FUNCTIONS = "/2015-03-31/functions"
DATA = "/_aws/execute-api/abcdef12/bank/v1/accounts"
EVIL = {"origin": "https://evil.example"}


def answer(
    host: str | None, path: str = FUNCTIONS, *, kind: str = "http", method: str = "GET", **headers: str
) -> list[dict[str, Any]]:
    """What the guard sends; "served" when it lets the request through."""
    sent: list[dict[str, Any]] = []

    async def app(_scope: object, _receive: object, send: Any) -> None:
        await send({"type": "served"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> None:
        raise AssertionError("a refusal reads nothing")

    named = headers if host is None else {"host": host} | headers
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in named.items()]
    scope = {"type": kind, "method": method, "path": path, "headers": raw}
    asyncio.run(guarded(app, lambda label: label == "known")(scope, receive, send))
    return sent


def served(host: str | None, path: str = FUNCTIONS, **headers: str) -> bool:
    return answer(host, path, **headers) == [{"type": "served"}]


@pytest.mark.parametrize(
    "host", ["127.0.0.1:4600", "127.0.0.1", "localhost:4600", "LOCALHOST", "[::1]:4600", "b_1.s3.localhost:4600"]
)
def test_programs_of_this_machine_call_everything(host: str) -> None:
    assert served(host)


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:4600",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "evillocalhost",
        "0.0.0.0:4600",
        "127.0.0.1@evil.example",
        "localhost:4600:1",
        "localhost\n",
    ],
)
@pytest.mark.parametrize("path", [FUNCTIONS, DATA])
def test_a_foreign_name_reaches_nothing(host: str | None, path: str) -> None:
    assert not served(host, path)


@pytest.mark.parametrize(
    "headers",
    [
        EVIL,
        {"Origin": "null"},
        {"origin": "http://127.0.0.1:4600"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"Sec_Fetch_Site": "same-origin"},
    ],
)
def test_a_page_reaches_the_data_plane_only(headers: dict[str, str]) -> None:
    assert not served("127.0.0.1:4600", **headers)
    assert served("127.0.0.1:4600", DATA, **headers)
    assert served("abcdef12.execute-api.localhost:4600", "/bank/v1/accounts", **headers)
    assert served("known.cloudfront.localhost:4600", "/index.html", **headers)


def test_an_address_that_a_person_typed_is_no_page() -> None:
    assert served("127.0.0.1:4600", sec_fetch_site="none")


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("evil.execute-api.localhost", FUNCTIONS),  # no API's id: MiniStack gives it to the control plane
        ("x.abcdef12.execute-api.localhost", FUNCTIONS),
        ("ABCDEF12.execute-api.localhost", FUNCTIONS),
        ("unknown.cloudfront.localhost", FUNCTIONS),
        ("abcdef12.execute-api.localhost", "/_ministack/reset"),
        ("known.cloudfront.localhost", "/_ministack/config"),
        ("127.0.0.1", "/_aws/execute-api/"),
        ("127.0.0.1", "/_aws/execute-api/abcdef12"),  # with a form's Action=CreateUser this is IAM
        ("127.0.0.1", "/_aws/execute-api//bank"),
        ("127.0.0.1", f"/x{DATA}"),
    ],
)
def test_what_only_looks_like_the_data_plane_is_refused_to_pages(host: str, path: str) -> None:
    assert not served(host, path, **EVIL)


def test_a_refusal_is_a_short_text_and_a_closed_socket() -> None:
    start, body = answer("evil.example")
    assert start["status"] == 403
    assert b"was refused" in body["body"]
    assert len(body["body"]) < 200
    assert answer("127.0.0.1", kind="websocket", **EVIL) == [{"type": "websocket.close"}]
    assert answer("127.0.0.1", DATA, kind="websocket", **EVIL) == [{"type": "served"}]
    assert answer(None, kind="lifespan") == [{"type": "served"}]


PORTAL = "http://known.cloudfront.localhost:4600"
VISIT = {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"}


def signs_in(method: str, path: str, host: str = "127.0.0.1:4600", **headers: str) -> bool:
    return answer(host, path, method=method, **headers) == [{"type": "served"}]


@pytest.mark.parametrize("path", ["/oauth2/authorize", "/signup", "/logout"])
def test_a_person_can_be_sent_to_the_pages_of_the_hosted_sign_in_but_no_page_can_read_or_frame_them(path: str) -> None:
    assert signs_in("GET", path, **VISIT)
    assert not signs_in("GET", path, **VISIT | {"sec_fetch_dest": "iframe"})
    assert not signs_in("GET", path, **VISIT | {"sec_fetch_mode": "no-cors", "sec_fetch_dest": "image"})
    assert not signs_in("GET", path, origin=PORTAL)
    assert not signs_in("GET", path, **EVIL)
    assert not signs_in("GET", f"{path}/", **VISIT)
    assert not signs_in("DELETE", path, **VISIT)


@pytest.mark.parametrize("path", ["/login", "/signup", "/confirm"])
def test_only_the_hosted_pages_send_what_a_person_typed_into_them(path: str) -> None:
    assert signs_in("POST", path, origin="http://127.0.0.1:4600", sec_fetch_site="same-origin")
    for origin in ("https://evil.example", PORTAL, "http://127.0.0.1:4601", "https://127.0.0.1:4600", "null"):
        assert not signs_in("POST", path, origin=origin)


@pytest.mark.parametrize("path", ["/oauth2/token", "/oauth2/revoke"])
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_pages_of_a_distribution_that_exists_exchange_tokens(path: str, method: str) -> None:
    assert signs_in(method, path, origin=PORTAL, sec_fetch_site="cross-site")
    for origin in (
        "https://evil.example",
        "http://unknown.cloudfront.localhost:4600",
        "http://known.cloudfront.localhost:4601",
        "http://known.cloudfront.localhost",
        "https://known.cloudfront.localhost:4600",
        "http://known.cloudfront.localhost:4600.evil.example",
        "http://evil.example/known.cloudfront.localhost:4600",
        "null",
    ):
        assert not signs_in(method, path, origin=origin)


@pytest.mark.parametrize(
    "path", [FUNCTIONS, "/", "/oauth2/userInfo", "/_ministack/reset", "/pool/.well-known/jwks.json"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_the_portals_pages_reach_nothing_else_of_the_emulator(path: str, method: str) -> None:
    assert not signs_in(method, path, origin=PORTAL, sec_fetch_site="cross-site")
    assert not signs_in(method, path, **VISIT)


def test_the_hosted_sign_in_is_at_this_machines_own_names_alone() -> None:
    for host in ("evil.example:4600", "b.s3.localhost:4600", "known.execute-api.localhost:4600"):
        assert not signs_in("POST", "/oauth2/token", host, origin=PORTAL)
