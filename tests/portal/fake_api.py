"""The portal API in memory, for pictures and tests of pages: the answers of lambdas/portal_api, and none of its stores.

`test_fake_api.py` holds every answer to its OpenAPI document. ``fail`` names refusals to give, ``held`` routes that do
not answer until they are let go.
"""

import json
import re
import threading
from collections.abc import Callable, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

from tests.portal import fake_partner as given
from tests.portal.fake_partner import Json, State
from tests.portal.fake_sign_in import sign_in

ROLES = ("viewer", "developer", "owner")
AUTOMATIC = {"free"}


class Answer(NamedTuple):
    status: int
    body: Any = None
    fields: tuple[tuple[str, str], ...] = ()


class Refused(Exception):
    def __init__(self, status: int, code: str, detail: str, then: str = "Look at it again.", **members: Any) -> None:
        self.answer = Answer(
            status,
            {
                "type": "about:blank",
                "title": HTTPStatus(status).phrase,
                "status": status,
                "code": code,
                "detail": detail,
                "next": then,
                "request_id": "W1gXmh2_oAMEVow=",
                **members,
            },
        )


class Call(NamedTuple):
    body: Json
    query: dict[str, str]
    fields: dict[str, str]


Route = Callable[..., Answer]
ROUTES: list[tuple[str, str, Route]] = []


def route(method: str, path: str) -> Callable[[Route], Route]:
    def named(answer: Route) -> Route:
        ROUTES.append((method, path, answer))
        return answer

    return named


class Fake:
    """``fail``: by ``METHOD /path`` as the document has it, the refusal to give instead of an answer."""

    def __init__(self, state: State, routes: Sequence[tuple[str, str, Route]]) -> None:
        self.state, self.routes = state, routes
        self.fail: dict[str, Refused] = {}
        self.held: dict[str, threading.Event] = {}
        self.calls: list[tuple[str, str, dict[str, str]]] = []
        self.replays: dict[str, Answer] = {}

    def start(self) -> str:
        """Serve on a free port of this machine until the process ends; returns the URL."""
        handler = type("Handler", (_Handler,), {"fake": self})
        server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_address[1]}"

    def answer(self, method: str, path: str, call: Call) -> Answer:
        self.calls.append((method, path, call.fields))
        for made_for, template, found in self.routes:
            match = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), path)
            if made_for == method and match:
                try:
                    return self._answer(f"{method} {template}", found, match.groupdict(), call)
                except Refused as refused:
                    return refused.answer
        return Refused(404, "not_found", "There is no such thing.").answer

    def _answer(self, name: str, found: Route, names: dict[str, str], call: Call) -> Answer:
        if name in self.held:
            self.held[name].wait(60)
        if name in self.fail:
            raise self.fail[name]
        key = call.fields.get("idempotency-key", "")
        if key and key in self.replays:
            return self.replays[key]._replace(fields=(("Idempotency-Replayed", "true"),))
        answer = found(self.state, call, **names)
        if key:
            self.replays[key] = answer
        return answer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fake: Fake

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        text = self.rfile.read(length) if length else b""
        fields = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query))
        if parts.path.startswith("/idp"):
            answer = Answer(*sign_in(parts.path, query, dict(parse_qsl(text.decode())), self.fake.state.mail))
        elif parts.path.startswith("/gateway"):
            answer = called(self.fake.state)
        elif "authorization" not in fields and not parts.path.endswith("/try-keys"):
            answer = Answer(401, {"message": "Unauthorized"})
        else:
            call = Call(json.loads(text) if text else {}, query, fields)
            answer = self.fake.answer(self.command, parts.path.removeprefix("/api"), call)
        self._send(answer)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server calls them so

    def _send(self, answer: Answer) -> None:
        content = b"" if answer.body is None else json.dumps(answer.body).encode()
        kind = "application/problem+json" if answer.status >= 400 else "application/json"
        self.send_response(answer.status)
        version = answer.body.get("version") if isinstance(answer.body, dict) else None
        etag = (("ETag", f'"{version}"'),) if version else ()
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(content))), *etag, *answer.fields):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server calls it so
        """Nothing."""


def called(state: State) -> Answer:
    """A call through the gateway, which counts for the newest application."""
    application = list(state.applications)[-1]
    state.used[application] = state.used.get(application, 0) + 1
    state.calls.setdefault(application, {})["bank/v1"] = state.calls.get(application, {}).get("bank/v1", 0) + 1
    for each in state.credentials[application]:
        each["last_used"] = given.told(state.now)
    left = given.LIMITS["free"][1] - state.used[application]
    limits = (("RateLimit", f'"hour";r={left};t=1200'), ("X-Request-Id", "NZRB8VWk8cVMTDw="))
    return Answer(200, {"items": [{"id": "acc_bcd6afc8079b", "name": "Daily account"}]}, limits)


def page(items: list[Json], call: Call) -> Answer:
    start, limit = int(call.query.get("cursor", "0")), int(call.query.get("limit", "50"))
    more = start + limit < len(items)
    return Answer(200, {"items": items[start : start + limit], "next": str(start + limit) if more else None})


def allowed(role: str, needed: str) -> None:
    if ROLES.index(role) < ROLES.index(needed):
        raise Refused(
            403,
            "role_insufficient",
            f"This needs the role {needed}; yours is {role}.",
            "Ask an owner to change your role.",
        )


def fresh(stored: Json, call: Call) -> None:
    sent = call.fields.get("if-match")
    if sent is None:
        raise Refused(428, "version_required", "The header If-Match is missing.")
    if sent != f'"{stored["version"]}"':
        raise Refused(412, "version_stale", "It has changed since you read it.", "Read it again.")


def named(call: Call, field: str = "name") -> str:
    value = str(call.body.get(field, "")).strip()
    if not 1 <= len(value) <= 100:
        fault = {"field": field, "detail": f"Give a {field} of 1 to 100 characters."}
        raise Refused(
            422, "invalid", "Some fields are not as they must be.", "Mend what `errors` lists.", errors=[fault]
        )
    return value


def organization(state: State, organization: str, needed: str = "viewer") -> Json:
    if organization not in state.organizations:
        raise Refused(404, "not_found", "There is no such organization.", "Check the address.")
    found = state.organizations[organization]
    allowed(found["role"], needed)
    return found


def application(state: State, application: str, needed: str = "viewer") -> Json:
    if application not in state.applications:
        raise Refused(404, "not_found", "There is no such application.", "Check the address.")
    found = state.applications[application]
    allowed(found["role"], needed)
    return found


def credential(state: State, owner: str, id: str, needed: str = "developer") -> Json:  # noqa: A002
    application(state, owner, needed)
    found = next((each for each in state.credentials[owner] if each["id"] == id), None)
    if found is None:
        raise Refused(404, "not_found", "There is no such credential.")
    return found
