"""HTTP messages between the gateway and an upstream, and what may pass from one side to the other.

Header names are lower-case here, as API Gateway delivers them. Rules: RFC 9110 §7.6.1 (hop-by-hop fields).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from tiergate.domain.decision import Decision

Headers = Sequence[tuple[str, str]]

HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
OVERRIDES = frozenset(
    {
        "forwarded",
        "x-forwarded-host",
        "x-forwarded-prefix",
        "x-http-method",
        "x-http-method-override",
        "x-method-override",
        "x-original-url",
        "x-real-ip",
        "x-rewrite-url",
    }
)
"""Request fields that frameworks take for the method, path, host or address of a call, in place of what was admitted.

A caller admitted to ``GET /orders`` could otherwise have the upstream serve ``DELETE /admin``.
"""

NOT_FORWARDED = HOP_BY_HOP | OVERRIDES | {"host", "content-length", "expect", "x-api-key", "x-request-id"}
"""Request fields that end here: this hop's own, the credential, what the proxy says itself, and ``OVERRIDES``."""

NOT_RETURNED = HOP_BY_HOP | {"content-length", "ratelimit", "ratelimit-policy", "x-request-id"}
"""Response fields of an upstream that end here."""

IDENTITY_PREFIX = "x-tiergate-"
"""Request fields that say who calls; only the gateway may set them."""

PATH_SAFE = "!$&'()*+,;=:@-._~"
"""What RFC 3986 lets stand in a path segment unescaped, letters and digits aside."""

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A field's name (RFC 9110 §5.6.2)."""

BROKEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
"""What must not stand in a field's value (RFC 9110 §5.5): another server may take what follows for a field."""


@dataclass(frozen=True, slots=True)
class Request:
    """What goes to an upstream. ``path`` is encoded and relative to the upstream's base; ``query`` as it was sent."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """What comes back, or what the gateway answers itself."""

    status: int
    headers: Headers
    body: bytes


class UpstreamFailure(Exception):
    """The upstream gave no usable answer. ``code`` is a refusal; the text is for the log only."""

    def __init__(self, code: str, cause: object = "") -> None:
        super().__init__(str(cause))
        self.code = code


def outbound(
    headers: Mapping[str, str], cookies: Sequence[str], decision: Decision, request_id: str
) -> list[tuple[str, str]]:
    """The fields of a call as the upstream gets them, the caller's identity added."""
    dropped = NOT_FORWARDED | _named_by_connection(headers.get("connection", ""))
    passed = [
        (name, value)
        for name, value in headers.items()
        if _plain(name) not in dropped and not _plain(name).startswith(IDENTITY_PREFIX)
    ]
    if cookies:
        passed = [(name, value) for name, value in passed if name != "cookie"]
        passed.append(("cookie", "; ".join(cookies)))
    identity = {
        "organization": decision.organization,
        "application": decision.application,
        "subscription": decision.subscription,
        "product": decision.product,
        "plan": decision.plan,
        "credential": decision.credential,
    }
    passed += [(IDENTITY_PREFIX + name, value) for name, value in identity.items() if value]
    passed.append(("x-request-id", request_id))
    return passed


def inbound(response: Response, decision: Decision, request_id: str) -> Response:
    """An upstream's answer as the caller gets it, the limits left added.

    Raises
    ------
    UpstreamFailure
        ``upstream_unreachable``: its status or one of its fields is none of HTTP's.
    """
    if not 200 <= response.status <= 599:
        raise UpstreamFailure("upstream_unreachable", f"status {response.status}")
    if not all(is_field(name, value) for name, value in response.headers):
        raise UpstreamFailure("upstream_unreachable", "a field that HTTP cannot carry")
    connection = ",".join(value for name, value in response.headers if name == "connection")
    dropped = NOT_RETURNED | _named_by_connection(connection)
    passed = [(name, value) for name, value in response.headers if _plain(name) not in dropped]
    return Response(response.status, [*passed, *gateway_fields(decision, request_id)], response.body)


def gateway_fields(decision: Decision, request_id: str) -> Iterable[tuple[str, str]]:
    """The fields that every answer of the gateway carries."""
    if decision.ratelimit:
        yield "ratelimit", decision.ratelimit
        yield "ratelimit-policy", decision.ratelimit_policy
    yield "x-request-id", request_id


def is_field(name: str, value: str) -> bool:
    """Whether HTTP can carry the field, and every server reads it as this one."""
    return bool(NAME.fullmatch(name)) and not BROKEN.search(value)


def encode_path(path: str) -> str:
    """A decoded path, each segment encoded again. API Gateway decodes every escape but ``%25``."""
    return "/".join(quote(segment.replace("%25", "%"), safe=PATH_SAFE) for segment in path.split("/"))


def _named_by_connection(value: str) -> set[str]:
    return {_plain(name) for name in value.split(",") if name.strip()}


def _plain(name: str) -> str:
    """A field's name as servers may read it: many take an underscore, some any punctuation, for a hyphen."""
    return re.sub("[^a-z0-9]", "-", name.strip().lower())
