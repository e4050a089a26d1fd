"""Code samples as the pages print them, run as a reader would, and what arrives of them."""

import json
import os
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

SAMPLES = Path(__file__).parents[2] / "portal" / "src" / "samples"
KEY = "tg_test_'\"$HOME`id`\\n"
PRINT = """
import { readFileSync } from "node:fs";
const { LANGUAGES } = await import(`${process.argv[1]}/index.js`);
const { request } = await import(`${process.argv[1]}/request.js`);
const cases = JSON.parse(readFileSync(0, "utf8"));
const printers = await Promise.all(LANGUAGES.map(async ({ id, load }) => [id, await load()]));
console.log(JSON.stringify(cases.map(({ operation, values, schemas = {}, base, key }) => {
  const credentials = [{ name: "X-Api-Key", value: key ?? { variable: "API_KEY", prefix: "" } }];
  const made = request(operation, values, { base, schemas, credentials });
  return Object.fromEntries(printers.map(([id, print]) => [id, print(made)]));
})));
"""
LANGUAGES = ("curl", "python", "javascript")

HOSTILE = [
    "plain",
    "it's \"quoted\" `id` $HOME $(id) ${X} %s %41 \\ \\n \\' !! ~ * ? [a-z] {a,b} # & ; | < > =",
    "line one\nline two\r\n\ttabbed",
    "naïve Grüße 日本語 😀 e\u0301",
    "\u202eright to left\u2028line\u2029paragraph\ufeff\u0085 next",
    "@file",
    "-X DELETE",
    " blanks at both ends ",
    "'; rm -rf / #",
    '"""',
    "${process.exit(1)}</script>",
]


class Arrived(NamedTuple):
    method: str
    path: str
    query: list[tuple[str, str]]
    fields: dict[str, str]
    body: bytes


class Echo:
    """A server that keeps the last request."""

    def __init__(self) -> None:
        self.arrived: list[Arrived] = []
        arrived = self.arrived

        class Handler(BaseHTTPRequestHandler):
            def _keep(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                fields = {
                    name.lower(): value.encode("latin-1").decode("utf-8", "replace")
                    for name, value in self.headers.items()
                }
                query = parse_qsl(parts.query, keep_blank_values=True)
                arrived.append(Arrived(self.command, parts.path, query, fields, body))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok" if self.command != "HEAD" else b"")

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _keep  # noqa: N815 - http.server calls them so

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.server.server_address[1]}/bank/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def printed(cases: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Each case in every language."""
    result: list[dict[str, str]] = json.loads(told(PRINT, cases))
    return result


def told(program: str, given: Any) -> str:
    """What a program that uses the modules of samples says of what it is given."""
    command = [_node(), "--no-warnings", "--input-type=module", "-e", program, SAMPLES.as_uri()]
    done = subprocess.run(  # noqa: S603  # our own program
        command, input=json.dumps(given), capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.returncode, done.stderr
    return done.stdout


def _node() -> str:
    own = Path(sys.executable).with_name("node")
    return str(own) if own.exists() else shutil.which("node") or "node"


def run(language: str, text: str, folder: Path) -> None:
    """Save the sample and run it, as a reader would."""
    name = {"curl": "sample.sh", "python": "sample.py", "javascript": "sample.mjs"}[language]
    program = {"curl": "bash", "python": sys.executable, "javascript": _node()}[language]
    (folder / name).write_text(text, encoding="utf-8", newline="")
    environment = {**os.environ, "API_KEY": KEY, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(  # noqa: S603  # the sample itself: it is what the test is about
        [program, name], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert not done.returncode, f"{text}\n{done.stderr}"
    assert "ok" in done.stdout or "HEAD" in text.upper(), done.stdout


def arrivals(echo: Echo, cases: list[dict[str, Any]], language: str, folder: Path) -> list[Arrived]:
    found = []
    for each in printed([{**case, "base": echo.base} for case in cases]):
        echo.arrived.clear()
        run(language, each[language], folder)
        assert len(echo.arrived) == 1
        found.append(echo.arrived[0])
    return found


def parameter(name: str, where: str, schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "in": where, "schema": schema or {"type": "string"}, "required": where == "path", **more}


def case(method: str, path: str, parameters: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
    typed = values.pop("typed", {})
    body = values.pop("request_body", None)
    operation = {"method": method, "path": path, "parameters": parameters, "request_body": body}
    return {"operation": operation, "values": {"parameters": typed, **values}, **values.pop("extra", {})}
