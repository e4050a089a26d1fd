"""A deployment's tables as they are exported and restored, and the file that is made of them."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click

from tiergate.adapters.archive import Tables
from tiergate.cli.target import Target


def tables_of(target: Target) -> Tables:
    """Raises ``NotDeployed``."""
    return Tables(
        target.client("dynamodb"),
        registry=target.output("data", "RegistryTable"),
        usage_records=target.output("data", "UsageRecordsTable"),
        counters=target.output("data", "UsageTable"),
    )


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
