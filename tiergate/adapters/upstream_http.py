"""Upstreams by URL: HTTP/1.1 over kept-alive connections, one an origin, with a deadline on the whole exchange."""

import contextlib
import http.client
import io
import re
import select
import socket
import ssl
import threading
import time
from typing import Any, cast
from urllib.parse import SplitResult, quote, urlsplit

from tiergate.domain.messages import Request, Response, UpstreamFailure, is_field

CONNECT_TIMEOUT = 3.0
"""Seconds for connecting, all addresses and TLS included."""

MOST_BYTES = 6_000_000
"""The largest body worth reading: Lambda's answer is bounded by 6 MB."""

CHUNK = 65_536
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"})
QUERY_SAFE = "".join(chr(code) for code in range(0x21, 0x7F))
BODYLESS = frozenset({204, 304})
PORTS = {"http": 80, "https": 443}
FOLD = re.compile(r"\r?\n[ \t]*")
"""A line break inside a field's value, which RFC 9112 §5.2 has a proxy replace."""


class HttpUpstreams:
    """Sends requests to upstreams. An instance serves one request at a time, as a function does."""

    def __init__(self) -> None:
        self._idle: dict[str, http.client.HTTPConnection] = {}
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
        except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: what HTTP cannot carry
            raise UpstreamFailure("upstream_unreachable", f"{origin}: {type(error).__name__}") from error

    def _exchange(self, origin: str, url: SplitResult, request: Request, deadline: float) -> Response:
        connection = self._reusable(origin)
        if connection is not None:
            try:
                return self._on(connection, origin, url, request, deadline)
            except ConnectionError:
                if request.method not in IDEMPOTENT:
                    raise
        return self._on(self._connect(url, deadline), origin, url, request, deadline)

    def _reusable(self, origin: str) -> http.client.HTTPConnection | None:
        """The idle connection, unless the other side has closed it or sent what nobody asked for."""
        connection = self._idle.pop(origin, None)
        if connection is None:
            return None
        if select.select([connection.sock], [], [], 0)[0]:
            connection.close()
            return None
        return connection

    def _connect(self, url: SplitResult, deadline: float) -> http.client.HTTPConnection:
        host, port = url.hostname or "", url.port or PORTS[url.scheme]
        connection = _Connection(host, port)
        addresses = _resolve(host, port, deadline)
        deadline = min(deadline, time.monotonic() + CONNECT_TIMEOUT)
        sock = _reach(addresses, deadline)
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if url.scheme == "https":
                self._tls = self._tls or ssl.create_default_context()
                sock.settimeout(_left(deadline))
                sock = self._tls.wrap_socket(sock, server_hostname=host)
        except BaseException:
            sock.close()
            raise
        connection.sock = _DeadlineSocket(sock)
        return connection

    def _on(
        self,
        connection: http.client.HTTPConnection,
        origin: str,
        url: SplitResult,
        request: Request,
        deadline: float,
    ) -> Response:
        cast(_DeadlineSocket, connection.sock).deadline = deadline
        try:
            _send(connection, url, request)
            with connection.getresponse() as answer:
                body = _read(answer)
        except BaseException:
            connection.close()
            raise
        if answer.will_close or request.method == "HEAD" or answer.status in BODYLESS:  # a body may come all the same
            connection.close()
        else:
            self._idle[origin] = connection
        headers = [(name.lower(), FOLD.sub(" ", value)) for name, value in answer.getheaders()]
        return Response(answer.status, headers, body)


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
    asking.join(_left(deadline))
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
            return socket.create_connection(address[:2], _left(deadline) / (len(addresses) - number))
        except OSError as error:
            failure = error
    raise failure


def _send(connection: http.client.HTTPConnection, url: SplitResult, request: Request) -> None:
    target = url.path.rstrip("/") + request.path
    if request.query:
        target += "?" + quote(request.query, safe=QUERY_SAFE)
    connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
    connection.putheader("host", url.netloc.rpartition("@")[2])
    for name, value in request.headers:
        if not is_field(name, value):
            raise ValueError("a field that HTTP cannot carry")
        connection.putheader(name, value.encode())
    if request.body or request.method in {"POST", "PUT", "PATCH"}:
        connection.putheader("content-length", str(len(request.body)))
    connection.endheaders(request.body or None)


def _read(answer: http.client.HTTPResponse) -> bytes:
    chunks, size = [], 0
    while chunk := answer.read(CHUNK):
        size += len(chunk)
        if size > MOST_BYTES:
            raise UpstreamFailure("response_too_large", f"more than {MOST_BYTES} bytes")
        chunks.append(chunk)
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)
    return b"".join(chunks)


def _left(deadline: float) -> float:
    """Seconds until the deadline; raises TimeoutError where there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Answer(http.client.HTTPResponse):
    """The final answer: interim ones, such as 103 Early Hints, are read over (RFC 9110 §15.2).

    One with a line that is no field is refused: parsing would end there, and the fields below be taken for a body.
    """

    def begin(self) -> None:
        super().begin()
        while self.status < 200:
            self.headers = self.msg = cast(Any, None)
            super().begin()
        if self.headers.get_payload():
            raise http.client.HTTPException("a line that is no field")


class _Connection(http.client.HTTPConnection):
    response_class = _Answer


class _DeadlineSocket:
    """A socket each of whose operations must end by ``deadline`` (monotonic seconds).

    A socket's own time-out starts anew with every byte, so that a trickling upstream never meets it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self.deadline = 0.0

    def limit(self) -> None:
        self._sock.settimeout(_left(self.deadline))

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self.limit()
            rest = rest[self._sock.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Incoming(self, self._sock.makefile("rb", buffering=0)))

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        """Once what ``makefile`` gave is closed as well: an answer may be read after its connection was given up."""
        self._sock.close()


class _Incoming(io.RawIOBase):
    """The reading side of a socket. Closing it leaves the socket open for the next exchange."""

    def __init__(self, sock: _DeadlineSocket, raw: socket.SocketIO) -> None:
        self._socket = sock
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._socket.limit()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
