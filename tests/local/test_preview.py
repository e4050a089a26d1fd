"""The site on this machine has the addresses and header fields that it has when it is deployed."""

import gzip
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tiergate.domain.site_files import ADDRESS, FEED, FRESH, LASTING
from tiergate.local.preview import server
from tiergate.portal.headers import ANSWERS, FIELDS, UNSAFE, content_security_policy


class Upstream(BaseHTTPRequestHandler):
    """Answers with what it was asked, and with fields that must not get through."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        seen = {"key": self.headers.get("X-Api-Key"), "via": self.headers.get("X-Tiergate-Portal")}
        told = json.dumps({"path": self.path, "body": body.decode(), **seen}).encode()
        self.send_response(201)
        fields = {"X-Request-Id": "r1", "Content-Length": str(len(told)), **dict.fromkeys(UNSAFE, "a=b")}
        for name, value in fields.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(told)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
        pass


def running(serving: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield serving.server_address[1]
    finally:
        serving.shutdown()
        thread.join()
        serving.server_close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    (root / "assets").mkdir(parents=True)
    (root / "content").mkdir()
    (root / "index.html").write_text("<!doctype html><title>Portal</title>")
    (root / "assets/app-0A1B2C3D.js").write_text("export const a = 1;" * 100)
    (root / "content/catalog.json").write_text("{}")
    (tmp_path / "secret.json").write_text("{}")
    return root


@pytest.fixture
def upstream() -> Iterator[int]:
    yield from running(ThreadingHTTPServer(("127.0.0.1", 0), Upstream))


@pytest.fixture
def port(folder: Path, upstream: int) -> Iterator[int]:
    url = f"http://127.0.0.1:{upstream}"
    yield from running(server(0, lambda: folder, upstreams={"/api": "", "/gateway": f"{url}/stage"}))


def ask(
    port: int, path: str, method: str = "GET", body: str | None = None, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/", "/apis/bank/v1/accounts", "/guides/keys?x=a.b", "/index.html"])
def test_every_address_without_a_dot_is_the_page(port: int, path: str) -> None:
    answer, body = ask(port, path)
    assert (answer.status, answer.getheader("Content-Type")) == (200, "text/html; charset=utf-8")
    assert b"<title>Portal</title>" in body
    assert answer.getheader("Content-Security-Policy") == content_security_policy()
    assert answer.getheader("Cache-Control") == FRESH
    assert {name: answer.getheader(name) for name in FIELDS} == FIELDS


def test_what_has_its_hash_in_its_name_is_kept_and_comes_compressed(port: int) -> None:
    answer, body = ask(port, "/assets/app-0A1B2C3D.js", Accept_Encoding="br, gzip")
    assert answer.getheader("Content-Type") == "text/javascript; charset=utf-8"
    assert answer.getheader("Cache-Control") == LASTING
    assert gzip.decompress(body) == b"export const a = 1;" * 100


@pytest.mark.parametrize(
    "path", ["/content/nothing.json", "/assets/", "/../secret.json", "/%2e%2e/secret.json", "/a.js"]
)
def test_what_is_not_there_is_404_and_nothing_outside_of_the_site_is_there(port: int, path: str) -> None:
    answer, body = ask(port, path)
    assert answer.status == (200 if path == "/assets/" else 404)
    assert body != b"{}"


def test_without_an_api_its_addresses_answer_with_a_problem(port: int) -> None:
    answer, body = ask(port, "/api/me")
    assert (answer.status, answer.getheader("Content-Type")) == (503, "application/problem+json")
    assert "make up" in json.loads(body)["detail"]


def test_calls_go_on_to_the_gateway_and_its_answers_can_do_nothing_on_the_portals_address(port: int) -> None:
    answer, body = ask(port, "/gateway/bank/v1/payments?a=1", "POST", "{}", X_Api_Key="k")
    assert json.loads(body) == {"path": "/stage/bank/v1/payments?a=1", "body": "{}", "key": "k", "via": "1"}
    assert (answer.status, answer.getheader("X-Request-Id")) == (201, "r1")
    assert [name for name in UNSAFE if answer.getheader(name)] == []
    assert answer.getheader("Content-Security-Policy") == ANSWERS
    assert answer.getheader("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("field", [{"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Dest": "document"}])
def test_what_a_browser_opens_itself_does_not_reach_the_gateway(port: int, field: dict[str, str]) -> None:
    assert ask(port, "/gateway/bank/v1/payments", "POST", "{}", **field)[0].status == 403
    assert ask(port, "/gateway/x", "POST", "{}", Sec_Fetch_Site="same-origin", Sec_Fetch_Dest="empty")[0].status == 201


def test_the_site_itself_takes_nothing(port: int) -> None:
    answer, _ = ask(port, "/apis", "POST", "x")
    assert (answer.status, answer.getheader("Allow")) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ("PROPFIND / HTTP/1.1\r\nHost: localhost", 501),
        ("<script> / HTTP/1.1\r\nHost: localhost", 501),
        ("GET / HTTP/9.9\r\nHost: localhost", 505),
        ("POST /gateway/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5", 400),
        ("POST /gateway/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc", 400),
        ("GET /a%00.js HTTP/1.1\r\nHost: localhost", 404),
        ("GET / HTTP/1.1\r\nHost: rebound.elsewhere.example", 421),
        ("GET / HTTP/1.1\r\nHost: elsewhere-127.0.0.1", 421),
        ("GET / HTTP/1.1\r\nHost: portal.localhost:4700", 200),
    ],
)
def test_what_is_malformed_or_for_another_machine_is_refused_with_the_fields_of_every_answer(
    port: int, request_: str, status: int
) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(f"{request_}\r\nConnection: close\r\n\r\n".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        assert answer.status == status
        assert {name: answer.getheader(name) for name in FIELDS} == FIELDS
        assert answer.getheader("Content-Security-Policy") == content_security_policy()


def test_the_feed_leads_to_where_it_is_read(port: int, folder: Path) -> None:
    (folder / FEED).write_text(f"<link>{ADDRESS}/changelog</link>")
    assert ask(port, f"/{FEED}")[1] == f"<link>http://127.0.0.1:{port}/changelog</link>".encode()


def test_a_file_of_the_assets_without_a_hash_in_its_name_is_not_kept(port: int, folder: Path) -> None:
    (folder / "assets/plain.js").write_text("1")
    assert ask(port, "/assets/plain.js")[0].getheader("Cache-Control") == FRESH


def test_a_head_is_answered_without_a_body(port: int) -> None:
    answer, body = ask(port, "/", "HEAD")
    assert (answer.status, body) == (200, b"")
    assert int(answer.getheader("Content-Length") or 0) > 0


def test_the_configuration_is_the_file_that_is_named_and_the_policy_lets_the_sign_in_be_reached(
    folder: Path, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    config.write_text('{"stage": "local"}')
    serving = server(0, lambda: folder, upstreams={}, config=config, connect=("https://login.example",))
    for port in running(serving):
        answer, body = ask(port, "/config.json")
        assert json.loads(body) == {"stage": "local"}
        assert "connect-src 'self' https://login.example;" in (answer.getheader("Content-Security-Policy") or "")


def test_each_page_that_is_opened_is_renewed_first(folder: Path) -> None:
    renewed: list[int] = []
    for port in running(server(0, lambda: folder, upstreams={}, renew=lambda: renewed.append(1))):
        for path in ("/", "/assets/app-0A1B2C3D.js", "/guides"):
            ask(port, path)
    assert len(renewed) == 2


def test_no_page_may_run_what_stands_in_it() -> None:
    policy = content_security_policy()
    assert "unsafe" not in policy
    for rule in ("default-src 'none'", "script-src 'self'", "trusted-types 'none'", "frame-ancestors 'none'"):
        assert rule in policy.split("; ")
