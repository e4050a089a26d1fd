"""An upstream over real HTTP, in a thread: it tells what it received, and misbehaves on request."""

import base64
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

METHODS = ("get", "put", "post", "delete", "patch", "head")
PATHS = (
    "/echo",
    "/things/{id}",
    "/binary",
    "/hang",
    "/teapot",
    "/files/{name}.pdf",
    "/moved",
    "/empty",
    "/unchanged",
    "/packed",
    "/repeated",
    "/large",
    "/lying",
    "/shared",
    "/linked",
)
BINARY = bytes(range(256))
PACKED = gzip.compress(b"hello" * 1000, mtime=0)
LARGE = b"x" * 7_000_000
"""More than Lambda carries."""

SPECIAL: dict[str, tuple[int, list[tuple[str, str]], bytes]] = {
    "teapot": (418, [("content-type", "text/plain")], b"short and stout"),
    "moved": (307, [("location", "/elsewhere?a=1")], b""),
    "empty": (204, [], b""),
    "unchanged": (304, [("etag", 'W/"7"')], b""),
    "packed": (200, [("content-type", "text/plain"), ("content-encoding", "gzip")], PACKED),
    "repeated": (200, [("content-type", "text/plain"), ("x-part", "1"), ("x-part", "2")], b"ok"),
    "large": (200, [("content-type", "text/plain")], LARGE),
    "lying": (200, [("content-type", "text/plain"), ("transfer-encoding", "chunked")], b"ok"),
    "linked": (200, [("link", '</things/2>; rel="next"'), ("deprecation", "true"), ("sunset", "never")], b"ok"),
    "shared": (200, [("access-control-allow-origin", "https://upstream.example"), ("vary", "accept")], b"ok"),
}


class TestUpstream:
    """Echoes every request as JSON below any base path; ``/binary``, ``/hang`` and those of ``SPECIAL`` are special."""

    __test__ = False

    def __init__(self) -> None:
        self._released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    @staticmethod
    def document() -> dict[str, Any]:
        """Its OpenAPI document."""
        answers = {"responses": {"200": {"description": "What was received."}}}
        return {
            "openapi": "3.1.0",
            "info": {"title": "Test upstream", "version": "1"},
            "paths": {path: dict.fromkeys(METHODS, answers) for path in PATHS},
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        released = self._released

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                last = urlsplit(self.path).path.rpartition("/")[2]
                if last == "hang":
                    released.wait(60)
                if last == "binary":
                    self._send(200, [("content-type", "application/octet-stream")], body or BINARY)
                elif last in SPECIAL:
                    self._send(*SPECIAL[last])
                else:
                    self._send(200, [("content-type", "application/json")], self._received(body))

            def _received(self, body: bytes) -> bytes:
                return json.dumps(
                    {
                        "method": self.command,
                        "target": self.path,
                        "headers": {name.lower(): value for name, value in self.headers.items()},
                        "body": base64.b64encode(body).decode(),
                    }
                ).encode()

            def _send(self, status: int, fields: list[tuple[str, str]], body: bytes) -> None:
                self.send_response(status)
                for field in fields:
                    self.send_header(*field)
                if status not in (204, 304):
                    self.send_header("content-length", str(len(body)))
                self.send_header("x-upstream", "yes")
                self.send_header("set-cookie", "a=1")
                self.send_header("set-cookie", "b=2")
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        for method in METHODS:
            setattr(Handler, f"do_{method.upper()}", Handler._answer)
        return Handler
