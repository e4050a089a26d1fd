"""Who may call MiniStack: this machine's programs everything, web pages the data plane, foreign names nothing.

MiniStack takes unsigned calls, under any Host, and tells browsers that every web page may make them: a page that the
developer visits could create and invoke functions.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Channel = Callable[..., Awaitable[Any]]
App = Callable[[Scope, Channel, Channel], Awaitable[None]]

LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\]|[\w.-]+\.localhost)(:\d+)?", re.ASCII | re.IGNORECASE)
# What a page may call: host and path. MiniStack gives a host that only looks like one of these to its control plane,
# and answers the paths that are left out on every host; so both are matched as exactly as MiniStack does.
ON_ANY_HOST, ON_OWN_HOST = r".*", r"/(?!_ministack/|_localstack/|iceberg|v20180820/|v2/email/).*"
DATA_PLANE = (
    (ON_ANY_HOST, r"/_aws/execute-api/[^/]+/.*"),
    (r"[a-f0-9]{8}\.execute-api\.localhost(:\d+)?", ON_OWN_HOST),
)
DISTRIBUTION = re.compile(r"([a-z0-9]+)\.cloudfront\.localhost(:\d+)?")
THIS_MACHINE = re.compile(r"(127\.0\.0\.1|localhost)(:\d+)?", re.IGNORECASE)
"""Where the hosted sign-in is."""
VISITED = {"/oauth2/authorize", "/signup", "/logout"}
"""Pages that a person is sent to. They say nothing, change nothing, and lead to a client's own addresses alone."""
SUBMITTED = {"/login", "/signup", "/confirm"}
"""What those pages send, with what a person typed: never a page of somebody else's."""
EXCHANGED = {"/oauth2/token", "/oauth2/revoke"}
"""What a distribution's pages call."""
REFUSED = (
    b"Tiergate's local MiniStack: web pages may call the gateway and the portal only, under a local name; "
    b"this call was refused.\n"
)


def guarded(app: App, is_distribution: Callable[[str], bool] = lambda _label: False) -> App:
    """`app` for this machine's programs; web pages reach its data plane only, foreign names (DNS rebinding) nothing."""

    async def guard(scope: Scope, receive: Channel, send: Channel) -> None:
        if scope["type"] not in ("http", "websocket") or _may(scope, is_distribution):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before the accept: a 403
        else:
            kind = [(b"content-type", b"text/plain"), (b"content-length", str(len(REFUSED)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": kind})
            await send({"type": "http.response.body", "body": REFUSED})

    return guard


def _may(scope: Scope, is_distribution: Callable[[str], bool]) -> bool:
    headers = [(name.lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not LOCAL_HOST.fullmatch(hosts[0]):
        return False
    from_page = any(name == b"origin" or (name == b"sec-fetch-site" and value != "none") for name, value in headers)
    if not from_page:
        return True
    path = scope["path"]
    sign_in = THIS_MACHINE.fullmatch(hosts[0])
    if sign_in and _signs_in(scope, dict(headers), sign_in, is_distribution):
        return True
    if found := DISTRIBUTION.fullmatch(hosts[0]):
        return bool(re.fullmatch(ON_OWN_HOST, path, re.DOTALL)) and is_distribution(found[1])
    return any(re.fullmatch(on, hosts[0]) and re.fullmatch(at, path, re.DOTALL) for on, at in DATA_PLANE)


def _signs_in(
    scope: Scope, headers: Mapping[bytes, str], host: re.Match[str], is_distribution: Callable[[str], bool]
) -> bool:
    """Whether a page's call is a step of signing in. Of a visit nobody knows which page it came from."""
    path, method, origin = scope["path"], scope.get("method"), headers.get(b"origin", "")
    if path in VISITED and method == "GET":
        visit = (headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest")) == ("navigate", "document")
        return visit and not origin
    if path in SUBMITTED and method == "POST":
        return origin == f"http://{host[0]}"
    if path in EXCHANGED and method in {"POST", "OPTIONS"}:
        found = re.fullmatch(f"http://{DISTRIBUTION.pattern}", origin)
        return found is not None and found[2] == host[2] and is_distribution(found[1])
    return False
