"""A small HTTP/1.1 server over kept-alive connections: fast enough not to be what is measured."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench import BenchError


@dataclass(frozen=True, slots=True)
class Request:
    """``headers`` by lower-case name."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = Callable[[Request], bytes]
"""Gives the whole response, as ``response`` makes it."""


def response(
    body: bytes, *, status: str = "200 OK", kind: str = "application/json", headers: Mapping[str, str] | None = None
) -> bytes:
    """A response as it goes over the wire, in one piece."""
    lines = [f"HTTP/1.1 {status}", f"content-type: {kind}", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Server:
    """Serves on a free port of this machine, a thread a connection. ``address`` is ``host:port``.

    ``certificate``: a file with key and certificate, for TLS.
    """

    def __init__(self, answer: Answer, certificate: Path | None = None) -> None:
        self._answer = answer
        self._tls = _tls(certificate) if certificate else None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        """Serve in a thread, until ``close``."""
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        """Serve here, until ``close``."""
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._converse, args=(connection,), daemon=True).start()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _converse(self, connection: socket.socket) -> None:
        if self._tls is not None:
            try:
                connection = self._tls.wrap_socket(connection, server_side=True)
            except OSError:
                connection.close()
                return
        with connection, connection.makefile("rb") as incoming, contextlib.suppress(ConnectionError, ssl.SSLError):
            while line := incoming.readline():
                method, path, _ = line.decode("latin-1").split(" ", 2)
                headers = {}
                while (field := incoming.readline()) not in {b"\r\n", b""}:
                    name, _, value = field.decode("latin-1").partition(":")
                    headers[name.lower()] = value.strip()
                if "transfer-encoding" in headers or "expect" in headers:
                    connection.sendall(response(b"", status="501 Not Implemented"))
                    return
                body = incoming.read(int(headers.get("content-length", 0)))
                connection.sendall(self._answer(Request(method, path, headers, body)))


class ServerProcess:
    """A server in a process of its own, ended with the ``with`` block. ``make(*arguments)`` gives its ``Answer``.

    With a ``certificate`` it gives the same answers at ``tls_address`` too.
    """

    def __init__(self, make: Callable[..., Answer], *arguments: Any, certificate: Path | None = None) -> None:
        context = get_context("spawn")
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_run, args=(sender, make, arguments, certificate), daemon=True)
        self.address = self.tls_address = ""

    def __enter__(self) -> "ServerProcess":
        self._process.start()
        if not self._receiver.poll(20):
            self._process.kill()
            raise BenchError("a fake server did not start within 20 s")
        self.address, self.tls_address = self._receiver.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.join()


def _run(sender: Connection, make: Callable[..., Answer], arguments: tuple[Any, ...], certificate: Path | None) -> None:
    answer = make(*arguments)
    server, encrypted = Server(answer), Server(answer, certificate) if certificate else None
    if encrypted is not None:
        encrypted.start()
    sender.send((server.address, encrypted.address if encrypted else ""))
    with contextlib.suppress(KeyboardInterrupt):
        server.serve()


def _tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context
