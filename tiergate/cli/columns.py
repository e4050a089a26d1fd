"""Rows of three columns for people: a word, what is said of it, and where it comes from; 100 columns wide."""

import textwrap
from collections.abc import Iterator, Sequence

import click

from tiergate.cli.output import printable

WIDTH, LEAST = 100, 30
"""Of a terminal, and of what is said, where a place is too long to stand beside it."""


def tell_rows(rows: Sequence[tuple[str, str, str]], *, indent: str = "  ") -> None:
    """The middle column is wrapped between words, so that an address can be copied; the last one has a line of its own
    where it leaves too little room."""
    if not rows:
        return
    rows = [tuple(map(printable, row)) for row in rows]  # type: ignore[misc]
    label = max(len(row[0]) for row in rows)
    origin = max(len(row[2]) for row in rows)
    room = WIDTH - len(indent) - label - origin - 4
    said = min(max(len(row[1]) for row in rows), max(room, LEAST))
    beside = said + origin + label + 4 + len(indent) <= WIDTH
    for row in rows:
        for line in _lines(row, indent, label, said if beside else WIDTH - len(indent) - label - 2, beside=beside):
            click.echo(line.rstrip())


def _lines(row: tuple[str, str, str], indent: str, label: int, said: int, *, beside: bool) -> Iterator[str]:
    name, text, origin = row
    first, *rest = textwrap.wrap(text, said, break_long_words=False, break_on_hyphens=False) or [""]
    yield f"{indent}{name:{label}}  {first:{said}}  {origin}" if beside else f"{indent}{name:{label}}  {first}"
    for line in rest:
        yield f"{indent}{'':{label}}  {line}"
    if not beside and origin:
        yield f"{indent}{'':{label}}  {origin}"
