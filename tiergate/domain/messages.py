"""HTTP messages between the gateway and an upstream, and what may pass from one side to the other.

Header names are lower-case here, as API Gateway delivers them. Rules: RFC 9110 §7.6.1 (hop-by-hop fields).
"""

import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from tiergate.domain.catalogue import KEY
from tiergate.domain.decision import IDENTITY, Decision
from tiergate.domain.failures import RequestRefused, UpstreamFailure

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
        "cf-connecting-ip",
        "client-ip",
        "fastly-client-ip",
        "forwarded",
        "front-end-https",
        "proxy",
        "proxy-client-ip",
        "remote-user",
        "true-client-ip",
        "wl-proxy-client-ip",
        "x-amzn-oidc-accesstoken",
        "x-amzn-oidc-data",
        "x-amzn-oidc-identity",
        "x-azure-clientip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-custom-ip-authorization",
        "x-envoy-external-address",
        "x-envoy-original-path",
        "x-forward-for",
        "x-forwarded",
        "x-host",
        "x-http-host-override",
        "x-http-method",
        "x-http-method-override",
        "x-http-path-override",
        "x-method-override",
        "x-original-forwarded-for",
        "x-original-host",
        "x-original-method",
        "x-original-uri",
        "x-original-url",
        "x-originating-ip",
        "x-proxyuser-ip",
        "x-real-ip",
        "x-remote-addr",
        "x-remote-ip",
        "x-remote-user",
        "x-rewrite-url",
        "x-scheme",
        "x-script-name",
        "x-ssl-client-cert",
        "x-url-scheme",
    }
)
"""Request fields that servers take for a call's method, path, host, scheme, address or user, whatever was admitted.

A caller admitted to ``GET /orders`` could otherwise have the upstream serve ``DELETE /admin``. ``Proxy`` becomes the
variable HTTP_PROXY of a CGI program.
"""

NOT_FORWARDED = HOP_BY_HOP | OVERRIDES | {"host", "content-length", "expect", "x-api-key", "x-request-id"}
"""Request fields that end here: this hop's own, the credential, what the proxy says itself, and ``OVERRIDES``."""

NOT_RETURNED = HOP_BY_HOP | {"content-length", "ratelimit", "ratelimit-policy", "x-request-id"}
"""Response fields of an upstream that end here."""

BODYLESS = frozenset({204, 304})
"""Statuses whose answers have no body, whatever their fields say (RFC 9110 §6.4.1)."""

IDENTITY_PREFIX = "x-tiergate-"
"""Request fields that say who calls, as the decision's ``IDENTITY`` does, one by one behind this prefix where they are
known; only the gateway may set them."""

OURS = (IDENTITY_PREFIX, "x-forwarded-")
"""How the request fields begin that only the gateway may set."""

PATH_SAFE = "!$&'()*+,;=:@-._~"
"""What RFC 3986 lets stand in a path segment unescaped, letters and digits aside."""

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A token (RFC 9110 §5.6.2): a field's name, or a method."""

BROKEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
"""What must not stand in a field's value (RFC 9110 §5.5): another server may take what follows for a field."""

ADDRESS = re.compile(r"[0-9A-Fa-f.:]{2,45}")
HOST = re.compile(r"[0-9A-Za-z.:_\[\]-]+")


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


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a request came in, by what API Gateway saw and not by what the caller says.

    ``address``: where the connection came from; ``host``: the name that was asked; ``prefix``: ``/<api>/<version>``.
    """

    request_id: str
    address: str = ""
    host: str = ""
    prefix: str = ""


def outbound(
    headers: Mapping[str, str], cookies: Sequence[str], decision: Decision, arrival: Arrival, *, accepts: str = KEY
) -> list[tuple[str, str]]:
    """The fields of a call as the upstream gets them, the caller's identity and where it came from added.

    ``accepts``: the API's. Where that is more than keys, ``Authorization`` is the gateway's credential, and ends here.

    Raises
    ------
    RequestRefused
        ``request_malformed``: a field that HTTP cannot carry.
    """
    passed = [field for field in headers.items() if _may_pass(field[0])]
    if accepts != KEY:
        passed = without(passed, "authorization")
    if "connection" in headers:
        hop = _named_by_connection(headers["connection"])
        passed = [field for field in passed if _plain(field[0]) not in hop]
    if cookies:
        passed = [field for field in passed if field[0] != "cookie"]
        passed.append(("cookie", "; ".join(cookies)))
    if not are_fields(passed):
        raise RequestRefused("request_malformed", "a field that HTTP cannot carry")
    passed += _identity(decision)
    passed += _forwarding(arrival)
    passed.append(("x-request-id", arrival.request_id))
    return passed


def without(headers: Iterable[tuple[str, str]], *names: str) -> list[tuple[str, str]]:
    """All but those of these names, however they are spelled."""
    dropped = {_plain(name) for name in names}
    return [field for field in headers if _plain(field[0]) not in dropped]


def with_field(request: Request, name: str, value: str) -> Request:
    """The request with this field, and none that the caller sent under that name."""
    return replace(request, headers=[*without(request.headers, name), (name, value)])


def _identity(decision: Decision) -> Iterable[tuple[str, str]]:
    return ((IDENTITY_PREFIX + name, value) for name in IDENTITY if (value := getattr(decision, name)))


def _forwarding(arrival: Arrival) -> Iterable[tuple[str, str]]:
    """RFC 7239, and its forerunners. An HTTP API is reached over https on port 443 alone."""
    node, host = "unknown", ""
    if ADDRESS.fullmatch(arrival.address):
        yield "x-forwarded-for", arrival.address
        node = f'"[{arrival.address}]"' if ":" in arrival.address else arrival.address
    if HOST.fullmatch(arrival.host):
        yield "x-forwarded-host", arrival.host
        host = f';host="{arrival.host}"'
    yield "x-forwarded-proto", "https"
    yield "x-forwarded-port", "443"
    yield "x-forwarded-prefix", arrival.prefix
    yield "forwarded", f"for={node}{host};proto=https"


VARIES = ("vary", "X-Api-Key")
"""On every answer of an upstream: a shared cache must not give one caller's answer to another.

RFC 9111 §3.5 keeps caches from that where a call carries Authorization, but none knows of this field, and the upstream,
which never sees it, cannot say so.
"""

VARIES_BY_TOKEN = ("vary", "X-Api-Key, Authorization")
"""The same where tokens are accepted: the upstream may have marked its answer ``public``, which lifts that rule."""


def inbound(response: Response, decision: Decision, request_id: str, *, method: str, accepts: str = KEY) -> Response:
    """An upstream's answer as the caller gets it, the limits left added. ``accepts``: the API's.

    Raises
    ------
    UpstreamFailure
        ``upstream_unreachable``: its status or one of its fields is none of HTTP's.
    """
    if not 200 <= response.status <= 599:
        raise UpstreamFailure("upstream_unreachable", f"status {response.status}")
    if not are_fields(response.headers):
        raise UpstreamFailure("upstream_unreachable", "a field that HTTP cannot carry")
    connection = ",".join([value for name, value in response.headers if name == "connection"])
    dropped = NOT_RETURNED | _named_by_connection(connection) if connection else NOT_RETURNED
    passed = [field for field in response.headers if _plain(field[0]) not in dropped]
    if method == "HEAD":
        passed += _length_of_get(response.headers)
    varies = VARIES if accepts == KEY else VARIES_BY_TOKEN
    body = b"" if method == "HEAD" or response.status in BODYLESS else response.body
    return Response(response.status, [*passed, varies, *gateway_fields(decision, request_id)], body)


def _length_of_get(headers: Headers) -> list[tuple[str, str]]:
    """What a HEAD's answer says of the body that GET would have (RFC 9110 §8.6); nothing where it is unclear."""
    lengths = {value for name, value in headers if name == "content-length"}
    return [
        ("content-length", length)
        for length in lengths
        if len(lengths) == 1 and length.isascii() and length.isdecimal()
    ]


def gateway_fields(decision: Decision, request_id: str) -> Iterable[tuple[str, str]]:
    """The fields that every answer of the gateway carries."""
    if decision.ratelimit:
        yield "ratelimit", decision.ratelimit
        yield "ratelimit-policy", decision.ratelimit_policy
    yield "x-request-id", request_id


def are_fields(headers: Headers) -> bool:
    """Whether HTTP can carry all of them, and every server reads each as this one."""
    return not BROKEN.search("".join([value for _, value in headers])) and all(is_token(name) for name, _ in headers)


@functools.lru_cache(maxsize=256)
def is_token(name: str) -> bool:
    """Whether it is a name as fields and methods have (RFC 9110 §5.6.2)."""
    return bool(NAME.fullmatch(name))


def encode_path(path: str) -> str:
    """A decoded path, each segment encoded again. API Gateway decodes every escape but ``%25``."""
    return "/".join([quote(segment.replace("%25", "%"), safe=PATH_SAFE) for segment in path.split("/")])


@functools.lru_cache(maxsize=256)
def _may_pass(name: str) -> bool:
    plain = _plain(name)
    return plain not in NOT_FORWARDED and not plain.startswith(OURS)


def _named_by_connection(value: str) -> set[str]:
    return {_plain(name) for name in value.split(",") if name.strip()}


@functools.lru_cache(maxsize=256)
def _plain(name: str) -> str:
    """A field's name as servers may read it: many take an underscore, some any punctuation, for a hyphen."""
    return re.sub("[^a-z0-9]", "-", name.strip().lower())
