"""What upstreams check the platform's identity tokens by: the public keys, and the issuer's metadata."""

import os
import time
import traceback
from typing import Any

from tiergate.adapters.aws_clients import kms_client
from tiergate.adapters.http_api import Event, request_id
from tiergate.adapters.http_integration import proxy_response
from tiergate.adapters.identity_keys import IdentityKeys
from tiergate.adapters.settings import JwksSettings
from tiergate.adapters.telemetry import log
from tiergate.domain.decision import Decision
from tiergate.domain.identity import JWKS, METADATA, key_set, metadata
from tiergate.domain.messages import Response
from tiergate.domain.problems import problem

AGAIN = 5
"""Seconds after which it is worth while to ask again for keys that cannot be read."""

SETTINGS = JwksSettings.of(os.environ)
KEYS = IdentityKeys(kms_client(authorities=SETTINGS.authorities), SETTINGS.keys)


def handler(event: Event, _context: object) -> dict[str, Any]:
    """The document of the event's route."""
    try:
        path = str(event["rawPath"])
        if path.endswith(JWKS):
            return _answer(key_set(KEYS.current(time.time_ns() // 1000)))
        return _answer(metadata(SETTINGS.issuer)) if path.endswith(METADATA) else _refuse(event, "operation_not_found")
    except Exception:
        log("ERROR", "keys cannot be read", request_id=request_id(event), trace=traceback.format_exc())
        return _refuse(event, "keys_unavailable", wait=AGAIN)


def _answer(body: bytes) -> dict[str, Any]:
    headers = [("content-type", "application/json"), ("cache-control", "public, max-age=300")]
    return proxy_response(Response(200, headers, body))


def _refuse(event: Event, code: str, wait: int = 0) -> dict[str, Any]:
    """With words that name neither the platform nor its support: they are not told to this function."""
    decision = Decision(code, wait=wait)
    return proxy_response(problem(decision, request_id=request_id(event), platform="", support=""))
