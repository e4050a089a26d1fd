"""``tiergate export``: all that a deployment knows of its customers, as a file."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

import click

from tiergate.adapters.archive import PARTS, Export
from tiergate.cli.archives import new_file, tables_of
from tiergate.cli.options import reading
from tiergate.cli.output import counted, emit, printable, table
from tiergate.cli.parameters import INSTANT, now
from tiergate.cli.progress import counting
from tiergate.cli.target import Target
from tiergate.domain.moments import utc

STANDARD_OUTPUT = Path("-")
MOST_TOLD = 20


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="The file; - for standard output.  [default: by its time]")
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Only this part; can be repeated.")
@click.option("--since", type=INSTANT, default=0, help="Audit entries and use from a date or time on.  [default: all]")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@reading
def export(out: Path | None, only: tuple[str, ...], since: int, force: bool, stage: str, as_json: bool) -> None:
    """Write organizations, applications, subscriptions, key hashes, audit entries and use as JSON Lines.

    No key and no secret is in the file, but who your customers are: keep it like the tables themselves. The format is
    in docs/export.md; tiergate restore fills an empty deployment from it.

    \b
    tiergate export --stage prod
    tiergate export --stage prod --out backup.jsonl
    tiergate export --stage prod --only audit --since 2026-01-01 --out - | gzip > audit.jsonl.gz
    """
    if as_json and out == STANDARD_OUTPUT:
        raise click.UsageError("--json tells of a file, and --out - prints the file itself; leave one of them out")
    target = Target.find(stage)
    at = now()
    out = out or Path(f"tiergate-{stage}-{utc(at).replace(':', '').replace('-', '')}.jsonl")
    found = Export(tables_of(target), parts=only or PARTS, since=since)
    if out == STANDARD_OUTPUT:
        _write(found, target, at, sys.stdout.buffer)
    else:
        with new_file(out, force=force) as file:
            _write(found, target, at, file)
        _tell(found, out, as_json)
    _tell_left_out(found)


def _write(found: Export, target: Target, at: int, file: BinaryIO) -> None:
    with counting("Items read") as report:
        found.gather(report)
    lines = found.lines(stage=target.stage, environment=target.env, region=target.region, now=at)
    file.writelines(lines)
    file.flush()


def _tell(found: Export, out: Path, as_json: bool) -> None:
    counts = found.counts()
    document: dict[str, Any] = {"file": str(out), "bytes": out.stat().st_size, "records": counts}
    if as_json:
        emit(document | {"unreadable": found.unreadable, "unknown": found.unknown})
        return
    table(["KIND", "RECORDS"], [[name, f"{count:,}"] for name, count in counts.items()], numbers=1)
    click.echo(f"{out}: {counted(sum(counts.values()), 'record')}, {out.stat().st_size:,} bytes")


def _tell_left_out(found: Export) -> None:
    """Exit code 1 where what should be in the file is not."""
    if found.unknown:
        click.echo(f"Left out, as this version does not know what they are: {_some(found.unknown)}", err=True)
    if found.unreadable:
        click.echo(
            f"Left out with all that belongs to them, as they cannot be read: {_some(found.unreadable)}; compare each "
            "with others of its kind, mend it, and export again",
            err=True,
        )
        sys.exit(1)


def _some(names: Iterable[str]) -> str:
    first = list(names)
    more = f" and {len(first) - MOST_TOLD} more" if len(first) > MOST_TOLD else ""
    return printable(", ".join(first[:MOST_TOLD])) + more
