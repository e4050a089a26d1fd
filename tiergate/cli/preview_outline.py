"""How a preview is printed: for people by what it is about, for scripts as one document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click

from tiergate.cli.output import counted, printable
from tiergate.policy.capacity import MOST
from tiergate.policy.changes import BREAKING, SAFE, Change
from tiergate.policy.changes.change import listed
from tiergate.review.preview import LATELY, Touched
from tiergate.review.refusals import Refusal

ROUTES, LIFECYCLE, LIMITS = "APIs and operations", "Lifecycle", "Limits and costs"
OFFER, CALLERS, UPSTREAMS, OTHER = "Products and plans", "Who may call", "Upstreams", "Other"
SECTIONS = (ROUTES, LIFECYCLE, LIMITS, OFFER, CALLERS, UPSTREAMS, OTHER)

LOOSENED = "SECURITY LOOSENED"
"""Heads the page, before anything else."""

OF_KIND = {
    "api": ROUTES,
    "operation": ROUTES,
    "state": LIFECYCLE,
    "lifecycle": LIFECYCLE,
    "brownout": LIFECYCLE,
    "successor": LIFECYCLE,
    "guide": LIFECYCLE,
    "limit": LIMITS,
    "limits": LIMITS,
    "mode": UPSTREAMS,
    "cost": LIMITS,
    "quota": LIMITS,
    "failure": LIMITS,
    "product": OFFER,
    "plan": OFFER,
    "offer": OFFER,
    "accepts": CALLERS,
    "addresses": CALLERS,
    "subjects": CALLERS,
    "scopes": CALLERS,
    "public": CALLERS,
    "cors": CALLERS,
    "issuer": CALLERS,
    "upstream": UPSTREAMS,
    "timeout": UPSTREAMS,
}
"""Where a change is told, by the first word of its kind."""

Row = tuple[str, str, str]
"""Mark, subject and message; what belongs to the row before it has the last alone."""

WIDEST = 40
"""Characters that a subject takes at most beside its message."""

COLOURS = {"!": "red", "-": "red", "+": "green", "~": "yellow", "x": "red"}


@dataclass(frozen=True, slots=True)
class Preview:
    """``nothing``: why nothing runs there yet, else empty. ``subscriptions``: all there are; ``routes`` before and
    after."""

    stage: str
    environment: str
    nothing: str
    subscriptions: int
    routes: tuple[int, int]
    changes: Sequence[tuple[Change, Touched]]
    refusals: Sequence[Refusal]


def preview_document(found: Preview) -> dict[str, Any]:
    """As ``--json`` prints it."""
    return {
        "stage": found.stage,
        "environment": found.environment,
        "first": bool(found.nothing),
        "refused": bool(found.refusals),
        "routes": {"before": found.routes[0], "after": found.routes[1], "most": MOST},
        "subscriptions": found.subscriptions,
        "changes": [asdict(change) | {"touched": asdict(reach)} for change, reach in found.changes],
        "refusals": [asdict(each) for each in found.refusals],
    }


def tell_preview(found: Preview) -> None:
    """What is loosened first, then what is refused, then the rest by what it is about."""
    if found.nothing:
        click.echo(f"{printable(found.nothing)}: this would be the first deploy of {found.stage}. What comes:\n")
    elif not found.changes and not found.refusals:
        click.echo(f"{found.stage} runs these policies already; a deploy would change nothing for callers.")
        return
    loosened = [each for each in found.changes if each[0].loosened]
    _tell_section(LOOSENED, [row for each in loosened for row in _rows(*each)])
    _tell_section("REFUSED", [row for each in found.refusals for row in _refused(each)])
    for section in SECTIONS:
        those = [each for each in found.changes if not each[0].loosened and _section(each[0]) == section]
        _tell_section(section, [row for each in those for row in _rows(*each)])
    for line in _ending(found, len(loosened)):
        click.echo(line)


def _section(change: Change) -> str:
    return LIMITS if change.kind == "mode_changed" else OF_KIND.get(change.kind.partition("_")[0], OTHER)


def _rows(change: Change, reach: Touched) -> Iterator[Row]:
    yield change.mark, change.subject, change.message
    notes = "; ".join(_notes(reach))
    if notes and (change.level != SAFE or change.limit):
        yield " ", "", notes


def _notes(reach: Touched) -> Iterator[str]:
    if reach.subscriptions:
        yield f"{counted(reach.subscriptions, 'subscription')}: {listed(reach.organizations)}"
    if reach.hidden:
        yield f"{reach.hidden} keep{'s' if reach.hidden == 1 else ''} what an override says"
    if reach.callers:
        yield f"{reach.callers} called this version in the last {LATELY} days"


def _refused(refusal: Refusal) -> Iterator[Row]:
    yield "x", refusal.subject, refusal.reason
    if refusal.mend:
        yield " ", "", f"→ {refusal.mend}"


def _tell_section(title: str, rows: Sequence[Row]) -> None:
    if not rows:
        return
    loud = title in {LOOSENED, "REFUSED"}
    click.secho(title, fg="red" if loud else None, bold=True)
    width = max((len(subject) for _, subject, _ in rows if len(subject) <= WIDEST), default=0)
    for mark, subject, message in rows:
        named = printable(subject)
        if len(named) > WIDEST:
            click.echo(f"  {_marked(mark)} {named}")
            mark, named = " ", ""  # noqa: PLW2901 - the message follows on a line of its own
        click.echo(f"  {_marked(mark)} {named.ljust(width)}  {printable(message)}")
    click.echo()


def _marked(mark: str) -> str:
    """click leaves colours out where no terminal reads."""
    return click.style(mark, fg=COLOURS.get(mark), bold=mark in "!x")


def _ending(found: Preview, loosened: int) -> Iterator[str]:
    before, after = found.routes
    yield f"Routes: {after} of {MOST}" + (f" (now {before})" if before != after and not found.nothing else "") + "."
    breaking = sum(change.level == BREAKING for change, _ in found.changes)
    if breaking:
        yield f"{counted(breaking, 'change')} may refuse calls that go through today."
    if loosened:
        yield f"{counted(loosened, 'change')} loosen{'s' if loosened == 1 else ''} security."
    if found.refusals:
        verdict = f"{counted(len(found.refusals), 'refusal')}: mend each before you deploy."
        yield click.style(verdict, fg="red", bold=True)
    else:
        yield "Nothing is refused."
