"""``tiergate app``: what organizations register, and what subscriptions, keys and OAuth clients belong to."""

import click

from tiergate.cli.documents import application_contents, application_document
from tiergate.cli.options import changing, confirm_deletion, organization_option, reading, yes_option
from tiergate.cli.outline import tell_application
from tiergate.cli.output import counted, emit, labelled, table, tell_deleted, tell_state
from tiergate.cli.parameters import APPLICATION, APPLICATION_NAME, ORGANIZATION
from tiergate.cli.target import Target
from tiergate.cli.terms import TypedConditions, restricting, tell_restricted

id_argument = click.argument("application", metavar="APP", type=APPLICATION)


@click.group("app")
def applications() -> None:
    """Applications of organizations."""


@applications.command()
@click.argument("name", type=APPLICATION_NAME)
@click.option("--org", type=ORGANIZATION, required=True, help="The organization's id.")
@changing
def create(name: str, org: str, reason: str, stage: str, as_json: bool) -> None:
    """Make an application of an organization.

    \b
    tiergate app create "Mobile banking" --org acme
    tiergate app create "Mobile banking" --org acme --stage prod --json
    """
    application = Target.find(stage).registry().applications.create(org, name, reason=reason)
    if as_json:
        emit(application_document(application))
        return
    labelled([("application", application.id), ("name", application.name), ("organization", org)])
    click.echo(f"Next: tiergate subscription create --app {application.id} --product PRODUCT --plan PLAN")


@applications.command("list")
@organization_option
@reading
def list_(org: str | None, stage: str, as_json: bool) -> None:
    """List applications.

    \b
    tiergate app list
    tiergate app list --org acme --json
    """
    found = [application_document(each) for each in Target.find(stage).registry().applications.list(org)]
    if as_json:
        emit(found)
        return
    columns = ("id", "organization", "name", "state", "created")
    table([name.upper() for name in columns], [[each[name] for name in columns] for each in found])


@applications.command()
@id_argument
@reading
def show(application: str, stage: str, as_json: bool) -> None:
    """Show an application with its subscriptions, keys and OAuth clients.

    \b
    tiergate app show app_yqkTZ1EZGqJr
    tiergate app show app_yqkTZ1EZGqJr --stage prod --json
    """
    registry = Target.find(stage).registry()
    found = registry.applications.get(application)
    document = application_contents(
        found, registry.keys.list(application=application), registry.clients.list(application=application)
    )
    if as_json:
        emit(document)
    else:
        tell_application(document)


@applications.command()
@id_argument
@changing
def suspend(application: str, reason: str, stage: str, as_json: bool) -> None:
    """Refuse all calls of an application until it is restored. Takes effect everywhere within 60 seconds.

    \b
    tiergate app suspend app_yqkTZ1EZGqJr --reason "calls in a loop"
    """
    changed = Target.find(stage).registry().applications.suspend(application, reason=reason)
    tell_state(application, "suspended", changed, as_json)


@applications.command()
@id_argument
@changing
def restore(application: str, reason: str, stage: str, as_json: bool) -> None:
    """Let a suspended application call again, within 60 seconds. What was suspended by itself stays so.

    \b
    tiergate app restore app_yqkTZ1EZGqJr --reason "loop mended"
    """
    changed = Target.find(stage).registry().applications.restore(application, reason=reason)
    tell_state(application, "active", changed, as_json)


@applications.command()
@id_argument
@restricting
@changing
def restrict(application: str, conditions: TypedConditions, reason: str, stage: str, as_json: bool) -> None:
    """Say where all of an application may be used from, in place of what held before. Takes effect within 60 seconds.

    \b
    tiergate app restrict app_yqkTZ1EZGqJr --ip-allow 203.0.113.0/24 --ip-allow 2001:db8::/48
    tiergate app restrict app_yqkTZ1EZGqJr --ip-deny 203.0.113.66 --reason "calls in a loop"
    tiergate app restrict app_yqkTZ1EZGqJr --clear
    """
    changed = Target.find(stage).registry().applications.restrict(application, reason=reason, **conditions)
    tell_restricted({"id": application}, conditions, changed, as_json)


@applications.command()
@id_argument
@yes_option
@changing
def delete(application: str, yes: bool, reason: str, stage: str, as_json: bool) -> None:
    """Delete an application with its subscriptions, keys and OAuth clients.

    \b
    tiergate app delete app_yqkTZ1EZGqJr
    tiergate app delete app_yqkTZ1EZGqJr --yes --reason "replaced"
    """
    registry = Target.find(stage).registry()
    found = registry.applications.get(application)
    keys = sum(1 for _ in registry.keys.list(application=application))
    clients = sum(1 for _ in registry.clients.list(application=application))
    held = [counted(len(found.subscriptions), "subscription"), counted(keys, "key")]
    held += [counted(clients, "client")] if clients else []
    confirm_deletion(f'application {application} "{found.name}" with {", ".join(held[:-1])} and {held[-1]}', yes)
    registry.applications.delete(application, reason=reason)
    tell_deleted(application, as_json)
