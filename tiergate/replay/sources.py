"""Where lines come from: files of an access log, packed with gzip or not, one after the other or side by side."""

import gzip
import heapq
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from tiergate.domain.access_log import LONGEST

BLOCK = 1 << 20
"""Bytes that are read at a time, of one file; of many it is less."""

LEAST_BLOCK = 1 << 14
WHOLE = (0, 1)
"""All lines: the first share of one."""

MAGIC = b"\x1f\x8b"
_TIME = re.compile(rb'"time"\s*:\s*"(\d{1,15})"')

Report = Callable[[int], object]
"""Hears of bytes of files that were read since the last time."""


class LogUnreadable(Exception):
    """A log cannot be read; the text names it, and says what to do."""


class Stream(Protocol):
    """What can be read."""

    def read(self, size: int, /) -> bytes: ...


class Numbered(NamedTuple):
    """A line as it stands in its file, which it is from 1 on."""

    file: str
    number: int
    raw: bytes


def files(paths: Iterable[Path]) -> list[Path]:
    """The files, and those in folders, at any depth; what begins with a dot is left out.

    Raises
    ------
    LogUnreadable
        One is not there, or a folder has none.
    """
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            below = sorted(each for each in path.rglob("*") if each.is_file() and not _hidden(each, path))
            if not below:
                raise LogUnreadable(f"{path}: the folder has no files; name one with files of an access log")
            found += below
        elif path.exists():
            found.append(path)
        else:
            raise LogUnreadable(f"{path}: no such file; name a file of the access log, or - for standard input")
    return list(dict.fromkeys(found))


def from_files(paths: Sequence[Path], report: Report, share: tuple[int, int] = WHOLE) -> Iterator[Numbered]:
    """The lines of all files, of several by their time, as gateways write into several at once.

    ``share``: which of how many, see ``share_of``.

    Raises
    ------
    LogUnreadable
        A file cannot be read.
    """
    block = max(BLOCK // len(paths), LEAST_BLOCK)
    each = [_from_file(path, report, block, share) for path in paths]
    return each[0] if len(each) == 1 else _merged(each)


def from_stream(name: str, stream: Stream, block: int = BLOCK, share: tuple[int, int] = WHOLE) -> Iterator[Numbered]:
    """The lines of a stream but for empty ones; one that is too long comes cut off, but longer than ``LONGEST``."""
    rest, before, (mine, shares) = b"", 0, share
    while piece := stream.read(block):
        lines = piece.split(b"\n")
        lines[0] = rest + lines[0]
        rest = lines.pop()[: LONGEST + 1]
        for number, line in enumerate(lines, before + 1):
            if (shares == 1 or share_of(line, shares) == mine) and not (line.isspace() or not line):
                yield Numbered(name, number, line)
        before += len(lines)
    if rest and share_of(rest, shares) == mine:
        yield Numbered(name, before + 1, rest)


def share_of(raw: bytes, shares: int) -> int:
    """Which of several processes a line is for: all of an application's lines are for one, in their order.

    It is looked for as in JSON, without reading it: what is misread is only elsewhere, and for one process too.
    """
    owner = _text(raw, b'"application"')
    if owner == b"-":
        owner = _text(raw, b'"address"')
    return zlib.crc32(owner) % shares


def _text(raw: bytes, name: bytes) -> bytes:
    at = raw.find(name)
    if at < 0:
        return b""
    begin = raw.find(b'"', at + len(name)) + 1
    return raw[begin : raw.find(b'"', begin)] if begin else b""


def _from_file(path: Path, report: Report, block: int, share: tuple[int, int]) -> Iterator[Numbered]:
    try:
        with path.open("rb") as file:
            packed = file.read(2) == MAGIC
            file.seek(0)
            stream = _Reported(gzip.GzipFile(fileobj=file) if packed else file, file.tell, report)
            yield from from_stream(str(path), stream, block, share)
    except (OSError, EOFError, zlib.error) as error:
        raise LogUnreadable(f"{path}: {getattr(error, 'strerror', None) or error}") from None


class _Reported:
    """Tells how far a file was read, whatever comes out of it."""

    def __init__(self, stream: Stream, tell: Callable[[], int], report: Report) -> None:
        self._stream = stream
        self._tell = tell
        self._report = report
        self._at = 0

    def read(self, size: int) -> bytes:
        piece = self._stream.read(size)
        at, before = self._tell(), self._at
        self._at = at
        self._report(at - before)
        return piece


def _merged(each: Sequence[Iterator[Numbered]]) -> Iterator[Numbered]:
    timed = (_timed(lines, place) for place, lines in enumerate(each))
    for _, _, _, line in heapq.merge(*timed):
        yield line


def _timed(lines: Iterator[Numbered], place: int) -> Iterator[tuple[int, int, int, Numbered]]:
    """A file's lines in the order that they stand in; what has no time goes with the line before."""
    latest = 0
    for line in lines:
        found = _TIME.search(line.raw)
        if found is not None:
            latest = max(latest, int(found[1]))
        yield latest, place, line.number, line


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
