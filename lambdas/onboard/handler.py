"""``POST /_tiergate/onboard``: a new customer from a sign-up backend, which API Gateway has identified by IAM."""

import base64
import json
import os
import time
import traceback
from typing import Any

import boto3
from botocore.config import Config

from tiergate.adapters.http_api import Event, request_id
from tiergate.adapters.http_integration import proxy_response
from tiergate.adapters.onboarding import Onboarding
from tiergate.adapters.packaged import load_catalogue
from tiergate.adapters.settings import OnboardingSettings
from tiergate.adapters.telemetry import log
from tiergate.domain.messages import Response
from tiergate.domain.onboarding import Refused, principal, read_idempotency_key, read_sign_up
from tiergate.domain.problems import document

PATIENCE = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})
"""Well within the function's 15 s, so that we answer for a slow store; the SDK's own token makes a retry safe."""

CATALOGUE = load_catalogue(os.environ)
ONBOARDING = Onboarding(
    boto3.client("dynamodb", config=PATIENCE),
    boto3.client("kms", config=PATIENCE),
    settings=OnboardingSettings.of(os.environ),
    products=CATALOGUE.products,
)


def handler(event: Event, _context: object) -> dict[str, Any]:
    """201 with the customer's ids and key, the same for a repeated request; otherwise a problem."""
    try:
        return proxy_response(_sign_up(event))
    except Refused as refused:
        return _problem(refused, event)
    except Exception:
        log("ERROR", "onboarding failed", request_id=request_id(event), trace=traceback.format_exc())
        advice = "Send the same request again, with the same Idempotency-Key. Help: {support}"
        return _problem(Refused(500, "onboarding_failed", "Whether the customer was made is not known.", advice), event)


def _sign_up(event: Event) -> Response:
    identity = event["requestContext"]["authorizer"]["iam"]
    idempotency_key = (event.get("headers") or {}).get("idempotency-key")
    made, repeated = ONBOARDING.sign_up(
        read_sign_up(_body(event)),
        request=read_idempotency_key(idempotency_key, principal(identity)),
        caller=identity["userArn"],
        now=time.time_ns() // 1000,
    )
    customer = {
        "organization": made.organization,
        "application": made.application,
        "subscription": made.subscription.id,
        "product": made.subscription.product,
        "plan": made.subscription.plan,
        "key": {"id": made.key.id, "secret": made.key.text},
    }
    headers = [("content-type", "application/json"), ("cache-control", "no-store")]
    if repeated:
        headers.append(("idempotency-replayed", "true"))
    return Response(201, headers, json.dumps(customer).encode())


def _problem(refused: Refused, event: Event) -> dict[str, Any]:
    headers = [("content-type", "application/problem+json"), ("cache-control", "no-store")]
    words = {"support": CATALOGUE.support}
    body = document(refused.refusal, words, request_id=request_id(event))
    return proxy_response(Response(refused.refusal.status, headers, body))


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
