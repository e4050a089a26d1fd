"""Signing up, in and out at the hosted pages, as Cognito's documentation has it, on the real MiniStack."""

import base64
import hashlib
import http.client
import json
import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.local.gateway import LocalGateway
from tiergate.local import aws

pytestmark = pytest.mark.ministack

CALLBACK = "http://portal.cloudfront.localhost/signed-in"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-0"
PASSWORD = "Correct-horse-7"


@dataclass(frozen=True)
class HostedPages:
    """Of one pool's client; forms are filled in as a browser does."""

    port: int
    pool: str
    client: str

    def ask(self, method: str, path: str, **form: str) -> tuple[int, http.client.HTTPMessage, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
        connection.request(method, path, urlencode(form) if form else None, kind)
        response = connection.getresponse()
        text = response.read().decode()
        connection.close()
        return response.status, response.headers, text

    def begin(self, page: str, **changed: str) -> tuple[int, str]:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        query = {
            "client_id": self.client,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid email",
            "state": "state-1",
            "nonce": "nonce-1",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        status, _, text = self.ask("GET", f"{page}?{urlencode(query | changed)}")
        return status, text

    def submit(self, page: str, **typed: str) -> tuple[int, http.client.HTTPMessage, str]:
        """Send the form of a page with what is typed into it."""
        (action,) = re.findall(r'action="([^"]+)"', page)
        fields = {name: unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)}
        return self.ask("POST", action, **fields | typed)

    def tokens(self, location: str) -> dict[str, Any]:
        code = parse_qs(urlsplit(location).query)["code"][0]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "client_id": self.client}
        status, headers, text = self.ask("POST", "/oauth2/token", **form, code_verifier=VERIFIER)
        assert (status, headers["Access-Control-Allow-Origin"]) == (200, "*")
        return dict(json.loads(text))


@pytest.fixture(scope="module")
def pages(gateway: LocalGateway) -> HostedPages:
    cognito = aws.client("cognito-idp", endpoint=gateway.machine.endpoint)
    pool = cognito.create_user_pool(PoolName="people", UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])[
        "UserPool"
    ]["Id"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="pages",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        CallbackURLs=[CALLBACK],
    )["UserPoolClient"]["ClientId"]
    return HostedPages(gateway.machine.port, pool, client)


def claims(token: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")))


def test_whoever_signs_up_proves_the_mail_address_and_is_signed_in(pages: HostedPages) -> None:
    status, page = pages.begin("/signup")
    assert status == 200
    status, _, page = pages.submit(page, email="new@acme.example", password=PASSWORD)
    assert (status, "Code that was sent to new@acme.example" in page) == (200, True)
    status, headers, _ = pages.submit(page, code="123456")
    assert status == 302
    assert headers["Location"].startswith(f"{CALLBACK}?code=")
    assert parse_qs(urlsplit(headers["Location"]).query)["state"] == ["state-1"]
    told = claims(pages.tokens(headers["Location"])["id_token"])
    assert (told["email"], told["email_verified"], told["nonce"]) == ("new@acme.example", True, "nonce-1")


def test_what_is_wrong_is_said_on_the_page_which_keeps_what_was_typed(pages: HostedPages) -> None:
    _, page = pages.begin("/signup")
    status, _, page = pages.submit(page, email="<b>@acme.example", password="short")
    assert status == 200
    assert re.search(r'role="alert">[^<]+', page)
    assert 'value="&lt;b&gt;@acme.example"' in page
    assert "<b>@" not in page


@pytest.mark.parametrize("changed", [{"redirect_uri": "https://evil.example/"}, {"client_id": "unknown"}])
def test_nobody_signs_up_on_the_way_to_somebody_elses_page(pages: HostedPages, changed: dict[str, str]) -> None:
    status, text = pages.begin("/signup", **changed)
    assert (status, "<form" in text) == (400, False)


def test_a_refresh_token_that_was_given_back_brings_no_more_tokens(pages: HostedPages) -> None:
    _, page = pages.begin("/signup")
    _, _, page = pages.submit(page, email="leaver@acme.example", password=PASSWORD)
    _, headers, _ = pages.submit(page, code="1")
    refresh = {"client_id": pages.client}
    token = pages.tokens(headers["Location"])["refresh_token"]
    again = {"grant_type": "refresh_token", "refresh_token": token, **refresh}
    assert pages.ask("POST", "/oauth2/token", **again)[0] == 200
    for _ in range(2):
        status, headers, text = pages.ask("POST", "/oauth2/revoke", token=token, **refresh)
        assert (status, text, headers["Access-Control-Allow-Origin"]) == (200, "", "*")
    assert pages.ask("POST", "/oauth2/token", **again)[0] == 400
    assert pages.ask("POST", "/oauth2/revoke", token=token, client_id="unknown")[0] == 400


def test_signing_in_at_the_hosted_page_is_as_it_was(pages: HostedPages, gateway: LocalGateway) -> None:
    cognito = aws.client("cognito-idp", endpoint=gateway.machine.endpoint)
    cognito.admin_create_user(UserPoolId=pages.pool, Username="ann@acme.example", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pages.pool, Username="ann@acme.example", Password=PASSWORD, Permanent=True
    )
    _, page = pages.begin("/oauth2/authorize")
    status, headers, _ = pages.submit(page, username="ann@acme.example", password=PASSWORD)
    assert status == 302
    assert "access_token" in pages.tokens(headers["Location"])
