"""The portal's site of documents of a test's own, served with a portal API and a gateway that answer as a test says."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page

from tests.portal import sites
from tiergate.local.preview import server
from tiergate.policy.check import checked
from tiergate.policy.published import published
from tiergate.portal.build import build

TRY = "try: {product: things, plan: free, scopes: [], rate: {per_second: 2, burst: 5}, quota: {hour: 60}}\n"
KEY = "tg_test_try_0123456789"


class Call(NamedTuple):
    method: str
    path: str
    fields: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    status: int
    body: bytes
    fields: Mapping[str, str]


def answer(body: Any, status: int = 200, media: str = "application/json", **fields: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in fields.items()}
    return Answer(status, content, {"Content-Type": media, **named})


class Upstream:
    """What answers below ``/api`` and ``/gateway``; ``calls`` are those of the gateway, to which ``reply`` answers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.keys = 0
        self.lifetime = "2099-01-01T00:00:00Z"
        self.refuse: Answer | None = None
        self.reply: Callable[[Call], Answer | None] = lambda _: answer({"items": []})
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fields = {name.lower(): value for name, value in self.headers.items()}
                given = upstream.answer(Call(self.command, self.path, fields, body))
                if given is None:
                    self.close_connection = True
                    return
                self.send_response(given.status)
                for name, value in {**given.fields, "Content-Length": str(len(given.body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(given.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server calls them so

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def answer(self, call: Call) -> Answer | None:
        if not call.path.startswith("/api/try-keys"):
            self.calls.append(call)
            return self.reply(call)
        if self.refuse:
            return self.refuse
        self.keys += 1
        apis = [json.loads(call.body)["api"]]
        return answer({"key": f"{KEY}_{self.keys}", "expires": self.lifetime, "limits": {}, "apis": apis}, 201)


class Served(NamedTuple):
    url: str
    upstream: Upstream


@contextmanager
def served(folder: Path, documents: Mapping[str, str], *, trying: bool = False) -> Iterator[Served]:
    """The site of such documents (see `sites.write`), built as a deploy builds it; ``trying``: with temporary keys."""
    portal = {"portal.yaml": f"headline: Build on Shop\n{TRY if trying else ''}"}
    policies = checked(sites.write(folder / "policies", documents, portal))
    made = build(policies, published(policies, {}), out=folder / "site", root=sites.ROOT, today=sites.TODAY).folder
    upstream = Upstream()
    config = folder / "config.json"
    config.write_text(
        json.dumps({"stage": "test", "gateway": "https://gateway.example", "try": "/gateway", "auth": None})
    )
    web = server(0, lambda: made, upstreams={"/api": upstream.url, "/gateway": upstream.url}, config=config)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield Served(f"http://127.0.0.1:{web.server_address[1]}", upstream)
    finally:
        for each in (web, upstream.server):
            each.shutdown()
            each.server_close()


@contextmanager
def opened(browser: Browser, url: str, **context: Any) -> Iterator[Page]:
    """The page, once its operations are there. Whatever breaks the page's policy or raises fails the test."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, **context)
    page = made.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(url)
    page.locator(".operation").first.wait_for()
    try:
        yield page
        assert faults == []
    finally:
        made.close()


def open_all(page: Page) -> None:
    """Open all that can be opened: folds of what is shown above already stay as they are."""
    page.get_by_role("button", name="Open all").click()
    page.wait_for_function(
        "!document.querySelector('details.fold:not([open]):not(.fold-again), .operation [aria-expanded=false]')"
    )
