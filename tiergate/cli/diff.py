"""``tiergate diff``: what differs from a base, and whether callers can live with it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import click

from tiergate import contract
from tiergate.cli.base import policies_at
from tiergate.cli.options import json_option, policies_option
from tiergate.cli.output import counted, emit, printable
from tiergate.cli.parameters import now
from tiergate.policy.check import checked, checked_everywhere
from tiergate.policy.files import read_files
from tiergate.policy.levels import LEVELS, SAFE
from tiergate.policy.load import ENVIRONMENTS, resolved
from tiergate.policy.openapi import operations
from tiergate.policy.source import Faults, Source, read
from tiergate.review.comparison import (
    Comparison,
    DocumentChange,
    Everywhere,
    PolicyChange,
    compared,
    documents_compared,
)

LOOSENED = "SECURITY LOOSENED: "


class Named(NamedTuple):
    """Where the policies of a base are, and how they are called: ``main:policies`` where they were laid out for a
    moment."""

    base: str
    folder: Path
    name: str

    def shown(self, text: str) -> str:
        """What begins with a file of the folder, with its name."""
        inside = text.removeprefix(f"{self.folder}/")
        return text if inside == text else f"{self.name.rstrip('/')}/{inside}"

    def renamed(self, each: DocumentChange) -> DocumentChange:
        return replace(each, change=replace(each.change, file=self.shown(each.change.file)))


@click.command()
@click.argument("document", type=click.Path(path_type=Path), required=False)
@click.option("--base", required=True, help="What to compare with: a git revision, a policy folder, or a document.")
@policies_option
@click.option("--env", type=click.Choice(ENVIRONMENTS), help="One environment only. Default: all of them.")
@click.option("--all", "everything", is_flag=True, help="List the safe changes too.")
@click.option("--strict", is_flag=True, help="Fail on breaking changes of policies too, not of documents alone.")
@click.option(
    "--documents-only", is_flag=True, help="Leave policies out: for a base whose policies are faulty by today's rules."
)
@json_option
def diff(
    document: Path | None,
    base: str,
    policies: Path,
    env: str | None,
    everything: bool,
    strict: bool,
    documents_only: bool,
    as_json: bool,
) -> None:
    """Say what differs from a base: breaking, risky, safe. Exit code 1 where it may not ship.

    It may not where a document breaks callers of a version that they use, where a version's life would move backwards
    or too early, or where something cannot be compared. A plan that ends or a limit that is lowered is told, and meant
    more often than not: with --strict it fails too.

    \b
    tiergate diff --base main
    tiergate diff --base origin/main --env prod --strict --json
    tiergate diff --base ../released/policies --all
    tiergate diff --base old.yaml new.yaml           two OpenAPI documents, nothing else
    """
    if document is not None:
        found, versions = _documents(Path(base), document), frozenset[str]()
    else:
        if Path(base).is_file():
            raise click.ClickException(f"{base} is a document; name the one to compare with it too: --base {base} NEW")
        with policies_at(base, policies) as folder:
            new = _checked(policies, env)
            if not folder.is_dir():
                _all_new(base, policies, new, as_json)
                return
            named = Named(base, folder, base if folder == Path(base) else f"{base}:{policies}")
            found = _without_policies(named, new) if documents_only else _folders(named, new, env)
        versions = frozenset(next(iter(new.values())).files["apis"])
    failed = bool(found.breaks or found.refused or found.uncompared or (strict and found.breaking_policies))
    if as_json:
        emit(_document(found, base, failed))
    else:
        _tell(found, base, everything=everything)
        ending = [*_ending(found, versions, strict=strict)]
        if ending and _counts(found)[SAFE] and not everything:
            click.echo()
        for line in ending:
            click.echo(line)
    if failed:
        raise SystemExit(1)


def _documents(old: Path, new: Path) -> Comparison:
    if not old.is_file():
        raise click.ClickException(f"{old} is no file; two documents are compared with: --base OLD.yaml NEW.yaml")
    before, after = (_routable(path) for path in (old, new))
    return Comparison([DocumentChange("", change) for change in contract.compare(before, after)])


def _routable(path: Path) -> Source:
    """A document that `contract.compare` takes."""
    source = read(path)
    operations(source)
    return source


def _checked(folder: Path, env: str | None) -> Everywhere:
    return {env: checked(folder, env)} if env else checked_everywhere(folder)


def _folders(base: Named, new: Everywhere, env: str | None) -> Comparison:
    if not (base.folder / "platform.yaml").is_file() and not (base.folder / "apis").is_dir():
        raise click.UsageError(f"{base.name} is no policy folder: it has neither platform.yaml nor apis/; name one")
    try:
        found = compared(_checked(base.folder, env), new, now())
        return replace(found, documents=[*map(base.renamed, found.documents)])
    except Faults as faults:
        first, more = faults.faults[0], len(faults.faults) - 1
        why = f"{base.shown(str(first))}{f' and {more} more' if more else ''}"
        uncompared = (
            f"the policies of {base.base} have faults as they are judged today: {why}. Mend them there first, or name "
            "a base without faults; --documents-only passes policies over"
        )
        found = _without_policies(base, new)
        return replace(found, uncompared=[uncompared, *found.uncompared])


def _without_policies(base: Named, new: Everywhere) -> Comparison:
    files = read_files(base.folder)
    old = {environment: resolved(files, environment) for environment in new}
    lost = sorted(files.stated["apis"].keys() & next(iter(new.values())).documents.keys() - files.documents.keys())
    return Comparison(
        [*map(base.renamed, documents_compared(old, new))],
        uncompared=[f"{base.name}/apis/{api}: its document cannot be read by today's rules" for api in lost],
    )


def _all_new(base: str, policies: Path, new: Everywhere, as_json: bool) -> None:
    apis = sorted(next(iter(new.values())).apis)
    if as_json:
        emit(_document(Comparison(), base, failed=False) | {"added": apis})
    else:
        click.echo(f"{printable(base)} has no {policies}: everything in it is new, {counted(len(apis), 'API version')}")


def _document(found: Comparison, base: str, failed: bool) -> dict[str, Any]:
    return {
        "base": base,
        "failed": failed,
        "counts": _counts(found),
        "documents": [
            {
                "level": each.level,
                "api": each.api,
                "rule": each.change.rule,
                "file": each.change.file,
                "line": each.change.line,
                "operation": each.change.operation,
                "others": list(each.change.others),
                "gone": each.change.gone,
                "served": each.served,
                "message": each.change.message,
            }
            for each in found.documents
        ],
        "policies": [_policy_document(each) for each in found.policies],
        "refused": [
            {"api": each.api, "reason": each.reason, "mend": each.mend, "environments": list(each.environments)}
            for each in found.refused
        ],
        "uncompared": list(found.uncompared),
    }


def _policy_document(each: PolicyChange) -> dict[str, Any]:
    change = each.change
    names = ("level", "kind", "api", "operation", "product", "plan", "limit", "issuer", "message", "loosened")
    return {name: getattr(change, name) for name in names} | {"environments": list(each.environments)}


def _counts(found: Comparison) -> dict[str, int]:
    levels = [*(each.level for each in found.documents), *(each.level for each in found.policies)]
    return {level: levels.count(level) for level in LEVELS}


def _tell(found: Comparison, base: str, *, everything: bool) -> None:
    for line in found.uncompared:
        click.echo(_red(f"not compared: {printable(line)}"))
    for each in found.refused:
        click.echo(_red(f"refused: {each.api}{_where(each.environments)}: {printable(f'{each.reason}; {each.mend}')}"))
    counts = _counts(found)
    if found.uncompared or found.refused:
        click.echo()
    elif not any(counts.values()):
        click.echo(f"nothing differs from {printable(base)}")
    for level in LEVELS:
        if counts[level]:
            _tell_level(found, level, hidden=level == SAFE and not everything)


def _tell_level(found: Comparison, level: str, *, hidden: bool) -> None:
    of_documents = [_of_document(each) for each in found.documents if each.level == level]
    of_policies = [_of_policies(each) for each in found.policies if each.level == level]
    lines = [*of_policies, *of_documents]
    click.echo(f"{level}: {counted(len(lines), 'change')}{'; --all lists them' if hidden else ''}")
    for mark, line in () if hidden else lines:
        style: Callable[[str], str] = _red if mark == "!" else str
        click.echo(style(f"  {mark} {printable(line)}"))
    if not hidden:
        click.echo()


def _of_document(each: DocumentChange) -> tuple[str, str]:
    change = each.change
    old = " (old document)" if change.gone else ""
    api = f" {each.api}" if each.api else ""
    unmet = "" if each.served else " (nobody calls this version)"
    return "-" if change.gone else "~", f"{change.file}:{change.line}{old}:{api} {change.message}{unmet}"


def _of_policies(each: PolicyChange) -> tuple[str, str]:
    loosened = LOOSENED if each.change.loosened else ""
    return each.change.mark, f"{loosened}{each.change}{_where(each.environments)}"


def _where(environments: Iterable[str]) -> str:
    names = ", ".join(environments)
    return f" ({names})" if names else ""


def _ending(found: Comparison, versions: Collection[str], *, strict: bool) -> Iterable[str]:
    """``versions``: those that there are now."""
    if found.breaks:
        broken = sorted({each.api for each in found.breaks if each.api})
        mends = [f"{api} stays as it is, apis/{_next(api, versions)} gets the change" for api in broken]
        mend = f" ({', '.join(mends)})" if mends else ""
        yield _red(
            f"{counted(len(found.breaks), 'breaking change')} of documents: callers of the version would fail; "
            f"publish a new version{mend}, or take the change back."
        )
    if found.breaking_policies and strict:
        yield _red(f"{counted(len(found.breaking_policies), 'breaking change')} of policies, which --strict refuses.")


def _next(api: str, versions: Collection[str]) -> str:
    """The first version behind this one that there is not."""
    name, _, version = api.partition("/")
    return next(each for number in count(int(version[1:]) + 1) if (each := f"{name}/v{number}") not in versions)


def _red(text: str) -> str:
    """On a terminal alone: click leaves colours out of files and pipes."""
    return click.style(text, fg="red", bold=True)
