"""The demo partner who can sign in to the local portal, and finds the demo's organizations there."""

import secrets
from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

from tiergate.adapters.registry import Registry, Taken
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.domain.keys import key_id_of
from tiergate.domain.members import Person as Member
from tiergate.domain.members import Role
from tiergate.local import aws
from tiergate.local.session import Running
from tiergate.local.state import Person

MAIL = "demo@partner.example"


def demo_person(running: Running, keys: Iterable[str], earlier: Person | None) -> Person | None:
    """Who owns the organizations of these keys; ``earlier`` where that person can still sign in. None: no portal.

    Raises
    ------
    ClientError
        The emulator does not do it.
    """
    portal = running.outputs.get(f"tiergate-{running.stage}-portal")
    if portal is None:
        return None
    pool = aws.client("cognito-idp", endpoint=running.endpoint)
    person = (
        earlier if earlier and _sub(pool, portal["UserPoolId"], earlier.mail) else _made(pool, portal["UserPoolId"])
    )
    member = Member(_sub(pool, portal["UserPoolId"], person.mail), person.mail)
    for organization in _organizations(running, keys):
        _enrol(running, organization, member)
    return person


def _made(pool: Any, id_: str) -> Person:
    person = Person(MAIL, f"{secrets.token_urlsafe(12)}-aZ9")
    if not _sub(pool, id_, MAIL):
        attributes = [{"Name": "email", "Value": MAIL}, {"Name": "email_verified", "Value": "true"}]
        pool.admin_create_user(UserPoolId=id_, Username=MAIL, UserAttributes=attributes, MessageAction="SUPPRESS")
    pool.admin_set_user_password(UserPoolId=id_, Username=MAIL, Password=person.password, Permanent=True)
    return person


def _sub(pool: Any, id_: str, mail: str) -> str:
    """Empty where there is nobody of this address."""
    try:
        found = pool.admin_get_user(UserPoolId=id_, Username=mail)
    except ClientError as error:
        if error.response["Error"]["Code"] != "UserNotFoundException":
            raise
        return ""
    return next(str(each["Value"]) for each in found["UserAttributes"] if each["Name"] == "sub")


def _organizations(running: Running, keys: Iterable[str]) -> list[str]:
    reader = DynamoRegistryReader(_dynamodb(running), _table(running))
    ids = (key_id_of(key, running.stage) for key in keys)
    credentials = (reader.credential(id_) for id_ in ids if id_)
    applications = (reader.application(each.application) for each in credentials if each)
    return sorted({each.organization for each in applications if each})


def _enrol(running: Running, organization: str, member: Member) -> None:
    registry = Registry(_dynamodb(running), _table(running), env=running.stage, actor="local:demo")
    try:
        registry.members.enrol(organization, member, Role.OWNER)
    except Taken:
        return


def _dynamodb(running: Running) -> Any:
    return aws.client("dynamodb", endpoint=running.endpoint)


def _table(running: Running) -> str:
    return running.outputs[f"tiergate-{running.stage}-data"]["RegistryTable"]
