"""Access logs of HTTP APIs: a line for every request that reaches a stage, also those the gateway refuses itself.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html

The line goes to the log group that the stage names, as on AWS, and where it tells what an authorizer decided, to a file
beside MiniStack's own log: the portal's API is not the gateway. The file grows with every request; the log group keeps
the newest `KEPT_EVENTS`.
"""

import json
import os
import re
import sys
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

from .exchange import Exchange

VARIABLE = re.compile(r"\$context\.(\w+(?:\.\w+)*)", re.ASCII)
UNSET = "-"
DECIDED = "$context.authorizer.decision"
APPENDING = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
KEPT_EVENTS = 10_000
SLACK = 1_000
"""Events that a stream may have beyond `KEPT_EVENTS` before it is cut, so that not every line cuts it."""


class RequestScope(Protocol):
    def __call__(self, account_id: str, region: str) -> AbstractContextManager[None]: ...


def rendered(template: str, variables: Mapping[str, str]) -> str:
    """The template with its `$context` variables filled in, each escaped to stand between a JSON string's quotes."""
    line = VARIABLE.sub(lambda found: json.dumps(variables.get(found[1], UNSET))[1:-1], template)
    return line.replace("\r", " ").replace("\n", " ")


class AccessLog:
    """`logs` is MiniStack's `services.cloudwatch_logs`, `request_scope` its `core.responses.request_scope`."""

    def __init__(self, file: Path | None, logs: Any, request_scope: RequestScope) -> None:
        self._logs, self._request_scope = logs, request_scope
        self._file = None if file is None else os.open(file, APPENDING, 0o600)

    def write(self, exchange: Exchange, settings: Mapping[str, str] | None) -> None:
        """Write one line as a stage's `accessLogSettings` say. Never raises: a log must not fail a request."""
        template, group = (settings or {}).get("format"), (settings or {}).get("destinationArn")
        if not template or not group:
            return
        line = rendered(template, exchange.variables())
        try:
            if self._file is not None and DECIDED in template:
                os.write(self._file, f"{line}\n".encode())
            self._put(group, f"{exchange.api}/{exchange.stage}", line)
        except Exception as fault:
            sys.stderr.write(f"An access log line was lost: {type(fault).__name__}.\n")

    def _put(self, arn: str, stream: str, line: str) -> None:
        _, _, _, region, account, _, group, *_ = arn.split(":")
        event = {"timestamp": int(time.time() * 1000), "message": line}  # in order, or MiniStack sorts all of them
        with self._request_scope(account, region):
            if group not in self._logs._log_groups:
                return
            streams = self._logs._log_groups[group]["streams"]
            if stream not in streams:
                self._logs._create_log_stream({"logGroupName": group, "logStreamName": stream})
            self._logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [event]})
            self._cut(streams[stream])

    def _cut(self, stream: dict[str, Any]) -> None:
        with self._logs._log_events_lock:
            events = stream["events"]
            if len(events) <= KEPT_EVENTS + SLACK:
                return
            stream["events"], oldest = events[-KEPT_EVENTS:], events[:-KEPT_EVENTS]
        for event in oldest:
            self._logs._log_records.pop(event.get("eventId"), None)
