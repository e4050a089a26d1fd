"""``tiergate member``: who may sign in to the portal for an organization, and who is invited to."""

from contextlib import suppress

import click

from tiergate.adapters.registry import Registry
from tiergate.cli.documents import invitation_document, member_document
from tiergate.cli.options import changing, reading
from tiergate.cli.output import emit, table, tell_deleted
from tiergate.cli.parameters import MAIL, ORGANIZATION, now
from tiergate.cli.target import Target
from tiergate.domain.members import Role, mail_of
from tiergate.domain.moments import utc

org_option = click.option("--org", type=ORGANIZATION, required=True, help="The organization's id.")
role_argument = click.argument("role", type=click.Choice([str(each) for each in Role]))
who_argument = click.argument("member", metavar="MEMBER")


@click.group("member")
def members() -> None:
    """Members: people who sign in to the portal for an organization."""


@members.command("list")
@org_option
@reading
def list_(org: str, stage: str, as_json: bool) -> None:
    """List the members of an organization, and who is invited.

    \b
    tiergate member list --org acme
    tiergate member list --org acme --stage prod --json
    """
    registry = Target.find(stage).registry()
    found = [member_document(each.value) for each in registry.members.list(org)]
    invited = [invitation_document(each.value, now()) for each in registry.invitations.list(org)]
    if as_json:
        emit({"members": found, "invitations": invited})
        return
    rows = [[each["id"], each["mail"], each["role"], f"since {each['joined']}"] for each in found]
    rows += [["", each["mail"], each["role"], _until(each)] for each in invited]
    table(["ID", "MAIL", "ROLE", "MEMBER"], rows)


@members.command()
@click.argument("mail", type=MAIL)
@org_option
@click.option(
    "--role",
    type=click.Choice([str(each) for each in Role]),
    default=str(Role.DEVELOPER),
    show_default=True,
    help="viewer: reads. developer: applications and keys too. owner: members too.",
)
@changing
def add(mail: str, org: str, role: str, reason: str, stage: str, as_json: bool) -> None:
    """Invite somebody by mail address: whoever signs in with it can accept, for 7 days.

    Repeated, the 7 days begin anew, and the role is the new one.

    \b
    tiergate member add ann@acme.example --org acme --role owner
    """
    made = Target.find(stage).registry().invitations.invite(org, mail, Role(role), reason=reason)
    if as_json:
        emit(invitation_document(made, now()))
    else:
        click.echo(f"{made.mail} is invited to {org} as {role} until {utc(made.expires)}")
        click.echo("No mail is sent from here. Tell them to sign in to the portal with this address.")


@members.command("set-role")
@who_argument
@role_argument
@org_option
@changing
def set_role(member: str, role: str, org: str, reason: str, stage: str, as_json: bool) -> None:
    """Change what a member may do. MEMBER is an id or a mail address.

    \b
    tiergate member set-role ann@acme.example owner --org acme --reason "takes over"
    """
    registry = Target.find(stage).registry()
    id_ = _id(registry, org, member)
    changed = registry.members.set_role(org, id_, Role(role), reason=reason)
    if as_json:
        emit({"id": id_, "organization": org, "role": role, "changed": changed})
    else:
        click.echo(f"{member} is {role} of {org}" + ("" if changed else " already; nothing changed"))


@members.command()
@who_argument
@org_option
@changing
def remove(member: str, org: str, reason: str, stage: str, as_json: bool) -> None:
    """Take somebody out of an organization, or take back an invitation. MEMBER is an id or a mail address.

    \b
    tiergate member remove ann@acme.example --org acme --reason "left the company"
    """
    registry = Target.find(stage).registry()
    wanted = _as_kept(member)
    invited = next((each.value for each in registry.invitations.list(org) if each.value.mail == wanted), None)
    if invited is not None:
        registry.invitations.withdraw(org, invited.id, reason=reason)
        _tell_removed(invited.id, f"{member} is no longer invited to {org}", org, as_json)
        return
    id_ = _id(registry, org, member)
    registry.members.remove(org, id_, reason=reason)
    _tell_removed(id_, f"{member} is no longer a member of {org}", org, as_json)


def _id(registry: Registry, org: str, member: str) -> str:
    """Of the member with this id or mail address; what else was given is left for the registry to refuse."""
    wanted = _as_kept(member)
    found = (each.value for each in registry.members.list(org))
    return next((each.id for each in found if wanted in {each.mail, each.id}), member)


def _as_kept(member: str) -> str:
    """An id as it is, and an address as ``mail_of`` writes it; what is neither is nobody's."""
    with suppress(ValueError):
        return mail_of(member)
    return member


def _tell_removed(id_: str, text: str, org: str, as_json: bool) -> None:
    if as_json:
        tell_deleted(id_, as_json, organization=org)
    else:
        click.echo(text)


def _until(invitation: dict[str, object]) -> str:
    ended = "invitation expired" if invitation["state"] == "expired" else "invited until"
    return f"{ended} {invitation['expires']}"
