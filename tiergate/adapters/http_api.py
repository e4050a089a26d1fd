"""API Gateway HTTP API events of payload format 2.0, and what an authorizer reads and answers."""

import re
from collections.abc import Mapping
from typing import Any

from tiergate.domain.addresses import PORTAL
from tiergate.domain.calls import EDGE, VIA_PORTAL, Call, Certificate
from tiergate.domain.decision import Decision

Event = Mapping[str, Any]

REQUEST_ID = re.compile(r"[!-~]{1,128}")
"""What may go into a field as it is."""


def read_call(event: Event) -> Call:
    """The call behind an authorizer's event.

    Which API it is comes from the route, never from the path alone, so that a route and its policy cannot disagree.
    """
    api, path = target(event)
    context, headers = event["requestContext"], event.get("headers") or {}
    http, shown, authorization = context["http"], context.get("authentication"), headers.get("authorization")
    return Call(
        api,
        http["method"],
        path,
        headers.get("x-api-key"),
        PORTAL if VIA_PORTAL in headers else http.get("sourceIp", ""),
        bearer(authorization) if authorization else None,
        certificate_of(shown) if shown else None,
        headers.get(EDGE),
    )


def bearer(authorization: str) -> str | None:
    """The token of an ``Authorization`` field (RFC 6750, 2.1); None where it is of another scheme."""
    scheme, _, token = authorization.partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else None


def certificate_of(shown: object) -> Certificate | None:
    """The client certificate of a domain with mutual TLS; what is none of API Gateway's proves nothing."""
    found = shown.get("clientCert") if isinstance(shown, Mapping) else None
    if not isinstance(found, Mapping):
        return None
    subject, pem = found.get("subjectDN"), found.get("clientCertPem")
    return Certificate(subject, pem) if isinstance(subject, str) and isinstance(pem, str) else None


def simple_response(decision: Decision, *, managed: bool, took: int) -> dict[str, Any]:
    """The authorizer's answer. Managed: the proxy renders refusals, so it is let through to it. Direct: API Gateway
    itself maps who calls into the upstream's fields.

    ``took``: nanoseconds, for the access log alone; API Gateway's own variable for it is not there in HTTP APIs.
    """
    context = decision.context() if managed or not decision.allowed else decision.whole_context()
    context["took"] = f"{took / 1e6:.1f}"
    return {"isAuthorized": managed or decision.allowed, "context": context}


def request_id(event: Event) -> str:
    """API Gateway's id of the request, the same for authorizer, proxy and access log; empty where there is none."""
    context = event.get("requestContext") if isinstance(event, Mapping) else None
    id_ = str(context.get("requestId", "")) if isinstance(context, Mapping) else ""
    return id_ if REQUEST_ID.fullmatch(id_) else ""


def routed(event: Event) -> str:
    """``<api>/<version>`` of the route, whatever else is wrong with the event; empty where that cannot be read."""
    route = event.get("routeKey") if isinstance(event, Mapping) else None
    return _api_of(route) if isinstance(route, str) else ""


def target(event: Event) -> tuple[str, str]:
    """``<api>/<version>`` of the route, and the path below it."""
    route: str = event["routeKey"]
    api = _api_of(route)
    path = "/" + event["rawPath"].lstrip("/")
    below = path.removeprefix(f"/{api}")
    if len(below) == len(path) or (below and not below.startswith("/")):
        raise ValueError(f"path outside the route {route!r}")
    return api, below or "/"


def _api_of(route: str) -> str:
    _, _, template = route.partition(" ")
    return template.removesuffix("/{proxy+}").strip("/")
