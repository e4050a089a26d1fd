"""One connection to a service of AWS that speaks JSON: a request out, its whole answer in, by a deadline.

Far less than HTTP/1.1, and strict in that: they always send one length, no chunks and no interim answers. The proxy's
reader (``http_wire``), which knows them all, takes 8 µs more an answer.
"""

import re
import select
import socket
import time
from collections.abc import Mapping
from typing import NamedTuple

from tiergate.adapters.connecting import left

MOST_HEAD = 16_384
MOST_BODY = 1_000_000
"""Bytes of an answer. An item of DynamoDB has at most 400 KB."""

MOST_IDLE = 60.0
"""Seconds that an idle connection is kept for, as the AWS SDK for Java does. DynamoDB ends one after some minutes, NAT
forgets it after 350 seconds, and an instance that was frozen meanwhile heard nothing of it."""

CHUNK = 65_536
VERSION = b"HTTP/1.1 "
STATUS_LINE = re.compile(r"HTTP/1\.1 ([2-5][0-9]{2})(?: .*)?")
LENGTH = re.compile(r"[0-9]{1,9}")


class BrokenAnswer(ValueError):
    """What came is not one whole answer."""


class Answer(NamedTuple):
    """``fields`` by lower-case name. ``last``: the connection serves no other request."""

    status: int
    fields: Mapping[str, str]
    body: bytes
    last: bool


class Connection:
    """Serves one request at a time; after any error it must be closed. ``heard``: whether any of the answer came."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._sock = sock
        self._readable = select.poll()
        self._readable.register(sock, select.POLLIN)
        self._since = 0.0
        self.heard = False

    def usable(self) -> bool:
        """Whether it is not old, and the other side has neither ended it nor sent what nobody asked for."""
        return 0 <= time.time() - self._since <= MOST_IDLE and not self._readable.poll(0)

    def close(self) -> None:
        self._sock.close()

    def exchange(self, message: bytes, deadline: float) -> Answer:
        """The answer to a request.

        Raises
        ------
        BrokenAnswer
            It is none.
        OSError
            TimeoutError at the deadline (monotonic seconds), however many bytes came until then.
        """
        self.heard = False
        self._send(message, deadline)
        data = self._receive(deadline)
        self.heard = True
        while (end := data.find(b"\r\n\r\n")) < 0:
            if len(data) > MOST_HEAD or not data.startswith(VERSION[: len(data)]):
                raise BrokenAnswer("not HTTP/1.1")
            data += self._receive(deadline)
        status, fields = _head(data[:end])
        length = _length(fields)
        body = data[end + 4 :]
        while len(body) < length:
            body += self._receive(deadline)
        self._since = time.time()
        last = len(body) > length or fields.get("connection", "").lower() == "close"
        return Answer(status, fields, body[:length], last)

    def _send(self, message: bytes, deadline: float) -> None:
        rest = memoryview(message)
        while rest:
            self._sock.settimeout(left(deadline))
            rest = rest[self._sock.send(rest) :]

    def _receive(self, deadline: float) -> bytes:
        self._sock.settimeout(left(deadline))
        data = self._sock.recv(CHUNK)
        if not data:
            raise ConnectionResetError
        return data


def _head(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    found = STATUS_LINE.fullmatch(first)
    if found is None:
        raise BrokenAnswer("not a status line of HTTP/1.1")
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        name = name.lower()
        if not colon or (name in fields and name == "content-length"):
            raise BrokenAnswer("not a head of HTTP/1.1")
        fields[name] = value.strip(" \t")
    return int(found[1]), fields


def _length(fields: Mapping[str, str]) -> int:
    length = fields.get("content-length", "")
    if "transfer-encoding" in fields or not LENGTH.fullmatch(length):
        raise BrokenAnswer("no one length")
    if int(length) > MOST_BODY:
        raise BrokenAnswer(f"more than {MOST_BODY} bytes")
    return int(length)
