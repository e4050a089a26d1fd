"""How long work tells a person where it is, and how it tells that it failed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Report = Callable[[str], None]
"""Receives one finished line of plain text; what it does with it is its own affair."""


class LocalError(Exception):
    """A fault on this machine; the text names what was wrong and what to do about it."""


def silent(_line: str) -> None:
    """A `Report` for callers that want no progress."""


@contextmanager
def step(report: Report, title: str) -> Iterator[None]:
    """Report `title` before the block and its duration after it; a block that raises reports no duration."""
    report(f"{title} ...")
    started = time.monotonic()
    yield
    report(f"  done in {time.monotonic() - started:.1f} s")
