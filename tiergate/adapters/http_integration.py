"""API Gateway HTTP API events of payload format 2.0 as a Lambda integration gets them, and its answers."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from tiergate.adapters.http_api import Event, request_id, target
from tiergate.domain.catalogue import KEY
from tiergate.domain.cors import Preflight
from tiergate.domain.decision import FAULT, Decision
from tiergate.domain.failures import RequestRefused, UpstreamFailure
from tiergate.domain.messages import Arrival, Request, Response, encode_path, is_token, outbound

MOST_BYTES = 6 * 1024 * 1024
"""The largest answer of a Lambda function, as JSON."""

SURELY_FITS = 1_000_000
"""Characters of fields and body that fit whatever they are: JSON writes a control character as six bytes."""


def read_decision(event: Event) -> Decision:
    """What the authorizer decided on the call behind a proxy's event.

    Raises
    ------
    ValueError
        It holds nothing that an authorizer of ours says.
    """
    authorizer = event["requestContext"].get("authorizer")
    context = authorizer.get("lambda") if isinstance(authorizer, Mapping) else None
    decision = Decision.of_context(context)
    if decision.reason == FAULT and not (isinstance(context, Mapping) and context.get("reason") == FAULT):
        raise ValueError("the authorizer's context cannot be read")
    return decision


def read_request(event: Event, decision: Decision, *, accepts: str = KEY) -> Request:
    """The request to pass on to the upstream. ``accepts``: the API's (``ApiVersion``).

    Raises
    ------
    ValueError
        The event is not of the route that was decided on, or its body is not base64.
    RequestRefused
        ``request_malformed``: HTTP cannot carry it.
    """
    api, path = target(event)
    if api != decision.api:
        raise ValueError(f"decided on {decision.api!r}, invoked for {api!r}")
    context = event["requestContext"]
    method, query, body = context["http"]["method"], event.get("rawQueryString") or "", event.get("body") or ""
    if not is_token(method):
        raise RequestRefused("request_malformed", "the method is no token")
    source, host = context["http"].get("sourceIp") or "", context.get("domainName") or ""
    arrival = Arrival(request_id(event), source, host, f"/{api}")
    try:
        content = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        query.encode()
        path = encode_path(path)
    except binascii.Error as error:
        raise ValueError("the body is not base64") from error
    except UnicodeEncodeError as error:
        raise RequestRefused("request_malformed", "text that is not Unicode") from error
    return Request(
        method=method,
        path=path,
        query=query,
        headers=outbound(event.get("headers") or {}, event.get("cookies") or (), decision, arrival, accepts=accepts),
        body=content,
    )


def is_options(event: Event) -> bool:
    """Whether it came by a route for ``OPTIONS``, which has no authorizer: for browsers' preflights."""
    return isinstance(event, Mapping) and str(event.get("routeKey")).startswith("OPTIONS ")


def read_options(event: Event) -> Preflight:
    """Raises ValueError: the path is not of the event's route."""
    api, path = target(event)
    headers = event.get("headers") or {}
    return Preflight(api, path, origin_of(event), headers.get("access-control-request-method", ""))


def origin_of(event: Event) -> str:
    """The origin of the web page that calls, by its browser; empty for other clients."""
    headers = event.get("headers") if isinstance(event, Mapping) else None
    origin = headers.get("origin") if isinstance(headers, Mapping) else None
    return origin if isinstance(origin, str) else ""


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
