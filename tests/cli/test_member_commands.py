"""``tiergate member``: invited by mail address, listed, given another role, taken out again."""

from typing import Any

import pytest

from tests.cli.conftest import Made, Run
from tiergate.adapters.registry import Registry
from tiergate.cli.target import LOCAL, Target
from tiergate.domain.members import Person, Role

ANN = Person("5d1e-1", "ann@acme.example")


@pytest.fixture
def partners(registry: Any) -> Registry:
    """With organization ``acme``, which ann owns."""
    made = Target.find(LOCAL).registry()
    made.organizations.create("Acme", founder=ANN)
    return made


def test_somebody_is_invited_and_listed_until_they_are_a_member(run: Run, made: Made, partners: Registry) -> None:
    told = run("member", "add", "Bob@acme.example", "--org", "acme", "--role", "viewer").stdout
    assert told.startswith("bob@acme.example is invited to acme as viewer until ")
    assert "No mail is sent from here." in told
    listed = made("member", "list", "--org", "acme")
    assert [(each["id"], each["mail"], each["role"]) for each in listed["members"]] == [(*ANN, "owner")]
    assert [(each["mail"], each["state"]) for each in listed["invitations"]] == [("bob@acme.example", "open")]
    headings, ann, bob = run("member", "list", "--org", "acme").stdout.splitlines()
    assert headings.split() == ["ID", "MAIL", "ROLE", "MEMBER"]
    assert ann.split()[:4] == ["5d1e-1", "ann@acme.example", "owner", "since"]
    assert bob.split()[:5] == ["-", "bob@acme.example", "viewer", "invited", "until"]
    partners.invitations.accept("acme", Person("5d1e-2", "bob@acme.example"))
    assert made("member", "list", "--org", "acme")["invitations"] == []


@pytest.mark.parametrize("who", ["5d1e-2", "BOB@acme.example"])
def test_a_member_is_named_by_id_or_by_mail_address(run: Run, made: Made, partners: Registry, who: str) -> None:
    partners.members.enrol("acme", Person("5d1e-2", "bob@acme.example"), Role.VIEWER)
    assert made("member", "set-role", who, "owner", "--org", "acme") == {
        "id": "5d1e-2",
        "organization": "acme",
        "role": "owner",
        "changed": True,
    }
    again = run("member", "set-role", who, "owner", "--org", "acme").stdout
    assert again == f"{who} is owner of acme already; nothing changed\n"
    told = run("member", "remove", who, "--org", "acme", "--reason", "left").stdout
    assert told == f"{who} is no longer a member of acme\n"
    assert next(partners.audit("acme")).reason == "left"


def test_an_invitation_is_taken_back(run: Run, made: Made, partners: Registry) -> None:
    made("member", "add", "bob@acme.example", "--org", "acme")
    told = run("member", "remove", "Bob@acme.example", "--org", "acme").stdout
    assert told == "Bob@acme.example is no longer invited to acme\n"
    assert made("member", "list", "--org", "acme")["invitations"] == []
    invited = made("member", "add", "bob@acme.example", "--org", "acme")
    assert made("member", "remove", "bob@acme.example", "--org", "acme") == {
        "id": invited["id"],
        "organization": "acme",
        "deleted": True,
    }


@pytest.mark.parametrize("who", ["ann@b\u00fccher.example", "ANN@xn--bcher-kva.example", "ann@bu\u0308cher.example"])
def test_an_address_finds_who_has_it_however_it_is_written(run: Run, made: Made, partners: Registry, who: str) -> None:
    partners.members.enrol("acme", Person("5d1e-3", "ann@b\u00fccher.example"), Role.VIEWER)
    assert made("member", "remove", who, "--org", "acme")["id"] == "5d1e-3"
    invited = made("member", "add", "ann@b\u00fccher.example", "--org", "acme")
    assert made("member", "remove", who, "--org", "acme")["id"] == invited["id"]


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("add", "bob"), "this is no mail address", 2),
        (("add", "ann@acme.example"), "somebody with this mail address is a member", 1),
        (("add", "bob@acme.example", "--role", "admin"), "'admin' is not one of 'viewer', 'developer', 'owner'", 2),
        (("set-role", "nobody", "owner"), 'organization "acme" has no member "nobody"; see: tiergate member list', 1),
        (("set-role", "5d1e-1", "viewer"), "has no other owner; make somebody else an owner first", 1),
        (("remove", "ann@acme.example"), "would be left without an owner", 1),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_do(
    run: Run, partners: Registry, arguments: tuple[str, ...], message: str, code: int
) -> None:
    result = run("member", *arguments, "--org", "acme")
    assert (result.exit_code, message in result.stderr) == (code, True)
