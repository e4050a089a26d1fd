"""Lines as bytes: written the same each time, read from files that anybody may have made."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple, NoReturn

from tiergate.adapters.archive.fields import unstorable

FORMAT = 1
"""Of the files that are written here, and the latest that is read."""

LONGEST = 2_000_000
"""Bytes of a line; an item of DynamoDB has 400,000 at most."""

MOST_DIGITS = 50
"""Of a whole number, which DynamoDB keeps 38 of."""

FIRST, LAST = "export", "end"
"""Kinds of a file's first line and of its last."""


class Header(NamedTuple):
    """``environment``: the one that keys say in their texts. ``since``: the earliest audit entries and use, or ""."""

    stage: str
    environment: str
    region: str
    time: str
    parts: Sequence[str]
    since: str = ""

    def document(self) -> dict[str, Any]:
        return {"kind": FIRST, "format": FORMAT, **self._asdict(), "parts": list(self.parts)}


def canonical(document: Mapping[str, Any]) -> bytes:
    """A line, with its end."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def digest(line: bytes) -> bytes:
    """What tells one line from another."""
    return hashlib.sha256(line).digest()[:16]


def numbered(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Lines with their ends, from 1; of one that is too long its beginning, without one."""
    number = 0
    while line := file.readline(LONGEST):
        number += 1
        yield number, line
        while len(line) == LONGEST and not line.endswith(b"\n"):
            line = file.readline(LONGEST)


def parsed(line: bytes) -> dict[str, Any]:
    """Raises ``ValueError``: why a line is no object of JSON that has a ``kind`` and can be kept."""
    if len(line) == LONGEST and not line.endswith(b"\n"):
        raise ValueError(f"it is longer than {LONGEST:,} bytes")
    try:
        found = json.loads(line.decode(), object_pairs_hook=_once, parse_constant=_no_number, parse_int=_whole)
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"it is no JSON ({error.msg}, column {error.colno})") from None
    if not isinstance(found, dict) or not isinstance(found.get("kind"), str):
        raise ValueError('it is no object with a "kind"')
    if fault := unstorable(found):
        raise ValueError(fault)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("it has a field twice")
    return found


def _no_number(_text: str) -> NoReturn:
    raise ValueError("it has a number that is none")


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError("a number of it is too large")
    return int(text)
