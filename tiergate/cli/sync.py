"""``tiergate sync``: bring native usage plans and keys, and the published catalogue, in step now."""

import json
import sys
from collections.abc import Mapping
from typing import Any

import click
from botocore.config import Config

from tiergate.cli.options import reading
from tiergate.cli.output import counted, emit, printable
from tiergate.cli.target import Target

PATIENCE = Config(read_timeout=330, retries={"total_max_attempts": 1})
"""The function has 300 seconds, and a second call would run it beside itself."""

CHANGES = ("created", "updated", "deleted")


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@reading
def sync(dry_run: bool, stage: str, as_json: bool) -> None:
    """Bring native usage plans and keys of REST APIs in step with registry and policies, and publish the catalogue.

    It is done after each deploy and change, and daily; by hand it repairs at once what somebody changed in the account.
    Exits with 1 where something failed, and where it did not get through.

    \b
    tiergate sync --dry-run --stage prod             what differs?
    tiergate sync --stage prod
    tiergate audit --platform --stage prod           what did earlier runs do?
    """
    target = Target.find(stage)
    answer = _run(target.client("lambda", PATIENCE), target.output("sync", "SyncFunction"), target.stage, dry_run)
    document = answer | {"dry_run": dry_run}
    emit(document) if as_json else _tell(document)
    if document["failed"] or not document["complete"]:
        raise SystemExit(1)


def _run(client: Any, function: str, stage: str, dry_run: bool) -> Any:
    """Part by part, as long as each gets further."""
    done: dict[str, int] = dict.fromkeys(CHANGES, 0)
    catalogue: Any = None
    while True:
        answer = _part(client, function, stage, {"hand": {"dry_run": dry_run}})
        catalogue = catalogue or answer["catalogue"]
        further = any(answer[name] for name in CHANGES)
        unchanged = max(0, answer["unchanged"] - done["created"] - done["updated"])
        done = {name: done[name] + answer[name] for name in CHANGES}
        answer |= {**done, "unchanged": unchanged, "catalogue": catalogue}
        if answer["complete"] or not further:
            return answer
        if sys.stderr.isatty():
            click.echo(f"{_numbers(answer)}; going on", err=True)


def _part(client: Any, function: str, stage: str, event: Mapping[str, Any]) -> Any:
    answer = client.invoke(FunctionName=function, Payload=json.dumps(event).encode())
    found = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        told = printable(str(found.get("errorMessage", "it ended without a word")))
        raise click.ClickException(f"the sync function of {stage} failed: {told}; what it did stays, run it again")
    return found


def _tell(document: Mapping[str, Any]) -> None:
    for line in document["planned"]:
        click.echo(printable(line))
    if document["left_out"]:
        click.echo(f"and {document['left_out']} lines more")
    if document["dry_run"]:
        for line in document["differences"]:
            click.echo(printable(f"note: {line}"))
        planned = counted(len(document["planned"]), "change")
        click.echo(f"{planned} to make; nothing was changed" if document["planned"] else "all is in step")
    else:
        click.echo(_numbers(document))
        if catalogue := document["catalogue"]:
            click.echo(f"catalogue: {_numbers(catalogue)}")
    for failure in document["failed"]:
        click.echo(printable(f"failed: {failure['what']}: {failure['reason']}"), err=True)
    if any(failure["again"] for failure in document["failed"]):
        click.echo("some of it may succeed when it is run again", err=True)
    if not document["complete"]:
        click.echo("it did not get through in its time; run it again, what was done stays", err=True)


def _numbers(document: Mapping[str, Any]) -> str:
    return ", ".join(f"{document[name]} {name}" for name in (*CHANGES, "unchanged"))
