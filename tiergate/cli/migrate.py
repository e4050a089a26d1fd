"""``tiergate migrate``: from API Gateway's REST APIs and their keys to policies and partners."""

import os
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from tiergate.adapters.api_gateway import client_config
from tiergate.adapters.rest_account import RestAccountReader, UnknownRestApi
from tiergate.cli.loading import Loading
from tiergate.cli.migrate_outline import proposal_document, tell_proposal
from tiergate.cli.options import json_option, policies_option
from tiergate.cli.output import emit
from tiergate.cli.parameters import Parsed
from tiergate.cli.progress import watched
from tiergate.domain.rest_account import RestAccount
from tiergate.migrate.partners import CUSTOMER, KEY_NAME, TAG, of_account, partners
from tiergate.migrate.policy_files import rest_apis_of
from tiergate.migrate.proposal import Choices, Proposal, proposal
from tiergate.policy.parts import ID, IN_WORDS
from tiergate.policy.upstream_auth import SECRET

RUN = {
    "partners": "tiergate.cli.migrate_partners:partners_",
    "policies": "tiergate.cli.migrate_policies:policies_",
}


class MigrationSource:
    """Which account, and what a person decides about what becomes of it."""

    def __init__(
        self, rest_apis: Sequence[str], region: str | None, profile: str | None, choices: Choices, by: str
    ) -> None:
        self.rest_apis = rest_apis
        self.choices = choices
        self.by = by
        self._region = region
        self._profile = profile

    def read(self, policies: Path, *, use: bool = False) -> tuple[RestAccount, Proposal]:
        """The account and what it becomes beside the policies. ``use``: with the calls of each key."""
        rest_apis = rest_apis_of(policies)
        reader = RestAccountReader(
            rest_client(self._region, self._profile), today=datetime.now(UTC).date(), watch=watched
        )
        try:
            account = reader.read(self.rest_apis, use=use)
        except UnknownRestApi as error:
            raise click.BadParameter(str(error), param_hint="--rest-api") from None
        known = {plan.id for plan in account.plans} | {stage.id for stage in account.stages}
        unknown = sorted({*self.choices.names} - known)
        if unknown:
            raise click.BadParameter(
                f"there is no usage plan or stage {', '.join(unknown)}; tiergate migrate scan shows them",
                param_hint="--name",
            )
        return account, proposal(account, self.choices._replace(rest_apis=rest_apis))


def rest_client(region: str | None, profile: str | None) -> Any:
    """Of the account that the SDK's own rules, or a profile, lead to."""
    import boto3  # noqa: PLC0415 - a tenth of a second, of no use where it only says how it is called

    session = boto3.Session(profile_name=profile, region_name=region or os.environ.get("AWS_REGION"))
    return session.client("apigateway", config=client_config())


def _named(text: str) -> tuple[str, str]:
    """``ID=NAME``."""
    id_, equals, name = text.partition("=")
    if not equals or not id_:
        raise ValueError(
            "give the id of a usage plan, or REST API and stage, and its name: a1b2c3=gold, a1b2c3/prod=orders"
        )
    if not re.fullmatch(ID, name):
        raise ValueError(f"a name {IN_WORDS[ID]}")
    return id_, name


def _by(text: str) -> str:
    if text in {CUSTOMER, KEY_NAME} or (text.startswith(TAG) and len(text) > len(TAG)):
        return text
    raise ValueError("say customer (the key's customer id), name (the key's name) or tag:NAME")


def _secret(text: str) -> str:
    if not SECRET.fullmatch(text):
        raise ValueError(
            "must be the whole ARN of a secret in Secrets Manager, with the hyphen and six characters at its end; the "
            "key itself is not given here"
        )
    return text


def _refuse_shared(names: Sequence[tuple[str, str]]) -> None:
    """Two plans, or two APIs, cannot have one file."""
    kinds = [("/" in id_, name) for id_, name in names]
    if len({*kinds}) < len(kinds) or len({id_ for id_, _ in names}) < len(names):
        raise click.BadParameter("each needs a name of its own, given once", param_hint="--name")


def source_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Where to read and what to decide, as one `MigrationSource`."""

    @click.option("--rest-api", "rest_apis", multiple=True, metavar="ID", help="Only these REST APIs; may be repeated.")
    @click.option("--region", help="Of the REST APIs. Default: the SDK's (AWS_REGION, the profile's).")
    @click.option("--profile", help="Of the AWS credentials that read the REST APIs. Default: the SDK's.")
    @click.option(
        "--name",
        "names",
        type=Parsed("id=name", _named),
        multiple=True,
        help="What a usage plan or a stage (a1b2c3/prod) is called in the policies; may be repeated.",
    )
    @click.option(
        "--by",
        type=Parsed("what", _by),
        default=CUSTOMER,
        show_default=True,
        help="Whose a key is: customer (its customer id), name, or tag:NAME. Where it has none: its name.",
    )
    @click.option(
        "--week",
        type=click.Choice(["day", "month"]),
        default="month",
        show_default=True,
        help="What a weekly quota becomes.",
    )
    @click.option(
        "--upstream-key",
        type=Parsed("arn", _secret),
        help="The secret with the key that wrapped REST APIs ask the gateway for.",
    )
    @wraps(command)
    def decided(
        *,
        rest_apis: tuple[str, ...],
        region: str | None,
        profile: str | None,
        names: tuple[tuple[str, str], ...],
        by: str,
        week: str,
        upstream_key: str | None,
        **others: Any,
    ) -> Any:
        _refuse_shared(names)
        choices = Choices(dict(names), week, upstream_key or "")
        return command(source=MigrationSource(rest_apis, region, profile, choices, by), **others)

    return decided


@click.group()
def migrate() -> None:
    """From API Gateway's REST APIs to this gateway: APIs, plans, partners, and the keys that they have.

    \b
    tiergate migrate scan                        what is there, and what becomes of it?
    tiergate migrate run policies --apply        write the policy files, then deploy
    tiergate migrate run partners --apply        bring partners and keys into the registry
    """


@migrate.command()
@source_options
@policies_option
@json_option
def scan(source: MigrationSource, policies: Path, as_json: bool) -> None:
    """Read REST APIs, stages, usage plans, keys and their use, and say what becomes of them. Changes nothing.

    \b
    tiergate migrate scan --region eu-west-1
    tiergate migrate scan --rest-api a1b2c3d4e5 --by tag:partner
    tiergate migrate scan --name 7x8y9z=gold --week day --json
    """
    account, found = source.read(policies, use=True)
    sold = {product.name: frozenset(product.apis) for product in found.products}
    whose = partners(of_account(account, found.offers, source.by), sold)
    if as_json:
        emit(proposal_document(account, found, whose))
    else:
        tell_proposal(account, found, whose)


@migrate.group(commands=Loading(RUN))
def run() -> None:
    """Write what the scan proposes: first the policies, and once they are deployed the partners."""
