"""HTTP messages between the gateway and an upstream, and what may pass from one side to the other.

Header names are lower-case here, as API Gateway delivers them. Rules: RFC 9110 §7.6.1 (hop-by-hop fields).
"""

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
NOT_FORWARDED = HOP_BY_HOP | {"host", "content-length", "expect", "x-api-key", "x-request-id"}
"""Request fields that end here: this hop's own, the credential, and what the proxy says itself."""

NOT_RETURNED = HOP_BY_HOP | {"content-length", "ratelimit", "ratelimit-policy", "x-request-id"}
"""Response fields of an upstream that end here."""

IDENTITY_PREFIX = "x-tiergate-"
"""Request fields that say who calls; only the gateway may set them."""

PATH_SAFE = "!$&'()*+,;=:@-._~"
"""What RFC 3986 lets stand in a path segment unescaped, letters and digits aside."""


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
    """An upstream's answer as the caller gets it, the limits left added."""
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


def encode_path(path: str) -> str:
    """A decoded path, each segment encoded again. API Gateway decodes every escape but ``%25``."""
    return "/".join(quote(segment.replace("%25", "%"), safe=PATH_SAFE) for segment in path.split("/"))


def _named_by_connection(value: str) -> set[str]:
    return {_plain(name) for name in value.split(",") if name.strip()}


def _plain(name: str) -> str:
    """A field's name as servers may read it: many take an underscore for a hyphen."""
    return name.strip().lower().replace("_", "-")
