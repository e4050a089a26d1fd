"""Upstreams by URL: HTTP/1.1 over kept-alive connections, one an origin, with a deadline on the whole exchange."""

import contextlib
import select
import socket
import ssl
import threading
import time
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from tiergate.adapters.http_wire import Wire, left, read_answer, write_request
from tiergate.domain.messages import Request, Response, UpstreamFailure

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
        addresses = _resolve(host, port, deadline)
        deadline = min(deadline, time.monotonic() + CONNECT_TIMEOUT)
        sock = _reach(addresses, deadline)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if url.scheme == "https":
                self._tls = self._tls or ssl.create_default_context()
                sock.settimeout(left(deadline))
                sock = self._tls.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
        return Wire(sock)

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


def _resolve(host: str, port: int, deadline: float) -> list[Any]:
    """What ``getaddrinfo`` says. It knows no time-out, so that names, which it may wait for, have a thread."""
    with contextlib.suppress(socket.gaierror):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    found: list[Any] = []
    failed: list[Exception] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except Exception as error:
            failed.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(left(deadline))
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError
    return found


def _reach(addresses: list[Any], deadline: float) -> socket.socket:
    """A connection to the first address that takes one; each has an equal share of the time left."""
    failure = OSError()
    for number, (*_, address) in enumerate(addresses):
        try:
            return socket.create_connection(address[:2], left(deadline) / (len(addresses) - number))
        except OSError as error:
            failure = error
    raise failure
