"""The site from a folder, on this machine: with the header fields and addresses that it has when it is deployed."""

import gzip
import http.client
import json
import re
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from tiergate.domain.calls import VIA_PORTAL
from tiergate.domain.site_files import ADDRESS, FEED, PAGE, cache_control, kind_of
from tiergate.portal.headers import ANSWERS, FIELDS, UNSAFE, content_security_policy

COMPRESSED = frozenset({".css", ".html", ".js", ".json", ".svg", ".xml", ".txt", ".webmanifest"})
HOP = frozenset({"connection", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length"})
"""Fields that are between two machines alone (RFC 9110, 7.6.1), and those that the client sets itself."""
WITHHELD = HOP | {"content-security-policy", "x-content-type-options", *(name.lower() for name in UNSAFE)}
GATEWAY = "/gateway"
FROM_HERE = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty"}
"""What browsers say of a page's own calls; what they would show or run themselves is refused below the gateway."""
LARGEST_BODY = 10_000_000
OWN_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""Names of this machine; a page of another's that leads here by its own name is refused (DNS rebinding)."""
TEXT = "text/plain; charset=utf-8"


def server(
    port: int,
    site: Callable[[], Path],
    *,
    upstreams: Mapping[str, str],
    config: Path | None = None,
    connect: tuple[str, ...] = (),
    renew: Callable[[], object] = lambda: None,
) -> ThreadingHTTPServer:
    """A server of 127.0.0.1, ready to serve; port 0 takes a free one.

    ``site`` gives the folder; ``renew`` is called before each page, and may change what is in it. ``upstreams``: by the
    beginning of a path (``/api``, ``/gateway``), the URL that answers what is below it; where that is empty the answer
    is 503. ``config``: the file that is served as ``/config.json``. ``connect``: see `content_security_policy`.
    """

    class Handler(_Handler):
        pass

    Handler.site, Handler.renew = staticmethod(site), staticmethod(renew)
    Handler.upstreams, Handler.config = upstreams, config
    Handler.policy = content_security_policy(connect)
    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Callable[[], Path]
    renew: Callable[[], object]
    upstreams: Mapping[str, str]
    config: Path | None
    policy: str

    def parse_request(self) -> bool:
        """Whether what came is answered; what is malformed, or asks for another machine, has been refused."""
        if not super().parse_request():
            return False
        name = re.sub(r":\d*$", "", self.headers.get("Host", "").lower())
        if name in OWN_NAMES or name.endswith(".localhost"):
            return True
        self._answer(421, TEXT, b"This is a preview for this machine alone: http://127.0.0.1\n")
        return False

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if self._forwarded():
            return
        page = "." not in path.rpartition("/")[2]
        if page:
            self.renew()
        root = self.site()
        if path == "/config.json" and self.config is not None:
            self._file("config.json", self.config)
            return
        name = PAGE if page else path.lstrip("/")
        file = (root / name.replace("\0", "")).resolve()
        if not file.is_relative_to(root.resolve()) or not file.is_file():
            self._answer(404, TEXT, b"There is nothing here.\n")
        else:
            self._file(name, file)

    do_HEAD = do_GET  # noqa: N815

    def do_POST(self) -> None:
        if not self._forwarded():
            self._answer(405, TEXT, b"The site answers GET alone.\n", {"Allow": "GET, HEAD"})

    do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_POST  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """What http.server refuses itself, with the fields of every answer."""
        self.close_connection, self.request_version = True, self.protocol_version
        self._answer(code, TEXT, b"This is not understood.\n")

    def _file(self, name: str, file: Path) -> None:
        content, fields = file.read_bytes(), {"Cache-Control": cache_control(name)}
        if name == FEED:
            content = content.replace(ADDRESS.encode(), f"http://{self.headers['Host']}".encode())
        self._answer(200, kind_of(name), content, fields, compress=file.suffix in COMPRESSED)

    def _answer(
        self, status: int, kind: str, body: bytes, fields: Mapping[str, str] | None = None, *, compress: bool = False
    ) -> None:
        if compress and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, fields = gzip.compress(body, 6, mtime=0), {**(fields or {}), "Content-Encoding": "gzip"}
        self.send_response(status)
        own = {"Content-Security-Policy": self.policy, "Content-Type": kind, "Content-Length": str(len(body))}
        for name, value in {**FIELDS, **own, **(fields or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _forwarded(self) -> bool:
        """Whether the path is an upstream's, which then has answered."""
        first = "/" + self.path.split("?")[0].split("/")[1] if self.path.startswith("/") else ""
        if first not in self.upstreams:
            return False
        url = self.upstreams[first]
        stated = self.headers.get("Content-Length") or "0"
        if not (stated.isascii() and stated.isdigit()):
            self.send_error(400)
            return True
        body = self.rfile.read(min(int(stated), LARGEST_BODY)) or None
        if not url:
            self._unavailable("This is a preview of the portal, which nothing answers; run make up for one that works.")
            return True
        if first == GATEWAY and any(self.headers.get(name, told) != told for name, told in FROM_HERE.items()):
            self._answer(403, TEXT, b"The portal's own pages alone call the gateway here.\n")
            return True
        path = self.path.removeprefix(first) or "/" if first == GATEWAY else self.path
        try:
            self._pass_on(url.rstrip("/"), path, body, {VIA_PORTAL: "1"} if first == GATEWAY else {})
        except (OSError, http.client.HTTPException) as error:
            self._unavailable(f"{url} does not answer: {error}")
        return True

    def _pass_on(self, url: str, path: str, body: bytes | None, fields: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(parts.netloc, timeout=30)
        try:
            sent = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            connection.request(self.command, f"{parts.path}{path}", body, {**sent, **fields})
            answer = connection.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in WITHHELD:
                    self.send_header(name, value)
            self.send_header("Content-Security-Policy", ANSWERS)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)
        finally:
            connection.close()

    def _unavailable(self, detail: str) -> None:
        problem = {"type": "about:blank", "title": "Service Unavailable", "status": 503, "code": "unavailable"}
        body = json.dumps({**problem, "detail": detail}).encode()
        self._answer(503, "application/problem+json", body, {"Content-Security-Policy": ANSWERS})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
        """Nothing: a query may hold what no log should."""
