"""``tiergate key``: API keys of applications."""

from pathlib import Path
from typing import Any

import click

from tiergate.adapters.registry import Terms
from tiergate.cli.definitions import known, remark_on_scopes
from tiergate.cli.documents import key_document
from tiergate.cli.key_import import import_
from tiergate.cli.options import (
    application_option,
    changing,
    confirm_deletion,
    organization_option,
    policies_option,
    reading,
    yes_option,
)
from tiergate.cli.outline import credential_row, credential_state, credential_terms, ending, held_up
from tiergate.cli.output import SHOWN_ONCE, emit, labelled, table, tell_deleted, tell_state
from tiergate.cli.parameters import APPLICATION, GRACE, KEY, KEY_NAME
from tiergate.cli.target import Target
from tiergate.cli.terms import TypedConditions, expires_option, restricting, tell_restricted, terms_options

id_argument = click.argument("key_id", metavar="KEY", type=KEY)


@click.group("key")
def keys() -> None:
    """API keys. KEY is a key's id, as `tiergate key list` shows it; a whole key does as well, and is not repeated."""


keys.add_command(import_)


@keys.command()
@click.option("--app", type=APPLICATION, required=True, help="The application's id.")
@terms_options(KEY_NAME)
@policies_option
@changing
def create(app: str, terms: Terms, policies: Path, reason: str, stage: str, as_json: bool) -> None:
    """Make a key for an application. The key is shown once.

    \b
    tiergate key create --app app_yqkTZ1EZGqJr
    tiergate key create --app app_yqkTZ1EZGqJr --name ci --expires 90d --ip-allow 203.0.113.0/24
    tiergate key create --app app_yqkTZ1EZGqJr --scopes accounts:read,payments:read --json
    """
    registry = Target.find(stage).registry()
    organization = registry.applications.get(app).organization
    made = registry.keys.create(app, reason=reason, **terms)
    document = key_document(organization, made.credential)
    if as_json:
        emit(document | {"secret": made.key.text})
    else:
        labelled([("key", made.key.text), *_terms(document)])
        click.echo(SHOWN_ONCE)
    catalogue = known(policies, stage) if document["scopes"] else None
    if catalogue is not None:
        remark_on_scopes(catalogue, document["scopes"])


@keys.command("list")
@organization_option
@application_option
@reading
def list_(org: str | None, app: str | None, stage: str, as_json: bool) -> None:
    """List keys by id; the keys themselves are kept nowhere.

    \b
    tiergate key list
    tiergate key list --org acme --json
    tiergate key list --app app_yqkTZ1EZGqJr
    """
    found = [key_document(*each) for each in Target.find(stage).registry().keys.list(org, app)]
    if as_json:
        emit(found)
        return
    columns = ("id", "organization", "application", "name", "state", "created", "expires", "restricted")
    rows = [credential_row(each) for each in found]
    table([name.upper() for name in columns], [[row[name] for name in columns] for row in rows])


@keys.command()
@id_argument
@reading
def show(key_id: str, stage: str, as_json: bool) -> None:
    """Show a key's state and terms; the key itself is kept nowhere.

    \b
    tiergate key show 0pW4ylgVHlvq
    """
    registry = Target.find(stage).registry()
    credential = registry.keys.get(key_id)
    application = registry.applications.get(credential.application)
    document = key_document(application.organization, credential)
    if as_json:
        emit(document)
        return
    labelled(
        [
            ("key", document["id"]),
            ("organization", document["organization"]),
            ("application", document["application"]),
            ("state", held_up(credential_state(document), application.organization_state, application.state)),
            ("created", document["created"]),
            *_terms(document),
        ]
    )


@keys.command()
@id_argument
@changing
def suspend(key_id: str, reason: str, stage: str, as_json: bool) -> None:
    """Refuse a key until it is restored. Takes effect everywhere within 60 seconds.

    \b
    tiergate key suspend 0pW4ylgVHlvq --reason "unusual calls"
    """
    changed = Target.find(stage).registry().keys.suspend(key_id, reason=reason)
    tell_state(key_id, "suspended", changed, as_json)


@keys.command()
@id_argument
@changing
def restore(key_id: str, reason: str, stage: str, as_json: bool) -> None:
    """Let a suspended key work again. Takes effect within 60 seconds; a revoked one stays revoked.

    \b
    tiergate key restore 0pW4ylgVHlvq --reason "calls explained"
    """
    changed = Target.find(stage).registry().keys.restore(key_id, reason=reason)
    tell_state(key_id, "active", changed, as_json)


@keys.command()
@id_argument
@changing
def revoke(key_id: str, reason: str, stage: str, as_json: bool) -> None:
    """Make a key useless for good. Takes effect everywhere within 60 seconds.

    KEY is what `tiergate key list` shows: the part of a key between its second and third underscore. A whole key
    does as well.

    \b
    tiergate key revoke 1k2B3c4D5e6F --reason "found in a public repository"
    """
    changed = Target.find(stage).registry().keys.revoke(key_id, reason=reason)
    tell_state(key_id, "revoked", changed, as_json)


@keys.command()
@id_argument
@restricting
@changing
def restrict(key_id: str, conditions: TypedConditions, reason: str, stage: str, as_json: bool) -> None:
    """Say where a key may be used from, in place of what held before. Takes effect everywhere within 60 seconds.

    \b
    tiergate key restrict 0pW4ylgVHlvq --ip-allow 203.0.113.0/24 --ip-deny 203.0.113.66
    tiergate key restrict 0pW4ylgVHlvq --subject "CN=partner,O=Acme,C=DE"
    tiergate key restrict 0pW4ylgVHlvq --clear --reason "moves to the cloud"
    """
    changed = Target.find(stage).registry().keys.restrict(key_id, reason=reason, **conditions)
    tell_restricted({"id": key_id}, conditions, changed, as_json)


@keys.command()
@id_argument
@click.option(
    "--grace", type=GRACE, default="24h", show_default=True, help="How long the old key goes on: 90s, 15m, 24h, 7d."
)
@expires_option
@changing
def rotate(key_id: str, grace: int, expires: int | None, reason: str, stage: str, as_json: bool) -> None:
    """Make a new key in place of an old one. Both work during the grace, then only the new one.

    The new key has the old one's name, scopes and conditions, and is shown once. A grace of 0 revokes the old key.

    \b
    tiergate key rotate 0pW4ylgVHlvq
    tiergate key rotate 0pW4ylgVHlvq --grace 7d --expires 90d --reason "yearly"
    """
    registry = Target.find(stage).registry()
    application = registry.applications.get(registry.keys.get(key_id).application)
    made = registry.keys.rotate(key_id, grace=grace, expires=expires, reason=reason)
    document = key_document(application.organization, made.credential)
    replaced = key_document(application.organization, made.replaced) if made.replaced else None
    if as_json:
        emit(document | {"secret": made.key.text, "replaces": replaced})
        return
    labelled([("key", made.key.text), *_terms(document)])
    click.echo(SHOWN_ONCE)
    if replaced:
        click.echo(f"{key_id} {ending(replaced)}")


@keys.command()
@id_argument
@yes_option
@changing
def delete(key_id: str, yes: bool, reason: str, stage: str, as_json: bool) -> None:
    """Delete a key. It works no more, within 60 seconds, and is listed no more; to keep it listed, revoke it.

    \b
    tiergate key delete 0pW4ylgVHlvq
    tiergate key delete 0pW4ylgVHlvq --yes --reason "made by mistake"
    """
    registry = Target.find(stage).registry()
    found = registry.keys.get(key_id)
    confirm_deletion(f"key {key_id} of {found.application}", yes)
    registry.keys.delete(key_id, reason=reason)
    tell_deleted(key_id, as_json)


def _terms(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [("name", document["name"]), *credential_terms(document)]
