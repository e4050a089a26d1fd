"""``tiergate restore``: an empty deployment is filled from a file that ``tiergate export`` wrote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from tiergate.adapters.archive import PARTS, QUOTAS, ArchiveError, Header, Restore
from tiergate.cli.archives import tables_of
from tiergate.cli.options import changing
from tiergate.cli.output import counted, emit, printable, table
from tiergate.cli.parameters import now
from tiergate.cli.progress import counting, progress
from tiergate.cli.target import Target


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--dry-run", is_flag=True, help="Check the file and look what is there; write nothing.")
@changing
def restore(file: Path, dry_run: bool, reason: str, stage: str, as_json: bool) -> None:
    """Fill an empty deployment from a file that tiergate export wrote.

    The file is checked as a whole and compared with what is there before anything is written. A restore that was cut
    off goes on where it stopped: repeat the command. Deploy the same policies first.

    \b
    tiergate restore backup.jsonl --stage prod --dry-run
    tiergate restore backup.jsonl --stage prod --reason "drill of 2026-11"
    """
    target = Target.find(stage)
    try:
        with file.open("rb") as opened:
            restoring = Restore(opened, tables_of(target), now=now())
            document = _restored(restoring, target, file, dry_run=dry_run, reason=reason)
    except ArchiveError as error:
        raise click.ClickException("\n".join(map(printable, f"{file}: {error}".split("\n")))) from None
    if as_json:
        emit(document)
        return
    kinds = document["records"]
    rows = [[name, *(f"{count:,}" for count in counts.values())] for name, counts in kinds.items()]
    table(["KIND", "FILE", "THERE BEFORE", "TO WRITE" if dry_run else "WRITTEN"], rows, numbers=3)
    written = counted(sum(counts["written"] for counts in kinds.values()), "record")
    click.echo(f"{written} would be written; nothing was" if dry_run else f"{written} written, and all of it is there")


def _restored(restoring: Restore, target: Target, file: Path, *, dry_run: bool, reason: str) -> dict[str, Any]:
    """Check, compare, write and verify; what ``--json`` prints."""
    size, index = file.stat().st_size, restoring.index
    with progress("Checking the file", size) as report:
        header = restoring.check(report)
    _warn(header, target, index.counts())
    _warn_of_parts(header)
    with counting("Items there") as report:
        restoring.compare(report)
    there, missing = index.there(), index.wanting()
    if not dry_run:
        with progress("Writing", size) as report:
            restoring.write(report)
        restoring.verify()
        _note(target, restoring.sha256, {"stage": header.stage, "exported": header.time, "written": missing}, reason)
    records = {
        name: {"file": count, "there": there[name], "written": missing[name]} for name, count in index.counts().items()
    }
    return {
        "file": str(file),
        "sha256": restoring.sha256,
        "exported": header.document(),
        "dry_run": dry_run,
        "records": records,
    }


def _note(target: Target, sha256: str, facts: Mapping[str, Any], reason: str) -> None:
    """One audit entry of each file, however often it takes."""
    registry = target.registry()
    if all(entry.after.get("sha256") != sha256 for entry in registry.platform_audit()):
        registry.note("restore", {"sha256": sha256, **facts}, reason)


def _warn(header: Header, target: Target, counts: Mapping[str, int]) -> None:
    """Of what comes back and is of no use."""
    if header.environment != target.env and counts["key"]:
        click.echo(
            f"The keys in the file are those of {printable(header.environment)}, as their texts say "
            f"(tg_{printable(header.environment)}_…): {target.stage}, where they begin with tg_{target.env}_, refuses "
            "them; all else works.",
            err=True,
        )
    if counts["client"]:
        click.echo(
            f"{counted(counts['client'], 'OAuth client')} in the file: those of other issuers work on; those that the "
            "user pool made are not in a new pool, and have to be made again: tiergate client create",
            err=True,
        )


def _warn_of_parts(header: Header) -> None:
    """Of what was not exported, and so does not come back."""
    if missing := [part for part in PARTS if part not in header.parts]:
        click.echo(f"The file has no {', '.join(missing)}, as it was exported with --only; none comes back.", err=True)
    if QUOTAS in missing:
        click.echo("Every partner gets a fresh quota: what was used of it is among the counters.", err=True)
    if header.since:
        click.echo(f"Audit entries and use in the file begin with {printable(header.since)}.", err=True)
