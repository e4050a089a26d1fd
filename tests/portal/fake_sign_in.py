"""Signing in without a person: a code at once, and tokens that nobody signed."""

import base64
import json
import time
from urllib.parse import urlencode

Signed = tuple[int, object, tuple[tuple[str, str], ...]]

ISSUED: dict[str, dict[str, str]] = {}
"""What was asked for, by code."""


def sign_in(path: str, query: dict[str, str], form: dict[str, str], mail: str) -> Signed:
    """Answers ``/idp/authorize``, ``/idp/token``, ``/idp/logout``; the issuer is the portal's address and ``/idp``."""
    if path == "/idp/authorize":
        code = f"code-{len(ISSUED)}"
        ISSUED[code] = query
        return (
            302,
            None,
            (("Location", f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"),),
        )
    if path == "/idp/logout":
        return 302, None, (("Location", query.get("logout_uri", "/")),)
    if path == "/idp/revoke":
        return 200, {}, ()
    asked = ISSUED.get(form.get("code", ""), {})
    origin = form.get("redirect_uri", "").rpartition("/")[0]
    now = int(time.time())
    shared = {"sub": "2f0c5b1e-6a52-4c5e-9d56-0d1f6f7e8a01", "iss": f"{origin}/idp", "iat": now, "exp": now + 3600}
    nonce = {"nonce": asked["nonce"]} if "nonce" in asked else {}
    return (
        200,
        {
            "access_token": token({**shared, "token_use": "access"}),
            "id_token": token({**shared, **nonce, "aud": form.get("client_id", ""), "email": mail}),
            "refresh_token": "refresh",
            "token_type": "Bearer",
            "expires_in": 3600,
        },
        (),
    )


def token(claims: dict[str, object]) -> str:
    parts = ({"alg": "RS256", "kid": "none"}, claims)
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "c2ln"]
    )
