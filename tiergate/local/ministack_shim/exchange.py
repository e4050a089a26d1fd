"""One request on its way through an HTTP API, and the `$context` variables that logs and mappings can ask of it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html

`identity.userAgent` is left out: no header of the caller becomes a variable here.
"""

import base64
import json
import os
import time
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

DOMAIN = "execute-api.localhost"

Headers = dict[str, str | list[str]]
"""Response headers as MiniStack sends them: a list is one line for each item."""

Answer = tuple[int, Headers, bytes]
"""Status, headers and body for the caller."""


class Refused(Exception):
    """The gateway answers by itself, with its own short JSON."""

    def __init__(self, status: int, message: str, headers: Headers | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}

    def answer(self) -> Answer:
        content = json.dumps({"message": self.message}, separators=(",", ":")).encode()
        return self.status, {**self.headers, "Content-Type": "application/json"}, content


@dataclass(frozen=True)
class Incoming:
    """What the caller sent with a request; header names are lower case."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, list[str]]
    raw_query: str


def new_request_id() -> str:
    """Sixteen characters of base64, as HTTP APIs name their requests."""
    return base64.b64encode(os.urandom(11)).decode()


@dataclass
class Exchange:
    """What is known so far; `None` or empty is what did not happen.

    Latencies are whole milliseconds; the path is decoded but for %25.
    """

    api: str
    stage: str
    account: str
    region: str
    method: str
    path: str
    request_id: str = field(default_factory=new_request_id)
    received: float = field(default_factory=time.time)
    route_key: str | None = None
    path_parameters: dict[str, str] = field(default_factory=dict)
    stage_variables: Mapping[str, str] = field(default_factory=dict)
    authorizer: Mapping[str, Any] | None = None
    claims: Mapping[str, Any] | None = None
    scopes: Sequence[str] | None = None
    iam: Mapping[str, Any] | None = None
    authorizer_latency: int | None = None
    authorizer_error: str | None = None
    integration_latency: int | None = None
    integration_status: int | None = None
    integration_error: str | None = None
    function_answered: bool = False
    error: str | None = None
    status: int | None = None
    length: int | None = None
    _clock: float = field(default_factory=time.perf_counter)

    def elapsed(self) -> int:
        return int((time.perf_counter() - self._clock) * 1000)

    def variables(self) -> dict[str, str]:
        """Name after `$context.` → value as text; a variable without a value is not in it."""
        named = {
            **{f"authorizer.{name}": value for name, value in (self.authorizer or {}).items()},
            **{f"authorizer.claims.{name}": value for name, value in (self.claims or {}).items()},
            **self._request(),
            **self._caller(),
            "authorizer.latency": self.authorizer_latency,
            "authorizer.error": self.authorizer_error,
            "integrationLatency": self.integration_latency,
            "integration.latency": self.integration_latency,
            "integration.status": self.integration_status,
            "integrationErrorMessage": self.integration_error,
            "integration.error": self.integration_error,
            "error.message": self.error,
            "error.messageString": None if self.error is None else json.dumps(self.error),
            "status": self.status,
            "responseLength": self.length,
            "responseLatency": self.elapsed(),
        }
        return {name: text(value) for name, value in named.items() if value is not None}

    def _request(self) -> dict[str, Any]:
        return {
            "accountId": self.account,
            "apiId": self.api,
            "domainName": f"{self.api}.{DOMAIN}",
            "domainPrefix": self.api,
            "httpMethod": self.method,
            "identity.sourceIp": "127.0.0.1",
            "path": self.path if self.stage == "$default" else f"/{self.stage}{self.path}",
            "protocol": "HTTP/1.1",
            "requestId": self.request_id,
            "extendedRequestId": self.request_id,
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(self.received)),
            "requestTimeEpoch": int(self.received * 1000),
            "routeKey": self.route_key,
            "stage": self.stage,
        }

    def _caller(self) -> dict[str, Any]:
        names = {"accountId": "accountId", "caller": "callerId", "user": "userId", "userArn": "userArn"}
        return {f"identity.{name}": (self.iam or {}).get(key) for name, key in names.items()}


def text(value: Any) -> str:
    """A value of an authorizer's context as API Gateway writes it: strings as they are, `true`, `1`, else JSON."""
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


CURRENT: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The request that the running code serves; None in the control plane."""
