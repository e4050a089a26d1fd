"""MiniStack's main, mended in four places. Runs in `.venv-ministack`, so it must not import tiergate.

    python ministack_shim.py --port 4600 [--tethered]

MiniStack waits up to 50 ms after each invocation for log lines of a function that printed none
(`lambda_runtime.Worker._drain_stderr_bounded`): 110 ms a request instead of 10. A line that comes later than
the shorter wait is not lost: it counts as the next invocation's.

MiniStack takes unsigned calls, under any Host, and tells browsers that every web page may make them: a page that the
developer visits could create and invoke functions. `guarded` keeps browsers to the data plane.

MiniStack keeps what functions print from calls through API Gateway to itself; it is written to this log.

Hypercorn answers `Upgrade: h2c` with a traceback in the log that quotes all headers, keys too. It now speaks HTTP/1.1
to everyone.
"""

import argparse
import importlib
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Channel = Callable[..., Awaitable[Any]]
App = Callable[[Scope, Channel, Channel], Awaitable[None]]

FIRST_LINE_WAIT, IDLE_CONFIRM, HARD_CAP = 0.003, 0.001, 0.25
TETHER_GRACE_SECONDS = 5

LOCAL_HOST = re.compile(r"(127\.0\.0\.1|localhost|\[::1\]|[\w.-]+\.localhost)(:\d+)?", re.ASCII | re.IGNORECASE)
# What a page may call: host and path. MiniStack gives a host that only looks like one of these to its control plane,
# and answers the paths that are left out on every host; so both are matched as exactly as MiniStack does.
ON_ANY_HOST, ON_OWN_HOST = r".*", r"/(?!_ministack/|_localstack/|iceberg|v20180820/|v2/email/).*"
DATA_PLANE = (
    (ON_ANY_HOST, r"/_aws/execute-api/[^/]+/.*"),
    (r"[a-f0-9]{8}\.execute-api\.localhost(:\d+)?", ON_OWN_HOST),
)
DISTRIBUTION = re.compile(r"([a-z0-9]+)\.cloudfront\.localhost(:\d+)?")
REFUSED = (
    b"Tiergate's local MiniStack: web pages may call the gateway only, under a local name; this call was refused.\n"
)


def end_with_starter() -> None:
    """End this process group when the process that started it is gone (its end of our stdin is closed)."""
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(TETHER_GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


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
    if found := DISTRIBUTION.fullmatch(hosts[0]):
        return bool(re.fullmatch(ON_OWN_HOST, path, re.DOTALL)) and is_distribution(found[1])
    return any(re.fullmatch(on, hosts[0]) and re.fullmatch(at, path, re.DOTALL) for on, at in DATA_PLANE)


def audible(invoke: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """`Worker.invoke`, what the function printed written to MiniStack's log as well."""

    def heard(*arguments: Any, **options: Any) -> dict[str, Any]:
        result = invoke(*arguments, **options)
        if result.get("log"):
            sys.stdout.write(f"{result['log']}\n")
            sys.stdout.flush()
        return result

    return heard


async def no_other_protocol(_connection: object, _request: object) -> None:
    """In place of hypercorn's look for `Upgrade: h2c` and HTTP/2: an upgrade may be ignored (RFC 9110, 7.8)."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True, help="also marks the command line, by which it is found again")
    parser.add_argument("--tethered", action="store_true")
    arguments = parser.parse_args()
    os.environ["GATEWAY_PORT"] = arguments.port
    if arguments.tethered:
        threading.Thread(target=end_with_starter, daemon=True).start()

    lambda_runtime = importlib.import_module("ministack.core.lambda_runtime")
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (FIRST_LINE_WAIT, IDLE_CONFIRM, HARD_CAP)
    lambda_runtime.Worker.invoke = audible(lambda_runtime.Worker.invoke)
    importlib.import_module("hypercorn.protocol.h11").H11Protocol._check_protocol = no_other_protocol
    ministack: Any = importlib.import_module("ministack.app")

    def is_distribution(label: str) -> bool:
        return bool(ministack._get_module("cloudfront").find_distribution_for_label(label))

    ministack.app = guarded(ministack.app, is_distribution)
    sys.argv = ["ministack"]
    ministack.main()


if __name__ == "__main__":
    main()
