"""What upstreams check the platform's identity tokens by: the public keys, and the issuer's metadata."""

import os
import time
import traceback
from typing import Any

from tiergate.adapters.aws_json import AwsJson
from tiergate.adapters.http_api import Event, request_id
from tiergate.adapters.http_integration import proxy_response
from tiergate.adapters.identity_keys import IdentityKeys
from tiergate.adapters.settings import JwksSettings
from tiergate.adapters.telemetry import log
from tiergate.domain.identity import JWKS, METADATA, key_set, metadata
from tiergate.domain.messages import Response
from tiergate.domain.problems import document
from tiergate.domain.refusals import Refusal

TIMEOUT = 2.0
"""Seconds that KMS has for an answer."""

SETTINGS = JwksSettings.of(os.environ)
KEYS = IdentityKeys(AwsJson("kms", "TrentService", authorities=SETTINGS.authorities, timeout=TIMEOUT), SETTINGS.keys)
UNAVAILABLE = Refusal("keys_unavailable", 503, "The keys cannot be read at the moment.", "Try again in 5 s.")
UNKNOWN = Refusal("not_found", 404, "There is no such document.", f"The keys are at {SETTINGS.issuer}{JWKS}.")


def handler(event: Event, _context: object) -> dict[str, Any]:
    """The document of the event's route."""
    try:
        path = str(event["rawPath"])
        if path.endswith(JWKS):
            return _answer(key_set(KEYS.current(time.time_ns() // 1000)))
        return _answer(metadata(SETTINGS.issuer)) if path.endswith(METADATA) else _problem(UNKNOWN, event)
    except Exception:
        log("ERROR", "keys cannot be read", request_id=request_id(event), trace=traceback.format_exc())
        return _problem(UNAVAILABLE, event)


def _answer(body: bytes) -> dict[str, Any]:
    headers = [("content-type", "application/json"), ("cache-control", "public, max-age=300")]
    return proxy_response(Response(200, headers, body))


def _problem(refusal: Refusal, event: Event) -> dict[str, Any]:
    headers = [("content-type", "application/problem+json"), ("cache-control", "no-store")]
    if refusal.status == 503:
        headers.append(("retry-after", "5"))
    return proxy_response(Response(refusal.status, headers, document(refusal, {}, request_id=request_id(event))))
