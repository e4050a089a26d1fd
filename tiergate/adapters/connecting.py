"""Connections that are made by a deadline (monotonic seconds), names and TLS included."""

import contextlib
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # heavy, and of no use to plain HTTP
    import ssl

Addresses = list[Any]
"""As ``getaddrinfo`` gives them."""


def left(deadline: float) -> float:
    """Seconds until the deadline; raises TimeoutError where there are none."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise TimeoutError
    return seconds


def resolve(host: str, port: int, deadline: float) -> Addresses:
    """What ``getaddrinfo`` says. It knows no time-out, so that names, which it may wait for, have a thread."""
    with contextlib.suppress(socket.gaierror):
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    found: Addresses = []
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


def connect(addresses: Addresses, host: str, deadline: float, tls: "ssl.SSLContext | None") -> socket.socket:
    """A connection without Nagle's delay; with ``tls``, to nobody but ``host``.

    Raises
    ------
    OSError
        TimeoutError and the errors of ``ssl`` among them.
    """
    sock = _reach(addresses, deadline)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is not None:
            sock.settimeout(left(deadline))
            sock = tls.wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise
    return sock


def _reach(addresses: Addresses, deadline: float) -> socket.socket:
    """A connection to the first address that takes one; each has an equal share of the time left."""
    failure = OSError()
    for number, (*_, address) in enumerate(addresses):
        try:
            return socket.create_connection(address[:2], left(deadline) / (len(addresses) - number))
        except OSError as error:
            failure = error
    raise failure
