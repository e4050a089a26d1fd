"""An upstream over real sockets that does exactly what a test's script says, one script a connection."""

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self


class Line:
    """One accepted connection, as a script sees it. ``released`` is set when the test is over."""

    def __init__(self, sock: socket.socket, requests: list[bytes], released: threading.Event) -> None:
        self._sock = sock
        self._requests = requests
        self.released = released

    def request(self) -> bytes:
        """The next whole request, also told to the test; empty when the client is gone."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += (chunk := self._sock.recv(65536))
            if not chunk:
                return b""
        head, _, body = data.partition(b"\r\n\r\n")
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                while len(body) < int(line.partition(b":")[2]):
                    body += self._sock.recv(65536)
        self._requests.append(head + b"\r\n\r\n" + body)
        return self._requests[-1]

    def receive(self, count: int) -> bytes:
        return self._sock.recv(count)

    def send(self, data: bytes) -> None:
        self._sock.sendall(data)

    def reset(self) -> None:
        """Close with a RST, as a crashed server's machine does."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sock.close()


Script = Callable[[Line], None]


class ScriptedUpstream:
    """Runs the first script on the first connection, and so on. More connections than scripts are closed."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self._scripts = scripts
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ended = [threading.Event() for _ in scripts]
        self.released = threading.Event()
        self.requests: list[bytes] = []
        self.connections = 0
        self.origin = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.url = f"{'https' if tls else 'http'}://{self.origin}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.released.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def wait_for_end(self, connection: int) -> None:
        """Until the script of a connection is through and the connection closed."""
        assert self._ended[connection].wait(5), f"script {connection} did not end"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                number, self.connections = self.connections, self.connections + 1
                if number < len(self._scripts):
                    threading.Thread(target=self._serve, args=(number, sock), daemon=True).start()
                else:
                    sock.close()

    def _serve(self, number: int, sock: socket.socket) -> None:
        with contextlib.suppress(OSError), sock:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True)
            with sock:
                self._scripts[number](Line(sock, self.requests, self.released))
        self._ended[number].set()


@contextlib.contextmanager
def black_hole() -> Iterator[tuple[str, int]]:
    """An address where connecting neither succeeds nor fails: a listener that accepts nobody, its queue full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as queued:
        for _ in range(8):
            client = queued.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()


def answers(*each: bytes) -> Script:
    """One answer a request, then the connection is closed."""

    def script(line: Line) -> None:
        for answer in each:
            if not line.request():
                return
            line.send(answer)

    return script


def keeps_alive(*each: bytes) -> Script:
    """One answer a request, then the connection stays open and idle."""

    def script(line: Line) -> None:
        answers(*each)(line)
        line.released.wait(10)

    return script


def ok(body: bytes = b"ok") -> bytes:
    """An ordinary answer."""
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body)
