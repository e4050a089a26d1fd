"""``tiergate explain``: what holds for an API version and why, and why a call is let through or refused."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import BinaryIO

import click

from tiergate.adapters.counter_reader import counter_item
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.cli.explain_outline import tell_policy, tell_request
from tiergate.cli.options import policies_option, reading
from tiergate.cli.output import emit
from tiergate.cli.parameters import CLIENT, INSTANT, ISSUER, SCOPES, SUBJECT, Parsed, key_id, now
from tiergate.cli.target import NotDeployed, Target, environment_of
from tiergate.domain.addresses import address_of
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.keys import PATTERN
from tiergate.explain.asked import Asked, of_line, whole_path
from tiergate.explain.policy import NoOperation, explained_policy
from tiergate.explain.records import Assumed, Deployment
from tiergate.explain.request import explained
from tiergate.explain.trial import Trial
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.policy.files import ENVIRONMENTS
from tiergate.policy.schema import nearest
from tiergate.replay.sources import from_stream


def _address(text: str) -> str:
    if address_of(text) is None:
        raise ValueError(f"{text!r} is no address; give for example 203.0.113.9 or 2001:db8::9")
    return text


def _key(text: str) -> str:
    """A key's id; of a whole key no more is kept, which is told."""
    found = key_id(text)
    if PATTERN.fullmatch(text):
        click.echo(f"note: of the key only its id is used, {found}; its secret is needed nowhere here", err=True)
    return found


env_option = click.option(
    "--env", type=click.Choice(ENVIRONMENTS), help="Read the policies of this environment. Default: the stage's."
)


@click.group()
def explain() -> None:
    """Explain what holds, and why a call is let through or refused: each fact with its file and line.

    \b
    tiergate explain policy bank/v1 GET /accounts
    tiergate explain request --method GET --path /bank/v1/accounts --key-id 3FnLsxJSqBQf
    tail -n 1 .tiergate/access.log | tiergate explain request -
    """


@explain.command()
@click.argument("name", metavar="API/VERSION")
@click.argument("method", required=False)
@click.argument("path", required=False)
@click.option("--env", type=click.Choice(ENVIRONMENTS), help="As it holds in this environment. Default: in none.")
@policies_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for scripts.")
def policy(name: str, method: str | None, path: str | None, env: str | None, policies: Path, as_json: bool) -> None:
    """Show every value that holds for an API version, or for one operation, and where it comes from.

    PATH is a template of the document, or a path as a call has it, behind API/VERSION or whole.

    \b
    tiergate explain policy bank/v1
    tiergate explain policy bank/v1 GET '/accounts/{id}'
    tiergate explain policy bank/v1 GET /bank/v1/accounts/DE89370400440532013000 --env prod --json
    """
    if method and not path:
        raise click.UsageError("a METHOD goes with a PATH: tiergate explain policy bank/v1 GET /accounts")
    found = checked(policies, env or "")
    name = name.strip("/")
    if name not in found.apis:
        raise click.BadParameter(f'there is no "{name}"{nearest(name, found.apis)}', param_hint="API/VERSION")
    try:
        told = explained_policy(found, Catalogue.of(compiled(found)), name, (method or "").upper(), path or "")
    except NoOperation as fault:
        raise click.BadParameter(str(fault), param_hint="METHOD PATH") from None
    emit(told.document()) if as_json else tell_policy(told)


@explain.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--request-id", help="The call of FILE with this id, where FILE has many.")
@click.option("--method", help="Of a call that is in no file.")
@click.option("--path", help="Its whole path: /API/VERSION/…")
@click.option("--key-id", type=Parsed("key_id", _key), help="The API key's id.")
@click.option("--client-id", type=CLIENT, help="The id of the OAuth client whose token is sent.")
@click.option("--issuer", type=ISSUER, help="Whose client that is. Default: the first issuer that has it.")
@click.option("--address", type=Parsed("address", _address), help="Where the call comes from.")
@click.option("--subject", type=SUBJECT, help="The subject of its client certificate.")
@click.option("--scopes", type=SCOPES, help="Those of its token, separated by commas.")
@click.option("--plan", help="With --offline: the plan to assume.")
@click.option("--at", type=INSTANT, help="When it comes, such as 2027-05-04T09:05Z. Default: now, or as FILE says.")
@click.option("--offline", is_flag=True, help="Look at no deployment: what the files decide, the caller assumed.")
@env_option
@policies_option
@reading
def request(
    file: BinaryIO | None,
    request_id: str | None,
    method: str | None,
    path: str | None,
    key_id: str | None,
    client_id: str | None,
    issuer: str | None,
    address: str | None,
    subject: str | None,
    scopes: frozenset[str] | None,
    plan: str | None,
    at: int | None,
    offline: bool,
    env: str | None,
    policies: Path,
    stage: str,
    as_json: bool,
) -> None:
    """Explain the decision on a call: every rule it meets, in order, and what the caller reads.

    FILE is a line of the access log, - for standard input. Definitions are the working tree's; who calls and what is
    left of the limits is read from the deployment, where nothing is counted for it.

    \b
    tiergate explain request --method GET --path /bank/v1/accounts --key-id 3FnLsxJSqBQf
    tiergate explain request .tiergate/access.log --request-id Jx1abcdeIAMEJrw=
    tiergate explain request --method GET --path /bank/v1/accounts --client-id 7h2k --issuer partners --stage prod
    tiergate explain request --method GET --path /bank/v1/accounts --key-id 3FnLsxJSqBQf --at 2027-05-04T09:05Z
    """
    read = now()
    asked = _of_options(method, path, request_id, read) if file is None else _of_file(file, request_id, method or path)
    asked = replace(
        asked,
        now=asked.now if at is None else at,
        key_id=key_id or asked.key_id,
        client_id=client_id or asked.client_id,
        issuer=issuer or asked.issuer,
        address=address or asked.address,
        subject=subject or asked.subject,
        scopes=asked.scopes if scopes is None else scopes,
    )
    environment = env or environment_of(stage)
    found = checked(policies, environment)
    catalogue = Catalogue.of(compiled(found))
    deployment, where = _deployment(stage, environment, offline)
    if plan is not None and deployment is not None:
        raise click.UsageError("--plan goes with --offline; a deployment says itself what its subscriptions have")
    if plan is not None and plan not in catalogue.plans:
        raise click.BadParameter(f'there is no "{plan}"{nearest(plan, catalogue.plans)}', param_hint="--plan")
    if asked.issuer and asked.issuer not in catalogue.issuers:
        told = nearest(asked.issuer, catalogue.issuers)
        raise click.BadParameter(f'there is no "{asked.issuer}"{told}', param_hint="--issuer")
    known = deployment or Assumed.of(asked, found, plan or "")
    explanation = explained(Trial(found, catalogue, asked, known, where, read))
    emit(explanation.document()) if as_json else tell_request(explanation)


def _of_options(method: str | None, path: str | None, request_id: str | None, now: int) -> Asked:
    if not (method and path):
        raise click.UsageError("give FILE, a line of the access log, or --method and --path")
    if request_id:
        raise click.UsageError("--request-id goes with FILE")
    try:
        return Asked(method.upper(), whole_path(path), now)
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="--path") from None


def _of_file(file: BinaryIO, request_id: str | None, described: str | None) -> Asked:
    if described:
        raise click.UsageError("--method and --path are of a call that is in no file; FILE has its own")
    try:
        return of_line(_line(file, request_id))
    except ValueError as fault:
        raise click.BadParameter(str(fault), param_hint="FILE") from None


def _line(file: BinaryIO, request_id: str | None) -> bytes:
    """The only line of a file, or the last one that has a request's id."""
    wanted, found = (request_id or "").encode(), b""
    for each in from_stream("FILE", file):
        if wanted in each.raw:
            if found and not wanted:
                raise ValueError("more than one line; say which with --request-id, or give one: tail -n 1 FILE | … -")
            found = each.raw
    if not found:
        raise ValueError(f"no line has {request_id}" if request_id else "it is empty")
    return found


class _Deployed:
    """What a deployment knows of callers, each record and item read once."""

    note = ""

    def __init__(self, target: Target) -> None:
        client = target.client("dynamodb")
        reader = DynamoRegistryReader(client, target.output("data", "RegistryTable"))
        table = target.output("data", "UsageTable")
        self.credential = cache(reader.credential)
        self.client = cache(reader.client)
        self.application = cache(reader.application)
        self.counters = cache(lambda counted: counter_item(client, table, counted))


def _deployment(stage: str, environment: str, offline: bool) -> tuple[Deployment | None, str]:
    """What the stage has deployed, none where nothing is to be looked at; and whose keys are good there."""
    if offline:
        return None, environment
    try:
        target = Target.find(stage)
        return _Deployed(target), target.env
    except NotDeployed as error:
        click.echo(f"note: no deployment is looked at, the caller is assumed: {error}", err=True)
        return None, environment
