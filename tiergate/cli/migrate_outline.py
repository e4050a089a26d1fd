"""What a migration proposes, as documents for scripts and as text for people. No key's text or hash is in either."""

from collections.abc import Iterable
from typing import Any

import click

from tiergate.cli.output import counted, printable, table
from tiergate.domain.rest_account import RestAccount
from tiergate.migrate.partners import Partners
from tiergate.migrate.proposal import Proposal
from tiergate.policy.changes.plans import limit_terms

MOST_ROWS = 50
"""Partners that are listed for people."""


def proposal_document(account: RestAccount, found: Proposal, whose: Partners) -> dict[str, Any]:
    """As ``--json`` prints it."""
    used = used_by_key(account)
    return {
        "region": found.region,
        "apis": [
            {
                "stage": api.stage,
                "title": api.title,
                "api": api.name,
                "upstream": api.upstream,
                "operations": api.operations,
                "notes": list(api.notes),
            }
            for api in found.apis
        ],
        "plans": [
            {
                "usage_plan": plan.id,
                "title": plan.title,
                "plan": plan.name,
                "product": found.offers[plan.id][0] if plan.id in found.offers else "",
                "limits": dict(plan.limits),
                "keys": plan.keys,
                "used": plan.used,
                "notes": list(plan.notes),
            }
            for plan in found.plans
        ],
        "products": [
            {"product": each.name, "title": each.title, "apis": list(each.apis), "plans": list(each.plans)}
            for each in found.products
        ],
        "partners": [
            {
                "key": each.ref,
                "organization": each.organization,
                "application": each.application,
                "active": each.active,
                "offers": ["/".join(offer) for offer in each.offers],
                "used": used.get(each.ref),
            }
            for each in whose.partners
        ],
        "left": [{"key": each.ref, "why": each.why} for each in whose.left],
        "notes": list(found.notes),
        "missing": list(found.missing),
    }


def tell_proposal(account: RestAccount, found: Proposal, whose: Partners) -> None:
    """For people, with what to do next."""
    click.echo(
        f"{counted(len(account.stages), 'stage')}, {counted(len(account.plans), 'usage plan')} and "
        f"{counted(len(account.keys), 'key')} in {found.region}"
    )
    for api in found.apis:
        becomes = (
            f"{api.name}, {counted(api.operations, 'operation')}, upstream {api.upstream}" if api.name else "left out"
        )
        _tell(f"\nstage {api.stage} ({api.title}): {becomes}", api.notes)
    for plan in found.plans:
        offer = found.offers.get(plan.id)
        becomes = f"plan {plan.name} of product {offer[0]}, {limit_terms(plan.limits)}" if offer else "left out"
        use = "" if plan.used is None else f", {counted(plan.used, 'call')} in 90 days"
        _tell(f"\nusage plan {plan.id} ({plan.title}), {counted(plan.keys, 'key')}{use}: {becomes}", plan.notes)
    if whose.partners:
        click.echo("")
        _tell_partners(account, whose)
    _tell_more("keys that are left out", [f"{each.ref}: {each.why}" for each in whose.left])
    _tell_more("notes", found.notes)
    _tell_more("before the policies can be written", found.missing)
    if not account.stages:
        click.echo("\nNothing to migrate: is that the right account and region (--profile, --region)?")
    elif found.offers and not found.missing:
        click.echo("\nNext: tiergate migrate run policies (docs/migration.md)")


def _tell_partners(account: RestAccount, whose: Partners) -> None:
    used = used_by_key(account)
    rows = [
        [
            each.organization,
            each.application,
            each.ref,
            "active" if each.active else "disabled",
            ", ".join("/".join(offer) for offer in each.offers),
            f"{used[each.ref]:,}" if each.ref in used else "",
        ]
        for each in whose.partners[:MOST_ROWS]
    ]
    table(["ORGANIZATION", "APPLICATION", "KEY", "STATE", "PRODUCT/PLAN", "CALLS"], rows, numbers=1)
    rest = len(whose.partners) - MOST_ROWS
    if rest > 0:
        click.echo(f"and {rest} more: --json lists all")


def used_by_key(account: RestAccount) -> dict[str, int]:
    """Calls of the last days; a key is missing where nobody tells, and has 0 where its plan's use is told."""
    used: dict[str, int] = {}
    for plan in account.plans:
        if plan.used is not None:
            for key in plan.keys:
                used[key] = used.get(key, 0) + plan.used.get(key, 0)
    return used


def _tell(heading: str, lines: Iterable[str]) -> None:
    click.echo("\n".join(printable(line) if line else line for line in heading.split("\n")))
    for line in lines:
        click.echo(f"  - {printable(line)}")


def _tell_more(heading: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if lines:
        _tell(f"\n{heading}:", lines[:MOST_ROWS])
        if len(lines) > MOST_ROWS:
            click.echo(f"  and {len(lines) - MOST_ROWS} more: --json lists all")
