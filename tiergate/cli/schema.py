"""``tiergate schema``: JSON Schemas of the policy files, which editors read."""

from pathlib import Path

import click

from tiergate.cli.options import json_option, policies_option
from tiergate.cli.output import counted, emit
from tiergate.editor.schemas import schemas

FOLDER = "schemas"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit code 1 where a schema is not what it would be.")
@policies_option
@json_option
def schema(check: bool, policies: Path, as_json: bool) -> None:
    """Write the JSON Schemas of the policy files into the folder schemas/ of the policies, for editors.

    A file of which an editor shall know the keys begins with a line such as

    \b
    # yaml-language-server: $schema=../schemas/plan.json

    \b
    tiergate schema
    tiergate schema --check
    """
    if not policies.is_dir():
        raise click.BadParameter(f"{policies}: no such folder; name the policies' one", param_hint="--policies")
    folder = policies / FOLDER
    stale = [name for name, text in schemas().items() if _read(folder / name) != text]
    if not check and stale:
        folder.mkdir(exist_ok=True)
        for name in stale:
            (folder / name).write_text(schemas()[name], encoding="utf-8", newline="\n")
    if as_json:
        emit({"folder": str(folder), "stale" if check else "written": stale})
    elif not check:
        click.echo(f"{folder}: {counted(len(stale), 'schema')} written, the others are as they should be")
    if check and stale:
        for name in stale:
            click.echo(
                f"{folder / name}: not what the policies are checked by; write it with: tiergate schema", err=True
            )
        raise SystemExit(1)


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
