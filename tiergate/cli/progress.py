"""How commands that take long tell of it: on standard error, and only where that is a terminal."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import click

T = TypeVar("T")

ITEMS_A_STEP = 1_000


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """A bar, which hears of each step how far it went."""
    steps, hidden = max(length // 500, 1), not sys.stderr.isatty()
    with click.progressbar(length=length, label=label, file=sys.stderr, update_min_steps=steps, hidden=hidden) as bar:
        yield bar.update


def watched(label: str, sequence: Sequence[T]) -> Iterable[T]:
    """The sequence, with a bar."""
    with click.progressbar(sequence, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as found:
        yield from found


@contextmanager
def counting(label: str) -> Iterator[Callable[[int], object]]:
    """How many items there were, where nobody knows of how many."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    count = 0

    def more(items: int) -> None:
        nonlocal count
        count += items
        if count % ITEMS_A_STEP == 0:
            click.echo(f"\r{label}: {count:,}", nl=False, err=True)

    yield more
    click.echo(f"\r{label}: {count:,}", err=True)
