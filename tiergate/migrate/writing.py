"""Writes migrated policy files: all of them, and only where the whole folder would pass ``tiergate check``."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tiergate.migrate.policy_files import NEW, SWITCHED, TAKEN, PolicyFile, Unwritable
from tiergate.policy.check import checked_everywhere
from tiergate.policy.source import Faults


def rehearsed(files: Sequence[PolicyFile], policies: Path) -> None:
    """Check a copy of the folder with the new files in it.

    Raises
    ------
    Unwritable
        A file is there that is not migrated from the same; nothing is overwritten.
    Faults
        Every fault that the folder would have, at its place in ``policies``.
    """
    taken = [file for file in files if file.state == TAKEN]
    if taken:
        told = "\n".join(f"{policies / file.path} is there and does not come from {file.origin}" for file in taken)
        raise Unwritable(
            f"{told}\nGive it another name with --name ID=NAME, or move the file away; nothing was written"
        )
    with TemporaryDirectory(prefix="tiergate-migrate-") as folder:
        copy = Path(folder) / "policies"
        shutil.copytree(policies, copy)
        _place(files, copy)
        try:
            checked_everywhere(copy)
        except Faults as faults:
            raise Faults(
                [replace(each, file=each.file.replace(str(copy), str(policies), 1)) for each in faults.faults]
            ) from None


def write(files: Sequence[PolicyFile], policies: Path) -> None:
    """Put the new files in their places, each whole or not at all; `rehearsed` before. It can be repeated.

    Raises
    ------
    Unwritable
        One cannot be written. Those before it are there.
    """
    try:
        _place(files, policies)
    except OSError as error:
        raise Unwritable(f"{error.filename} cannot be written: {error.strerror}; mend that and run it again") from error


def _place(files: Iterable[PolicyFile], folder: Path) -> None:
    for file in files:
        if file.state in {NEW, SWITCHED}:
            path = folder / file.path
            if path.is_symlink():
                path = path.resolve()
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(f".{path.name}.part")
            part.write_bytes(file.text.encode())
            part.replace(path)
