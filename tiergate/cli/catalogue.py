"""``tiergate catalogue``: what a stage shows to portals of its products, plans and APIs."""

from collections.abc import Mapping
from typing import Any

import click

from tiergate.adapters.catalogue import PublishedCatalogue
from tiergate.cli.options import reading
from tiergate.cli.output import emit, printable, table
from tiergate.cli.target import Target
from tiergate.policy.changes.plans import limit_terms

Document = Mapping[str, Any]


@click.command()
@reading
def catalogue(stage: str, as_json: bool) -> None:
    """Show what is published at a stage: products with their plans, and API versions with state and grade.

    It is what portals read, as of the last deploy. Drafts are not in it.

    \b
    tiergate catalogue
    tiergate catalogue --stage prod --json
    """
    target = Target.find(stage)
    found = PublishedCatalogue(target.client("dynamodb"), target.output("data", "RegistryTable")).read()
    if as_json:
        emit(found)
    elif found is None:
        click.echo(
            f"nothing is published at {stage} yet: the sync function does it after a deploy, and now: tiergate sync"
        )
    else:
        _tell(found)


def _tell(found: Document) -> None:
    click.echo(printable(f"{found['platform']['name']}, published {found['published']}"))
    if found["products"]:
        click.echo()
        table(["product", "plan", "limits", "price", "approval"], _offers(found))
    if found["apis"]:
        click.echo()
        table(["api", "title", "state", "sunset", "grade", "operations"], _versions(found), numbers=1)
    if found["rest_apis"]:
        click.echo()
        table(["rest api", "products"], [[name, _sellers(found, name)] for name in found["rest_apis"]])


def _offers(found: Document) -> list[list[str]]:
    return [
        [name, plan, limit_terms(terms["limits"]), _price(terms["price"]), terms["approval"]]
        for name, product in found["products"].items()
        for plan in product["plans"]
        for terms in [found["plans"][plan]]
    ]


def _versions(found: Document) -> list[list[str]]:
    return [
        [
            name,
            api["title"],
            api["state"],
            (api["lifecycle"] or {}).get("sunset", "")[:10],
            _grade(api["scorecard"]),
            str(len(api["operations"])),
        ]
        for name, api in found["apis"].items()
    ]


def _sellers(found: Document, rest_api: str) -> str:
    return ", ".join(name for name, product in found["products"].items() if rest_api in product["rest_apis"])


def _price(price: Document | None) -> str:
    return f"{price['amount']} {price['currency']} a {price['per']}" if price else ""


def _grade(scorecard: Document | None) -> str:
    return f"{scorecard['grade']} {scorecard['points']}" if scorecard else ""
