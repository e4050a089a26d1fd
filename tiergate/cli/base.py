"""The policies that others are compared with: those of a git revision, or of a folder."""

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import click

MOST_BYTES = 500_000_000
"""Of a revision's policies, so that a mistaken path fills no disk."""

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
PLAIN = re.compile(r"[^\x00-\x1f\x7f]{1,500}")


@contextmanager
def policies_at(base: str, policies: Path) -> Iterator[Path]:
    """The policy folder as it is in ``base``: a folder, or a git revision of the repository that ``policies`` is in.

    A folder goes before a revision of the same name. The path that comes out leads nowhere where the revision has no
    such folder; it ends with the context.

    Raises
    ------
    click.ClickException
        ``base`` is neither, or git cannot tell; with what to do.
    """
    if PLAIN.fullmatch(base) and Path(base).is_dir():
        yield Path(base)
        return
    top, path = _repository(base, policies)
    commit = _commit(top, base)
    with TemporaryDirectory(prefix="tiergate-base-") as folder:
        _extract(top, commit, path, Path(folder), base)
        yield Path(folder) / path


def _repository(base: str, policies: Path) -> tuple[Path, Path]:
    """The repository's folder, and the policies' path in it."""
    whole = policies.resolve()
    there = next(each for each in (whole, *whole.parents) if each.is_dir())
    asked = _git(there, "rev-parse", "--show-toplevel")
    if asked.returncode:
        raise click.ClickException(
            f'"{_shown(base)}" is no folder, and {policies} is in no git repository that could have such a revision '
            f"({_words(asked)}); name a folder with policies, or run this in a clone"
        )
    top = Path(os.fsdecode(asked.stdout).rstrip("\n"))
    return top, whole.relative_to(top)


def _commit(top: Path, base: str) -> str:
    """The full name of a revision's commit. What is asked for is text of anybody's: it is never read as an option."""
    known = PLAIN.fullmatch(base) and _git(
        top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}"
    )
    if known and known.returncode == 0 and COMMIT.fullmatch(found := known.stdout.decode().strip()):
        return found
    shallow = _git(top, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
    mend = (
        "this clone is shallow: in CI check out with the whole history (fetch-depth: 0), or run git fetch --unshallow"
        if shallow
        else "name a branch, tag or commit of this clone (git fetch brings what is new), or a folder with policies"
    )
    raise click.ClickException(f'there is no folder and no git revision "{_shown(base)}"; {mend}')


def _extract(top: Path, commit: str, path: Path, folder: Path, base: str) -> None:
    there = _git(top, "ls-tree", commit, "--", path.as_posix())
    if there.returncode:
        raise click.ClickException(f"git ls-tree {_shown(base)} failed: {_words(there)}")
    if path.parts and not there.stdout:
        return
    archive = folder / "archive.tar"
    with archive.open("wb") as out:
        made = _git(top, "archive", "--format=tar", f"{commit}^{{tree}}", "--", path.as_posix(), out=out.fileno())
    if made.returncode:
        raise click.ClickException(f"git archive {_shown(base)} failed: {_words(made)}")
    try:
        with tarfile.open(archive, "r:") as tar:
            if sum(member.size for member in tar) > MOST_BYTES:
                raise click.ClickException(f"{_shown(base)} has more than {MOST_BYTES // 1_000_000} MB in {path}")
            _lay_out(tar, folder)
    except (tarfile.TarError, KeyError, RecursionError) as error:
        why = "a link leads in a circle" if isinstance(error, RecursionError) else _shown(str(error))
        raise click.ClickException(f"the policies of {_shown(base)} cannot be laid out: {why}") from None
    archive.unlink()
    if not (folder / path).is_dir():
        raise click.ClickException(
            f"{path} is left out of archives of {_shown(base)}; see export-ignore in .gitattributes"
        )


def _lay_out(tar: tarfile.TarFile, folder: Path) -> None:
    """Files alone: in place of a link the file of the archive that it leads to.

    Raises
    ------
    KeyError
        A link leads to no file of the archive.
    RecursionError
        It leads to itself.
    tarfile.TarError
        A name leads out of the folder, or a link to more than fits.
    """
    laid = 0
    for member in tar:
        path = PurePosixPath(member.name)
        if path.is_absolute() or ".." in path.parts:
            raise tarfile.TarError(f"{member.name} leads out of it")
        source = None if member.isdir() else tar.extractfile(member)
        if source is not None:
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as out:
                shutil.copyfileobj(source, out)
                laid += out.tell()
        elif not member.isdir():
            raise KeyError(f"{member.name} is a link to a folder")
        if laid > MOST_BYTES:
            raise tarfile.TarError(f"more than {MOST_BYTES // 1_000_000} MB by links")


def _git(folder: Path, *arguments: str, out: int = subprocess.PIPE) -> subprocess.CompletedProcess[bytes]:
    git = shutil.which("git")
    if git is None:
        raise click.ClickException("git was not found; install it, or compare with a folder: --base FOLDER")
    return subprocess.run(  # noqa: S603 - no shell, and a revision's name comes behind --end-of-options only
        [git, "-C", str(folder), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.PIPE,
        env=os.environ | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
        check=False,
    )


def _words(ran: subprocess.CompletedProcess[bytes]) -> str:
    """The first line of what git says, without what would steer a terminal."""
    first, *_ = ran.stderr.decode(errors="replace").strip().splitlines() or ["no word of why"]
    return _shown(first.removeprefix("fatal: "))


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)[:200]
