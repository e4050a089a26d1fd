"""Access tokens for upstreams by the client credentials grant (RFC 6749, 4.4)."""

import json
import re
import time
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode, urlsplit

from tiergate.adapters.aws_clients import Client
from tiergate.adapters.remembered import PAUSE
from tiergate.adapters.telemetry import log
from tiergate.adapters.upstream_http import HttpUpstreams
from tiergate.adapters.upstream_proofs import LEAST_LEFT, UNPROVEN, Secret
from tiergate.domain.decision import Decision
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Request, with_field
from tiergate.domain.store import StoreUnavailable

TIMEOUT = 5.0
"""Seconds that a token endpoint has for everything."""

AHEAD = 60
"""Seconds before its end at which a token is replaced; half its life where that is less."""

LIFETIME = 300
"""Seconds for which a token is used whose answer does not say."""

LONGEST = 86_400
"""Seconds. No token is used for longer."""

TOKEN = re.compile(r"[!-~]{1,16384}")
ERRORS = frozenset(
    {
        *("invalid_request", "invalid_client", "invalid_grant", "invalid_scope"),
        *("unauthorized_client", "unsupported_grant_type", "server_error", "temporarily_unavailable"),
    }
)
"""Codes of errors (RFC 6749, 4.1.2.1 and 5.2). Others stay out of the log: a server may repeat what it was sent."""


class _Token(NamedTuple):
    """Times in microseconds."""

    text: str
    got: int
    renew: int
    expires: int


class _Refused(Exception):
    """The token endpoint does not know the client by this secret."""


class ClientCredentials:
    """``Authorization: Bearer`` with a token that is got anew in good time, and used for as long as that fails."""

    renewable = True

    def __init__(self, raw: Mapping[str, Any], client: Client) -> None:
        self._url = raw["token_url"]
        self._client = raw["client_id"]
        self._asked = {"grant_type": "client_credentials"}
        if raw.get("scopes"):
            self._asked["scope"] = " ".join(raw["scopes"])
        if raw.get("audience"):
            self._asked["audience"] = raw["audience"]
        self._secret = Secret(raw, client)
        self._http = HttpUpstreams()
        self._token: _Token | None = None
        self._forgotten = False
        self._tried = 0
        self._failure = ""

    def put(self, request: Request, _decision: Decision, now: int, deadline: float) -> Request:
        token = self._token
        if token is None or self._forgotten or not token.got <= now < token.renew:
            token = self._renewed(token, now, deadline)
        if token is None or now >= token.expires:
            raise UpstreamFailure(UNPROVEN, self._failure)
        return with_field(request, "authorization", f"Bearer {token.text}")

    def forget(self) -> None:
        self._forgotten = True

    def _renewed(self, known: _Token | None, now: int, deadline: float) -> _Token | None:
        """Another token, or the known one where there is none to be had, or it is too soon to ask again."""
        if (self._forgotten or self._failure) and 0 <= now - self._tried < PAUSE:
            return known
        self._tried = now
        try:
            self._token = self._fetch(now, deadline)
        except (UpstreamFailure, StoreUnavailable) as error:
            whose = self._secret.arn if isinstance(error, StoreUnavailable) else self._url
            self._failure = f"{whose}: {error}"
            log("WARNING", "no token for upstream", asked=whose, cause=error)
            return known
        self._forgotten, self._failure = False, ""
        return self._token

    def _fetch(self, now: int, deadline: float) -> _Token:
        secret = self._secret.text(now)
        try:
            return self._ask(secret, now, deadline)
        except _Refused as refused:
            self._secret.forget()
            rotated = self._secret.text(now) if deadline - time.monotonic() > LEAST_LEFT else secret
            if rotated == secret:
                raise UpstreamFailure(UNPROVEN, refused) from refused
        try:
            return self._ask(rotated, now, deadline)
        except _Refused as refused:
            raise UpstreamFailure(UNPROVEN, refused) from refused

    def _ask(self, secret: str, now: int, deadline: float) -> _Token:
        url = urlsplit(self._url)
        client = f"{quote_plus(self._client)}:{quote_plus(secret)}"
        fields = [
            ("authorization", f"Basic {b64encode(client.encode()).decode()}"),
            ("content-type", "application/x-www-form-urlencoded"),
            ("accept", "application/json"),
        ]
        asked = Request("POST", url.path or "/", url.query, fields, urlencode(self._asked).encode())
        answer = self._http.send(f"{url.scheme}://{url.netloc}", asked, min(TIMEOUT, deadline - time.monotonic()))
        try:
            found = json.loads(answer.body)
        except (ValueError, RecursionError):
            found = None
        if answer.status != 200:
            code = str(found.get("error", "")) if isinstance(found, dict) else ""
            cause = f"status {answer.status}" + (f", {code}" if code in ERRORS else "")
            raise (_Refused(cause) if answer.status in {400, 401} else UpstreamFailure(UNPROVEN, cause))
        return _token_of(found, now)


def _token_of(found: object, now: int) -> _Token:
    """RFC 6749, 5.1. Nothing of what was found gets into the error's text."""
    told: Mapping[str, Any] = found if isinstance(found, dict) else {}
    text, kind, life = told.get("access_token"), told.get("token_type"), told.get("expires_in", LIFETIME)
    if not isinstance(text, str) or not TOKEN.fullmatch(text):
        raise UpstreamFailure(UNPROVEN, "the answer has no access_token")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise UpstreamFailure(UNPROVEN, "token_type is not Bearer")
    if isinstance(life, str) and life.isascii() and life.isdecimal() and len(life) < 12:
        life = int(life)
    if isinstance(life, bool) or not isinstance(life, int | float) or not life > 0:
        raise UpstreamFailure(UNPROVEN, "expires_in is no number of seconds")
    seconds = min(life, LONGEST)
    renew = seconds - min(AHEAD, seconds / 2)
    return _Token(text, now, now + int(renew * SECOND), now + int(seconds * SECOND))
