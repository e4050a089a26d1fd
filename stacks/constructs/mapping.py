"""What API Gateway changes in a direct API's requests and answers: parameter mapping, as AWS documents it.

Source: "Transform API requests and responses for HTTP APIs" in API Gateway's developer guide. ``append`` is never used
in requests: a caller's own value would stand beside ours. In answers, links of an upstream and ours stand together.
"""

from collections.abc import Iterator

from tiergate.domain.calls import EDGE, VIA_PORTAL
from tiergate.domain.decision import IDENTITY
from tiergate.domain.deprecation import fields
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.messages import IDENTITY_PREFIX, OVERRIDES

RESERVED = frozenset(
    {
        "authorization",
        "connection",
        "content-encoding",
        "content-length",
        "content-location",
        "forwarded",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailers",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
    }
)
RESERVED_PREFIXES = ("access-control-", "apigw-", "x-amz-", "x-amzn-")
"""Fields that API Gateway lets nobody map; naming one fails the deploy."""

FORWARDED = tuple(
    f"x-forwarded-{name}"
    for name in (
        *("by", "email", "groups", "method", "path", "preferred-username"),
        *("protocol", "scheme", "server", "ssl", "uri", "user"),
    )
)
"""Those of ``X-Forwarded-*`` that servers believe: API Gateway removes by whole names, the proxy by their beginning."""

ARRIVAL = (EDGE, VIA_PORTAL)
"""What says to the gateway where a call comes from: with what an edge signs, one can call as that address."""

STATUSES = (
    *(200, 201, 202, 204, 206),
    *(301, 302, 303, 304, 307, 308),
    *(400, 401, 403, 404, 405, 406, 409, 410, 412, 413, 415, 416, 422, 428, 429),
    *(500, 501, 502, 503, 504),
)
"""Answers that carry RateLimit: API Gateway maps the statuses that are listed and no others."""


def request_parameters(path: str, *, prefix: str, host: str | None = None) -> dict[str, str]:
    """The upstream's path, who calls as authorized, and nothing that proves more or could stand for another call.

    ``path`` may hold variables; ``prefix`` is the API's own path, ``/<api>/<version>``; ``host`` replaces the Host
    field where the address alone does not give it.
    """
    return {
        "overwrite:path": path,
        **({"overwrite:header.host": host} if host else {}),
        **{f"overwrite:header.{IDENTITY_PREFIX}{name}": f"$context.authorizer.{name}" for name in IDENTITY},
        "overwrite:header.x-request-id": "$context.requestId",
        "overwrite:header.x-forwarded-port": "443",
        "overwrite:header.x-forwarded-prefix": prefix,
        **{f"remove:header.{name}": "''" for name in ("x-api-key", *ARRIVAL, *FORWARDED, *_removable())},
    }


def response_parameters(lifecycle: Lifecycle | None = None) -> dict[str, dict[str, list[dict[str, str]]]]:
    """The limits left, the request's id and what is said of the API's end, by status, as CloudFormation writes them."""
    mapped = [
        {"Destination": "overwrite:header.ratelimit", "Source": "$context.authorizer.ratelimit"},
        {"Destination": "overwrite:header.ratelimit-policy", "Source": "$context.authorizer.ratelimit_policy"},
        {"Destination": "overwrite:header.x-request-id", "Source": "$context.requestId"},
        *(_ending(lifecycle) if lifecycle is not None else ()),
    ]
    return {str(status): {"ResponseParameters": mapped} for status in STATUSES}


def _ending(lifecycle: Lifecycle) -> Iterator[dict[str, str]]:
    """Fixed texts, in which API Gateway would take a dollar sign for a variable: addresses have it escaped."""
    for name, value in fields(lifecycle):
        action = "append" if name == "link" else "overwrite"
        yield {"Destination": f"{action}:header.{name}", "Source": value.replace("$", "%24")}


def mappable(field: str) -> bool:
    return field not in RESERVED and not field.startswith(RESERVED_PREFIXES)


def _removable() -> Iterator[str]:
    return (field for field in sorted(OVERRIDES) if mappable(field))
