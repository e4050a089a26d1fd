"""API Gateway HTTP API events and responses, payload format 2.0, to and from the domain's values."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from tiergate.domain.authorizer import Call
from tiergate.domain.decision import Decision
from tiergate.domain.messages import Request, Response, UpstreamFailure, encode_path, outbound

Event = Mapping[str, Any]

MOST_BYTES = 6 * 1024 * 1024
"""The largest answer of a Lambda function, as JSON."""

SURELY_FITS = 1_000_000
"""Characters of fields and body that fit whatever they are: JSON writes a control character as six bytes."""


def read_call(event: Event) -> Call:
    """The call behind an authorizer's event.

    Which API it is comes from the route, never from the path alone, so that a route and its policy cannot disagree.
    """
    api, path = _target(event)
    http = event["requestContext"]["http"]
    headers = event.get("headers") or {}
    return Call(api, http["method"], path, headers.get("x-api-key"), http.get("sourceIp", ""))


def simple_response(decision: Decision, *, managed: bool) -> dict[str, Any]:
    """The authorizer's answer. Managed: the proxy renders refusals, so it is let through to it."""
    return {"isAuthorized": managed or decision.allowed, "context": decision.context()}


def read_decision(event: Event) -> Decision:
    """What the authorizer decided on the call behind a proxy's event; a fault where there is nothing to read."""
    authorizer = event["requestContext"].get("authorizer")
    return Decision.of_context(authorizer.get("lambda") if isinstance(authorizer, Mapping) else None)


def request_id(event: Event) -> str:
    """API Gateway's id of the request, the same for authorizer, proxy and access log; empty where there is none."""
    context = event.get("requestContext") if isinstance(event, Mapping) else None
    return str(context.get("requestId", "")) if isinstance(context, Mapping) else ""


def read_request(event: Event, decision: Decision) -> Request:
    """The request to pass on to the upstream.

    Raises
    ------
    ValueError
        The event is not of the route that was decided on, or its body is not base64.
    """
    api, path = _target(event)
    if api != decision.api:
        raise ValueError(f"decided on {decision.api!r}, invoked for {api!r}")
    body = event.get("body") or ""
    try:
        content = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
    except binascii.Error as error:
        raise ValueError("the body is not base64") from error
    return Request(
        method=event["requestContext"]["http"]["method"],
        path=encode_path(path),
        query=event.get("rawQueryString") or "",
        headers=outbound(event.get("headers") or {}, event.get("cookies") or (), decision, request_id(event)),
        body=content,
    )


def proxy_response(response: Response) -> dict[str, Any]:
    """A response of payload format 2.0: repeated fields joined, cookies apart, bytes that are no text in base64.

    Raises
    ------
    UpstreamFailure
        ``response_too_large``: Lambda would not carry it.
    """
    headers: dict[str, str] = {}
    cookies = []
    for name, value in response.headers:
        if name == "set-cookie":
            cookies.append(value)
        else:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    result: dict[str, Any] = {"statusCode": response.status, "headers": headers}
    if cookies:
        result["cookies"] = cookies
    try:
        result["body"] = response.body.decode()
    except UnicodeDecodeError:
        result["body"], result["isBase64Encoded"] = base64.b64encode(response.body).decode(), True
    length = len(response.body) + sum(len(name) + len(value) for name, value in response.headers)
    if length > SURELY_FITS and _size(result) > MOST_BYTES:
        raise UpstreamFailure("response_too_large", f"{length} characters of fields and body")
    return result


def _size(result: dict[str, Any]) -> int:
    return len(json.dumps(result, ensure_ascii=False).encode())


def _target(event: Event) -> tuple[str, str]:
    """``<api>/<version>`` of the route, and the path below it."""
    route: str = event["routeKey"]
    _, _, template = route.partition(" ")
    api = template.removesuffix("/{proxy+}").strip("/")
    path = "/" + event["rawPath"].lstrip("/")
    below = path.removeprefix(f"/{api}")
    if len(below) == len(path) or (below and not below.startswith("/")):
        raise ValueError(f"path outside the route {route!r}")
    return api, below or "/"
