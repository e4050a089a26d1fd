"""The Lambda Runtime API towards one function: feeds it events, checks every answer, reads the clock of its CPU.

``GET …/invocation/next`` is where a function waits, so its CPU clock is read as that call arrives: between two of
those lie whole requests. See https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.http_server import Request, Server, response

PREFIX = "/2018-06-01/runtime/"
ARN = "arn:aws:lambda:eu-central-1:123456789012:function:measured"

Check = Callable[[dict], str]
"""What is wrong with an answer; empty when it is the expected one."""


@dataclass(frozen=True, slots=True)
class Timing:
    """``cold_ms``: CPU from spawn to the first answer; ``request_us``: CPU a request after the warm-up."""

    cold_ms: float
    request_us: float


class RuntimeApi:
    """Feeds ``warm_up`` + ``requests`` events, then lets the function wait; ``done`` is set then, or on a fault."""

    def __init__(self, events: Sequence[bytes], check: Check, *, warm_up: int, requests: int) -> None:
        self._events, self._check = events, check
        self._warm_up, self._requests = warm_up, requests
        self._answered = 0
        self._cold = self._warm = self._end = 0
        self._pid = 0
        self._spawned, self._never = threading.Event(), threading.Event()
        self._server = Server(self._answer)
        self.address = self._server.address
        self.done = threading.Event()
        self.fault = ""

    def __enter__(self) -> "RuntimeApi":
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._never.set()

    def watch(self, pid: int) -> None:
        """Say which process is measured; no event is given before."""
        self._pid = pid
        self._spawned.set()

    def timing(self) -> Timing:
        """What the clock told, once ``done`` is set and there is no fault."""
        return Timing(self._cold / 1e6, (self._end - self._warm) / self._requests / 1e3)

    def _answer(self, request: Request) -> bytes:
        what = request.path.removeprefix(PREFIX)
        if what == "invocation/next":
            return self._next()
        if what.endswith("/response"):
            self._responded(request.body)
        else:
            self._fail(f"{what}: {request.body.decode(errors='replace')[:2000]}")
        return response(b'{"status":"OK"}', status="202 Accepted")

    def _next(self) -> bytes:
        self._spawned.wait()
        if self._answered == self._warm_up:
            self._warm = cpu_ns(self._pid)
        if self._answered == self._warm_up + self._requests:
            self._end = cpu_ns(self._pid)
            self.done.set()
        if self.done.is_set():
            self._never.wait()
        headers = {
            "lambda-runtime-aws-request-id": f"8476a536-e9f4-11e8-9739-{self._answered:012}",
            "lambda-runtime-deadline-ms": str(int(time.time() * 1000) + 5000),
            "lambda-runtime-invoked-function-arn": ARN,
            "lambda-runtime-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0",
        }
        return response(self._events[self._answered % len(self._events)], headers=headers)

    def _responded(self, body: bytes) -> None:
        if not self._answered:
            self._cold = cpu_ns(self._pid)
        self._answered += 1
        try:
            wrong = self._check(json.loads(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            wrong = repr(error)
        if wrong:
            self._fail(f"answer {self._answered}: {wrong}: {body.decode(errors='replace')[:2000]}")

    def _fail(self, fault: str) -> None:
        self.fault = self.fault or fault
        self.done.set()


def cpu_ns(pid: int) -> int:
    """User and system time of all threads of a process so far, in nanoseconds (Linux, ``clock_getcpuclockid(3)``)."""
    return time.clock_gettime_ns((~pid << 3) | 2)
