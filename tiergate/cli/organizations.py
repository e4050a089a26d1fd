"""``tiergate org``: partner companies and departments."""

import click

from tiergate.adapters.registry import Registry
from tiergate.cli.documents import application_contents, organization_document
from tiergate.cli.options import changing, confirm_deletion, reading, yes_option
from tiergate.cli.outline import tell_organization
from tiergate.cli.output import emit, labelled, table, tell_deleted, tell_state
from tiergate.cli.parameters import ORGANIZATION, ORGANIZATION_NAME
from tiergate.cli.target import Target
from tiergate.domain.registry import Organization

id_argument = click.argument("organization", metavar="ORG", type=ORGANIZATION)


@click.group("org")
def organizations() -> None:
    """Organizations: partner companies and departments."""


@organizations.command()
@click.argument("name", type=ORGANIZATION_NAME)
@changing
def create(name: str, reason: str, stage: str, as_json: bool) -> None:
    """Make an organization; its id is made of its name.

    \b
    tiergate org create "Acme GmbH"
    tiergate org create "Acme GmbH" --stage prod --reason "contract 4711" --json
    """
    organization = Target.find(stage).registry().organizations.create(name, reason=reason)
    if as_json:
        emit(organization_document(organization))
        return
    labelled([("organization", organization.id), ("name", organization.name)])
    click.echo(f"Next: tiergate app create NAME --org {organization.id}")


@organizations.command("list")
@reading
def list_(stage: str, as_json: bool) -> None:
    """List organizations.

    \b
    tiergate org list
    tiergate org list --stage prod --json
    """
    found = [organization_document(each) for each in Target.find(stage).registry().organizations.list()]
    if as_json:
        emit(found)
        return
    table(
        ["ID", "NAME", "STATE", "APPLICATIONS", "CREATED"],
        [[each["id"], each["name"], each["state"], str(each["application_count"]), each["created"]] for each in found],
    )


@organizations.command()
@id_argument
@reading
def show(organization: str, stage: str, as_json: bool) -> None:
    """Show an organization and all that it has: applications, subscriptions, keys, OAuth clients.

    \b
    tiergate org show acme
    tiergate org show acme --stage prod --json
    """
    registry = Target.find(stage).registry()
    found = registry.organizations.get(organization)
    document = organization_document(found) | {"applications": _contents(registry, found)}
    if as_json:
        emit(document)
    else:
        tell_organization(document)


@organizations.command()
@id_argument
@changing
def suspend(organization: str, reason: str, stage: str, as_json: bool) -> None:
    """Refuse all calls of an organization until it is restored. Takes effect everywhere within 60 seconds.

    \b
    tiergate org suspend acme --reason "invoice 2027-118 unpaid"
    """
    changed = Target.find(stage).registry().organizations.suspend(organization, reason=reason)
    tell_state(organization, "suspended", changed, as_json)


@organizations.command()
@id_argument
@changing
def restore(organization: str, reason: str, stage: str, as_json: bool) -> None:
    """Let a suspended organization call again, within 60 seconds. What was suspended by itself stays so.

    \b
    tiergate org restore acme --reason "invoice 2027-118 paid"
    """
    changed = Target.find(stage).registry().organizations.restore(organization, reason=reason)
    tell_state(organization, "active", changed, as_json)


@organizations.command()
@id_argument
@yes_option
@changing
def delete(organization: str, yes: bool, reason: str, stage: str, as_json: bool) -> None:
    """Delete an organization that has no applications any more. Its audit entries stay.

    \b
    tiergate org delete acme
    tiergate org delete acme --yes --reason "contract ended"
    """
    registry = Target.find(stage).registry()
    found = registry.organizations.get(organization)
    confirm_deletion(f'organization {organization} "{found.name}"', yes)
    registry.organizations.delete(organization, reason=reason)
    tell_deleted(organization, as_json)


def _contents(registry: Registry, organization: Organization) -> list[dict[str, object]]:
    """Its applications, oldest first, each with all that it has."""
    keys = list(registry.keys.list(organization.id))
    clients = list(registry.clients.list(organization.id))
    found = sorted(registry.applications.list(organization.id), key=lambda each: (each.created, each.id))
    return [
        application_contents(
            application,
            (each for each in keys if each[1].application == application.id),
            (each for each in clients if each[1].application == application.id),
        )
        for application in found
    ]
