"""``tiergate migrate run policies``: the policy files of REST APIs and usage plans."""

from pathlib import Path

import click

from tiergate.cli.migrate import MigrationSource, source_options
from tiergate.cli.options import json_option, policies_option
from tiergate.cli.output import counted, emit
from tiergate.migrate.policy_files import (
    EDITED,
    NEW,
    SWITCH,
    SWITCHED,
    PolicyFile,
    Unwritable,
    platform_of,
    policy_files,
)
from tiergate.migrate.writing import rehearsed, write

SAID = {
    NEW: "new",
    SWITCHED: f"changed: {SWITCH}: true is added",
    "same": "there already",
    EDITED: "kept: it was edited since it was migrated",
    "taken": "taken: it does not come from there",
}


@click.command("policies")
@source_options
@policies_option
@click.option("--apply", is_flag=True, help="Write them. Without it, only say what would be written.")
@json_option
def policies_(source: MigrationSource, policies: Path, apply: bool, as_json: bool) -> None:
    """Write policy files for REST APIs and usage plans. A dry run without --apply; no file is ever overwritten.

    The whole folder is checked with the new files in it before any of them is written.

    \b
    tiergate migrate run policies
    tiergate migrate run policies --rest-api a1b2c3d4e5 --name 7x8y9z=gold --apply
    """
    try:
        platform_of(policies)
    except Unwritable as error:
        raise click.ClickException(str(error)) from None
    _, found = source.read(policies)
    if not found.offers:
        raise click.ClickException("no usage plan opens a stage that can be migrated; tiergate migrate scan says why")
    if found.missing:
        raise click.ClickException("\n".join(found.missing))
    try:
        files = policy_files(found, policies)
        rehearsed(files, policies)
        if apply:
            write(files, policies)
    except Unwritable as error:
        raise click.ClickException(str(error)) from None
    if as_json:
        emit({"applied": apply, "files": [{"path": each.path, "state": each.state} for each in files]})
    else:
        _tell(files, policies, apply)


def _tell(files: tuple[PolicyFile, ...], policies: Path, applied: bool) -> None:
    for file in files:
        click.echo(f"{policies / file.path}  {SAID[file.state]}")
    new = sum(file.state in {NEW, SWITCHED} for file in files)
    if not new:
        click.echo("Nothing to write")
    elif applied:
        click.echo(f"{counted(new, 'file')} written. Next: a review, a deploy, then tiergate migrate run partners")
    else:
        click.echo(
            f"{counted(new, 'file')} would be written, and pass tiergate check; nothing was written. To write: --apply"
        )
