"""What Cognito's hosted pages have beside signing in: signing up, and giving a refresh token back.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-managed-login.html
    ``/signup`` takes what ``/oauth2/authorize`` takes. Whoever has proved the mail address is signed in.
https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html
    ``/oauth2/revoke`` takes a refresh token of a public client without a secret; then it brings no more tokens. It
    answers alike for a token that is none.
https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html
    A mail address is verified once the code that was sent to it was given back. MiniStack takes any code.
https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-the-id-token.html
    ``auth_time`` is when the person signed in; tokens that a refresh token brings keep it, as OpenID Connect Core
    asks for (12.2).
"""

import html
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

Reply = tuple[int, dict[str, str], bytes]

SIGN_UP, CONFIRM, REVOKE = "/signup", "/confirm", "/oauth2/revoke"
CARRIED = ("client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge", "code_challenge_method")
"""What goes from page to page."""

CREDENTIALS = """\
<label for="email">Mail address</label>
<input type="text" inputmode="email" id="email" name="email" value="{email}" autocomplete="username" required autofocus>
<label for="password">Password</label>
<input type="password" id="password" name="password" autocomplete="new-password" required>
<button type="submit">Sign up</button>"""
CODE = """\
<input type="hidden" name="email" value="{email}">
<label for="code">Code that was sent to {email} (here any will do)</label>
<input type="text" id="code" name="code" autocomplete="one-time-code" required autofocus>
<button type="submit">Confirm</button>"""


class HostedSignIn:
    """`app` and `cognito` are MiniStack's modules `app` and `services.cognito`; `run` is its `run_reentrant`."""

    def __init__(self, app: Any, cognito: Any, run: Any) -> None:
        self._app, self._cognito, self._run = app, cognito, run
        self._get, self._post = app._handle_cognito_get_request, app._handle_cognito_body_request
        self._confirmed, self._signed = cognito._confirm_sign_up, cognito._signed_jwt
        self._began: dict[str, int] = {}

    def mend(self) -> None:
        self._app._handle_cognito_get_request = self.get
        self._app._handle_cognito_body_request = self.post
        self._cognito._confirm_sign_up = self.confirmed
        self._cognito._signed_jwt = self.signed

    async def get(self, method: str, path: str, headers: Any, query: Mapping[str, list[str]]) -> Reply | None:
        if (method, path) != ("GET", SIGN_UP):
            passed: Reply | None = await self._get(method, path, headers, query)
            return passed
        checked: Reply = self._cognito.handle_oauth2_authorize(method, path, headers, query)
        if checked[0] != 200:
            return checked
        return self._page(SIGN_UP, CREDENTIALS, {name: values[0] for name, values in query.items()})

    async def post(self, method: str, path: str, headers: Any, body: bytes, query: Any) -> Reply | None:
        if method != "POST" or path not in {SIGN_UP, CONFIRM, REVOKE}:
            passed: Reply | None = await self._post(method, path, headers, body, query)
            return passed
        form = {name: values[0] for name, values in parse_qs(body.decode(errors="replace")).items()}
        if path == REVOKE:
            return self._revoke(form)
        return await (self._sign_up(form) if path == SIGN_UP else self._confirm(form))

    def confirmed(self, data: Mapping[str, Any]) -> Reply:
        reply: Reply = self._confirmed(data)
        pool, _ = self._cognito._pool_for_client(data.get("ClientId"))
        if reply[0] == 200 and pool and "email" in (pool.get("AutoVerifiedAttributes") or ()):
            user, _ = self._cognito._resolve_user(pool, data.get("Username"))
            attributes = self._cognito._attr_list_to_dict(user["Attributes"]) | {"email_verified": "true"}
            user["Attributes"] = self._cognito._dict_to_attr_list(attributes)
        return reply

    def signed(self, claims: dict[str, Any], *rest: Any) -> str:
        if "auth_time" in claims and claims.get("origin_jti"):
            claims["auth_time"] = self._began.setdefault(claims["origin_jti"], claims["auth_time"])
        token: str = self._signed(claims, *rest)
        return token

    async def _sign_up(self, form: Mapping[str, str]) -> Reply:
        email = form.get("email", "")
        data = {
            "ClientId": form.get("client_id"),
            "Username": email,
            "Password": form.get("password", ""),
            "UserAttributes": [{"Name": "email", "Value": email}],
        }
        status, _, body = await self._run(self._cognito._sign_up, data)
        if status != 200:
            return self._page(SIGN_UP, CREDENTIALS, form, fault=_message(body))
        return self._page(CONFIRM, CODE, form)

    async def _confirm(self, form: Mapping[str, str]) -> Reply:
        client, email = form.get("client_id", ""), form.get("email", "")
        data = {"ClientId": client, "Username": email, "ConfirmationCode": form.get("code", "")}
        status, _, body = await self._run(self._cognito._confirm_sign_up, data)
        if status != 200:
            return self._page(CONFIRM, CODE, form, fault=_message(body))
        pool_id, pool, _ = self._cognito._find_pool_by_client_id(client)
        user, _ = self._cognito._resolve_user(pool, email)
        carried = {name: form.get(name, "") for name in CARRIED}
        reply: Reply = self._cognito._issue_auth_code_redirect(pool_id=pool_id, username=user["Username"], **carried)
        return reply

    def _revoke(self, form: Mapping[str, str]) -> Reply:
        if self._cognito._find_pool_by_client_id(form.get("client_id", ""))[2] is None:
            return 400, {"Content-Type": "application/json"}, b'{"error":"invalid_client"}'
        self._cognito._revoke_token({"Token": form.get("token", "")})
        return 200, {"Content-Type": "application/json"}, b""

    def _page(self, to: str, fields: str, form: Mapping[str, str], *, fault: str = "") -> Reply:
        quoted = {name: html.escape(form.get(name, "")) for name in (*CARRIED, "email")}
        hidden = "".join(f'<input type="hidden" name="{name}" value="{quoted[name]}">' for name in CARRIED)
        told = f'<div class="error" role="alert">{html.escape(fault)}</div>' if fault else ""
        body = f'{told}<form method="POST" action="{to}">{hidden}{fields.format(email=quoted["email"])}</form>'
        page = self._cognito._page_shell("Sign up", "Sign up", body)
        return 200, {"Content-Type": "text/html; charset=utf-8"}, page.encode()


def _message(body: bytes) -> str:
    return str(json.loads(body).get("message", "This did not work."))
