"""Routes with AWS_IAM authorization: who signed the request, or nobody.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

The signature itself is verified, for MiniStack's root credentials (`test`), its IAM users and its sessions. Presigned
addresses are refused, and the caller's policies are not consulted (MiniStack does it when started with AUTH=true).
"""

import hashlib
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from .exchange import Exchange, Incoming
from .guard import App, Channel, Scope

ALGORITHM = "AWS4-HMAC-SHA256 "
SERVICE = "execute-api"

RAW_PATH: ContextVar[str] = ContextVar("raw_path", default="")
"""The path as the caller sent it, which is what was signed."""


def remembering_path(app: App) -> App:
    """`app`, with `RAW_PATH` set to each request's path."""

    async def remember(scope: Scope, receive: Channel, send: Channel) -> None:
        RAW_PATH.set((scope.get("raw_path") or b"").decode("latin-1"))
        await app(scope, receive, send)

    return remember


class Signatures:
    """`sigv4` and `evaluator` are MiniStack's modules of the same names (`core.sigv4`, `core.iam_evaluator`)."""

    def __init__(self, sigv4: Any, evaluator: Any) -> None:
        self._sigv4, self._evaluator = sigv4, evaluator

    def caller(self, exchange: Exchange, incoming: Incoming) -> dict[str, Any] | None:
        """`requestContext.authorizer.iam` of the signer, None for a request that nobody signed right."""
        headers, body = incoming.headers, incoming.body
        if not headers.get("authorization", "").startswith(ALGORITHM):
            return None
        signature = self._sigv4.parse_header_signature(headers)
        if isinstance(signature, tuple) or not _is_in_scope(signature, exchange.region):
            return None
        if self._sigv4.request_time_failure(signature) or not _covers(headers, body):
            return None
        token = headers.get("x-amz-security-token", "")
        credential = self._evaluator.resolve_credential(signature.access_key_id, exchange.account, token)
        secret = getattr(credential, "secret_access_key", None)
        if not secret or self._sigv4.header_signature_failure(
            signature, secret, exchange.method, RAW_PATH.get(), incoming.query, headers, body
        ):
            return None
        return self._identity(signature.access_key_id)

    def _identity(self, access_key: str) -> dict[str, Any] | None:
        known = self._evaluator.resolve_caller_identity(access_key)
        if not known:
            return None
        session = known.get("session") or {}
        cognito = {
            "amr": session.get("_cognito_amr") or [],
            "identityId": session.get("_identity_id"),
            "identityPoolId": session.get("_identity_pool_id"),
        }
        return {
            "accessKey": access_key,
            "accountId": known["accountId"],
            "callerId": known["userId"] or None,
            "cognitoIdentity": cognito if cognito["identityId"] else None,
            "principalOrgId": known.get("principalOrgId"),
            "userArn": known["userArn"] or None,
            "userId": known["userId"] or None,
        }


def _is_in_scope(signature: Any, region: str) -> bool:
    signed = signature.signed_headers.split(";")
    return signature.service == SERVICE and signature.region == region and "host" in signed


def _covers(headers: Mapping[str, str], body: bytes) -> bool:
    """Whether a hash of the body that the caller states, and signs, is this body's."""
    stated = headers.get("x-amz-content-sha256")
    return stated is None or stated == hashlib.sha256(body).hexdigest()
