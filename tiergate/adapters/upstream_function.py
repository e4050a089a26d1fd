"""Upstreams that are Lambda functions: invoked with the event that an HTTP API would send (payload format 2.0)."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from tiergate.domain.messages import Request, Response, UpstreamFailure

CONNECT_TIMEOUT = 1
"""Seconds for connecting to Lambda, which come on top of a call's time-out."""


class FunctionUpstreams:
    """Invokes functions synchronously, once: an invocation is not repeated, it may have had its effect."""

    def __init__(self) -> None:
        self._clients: dict[float, Any] = {}

    def send(self, function: str, request: Request, timeout: float) -> Response:
        """The function's answer.

        Raises
        ------
        UpstreamFailure
            ``upstream_unreachable`` (no such function, throttled, raised, or answered no response) or
            ``upstream_timeout``.
        """
        try:
            answer = self._client(timeout).invoke(FunctionName=function, Payload=json.dumps(_event(request)))
            payload = json.loads(answer["Payload"].read())
        except ReadTimeoutError as error:
            raise UpstreamFailure("upstream_timeout", f"{function}: no answer in {timeout:g} s") from error
        except (BotoCoreError, ClientError, ValueError, RecursionError) as error:  # the last: [[[[…
            raise UpstreamFailure("upstream_unreachable", f"{function}: {type(error).__name__}") from error
        if "FunctionError" in answer:
            raise UpstreamFailure("upstream_unreachable", f"{function}: {answer['FunctionError']}")
        try:
            return _response(payload)
        except ValueError as error:
            raise UpstreamFailure("upstream_unreachable", f"{function}: {error}") from error

    def _client(self, timeout: float) -> Any:
        if timeout not in self._clients:
            config = Config(connect_timeout=CONNECT_TIMEOUT, read_timeout=timeout, retries={"total_max_attempts": 1})
            self._clients[timeout] = boto3.client("lambda", config=config)
        return self._clients[timeout]


def _event(request: Request) -> dict[str, Any]:
    headers: dict[str, str] = dict(request.headers)
    path = unquote(request.path.replace("%25", "%2525"))  # API Gateway leaves this escape alone
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "http": {"method": request.method, "path": path, "protocol": "HTTP/1.1"},
            "requestId": headers["x-request-id"],
            "routeKey": "$default",
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if request.query:
        event["queryStringParameters"] = _parameters(request.query)
    if "cookie" in headers:
        event["cookies"] = headers["cookie"].split("; ")
    if request.body:
        try:
            event["body"] = request.body.decode()
        except UnicodeDecodeError:
            event["body"], event["isBase64Encoded"] = base64.b64encode(request.body).decode(), True
    return event


def _parameters(query: str) -> dict[str, str]:
    """Decoded, the values of a repeated name joined by commas."""
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters[name] = f"{parameters[name]},{value}" if name in parameters else value
    return parameters


def _response(payload: object) -> Response:
    """Raises ValueError: what the function returned is no response of payload format 2.0."""
    if not isinstance(payload, Mapping):
        raise ValueError("no response of payload format 2.0")
    status, body = payload.get("statusCode"), payload.get("body") or ""
    fields, cookies = payload.get("headers") or {}, payload.get("cookies") or []
    if not isinstance(status, int):
        raise ValueError("statusCode is no number")
    if not isinstance(body, str):
        raise ValueError("body is no text")
    if not isinstance(fields, Mapping) or not all(isinstance(value, str | int | float) for value in fields.values()):
        raise ValueError("headers are not one text each")
    if not isinstance(cookies, list) or not all(isinstance(cookie, str) for cookie in cookies):
        raise ValueError("cookies are no list of texts")
    headers = [(name.lower(), value if isinstance(value, str) else json.dumps(value)) for name, value in fields.items()]
    headers += [("set-cookie", cookie) for cookie in cookies]
    content = base64.b64decode(body, validate=True) if payload.get("isBase64Encoded") else body.encode()
    return Response(status, headers, content)
