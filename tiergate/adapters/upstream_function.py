"""Upstreams that are Lambda functions: invoked with the event that an HTTP API would send (payload format 2.0)."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from tiergate.domain.failures import RequestRefused, UpstreamFailure
from tiergate.domain.messages import Request, Response

CONNECT_TIMEOUT = 1
"""Seconds for connecting to Lambda, which come on top of a call's time-out."""

MOST_BYTES = 6 * 1024 * 1024
"""The largest event that Lambda takes, as JSON."""

TOO_LARGE = frozenset({"RequestTooLargeException", "RequestEntityTooLargeException"})


class FunctionUpstreams:
    """Invokes functions synchronously, once: an invocation is not repeated, it may have had its effect."""

    def __init__(self) -> None:
        self._clients: dict[float, Any] = {}

    def send(self, function: str, request: Request, timeout: float) -> Response:
        """The function's answer.

        Raises
        ------
        RequestRefused
            ``request_too_large``: Lambda would not take the event.
        UpstreamFailure
            ``upstream_unreachable`` (no such function, throttled, raised, or answered no response) or
            ``upstream_timeout``.
        """
        event = json.dumps(_event(request), ensure_ascii=False, separators=(",", ":")).encode()
        if len(event) > MOST_BYTES:
            raise RequestRefused("request_too_large", f"{function}: an event of {len(event)} bytes")
        try:
            answer = self._client(timeout).invoke(FunctionName=function, Payload=event)
            payload = json.loads(answer["Payload"].read())
        except ReadTimeoutError as error:
            raise UpstreamFailure("upstream_timeout", f"{function}: no answer in {timeout:g} s") from error
        except ClientError as error:
            if error.response["Error"]["Code"] in TOO_LARGE:
                raise RequestRefused("request_too_large", f"{function}: an event of {len(event)} bytes") from error
            raise UpstreamFailure("upstream_unreachable", f"{function}: {error.response['Error']['Code']}") from error
        except (BotoCoreError, ValueError, RecursionError) as error:  # the last: [[[[…
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
    """What API Gateway would send, of the call as the caller made it; no field for what is not known here."""
    headers: dict[str, str] = dict(request.headers)
    host, address = headers.get("x-forwarded-host", ""), headers.get("x-forwarded-for", "")
    path = unquote(request.path.replace("%25", "%2525"))  # API Gateway leaves this escape alone
    http = {"method": request.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": address}
    if host:
        headers["host"] = host
    if request.body:
        headers["content-length"] = str(len(request.body))
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "domainName": host,
            "http": http | {"userAgent": headers.get("user-agent", "")},
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
