"""What came in: the event as a value, and its query parameters with every fault collected."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from urllib.parse import parse_qs

from .answers import Fault, invalid

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; header names are lower-case, `body` is as the event carries it."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: str
    is_base64: bool

    def body_bytes(self) -> bytes:
        """The body as the client sent it. Raises ValueError when the event's base64 is broken."""
        if self.is_base64:
            return base64.b64decode(self.body, validate=True)
        return self.body.encode()


def read_event(event: object) -> Request:
    """The request in an HTTP API event (payload format 2.0); what is missing or of another type is empty."""
    fields = _mapping(event)
    http = _mapping(_mapping(fields.get("requestContext")).get("http"))
    headers = _mapping(fields.get("headers"))
    return Request(
        method=_text(http.get("method")),
        path=_text(fields.get("rawPath")),
        query=parse_qs(_text(fields.get("rawQueryString")), keep_blank_values=True),
        headers={str(name).lower(): _text(value) for name, value in headers.items()},
        body=_text(fields.get("body")),
        is_base64=fields.get("isBase64Encoded") is True,
    )


def calendar_day(value: object) -> date | None:
    """The day that a text such as `2026-10-01` names, or None when it names none."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _mapping(value: object) -> Mapping[object, object]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


class Parameters:
    """The query parameters of a list, read one by one; `check` refuses with all faults found so far."""

    def __init__(self, request: Request) -> None:
        self._query = request.query
        paging = {"limit", "cursor"}
        filters = sorted((name, values) for name, values in request.query.items() if name not in paging)
        self._list = f"{request.path} {filters}"
        self._faults: list[Fault] = []

    def limit(self) -> int:
        """How many items a page has: 1 to 100, 25 when not given."""
        text = self._one("limit")
        if text is None:
            return 25
        if re.fullmatch(r"[1-9][0-9]?|100", text):
            return int(text)
        self._fault("limit", "must be a whole number from 1 to 100")
        return 25

    def period(self) -> tuple[date, date]:
        """The days `from` and `to`, both included; the beginning and the end of time when not given."""
        first, last = self._day("from") or date.min, self._day("to") or date.max
        if first > last:
            self._fault("to", "must not be before `from`")
        return first, last

    def choice(self, name: str, allowed: tuple[str, ...]) -> str | None:
        """One of `allowed`, or None when not given."""
        text = self._one(name)
        if text is not None and text not in allowed:
            self._fault(name, f"must be one of {', '.join(allowed)}")
        return text

    def offset(self) -> int:
        """Where the page starts, from the opaque `cursor`; 0 when not given."""
        text = self._one("cursor")
        if text is None:
            return 0
        try:
            offset = int.from_bytes(base64.b64decode(text, b"-_", validate=True)[:2], "big")
        except ValueError:
            offset = 0
        if text != self.cursor(offset):
            self._fault("cursor", "is not one of this list; take `nextCursor` of a page with the same filters")
        return offset

    def cursor(self, offset: int) -> str:
        """The cursor of the page that starts at `offset` of this list with these filters."""
        mark = sha256(f"{self._list} {offset}".encode("utf-8", "replace")).digest()[:7]
        return base64.urlsafe_b64encode(offset.to_bytes(2, "big") + mark).decode()

    def check(self) -> None:
        """Raises Refused (400) when a parameter read so far had a fault."""
        if self._faults:
            raise invalid(self._faults)

    def _day(self, name: str) -> date | None:
        text = self._one(name)
        day = calendar_day(text)
        if text is not None and day is None:
            self._fault(name, "must be a calendar day such as 2026-10-01")
        return day

    def _one(self, name: str) -> str | None:
        values = self._query.get(name, [])
        if len(values) > 1:
            self._fault(name, "must be given once")
            return None
        return values[0] if values else None

    def _fault(self, name: str, detail: str) -> None:
        self._faults.append(Fault("query", f"/{name}", detail))
