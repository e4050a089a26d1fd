"""Requests to upstreams that AWS's IAM guards: AWS Signature Version 4 with the function's own role."""

import os
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, unquote_to_bytes, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

from tiergate.domain.decision import Decision
from tiergate.domain.messages import IDENTITY_PREFIX, Request, without
from tiergate.domain.store import StoreUnavailable

PROOF = ("authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256")
"""Fields that the signer sets, whatever the caller sent."""

UNSIGNED = {"vpc-lattice-svcs": "UNSIGNED-PAYLOAD"}
"""Services that take no signature of the body, and what they want to be told instead."""


class SignatureV4:
    """Signs method, host, path, query, body, ``Content-Type`` and what the gateway says of the caller.

    No other field: servers on the way may change them.
    """

    renewable = False

    def __init__(self, upstream: str, service: str, region: str, environ: Mapping[str, str] = os.environ) -> None:
        url = urlsplit(upstream)
        self._host = url.netloc.rpartition("@")[2]
        self._base = f"{url.scheme}://{self._host}{url.path.rstrip('/')}"
        self._service = service
        self._region = region
        self._environ = environ

    def put(self, request: Request, _decision: Decision, _now: int, _deadline: float) -> Request:
        """Path and query in the one encoding that every server's canonical form is the same for."""
        path, query = quote(request.path, safe="/%"), _strict(request.query)
        passed = without(request.headers, *PROOF)
        signed = HTTPHeaders()
        signed["host"] = self._host
        for name, value in passed:
            if name == "content-type" or name.startswith(IDENTITY_PREFIX):
                signed[name] = value
        if self._service in UNSIGNED:
            signed["x-amz-content-sha256"] = UNSIGNED[self._service]
        url = f"{self._base}{path}?{query}" if query else self._base + path
        asked = AWSRequest(request.method, url, headers=signed, data=request.body)
        SigV4Auth(self._credentials(), self._service, self._region).add_auth(asked)
        proof = [(name, asked.headers[name]) for name in PROOF if name in asked.headers]
        return replace(request, path=path, query=query, headers=[*passed, *proof])

    def forget(self) -> None:
        """Nothing is remembered."""

    def _credentials(self) -> Credentials:
        key_id, secret = self._environ.get("AWS_ACCESS_KEY_ID"), self._environ.get("AWS_SECRET_ACCESS_KEY")
        if not key_id or not secret:
            raise StoreUnavailable("refused", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set")
        return Credentials(key_id, secret, self._environ.get("AWS_SESSION_TOKEN") or None)


def _strict(query: str) -> str:
    """Every name and value with an equals sign between them, all but unreserved characters escaped; ``+`` as the space
    that it stands for in a query."""
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return "&".join(f"{_escaped(name)}={_escaped(value)}" for name, _, value in pairs)


def _escaped(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ")), safe="")
