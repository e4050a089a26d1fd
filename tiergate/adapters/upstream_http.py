"""Upstreams by URL: HTTP/1.1 over kept-alive connections, one an origin, with a deadline on the whole exchange."""

import select
import ssl
import time
from urllib.parse import SplitResult, quote, urlsplit

from tiergate.adapters.connecting import connect, resolve
from tiergate.adapters.http_wire import Wire, read_answer, write_request
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request, Response

CONNECT_TIMEOUT = 3.0
"""Seconds for connecting, all addresses and TLS included."""

ENDED = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
"""How a connection shows that the other side has ended it."""

MOST_IDLE = 50.0
"""Seconds that an idle connection is kept for: AWS's load balancers end theirs after 60, NAT forgets them after 350."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
QUERY_SAFE = "".join(chr(code) for code in range(0x21, 0x7F))
PORTS = {"http": 80, "https": 443}


class HttpUpstreams:
    """Sends requests to upstreams. An instance serves one request at a time, as a function does."""

    def __init__(self) -> None:
        self._idle: dict[str, tuple[Wire, float]] = {}
        self._tls: ssl.SSLContext | None = None

    def send(self, base: str, request: Request, timeout: float) -> Response:
        """The upstream's answer, whatever its status; redirects are not followed.

        Raises
        ------
        UpstreamFailure
            ``upstream_unreachable``, ``upstream_timeout`` (``timeout`` seconds for everything) or
            ``response_too_large``.
        """
        url, deadline = urlsplit(base), time.monotonic() + timeout
        origin = f"{url.scheme}://{url.netloc}"
        try:
            return self._exchange(origin, url, request, deadline)
        except TimeoutError as error:
            raise UpstreamFailure("upstream_timeout", f"{origin}: no answer in {timeout:g} s") from error
        except (OSError, ValueError) as error:  # ValueError: what HTTP cannot carry, either way
            raise UpstreamFailure("upstream_unreachable", f"{origin}: {type(error).__name__}") from error

    def _exchange(self, origin: str, url: SplitResult, request: Request, deadline: float) -> Response:
        wire = self._reusable(origin)
        if wire is not None:
            try:
                return self._on(wire, origin, url, request, deadline)
            except ENDED:
                if request.method not in IDEMPOTENT:
                    raise
        return self._on(self._connect(url, deadline), origin, url, request, deadline)

    def _reusable(self, origin: str) -> Wire | None:
        """The idle connection, unless it is old, or the other side has closed it or sent what nobody asked for."""
        wire, since = self._idle.pop(origin, (None, 0.0))
        if wire is None:
            return None
        if not 0 <= time.time() - since <= MOST_IDLE or select.select([wire], [], [], 0)[0]:
            wire.close()
            return None
        return wire

    def _connect(self, url: SplitResult, deadline: float) -> Wire:
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        addresses = resolve(host, port, deadline)
        deadline = min(deadline, time.monotonic() + CONNECT_TIMEOUT)
        if url.scheme != "https":
            return Wire(connect(addresses, host, deadline, None))
        self._tls = self._tls or ssl.create_default_context()
        return Wire(connect(addresses, host, deadline, self._tls))

    def _on(self, wire: Wire, origin: str, url: SplitResult, request: Request, deadline: float) -> Response:
        wire.deadline = deadline
        reusable = False
        try:
            write_request(wire, url.netloc.rpartition("@")[2], _target(url, request), request)
            answer, reusable = read_answer(wire, request.method)
        finally:
            if not reusable:
                wire.close()
        if reusable:
            self._idle[origin] = wire, time.time()
        return answer


def _target(url: SplitResult, request: Request) -> str:
    target = url.path.rstrip("/") + request.path
    return f"{target}?{quote(request.query, safe=QUERY_SAFE)}" if request.query else target
