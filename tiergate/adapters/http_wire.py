"""HTTP/1.1 on one connection (RFC 9112), strict: what two readers could understand differently is no answer.

Refused are lines that end in a bare LF, control characters, spaces before a colon, names that are no token, a length
and chunks together, lengths that differ, codings other than chunked, and a switch to another protocol.
"""

import re
import socket

from tiergate.adapters.connecting import left
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import BODYLESS, BROKEN, Request, Response, are_fields, is_token

MOST_HEAD = 65_536
"""Bytes of a status line and its fields, and of the fields that may follow chunks."""

MOST_FIELDS = 100
MOST_INTERIM = 20
MOST_SIZE_LINE = 1024
"""Bytes of the line before a chunk, its extensions included."""

MOST_BYTES = 6_000_000
"""The largest body worth reading: Lambda's answer is bounded by 6 MB."""

CHUNK = 65_536
LONE_LF = re.compile(rb"(?<!\r)\n")
STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: .*)?")
LENGTH = re.compile(r"[0-9]{1,18}")
SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?")
TARGET = re.compile(r"/[!-~]*")
WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests say that they have no body (RFC 9110 §8.6)."""

Fields = list[tuple[str, str]]


class BrokenAnswer(ValueError):
    """What came is not one whole answer of HTTP/1.1."""


class Wire:
    """A connection each of whose operations must end by ``deadline`` (monotonic seconds).

    A socket's own time-out starts anew with every byte, so that a trickling upstream never meets it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._read = bytearray()
        self._heard = False
        self.deadline = 0.0

    @property
    def drained(self) -> bool:
        """Whether nothing was received that nobody asked for."""
        return not self._read

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._sock.close()

    def send(self, data: bytes) -> None:
        self._heard = False
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(left(self.deadline))
            rest = rest[self._sock.send(rest) :]

    def until(self, mark: bytes, most: int) -> bytes:
        """The lines before ``mark``, of at most so many bytes."""
        seen = 0
        while (end := self._read.find(mark, max(seen - len(mark), 0), most)) < 0:
            if LONE_LF.search(self._read, max(seen - 1, 0), most):
                raise BrokenAnswer("a line that ends in a bare LF")
            if len(self._read) >= most:
                raise BrokenAnswer(f"more than {most} bytes of head")
            seen = len(self._read)
            self._receive()
        text = bytes(self._read[:end])
        del self._read[: end + len(mark)]
        return text

    def exactly(self, count: int) -> bytes:
        while len(self._read) < count:
            self._receive()
        data = bytes(self._read[:count])
        del self._read[:count]
        return data

    def rest(self) -> bytes:
        """Everything until the other side ends the connection."""
        while len(self._read) <= MOST_BYTES and self._more():
            pass
        return self.exactly(len(self._read))

    def _receive(self) -> None:
        """Raises ConnectionError where the other side ended the connection before it said anything."""
        if not self._more():
            raise BrokenAnswer("broken off") if self._heard else ConnectionResetError("closed before an answer")

    def _more(self) -> bool:
        self._sock.settimeout(left(self.deadline))
        data = self._sock.recv(CHUNK)
        self._read += data
        self._heard = self._heard or bool(data)
        return bool(data)


def write_request(wire: Wire, host: str, target: str, request: Request) -> None:
    """Send it in one piece. Raises ValueError, and sends nothing, where HTTP cannot carry it."""
    if not is_token(request.method) or not TARGET.fullmatch(target) or not are_fields(request.headers):
        raise ValueError("a request that HTTP cannot carry")
    lines = [f"{request.method} {target} HTTP/1.1\r\nhost: {host}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in request.headers]
    if request.body or request.method in WITH_LENGTH:
        lines.append(f"content-length: {len(request.body)}\r\n")
    lines.append("\r\n")
    wire.send("".join(lines).encode() + request.body)


def read_answer(wire: Wire, method: str) -> tuple[Response, bool]:
    """The answer to a request of this method, and whether the connection can serve another.

    Raises
    ------
    BrokenAnswer, UpstreamFailure
        The second (``response_too_large``) where the body is larger than any that can be passed on.
    """
    persistent, status, fields = _final_head(wire)
    chunked, length = _framing(fields, persistent)
    if method == "HEAD" or status in BODYLESS:
        return Response(status, fields, b""), False  # a body may come all the same
    if chunked:
        body = _chunks(wire)
    elif length is None:
        body, persistent = wire.rest(), False
    else:
        _check(length)
        body = wire.exactly(length)
    _check(len(body))
    reusable = persistent and wire.drained and not _ends_connection(fields)
    return Response(status, fields, body), reusable


def _final_head(wire: Wire) -> tuple[bool, int, Fields]:
    """Whether the connection lasts by its version, the status and the fields; interim answers are read over."""
    for _ in range(MOST_INTERIM):
        lines = wire.until(b"\r\n\r\n", MOST_HEAD).decode("latin-1").split("\r\n")
        if BROKEN.search("".join(lines)):
            raise BrokenAnswer("a control character in the head")
        found = STATUS_LINE.fullmatch(lines[0])
        if not found or found[2] == "101":  # nobody asked for another protocol
            raise BrokenAnswer("not a status line of HTTP/1.1")
        fields = _fields(lines[1:])
        if int(found[2]) >= 200:
            return found[1] == "1", int(found[2]), fields
    raise BrokenAnswer(f"more than {MOST_INTERIM} interim answers")


def _fields(lines: list[str]) -> Fields:
    """Names in lower case. A folded line is put together again, as RFC 9112 §5.2 has a gateway do."""
    fields: Fields = []
    for line in lines:
        if line.startswith((" ", "\t")) and fields:
            name, value = fields.pop()
            value += " " + line.strip(" \t")
        else:
            name, colon, value = line.partition(":")
            if not colon or not is_token(name):
                raise BrokenAnswer("a line that is no field")
        fields.append((name.lower(), value.strip(" \t")))
    if len(fields) > MOST_FIELDS:
        raise BrokenAnswer(f"more than {MOST_FIELDS} fields")
    return fields


def _framing(fields: Fields, persistent: bool) -> tuple[bool, int | None]:
    """Whether the body comes in chunks, or its length; neither where the connection's end is its (RFC 9112 §6.3)."""
    codings = [value.lower() for name, value in fields if name == "transfer-encoding"]
    lengths = {part.strip() for name, value in fields if name == "content-length" for part in value.split(",")}
    if codings:
        if lengths or codings != ["chunked"] or not persistent:
            raise BrokenAnswer("a transfer coding that leaves the end unclear")
        return True, None
    if not lengths:
        return False, None
    length = lengths.pop()
    if lengths or not LENGTH.fullmatch(length):
        raise BrokenAnswer("no one length")
    return False, int(length)


def _chunks(wire: Wire) -> bytes:
    """What chunks hold (RFC 9112 §7.1); their extensions and the fields after the last are dropped."""
    parts: list[bytes] = []
    total = 0
    while size := _chunk_size(wire):
        total += size
        _check(total)
        parts.append(wire.exactly(size))
        if wire.exactly(2) != b"\r\n":
            raise BrokenAnswer("a chunk longer than its size")
    for _ in range(MOST_FIELDS + 1):
        if not _line(wire, MOST_HEAD):
            return b"".join(parts)
    raise BrokenAnswer(f"more than {MOST_FIELDS} trailer fields")


def _chunk_size(wire: Wire) -> int:
    found = SIZE_LINE.fullmatch(_line(wire, MOST_SIZE_LINE))
    if not found:
        raise BrokenAnswer("no size of a chunk")
    return int(found[1], 16)


def _line(wire: Wire, most: int) -> bytes:
    return wire.until(b"\r\n", most)


def _check(length: int) -> None:
    if length > MOST_BYTES:
        raise UpstreamFailure("response_too_large", f"more than {MOST_BYTES} bytes")


def _ends_connection(fields: Fields) -> bool:
    options = ",".join([value for name, value in fields if name == "connection"])
    return "close" in [option.strip().lower() for option in options.split(",")]
