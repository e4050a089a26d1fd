"""``tiergate audit``: who changed what of an organization, or of the platform itself, and why."""

from collections.abc import Iterator, Mapping
from typing import Any

import click

from tiergate.cli.documents import audit_document
from tiergate.cli.options import reading
from tiergate.cli.output import emit, printable
from tiergate.cli.parameters import ORGANIZATION
from tiergate.cli.target import Target


@click.command()
@click.argument("organization", metavar="[ORG]", type=ORGANIZATION, required=False)
@click.option("--platform", is_flag=True, help="In place of ORG: what the gateway did to the account's resources.")
@reading
def audit(organization: str | None, platform: bool, stage: str, as_json: bool) -> None:
    """Tell who changed what of an organization, newest first. Entries of all that it has are there, and outlive it.

    \b
    tiergate audit acme
    tiergate audit acme --stage prod --json
    tiergate audit --platform                        runs of the sync, and what they changed
    """
    if (organization is None) is not platform:
        raise click.UsageError("name an organization (tiergate org list has the ids), or give --platform; not both")
    registry = Target.find(stage).registry()
    found = registry.platform_audit() if organization is None else registry.audit(organization)
    entries = (audit_document(entry) for entry in found)
    if as_json:
        emit(list(entries))
        return
    for entry in entries:
        click.echo(printable(f"{entry['time']}  {entry['what']}  by {entry['who']}"))
        for label, text in _lines(entry):
            if text:
                click.echo(printable(f"  {label:<6}  {text}"))


def _lines(entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What stayed the same is told once; before and after tell what did not."""
    before, after = entry["before"], entry["after"]
    same = {name: value for name, value in before.items() if name in after and after[name] == value}
    yield "of", _line(same)
    for label, facts in (("before", before), ("after", after)):
        yield label, _line({name: value for name, value in facts.items() if name not in same})
    yield "reason", entry["reason"]


def _line(facts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {_text(value)}" for name, value in facts.items())


def _text(value: Any) -> str:
    """Nested facts in brackets, lists with spaces."""
    if isinstance(value, Mapping):
        return f"({_line(value)})"
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return str(value)
