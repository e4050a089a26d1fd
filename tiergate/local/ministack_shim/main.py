"""MiniStack's main, mended.

    python ministack_shim --port 4600 [--access-log FILE] [--tethered]

MiniStack waits up to 50 ms after each invocation for log lines of a function that printed none
(`lambda_runtime.Worker._drain_stderr_bounded`): 110 ms a request instead of 10. A line that comes later than
the shorter wait is not lost: it counts as the next invocation's.

MiniStack keeps what functions print from calls through API Gateway to itself; it is written to this log.

Hypercorn answers `Upgrade: h2c` with a traceback in the log that quotes all headers, keys too. It now speaks HTTP/1.1
to everyone.
"""

import argparse
import importlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .access_log import AccessLog
from .compression import Compression
from .gateway import Gateway, noticing_context, one_request_id
from .guard import guarded
from .hosted_sign_in import HostedSignIn
from .integration import noticing_failures
from .rest_api import RestApis
from .signature import Signatures, remembering_path
from .subscriptions import Subscriptions

FIRST_LINE_WAIT, IDLE_CONFIRM, HARD_CAP = 0.003, 0.001, 0.25
TETHER_GRACE_SECONDS = 5


def end_with_starter() -> None:
    """End this process group when the process that started it is gone (its end of our stdin is closed)."""
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(TETHER_GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


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


def mend_functions() -> None:
    lambda_runtime = importlib.import_module("ministack.core.lambda_runtime")
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (FIRST_LINE_WAIT, IDLE_CONFIRM, HARD_CAP)
    lambda_runtime.Worker.invoke = audible(lambda_runtime.Worker.invoke)


def mend_gateway(access_log: Path | None) -> None:
    core, services = "ministack.core", "ministack.services"
    apigateway: Any = importlib.import_module(f"{services}.apigateway")
    lambda_svc: Any = importlib.import_module(f"{services}.lambda_svc")
    logs: Any = importlib.import_module(f"{services}.cloudwatch_logs")
    request_scope = importlib.import_module(f"{core}.responses").request_scope
    Subscriptions(logs, request_scope).mend()
    log = AccessLog(access_log, logs, request_scope)
    signatures = Signatures(importlib.import_module(f"{core}.sigv4"), importlib.import_module(f"{core}.iam_evaluator"))
    apigateway._handle_execute_in_scope = Gateway(apigateway, signatures, log).serve
    apigateway._invoke_request_authorizer_lambda = noticing_context(apigateway._invoke_request_authorizer_lambda)
    apigateway.new_uuid = one_request_id(apigateway.new_uuid)
    lambda_svc.lambda_execute_result_to_api_proxy_response = noticing_failures(
        lambda_svc.lambda_execute_result_to_api_proxy_response
    )
    RestApis(importlib.import_module(f"{services}.apigateway_v1")).mend()


def mend_portal(app: Any) -> None:
    """`app` is MiniStack's module of that name."""
    services = "ministack.services"
    Compression(importlib.import_module(f"{services}.cloudfront")).mend()
    run = importlib.import_module("ministack.core.concurrency").run_reentrant
    HostedSignIn(app, importlib.import_module(f"{services}.cognito"), run).mend()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", required=True, help="also marks the command line, by which it is found again")
    parser.add_argument("--access-log", type=Path, help="where the lines of access logs are appended")
    parser.add_argument("--tethered", action="store_true")
    arguments = parser.parse_args()
    os.environ["GATEWAY_PORT"] = arguments.port
    if arguments.tethered:
        threading.Thread(target=end_with_starter, daemon=True).start()

    mend_functions()
    importlib.import_module("hypercorn.protocol.h11").H11Protocol._check_protocol = no_other_protocol
    ministack: Any = importlib.import_module("ministack.app")
    mend_gateway(arguments.access_log)
    mend_portal(ministack)

    def is_distribution(label: str) -> bool:
        return bool(ministack._get_module("cloudfront").find_distribution_for_label(label))

    ministack.app = guarded(remembering_path(ministack.app), is_distribution)
    sys.argv = ["ministack"]
    ministack.main()
