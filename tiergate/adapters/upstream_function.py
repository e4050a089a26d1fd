"""Upstreams that are Lambda functions: invoked with the event that an HTTP API would send (payload format 2.0)."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from tiergate.domain.messages import Request, Response, UpstreamFailure


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
        except (BotoCoreError, ClientError, ValueError) as error:
            raise UpstreamFailure("upstream_unreachable", f"{function}: {type(error).__name__}") from error
        if "FunctionError" in answer:
            raise UpstreamFailure("upstream_unreachable", f"{function}: {answer['FunctionError']}")
        return _response(function, payload)

    def _client(self, timeout: float) -> Any:
        if timeout not in self._clients:
            config = Config(connect_timeout=3, read_timeout=timeout, retries={"total_max_attempts": 1})
            self._clients[timeout] = boto3.client("lambda", config=config)
        return self._clients[timeout]


def _event(request: Request) -> dict[str, Any]:
    headers: dict[str, str] = dict(request.headers)
    path = unquote(request.path)
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": {
            "http": {"method": request.method, "path": path, "protocol": "HTTP/1.1"},
            "requestId": headers["x-request-id"],
        },
        "isBase64Encoded": False,
    }
    if "cookie" in headers:
        event["cookies"] = headers["cookie"].split("; ")
    if request.body:
        try:
            event["body"] = request.body.decode()
        except UnicodeDecodeError:
            event["body"], event["isBase64Encoded"] = base64.b64encode(request.body).decode(), True
    return event


def _response(function: str, payload: object) -> Response:
    if not isinstance(payload, Mapping) or not isinstance(payload.get("statusCode"), int):
        raise UpstreamFailure("upstream_unreachable", f"{function}: no response of payload format 2.0")
    body = payload.get("body") or ""
    try:
        content = base64.b64decode(body, validate=True) if payload.get("isBase64Encoded") else body.encode()
    except (binascii.Error, AttributeError) as error:
        raise UpstreamFailure("upstream_unreachable", f"{function}: a body that is no text") from error
    headers = [(str(name).lower(), str(value)) for name, value in (payload.get("headers") or {}).items()]
    headers += [("set-cookie", str(cookie)) for cookie in payload.get("cookies") or ()]
    return Response(payload["statusCode"], headers, content)
