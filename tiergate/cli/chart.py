"""Bars as lines of text. Only drawing: what the numbers mean is the caller's."""

from collections.abc import Sequence
from typing import NamedTuple

LEAST_WIDTH = 24
"""Narrower terminals get lines of this width: digits are never cut."""

LEAST_BAR = 8
"""Where less than this is left of a line, a bar gets one of its own."""

EIGHTHS = "▏▎▍▌▋▊▉█"
TRACK, CUT = "·", "…"
PLAIN_BLOCK, PLAIN_TRACK, PLAIN_CUT = "#", ".", "~"


class Bar(NamedTuple):
    """One of several numbers that are compared with each other."""

    label: str
    value: int


class Gauge(NamedTuple):
    """How much of a whole is used, and a word about it; more than the whole is drawn as the whole."""

    label: str
    value: int
    whole: int
    note: str


class _Row(NamedTuple):
    label: str
    cells: tuple[str, ...]
    bar: tuple[int, int]
    note: str = ""


def writable(encoding: str) -> bool:
    """Whether an encoding has the characters of bars that are not ``plain``."""
    try:
        (EIGHTHS + TRACK + CUT).encode(encoding)
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def bars(rows: Sequence[Bar], width: int, *, plain: bool = False, share: bool = False) -> list[str]:
    """A line for each number, its bar as long as it is great: none for 0, some of one for everything else.

    No line is longer than ``width`` or ``LEAST_WIDTH``. ``plain``: of ASCII. ``share``: with each one's part of all.
    """
    values = [row.value for row in rows]
    most, total = max(values, default=0), sum(values)
    drawn = [
        _Row(label, (f"{value:,}", *([_share(value, total)] if share else [])), (value, most)) for label, value in rows
    ]
    return _lines(drawn, width, plain, track="")


def gauges(rows: Sequence[Gauge], width: int, *, plain: bool = False) -> list[str]:
    """A line for each: used / whole, a bar that is full when nothing is left and never before, and the note."""
    drawn = [
        _Row(label, (f"{value:,} /", f"{whole:,}"), (min(value, whole), whole), note)
        for label, value, whole, note in rows
    ]
    return _lines(drawn, width, plain, track=PLAIN_TRACK if plain else TRACK)


def _lines(rows: Sequence[_Row], width: int, plain: bool, *, track: str) -> list[str]:
    if not rows:
        return []
    width = max(width, LEAST_WIDTH)
    heads = _heads(rows, width, plain)
    note = max(len(row.note) for row in rows)
    room = width - len(heads[0]) - 2 - (note + 2 if note else 0)
    if room < LEAST_BAR:
        return [line for row in rows for line in _stacked(row, width, plain, track)]
    return [
        f"{head}  {_bar(*row.bar, room, plain):{track or ' '}<{room}}  {row.note}".rstrip()
        for head, row in zip(heads, rows, strict=True)
    ]


def _heads(rows: Sequence[_Row], width: int, plain: bool) -> list[str]:
    """Labels to the left, numbers to the right, all equally long."""
    labels = [_cut(row.label, width // 3, plain) for row in rows]
    longest = max(map(len, labels))
    widths = [max(map(len, column)) for column in zip(*(row.cells for row in rows), strict=True)]
    return [
        "  ".join([label.ljust(longest), *(cell.rjust(size) for cell, size in zip(row.cells, widths, strict=True))])
        for label, row in zip(labels, rows, strict=True)
    ]


def _stacked(row: _Row, width: int, plain: bool, track: str) -> list[str]:
    """What does not fit beside each other, one below the other."""
    beside = "  ".join(row.cells)
    cells = [beside] if len(beside) <= width else list(row.cells)
    bar = _bar(*row.bar, width, plain).ljust(width, track or " ").rstrip(" ")
    return [line for line in (_cut(row.label, width, plain), *cells, bar, _cut(row.note, width, plain)) if line]


def _bar(value: int, whole: int, room: int, plain: bool) -> str:
    """Rounded down, but never to nothing."""
    steps = 1 if plain else len(EIGHTHS)
    filled = max(value * room * steps // whole, 1) if value > 0 else 0
    full, rest = divmod(filled, steps)
    if plain:
        return PLAIN_BLOCK * full
    return EIGHTHS[-1] * full + (EIGHTHS[rest - 1] if rest else "")


def _cut(text: str, most: int, plain: bool) -> str:
    """The end stays: it is where versions stand."""
    if len(text) <= most:
        return text
    end = most // 2
    return text[: most - end - 1] + (PLAIN_CUT if plain else CUT) + text[len(text) - end :]


def _share(value: int, total: int) -> str:
    return "<0.1 %" if 0 < value * 1000 < total else f"{100 * value / total if total else 0:.1f} %"
