"""moto's DynamoDB behind a socket, which fails as a test says while the test says so."""

import threading
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from bench.http_server import Request
from tests.dynamodb_server import DynamoServer
from tests.fakes.dynamodb_answers import fault

Fault = Callable[["FailingDynamo", Callable[[], bytes]], bytes]
"""What comes in place of the answer, which is there to be had."""


class FailingDynamo(DynamoServer):
    """``faults`` by operation, those that are not among them work; ``only`` requests that name this text fail."""

    def __init__(self, client: Any) -> None:
        self.faults: dict[str, Fault] = {}
        self.only = ""
        self.released = threading.Event()
        super().__init__(client)

    def close(self) -> None:
        self.released.set()
        super().close()

    def _answer(self, request: Request) -> bytes:
        operation = request.headers["x-amz-target"].partition(".")[2]
        failing = self.faults.get(operation)
        if failing is None or self.only.encode() not in request.body:
            return super()._answer(request)
        asked = len(self.calls)
        self.calls.append(operation)

        def answered() -> bytes:
            del self.calls[asked]
            return super(FailingDynamo, self)._answer(request)

        return failing(self, answered)


def slow(store: FailingDynamo, _: Callable[[], bytes]) -> bytes:
    """No answer as long as the test runs."""
    store.released.wait(60)
    raise ConnectionAbortedError


def unreachable_after_the_write(_: FailingDynamo, answered: Callable[[], bytes]) -> bytes:
    """What was asked for is done, and the connection ends in place of the reply."""
    answered()
    raise ConnectionAbortedError


def throttled(_: FailingDynamo, __: Callable[[], bytes]) -> bytes:
    return fault("ThrottlingException")


def access_denied(_: FailingDynamo, __: Callable[[], bytes]) -> bytes:
    return fault("AccessDeniedException")


def unreachable(_: FailingDynamo, __: Callable[[], bytes]) -> bytes:
    """The connection ends in place of an answer."""
    raise ConnectionAbortedError


def garbage(_: FailingDynamo, __: Callable[[], bytes]) -> bytes:
    return b"220 mail.example ESMTP\r\n\r\n"


def dated(seconds: float) -> Fault:
    """The right answer with that time of day."""

    def answer(_: FailingDynamo, answered: Callable[[], bytes]) -> bytes:
        first, _, rest = answered().partition(b"\r\n")
        return b"%s\r\ndate: %s\r\n%s" % (first, formatdate(seconds, usegmt=True).encode(), rest)

    return answer


FAULTS: dict[str, Fault] = {
    "slow": slow,
    "throttled": throttled,
    "refused": access_denied,
    "unreachable": unreachable,
    "garbage": garbage,
}
"""By the reason that the authorizer is to give."""
