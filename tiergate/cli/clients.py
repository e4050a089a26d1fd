"""``tiergate client``: OAuth clients of applications."""

from functools import wraps
from pathlib import Path
from typing import Any

import click

from tiergate.adapters.registry import Missing, Registered, Registry, RegistryError, Terms
from tiergate.adapters.registry.clients import unknown_issuer
from tiergate.cli.definitions import definitions, known, remark_on_scopes
from tiergate.cli.documents import client_document
from tiergate.cli.options import (
    POLICIES,
    Command,
    application_option,
    changing,
    confirm_deletion,
    organization_option,
    policies_option,
    reading,
    yes_option,
)
from tiergate.cli.outline import credential_row, credential_state, credential_terms, ending, held_up
from tiergate.cli.output import CLIENT_SHOWN_ONCE, emit, labelled, table, tell_deleted, tell_state
from tiergate.cli.parameters import APPLICATION, CLIENT, CLIENT_NAME, GRACE, ISSUER
from tiergate.cli.target import Target
from tiergate.cli.terms import TypedConditions, expires_option, restricting, tell_restricted, terms_options
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.registry import client_ref


def one_client(command: Command) -> Command:
    """CLIENT and ``--issuer``. Where there is no such client, the error says how to name another issuer's."""

    @click.argument("client", metavar="CLIENT", type=CLIENT)
    @click.option("--issuer", type=ISSUER, help="Whose client it is. Default: the deployed user pool's.")
    @wraps(command)
    def read(*, issuer: str | None, **rest: Any) -> Any:
        try:
            return command(issuer=issuer, **rest)
        except Missing as error:
            raise RegistryError(_missing(str(error), issuer, rest.get("policies", POLICIES), rest["stage"])) from error

    return read  # type: ignore[return-value]


@click.group("client")
def clients() -> None:
    """OAuth clients, which call with access tokens. CLIENT is a client's id, as `tiergate client list` shows it."""


@clients.command()
@click.option("--app", type=APPLICATION, required=True, help="The application's id.")
@terms_options(CLIENT_NAME)
@click.option("--issuer", type=ISSUER, help="With --id: the issuer of the policies that knows the client.")
@click.option("--id", "linked", type=CLIENT, help="Link the client that --issuer knows by this id; none is made.")
@click.option(
    "--all-scopes",
    is_flag=True,
    help="With --id: good for all scopes that its tokens hold; only where the issuer is yours.",
)
@policies_option
@changing
def create(
    app: str,
    terms: Terms,
    issuer: str | None,
    linked: str | None,
    all_scopes: bool,
    policies: Path,
    reason: str,
    stage: str,
    as_json: bool,
) -> None:
    """Make an OAuth client for an application in the deployed user pool, or link one that another issuer knows.

    The secret of a new client is shown once. Without --scopes it gets all scopes that the user pool knows now. Of a
    linked one it must be said, by --scopes or --all-scopes: another's issuer puts into tokens what it likes.

    \b
    tiergate client create --app app_yqkTZ1EZGqJr --scopes accounts:read
    tiergate client create --app app_yqkTZ1EZGqJr --name ci --expires 90d --ip-allow 203.0.113.0/24 --json
    tiergate client create --app app_yqkTZ1EZGqJr --issuer acme --id 4f1c2a7e-bank --scopes accounts:read
    """
    target, catalogue = _deployed(stage, policies)
    _refuse_unclear(target.issuer, issuer, linked)
    _refuse_unlimited(linked, terms["scopes"] is not None, all_scopes)
    registry = target.registry(issuers=catalogue.issuers)
    organization = registry.applications.get(app).organization
    if issuer is not None and linked is not None:
        made = registry.clients.link(app, issuer, linked, reason=reason, **terms)
    else:
        made = registry.clients.create(app, reason=reason, **terms)
    document = _new_document(organization, made)
    if as_json:
        emit(document)
    else:
        _tell_new(document)
    if linked is not None:
        remark_on_scopes(catalogue, terms["scopes"] or ())


@clients.command("list")
@organization_option
@application_option
@reading
def list_(org: str | None, app: str | None, stage: str, as_json: bool) -> None:
    """List OAuth clients by id; their secrets are kept nowhere.

    \b
    tiergate client list
    tiergate client list --org acme --json
    tiergate client list --app app_yqkTZ1EZGqJr
    """
    found = [client_document(*each) for each in Target.find(stage).registry().clients.list(org, app)]
    if as_json:
        emit(found)
        return
    columns = ("id", "issuer", "organization", "application", "name", "state", "created", "expires", "restricted")
    rows = [credential_row(each) for each in found]
    table([name.upper() for name in columns], [[row[name] for name in columns] for row in rows])


@clients.command()
@one_client
@reading
def show(client: str, issuer: str | None, stage: str, as_json: bool) -> None:
    """Show a client's state and terms, and what its tokens can hold where the deployed user pool issues them.

    \b
    tiergate client show 5t1k0example8p2f
    tiergate client show 4f1c2a7e-bank --issuer acme
    """
    target = Target.find(stage)
    registry, issuer = target.registry(), _issuer(target, issuer)
    credential = registry.clients.get(client_ref(issuer, client))
    application = registry.applications.get(credential.application)
    pool = target.user_pool() if issuer == target.issuer else None
    granted = pool.scopes(client) if pool else None
    document = client_document(application.organization, credential)
    document["token_scopes"] = None if granted is None else sorted(granted)
    if as_json:
        emit(document)
        return
    labelled(
        [
            ("client", document["id"]),
            ("organization", document["organization"]),
            ("application", document["application"]),
            ("state", held_up(credential_state(document), application.organization_state, application.state)),
            ("created", document["created"]),
            ("name", document["name"]),
            *credential_terms(document),
            ("token scopes", " ".join(sorted(granted or ()))),
        ]
    )


@clients.command()
@one_client
@changing
def suspend(client: str, issuer: str | None, reason: str, stage: str, as_json: bool) -> None:
    """Refuse a client's tokens until it is restored. Takes effect everywhere within 60 seconds.

    \b
    tiergate client suspend 5t1k0example8p2f --reason "unusual calls"
    """
    registry, whose, ref = _found(stage, issuer, client)
    tell_state(client, "suspended", registry.clients.suspend(ref, reason=reason), as_json, issuer=whose)


@clients.command()
@one_client
@changing
def restore(client: str, issuer: str | None, reason: str, stage: str, as_json: bool) -> None:
    """Let a suspended client call again. Takes effect within 60 seconds; a revoked one stays revoked.

    \b
    tiergate client restore 5t1k0example8p2f --reason "calls explained"
    """
    registry, whose, ref = _found(stage, issuer, client)
    tell_state(client, "active", registry.clients.restore(ref, reason=reason), as_json, issuer=whose)


@clients.command()
@one_client
@changing
def revoke(client: str, issuer: str | None, reason: str, stage: str, as_json: bool) -> None:
    """Make a client useless for good: tokens that it has are refused within 60 seconds, and it gets no others.

    Where the user pool did not answer, the same command again finishes what is left.

    \b
    tiergate client revoke 5t1k0example8p2f --reason "found in a public repository"
    """
    registry, whose, ref = _found(stage, issuer, client)
    tell_state(client, "revoked", registry.clients.revoke(ref, reason=reason), as_json, issuer=whose)


@clients.command()
@one_client
@restricting
@changing
def restrict(
    client: str, issuer: str | None, conditions: TypedConditions, reason: str, stage: str, as_json: bool
) -> None:
    """Say where a client may call from, in place of what held before. Takes effect everywhere within 60 seconds.

    \b
    tiergate client restrict 5t1k0example8p2f --ip-allow 203.0.113.0/24 --ip-deny 203.0.113.66
    tiergate client restrict 5t1k0example8p2f --clear
    """
    registry, whose, ref = _found(stage, issuer, client)
    changed = registry.clients.restrict(ref, reason=reason, **conditions)
    tell_restricted({"id": client, "issuer": whose}, conditions, changed, as_json)


@clients.command()
@one_client
@click.option("--id", "successor", type=CLIENT, help="The new client's id, where the issuer is not the user pool.")
@click.option(
    "--grace", type=GRACE, default="24h", show_default=True, help="How long the old one goes on: 90s, 15m, 24h, 7d."
)
@expires_option
@policies_option
@changing
def rotate(
    client: str,
    issuer: str | None,
    successor: str | None,
    grace: int,
    expires: int | None,
    policies: Path,
    reason: str,
    stage: str,
    as_json: bool,
) -> None:
    """Put a new client in place of an old one. Both work during the grace, then only the new one.

    It has the old one's name, scopes and conditions, and an id and a secret of its own: tokens name their client, so
    that those of the old one end with it. A grace of 0 revokes the old one. In place of one that was made without
    --scopes comes one with all scopes that the user pool knows by then.

    \b
    tiergate client rotate 5t1k0example8p2f
    tiergate client rotate 5t1k0example8p2f --grace 7d --expires 90d --reason "yearly"
    tiergate client rotate 4f1c2a7e-bank --issuer acme --id 90aa13b2-bank
    """
    target, catalogue = _deployed(stage, policies)
    registry = target.registry(issuers=catalogue.issuers)
    ref = client_ref(_issuer(target, issuer), client)
    application = registry.applications.get(registry.clients.get(ref).application)
    made = registry.clients.rotate(ref, grace=grace, expires=expires, successor=successor or "", reason=reason)
    document = _new_document(application.organization, made)
    replaced = client_document(application.organization, made.replaced) if made.replaced else None
    if as_json:
        emit(document | {"replaces": replaced})
    else:
        _tell_new(document)
        if replaced:
            click.echo(f"{client} {ending(replaced)}")
    if made.left:
        click.echo(made.left, err=True)


@clients.command()
@one_client
@yes_option
@changing
def delete(client: str, issuer: str | None, yes: bool, reason: str, stage: str, as_json: bool) -> None:
    """Delete a client, here and in the user pool. Its tokens are refused within 60 seconds.

    To keep it listed, revoke it. One that is left in the user pool alone is taken out of it.

    \b
    tiergate client delete 5t1k0example8p2f
    tiergate client delete 5t1k0example8p2f --yes --reason "made by mistake"
    """
    registry, whose, ref = _found(stage, issuer, client)
    confirm_deletion(f"client {client} of issuer {whose}", yes)
    registry.clients.delete(ref, reason=reason)
    tell_deleted(client, as_json, issuer=whose)


def _deployed(stage: str, policies: Path) -> tuple[Target, Catalogue]:
    """A deployment and the policies, which know the issuer that is deployed."""
    catalogue = definitions(policies, stage)
    target = Target.find(stage)
    if target.issuer and target.issuer not in catalogue.issuers:
        raise RegistryError(
            f'the policies have no issuer "{target.issuer}", which is deployed; '
            "name the deployed policies with --policies"
        )
    return target, catalogue


def _refuse_unclear(pool: str, issuer: str | None, linked: str | None) -> None:
    if issuer and issuer == pool:
        raise click.UsageError(
            f'clients of "{issuer}" are made here; leave --issuer {"and --id " if linked else ""}out'
        )
    if (issuer is None) != (linked is None):
        raise click.UsageError("--issuer and --id go together: they link a client that another issuer knows")


def _refuse_unlimited(linked: str | None, limited: bool, all_scopes: bool) -> None:
    if all_scopes and (limited or linked is None):
        raise click.UsageError("--all-scopes is for a client that is linked with --id, in place of --scopes")
    if linked is not None and not limited and not all_scopes:
        raise click.UsageError(
            "say what its tokens are good for here: --scopes accounts:read,payments:write, or --all-scopes for all "
            "that they hold, only where the issuer is yours: another's could give its clients any scope"
        )


def _missing(error: str, issuer: str | None, policies: Path, stage: str) -> str:
    """What to say of a client that is not there."""
    if issuer is None:
        return f"{error}; if another issuer knows it, name that one: --issuer"
    catalogue = known(policies, stage)
    return error if catalogue is None or issuer in catalogue.issuers else unknown_issuer(issuer, catalogue.issuers)


def _found(stage: str, issuer: str | None, client: str) -> tuple[Registry, str, str]:
    """The registry, whose client it is, and its ref."""
    target = Target.find(stage)
    whose = _issuer(target, issuer)
    return target.registry(), whose, client_ref(whose, client)


def _issuer(target: Target, named: str | None) -> str:
    issuer = named or target.issuer
    if not issuer:
        raise click.UsageError("no user pool is deployed; say whose client it is: --issuer (tiergate client list)")
    return issuer


def _new_document(organization: str, made: Registered) -> dict[str, Any]:
    document = client_document(organization, made.credential)
    if made.made is None:
        return document
    new = {"secret": made.made.secret, "token_url": made.made.token_url, "token_scopes": list(made.made.scopes)}
    return document | new


def _tell_new(document: dict[str, Any]) -> None:
    secret = document.get("secret", "")
    labelled(
        [
            ("client", document["id"]),
            ("secret", secret),
            ("token URL", document.get("token_url", "")),
            ("token scopes", " ".join(document.get("token_scopes", ()))),
            ("name", document["name"]),
            *credential_terms(document),
        ]
    )
    if secret:
        click.echo(CLIENT_SHOWN_ONCE)
        click.echo("Get a token; curl asks for the secret as the password:")
        click.echo(f"  curl -u {document['id']} -d grant_type=client_credentials {document['token_url']}")
    else:
        click.echo("Its tokens are sent as Authorization: Bearer TOKEN.")
