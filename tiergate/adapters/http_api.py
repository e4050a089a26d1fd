"""API Gateway HTTP API events of payload format 2.0, and what an authorizer reads and answers."""

import re
from collections.abc import Mapping
from typing import Any

from tiergate.domain.calls import Call
from tiergate.domain.decision import Decision

Event = Mapping[str, Any]

REQUEST_ID = re.compile(r"[!-~]{1,128}")
"""What may go into a field as it is."""


def read_call(event: Event) -> Call:
    """The call behind an authorizer's event.

    Which API it is comes from the route, never from the path alone, so that a route and its policy cannot disagree.
    """
    api, path = target(event)
    http = event["requestContext"]["http"]
    headers = event.get("headers") or {}
    return Call(api, http["method"], path, headers.get("x-api-key"), http.get("sourceIp", ""))


def simple_response(decision: Decision, *, managed: bool, took: int) -> dict[str, Any]:
    """The authorizer's answer. Managed: the proxy renders refusals, so it is let through to it.

    ``took``: nanoseconds, for the access log alone; API Gateway's own variable for it is not there in HTTP APIs.
    """
    context = decision.context() | {"took": f"{took / 1e6:.1f}"}
    return {"isAuthorized": managed or decision.allowed, "context": context}


def request_id(event: Event) -> str:
    """API Gateway's id of the request, the same for authorizer, proxy and access log; empty where there is none."""
    context = event.get("requestContext") if isinstance(event, Mapping) else None
    id_ = str(context.get("requestId", "")) if isinstance(context, Mapping) else ""
    return id_ if REQUEST_ID.fullmatch(id_) else ""


def target(event: Event) -> tuple[str, str]:
    """``<api>/<version>`` of the route, and the path below it."""
    route: str = event["routeKey"]
    _, _, template = route.partition(" ")
    api = template.removesuffix("/{proxy+}").strip("/")
    path = "/" + event["rawPath"].lstrip("/")
    below = path.removeprefix(f"/{api}")
    if len(below) == len(path) or (below and not below.startswith("/")):
        raise ValueError(f"path outside the route {route!r}")
    return api, below or "/"
