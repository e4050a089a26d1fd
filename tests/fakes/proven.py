"""An API whose upstream asks for proof, called through what puts it on."""

from collections.abc import Mapping
from typing import Any

from tests.events import DECISION
from tiergate.adapters.settings import ProxySettings
from tiergate.adapters.upstream_auth import UpstreamAuth
from tiergate.adapters.upstreams import Upstreams
from tiergate.domain.catalogue import ApiVersion
from tiergate.domain.decision import Decision
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Request, Response

NOON = 1_773_316_800 * SECOND
GET = Request("GET", "/orders", "", [("accept", "*/*"), ("x-request-id", "req-1")], b"")
UNAUTHORIZED = b"HTTP/1.1 401 Unauthorized\r\nwww-authenticate: Bearer\r\ncontent-length: 0\r\n\r\n"


class ProvenApi:
    """``now``: microseconds, which stand still until a test moves them."""

    def __init__(self, upstream: str, auth: Mapping[str, Any], *, timeout: float = 5, **options: Any) -> None:
        self.now = NOON
        self.api = ApiVersion("shop/v1", "published", upstream, timeout, (), {}, upstream_auth=auth)
        self._auth = UpstreamAuth(Upstreams(ProxySettings({})).send, now=lambda: self.now, **options)

    def call(self, request: Request = GET, decision: Decision = DECISION) -> Response:
        return self._auth.send(self.api, request, decision)


def fields_of(request: bytes) -> dict[str, str]:
    """The fields that an upstream received, each of which must be there once."""
    _, *lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines)
    assert len(fields) == len(lines)
    return fields
