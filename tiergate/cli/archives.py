"""What exporting and restoring have in common: a deployment's tables, and how they tell of their progress."""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from tiergate.adapters.archive import Tables
from tiergate.cli.target import Target

ITEMS_A_STEP = 1_000


def tables_of(target: Target) -> Tables:
    """Raises ``NotDeployed``."""
    return Tables(
        target.client("dynamodb"),
        registry=target.output("data", "RegistryTable"),
        usage_records=target.output("data", "UsageRecordsTable"),
        counters=target.output("data", "UsageTable"),
    )


@contextmanager
def counting(label: str) -> Iterator[Callable[[int], object]]:
    """Tell on standard error, where that is a terminal, how many items there were, as nobody knows of how many."""
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


@contextmanager
def progress(label: str, length: int) -> Iterator[Callable[[int], object]]:
    """A bar on standard error, where that is a terminal."""
    steps, hidden = max(length // 500, 1), not sys.stderr.isatty()
    with click.progressbar(length=length, label=label, file=sys.stderr, update_min_steps=steps, hidden=hidden) as bar:
        yield bar.update


@contextmanager
def new_file(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """A file that only its owner can read, and that is there when it is whole.

    Raises
    ------
    click.ClickException
        There is one, and it is not to be replaced; or none can be made there.
    """
    _refuse(path, force)
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from None
    made = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _refuse(path, force)
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def _refuse(path: Path, force: bool) -> None:
    if path.is_dir():
        raise click.ClickException(f"{path} is a folder; name a file in it with --out")
    if path.exists() and not force:
        raise click.ClickException(f"{path} is there already; name another file with --out, or replace it with --force")
