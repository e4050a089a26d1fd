"""``tiergate lint``: OpenAPI documents against the platform team's rules, and what each of them is worth."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from tiergate.cli.options import json_option, policies_option
from tiergate.cli.output import counted, emit, printable
from tiergate.domain.lifecycle import RETIRED
from tiergate.governance.engine import Engine, NotInstalled
from tiergate.governance.findings import SEVERITIES, Finding
from tiergate.governance.lint import Linted
from tiergate.governance.lint import lint as judged_by
from tiergate.governance.scorecard import Scorecard
from tiergate.governance.waivers import Register, register
from tiergate.policy.load import ENVIRONMENTS, Policies, load
from tiergate.policy.openapi import Document, operations
from tiergate.policy.schema import nearest
from tiergate.policy.source import Fault, Faults, mapping, read

SUFFIXES = {".yaml", ".yml", ".json"}
NOUNS = {"error": "error", "warning": "warning", "information": "remark", "hint": "hint"}


@click.command("lint")
@click.argument("names", nargs=-1, metavar="[API/VERSION | FILE]...")
@policies_option
@click.option("--env", type=click.Choice(ENVIRONMENTS), default=None, help="Which versions live, as it is there.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="What makes the exit code 1, where it is not waived.",
)
@json_option
def lint(names: Sequence[str], policies: Path, env: str | None, fail_on: str, as_json: bool) -> None:
    """Check OpenAPI documents by the rules of POLICIES/governance, and grade each from A to F.

    All documents of the policies but those of retired versions, or those that are named.

    \b
    tiergate lint
    tiergate lint bank/v1 museum/v2 --fail-on warning
    tiergate lint ../museum/openapi.yaml             a document outside the policies
    tiergate lint --json
    """
    governance = policies / "governance"
    outside = [name for name in names if Path(name).suffix in SUFFIXES]
    if outside and len(outside) < len(names):
        raise click.UsageError("name files, or API versions of the policies, but not both")
    found = Policies() if outside else load(policies, env or "")
    documents, faults = _files(outside) if outside else (_living(found), _about(found.faults, policies, names))
    if not outside and not policies.is_dir():
        raise Faults(found.faults)
    judged = documents if outside else _chosen(documents, names)
    try:
        with Engine(governance / "ruleset.yaml") as engine:
            today = datetime.now(UTC).date()
            waivers = (
                Register() if outside else register(governance / "waivers.yaml", engine.rules, found.documents, today)
            )
            result = judged_by(judged, engine, waivers, _progress(len(judged)))
    except NotInstalled as error:
        raise click.ClickException(str(error)) from None
    result = replace(result, faults=tuple(sorted({*faults, *result.faults})))
    if as_json:
        emit(result.document())
    else:
        _print(result)
    if result.faults:
        raise Faults(list(result.faults))
    if result.fails(fail_on):
        raise SystemExit(1)


def _living(policies: Policies) -> dict[str, Document]:
    """The documents that can be read, without those of retired versions."""
    apis = policies.files["apis"].items()
    retired = {name for name, source in apis if source and mapping(source.data).get("state") == RETIRED}
    return {name: document for name, document in policies.documents.items() if name not in retired}


def _chosen(known: Mapping[str, Document], names: Sequence[str]) -> dict[str, Document]:
    for name in names:
        if name not in known:
            raise click.BadParameter(
                f'there is no "{name}" with a document that can be read{nearest(name, known)}; '
                "a document outside the policies is named by its file, such as museum.yaml",
                param_hint="API/VERSION",
            )
    return {name: known[name] for name in names} if names else dict(known)


def _files(files: Sequence[str]) -> tuple[dict[str, Document], list[Fault]]:
    documents: dict[str, Document] = {}
    faults: list[Fault] = []
    for name in files:
        try:
            source = read(Path(name))
            documents[name] = Document(source, operations(source))
        except Faults as unreadable:
            faults += unreadable.faults
    return documents, faults


def _about(faults: Sequence[Fault], policies: Path, names: Sequence[str]) -> list[Fault]:
    """Those of documents; the others are for ``tiergate check`` to tell."""
    apis = policies / "apis"
    folders = [apis / name for name in names] or [apis]
    return [
        fault
        for fault in faults
        if Path(fault.file).name != "api.yaml" and any(Path(fault.file).is_relative_to(folder) for folder in folders)
    ]


def _progress(count: int) -> Callable[[str], None]:
    """One line of a terminal that changes; nothing elsewhere."""
    told: list[str] = []

    def report(name: str) -> None:
        told.append(name)
        if sys.stderr.isatty():
            click.echo(f"\r\033[Klinting {printable(name)} ({len(told)} of {count})", nl=False, err=True)
            if len(told) == count:
                click.echo("\r\033[K", nl=False, err=True)

    return report


def _print(result: Linted) -> None:
    for severity in SEVERITIES:
        _group([each for each in result.findings if each.severity == severity and not each.waived], NOUNS[severity])
    _group([each for each in result.findings if each.waived], "waived finding")
    if result.unused:
        click.echo(f"{counted(len(result.unused), 'needless waiver')}")
        for fault in result.unused:
            click.echo(f"{printable(str(fault))}")
        click.echo()
    for each in result.scorecards:
        _print_scorecard(each)


def _group(findings: Sequence[Finding], noun: str) -> None:
    if findings:
        click.echo(counted(len(findings), noun))
        for finding in findings:
            click.echo(printable(str(finding)))
        click.echo()


def _print_scorecard(card: Scorecard) -> None:
    waived = f"  ({counted(card.waived, 'finding')} waived)" if card.waived else ""
    click.echo(f"{printable(card.name)}  {card.grade} {card.points}{waived}")
    width = max((len(cost.rule) for cost in card.costs), default=0)
    for cost in card.costs:
        taken = f"−{cost.points}" if cost.points else "0"
        click.echo(f"  {cost.rule.ljust(width)}  {taken:>3}  {cost.broken:,} of {counted(cost.places, 'place')}")
