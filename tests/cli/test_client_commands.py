"""``tiergate client``: secrets are printed once, and what was made in two places ends in both."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Made, Run, name_scopes
from tests.fakes.user_pool import TOKEN_URL, FakeUserPool

ONCE = "This is the only time that the secret is shown."


@pytest.fixture
def client(made: Made, user_pool: FakeUserPool, application: str) -> str:
    """The id of a client of the application."""
    return str(made("client", "create", "--app", application)["id"])


def test_a_new_client_is_shown_once_with_the_way_to_a_token(
    run: Run, made: Made, user_pool: FakeUserPool, application: str
) -> None:
    terms = ("--name", "ci", "--expires", "90d", "--ip-deny", "203.0.113.66", "--subject", "CN=a,O=Acme")
    result = run("client", "create", "--app", application, "--scopes", "accounts:read", *terms)
    assert (result.exit_code, result.stderr) == (0, "")
    ((client, stored),) = user_pool.clients.items()
    lines = result.stdout.splitlines()
    assert lines[:5] == [
        f"client        {client}",
        f"secret        {stored['ClientSecret']}",
        f"token URL     {TOKEN_URL}",
        "token scopes  tiergate/accounts:read",
        "name          ci",
    ]
    assert "denied        203.0.113.66/32" in lines
    assert "subjects      CN=a,O=Acme" in lines
    assert lines[-1] == f"  curl -u {client} -d grant_type=client_credentials {TOKEN_URL}"
    assert (result.stdout.count(ONCE), result.stdout.count(stored["ClientSecret"])) == (1, 1)
    assert "token scopes  tiergate/accounts:read" in run("client", "show", client).stdout.splitlines()
    assert stored["AccessTokenValidity"] == 30, "as policies/issuers/partners.yaml says"
    looks = (("client", "list"), ("client", "show", client), ("org", "show", "acme"), ("audit", "acme"))
    for command in looks:
        for option in ((), ("--json",)):
            shown = run(*command, *option)
            assert (shown.exit_code, client in shown.stdout) == (0, True)
            assert stored["ClientSecret"] not in shown.output


def test_the_json_of_a_client_has_what_scripts_need(made: Made, user_pool: FakeUserPool, application: str) -> None:
    created = made("client", "create", "--app", application)
    assert created == {
        "id": created["id"],
        "issuer": "partners",
        "organization": "acme",
        "application": application,
        "state": "active",
        "created": created["created"],
        "name": "",
        "expires": None,
        "addresses": [],
        "denied": [],
        "subjects": [],
        "scopes": None,
        "replaced_by": None,
        "secret": user_pool.clients[created["id"]]["ClientSecret"],
        "token_url": TOKEN_URL,
        "token_scopes": ["tiergate/accounts:read", "tiergate/payments:write"],
    }
    (listed,) = made("client", "list")
    assert listed == {name: value for name, value in created.items() if name in listed}
    assert made("client", "show", created["id"]) == listed | {"token_scopes": created["token_scopes"]}


def test_a_client_of_another_issuer_is_linked(run: Run, made: Made, user_pool: FakeUserPool, application: str) -> None:
    terms = ("--all-scopes", "--name", "ERP")
    result = run("client", "create", "--app", application, "--issuer", "entra", "--id", "4f1c2a7e", *terms)
    assert (result.exit_code, result.stderr) == (0, "")
    assert ONCE not in result.stdout
    assert re.search(r"^issuer +entra$", result.stdout, re.MULTILINE)
    shown = made("client", "show", "4f1c2a7e", "--issuer", "entra")
    assert (shown["application"], shown["name"], shown["token_scopes"]) == (application, "ERP", None)
    assert shown["scopes"] is None
    assert made("client", "revoke", "4f1c2a7e", "--issuer", "entra")["changed"] is True
    assert user_pool.calls == []


def test_what_a_linked_clients_tokens_are_good_for_must_be_said(
    run: Run, made: Made, user_pool: FakeUserPool, application: str
) -> None:
    link = ("client", "create", "--app", application, "--issuer", "entra", "--id", "abc")
    unsaid = run(*link)
    assert (unsaid.exit_code, unsaid.stdout, made("client", "list")) == (2, "", [])
    assert "only where the issuer is yours: another's could give its clients any scope" in unsaid.stderr
    assert run(*link, "--scopes", "accounts:read").exit_code == 0
    assert made("client", "show", "abc", "--issuer", "entra")["scopes"] == ["accounts:read"]


@pytest.mark.parametrize(
    ("arguments", "code", "fault"),
    [
        (("--issuer", "entra"), 2, "--issuer and --id go together"),
        (("--issuer", "partners"), 2, 'clients of "partners" are made here; leave --issuer out'),
        (("--all-scopes",), 2, "--all-scopes is for a client that is linked with --id, in place of --scopes"),
        (("--issuer", "entra", "--id", "a", "--all-scopes", "--scopes", "a"), 2, "in place of --scopes"),
        (("--id", "abc"), 2, "--issuer and --id go together"),
        (
            ("--issuer", "nobody", "--id", "abc", "--all-scopes"),
            1,
            'there is no issuer "nobody" in the policies; known: entra, partners',
        ),
        (("--issuer", "partners", "--id", "abc"), 2, "are made here; leave --issuer and --id out"),
        (("--issuer", "entra", "--id", "a#b"), 2, "is no client's id"),
        (
            ("--scopes", "accounts:read,admin"),
            1,
            "no scope admin in the user pool; known: accounts:read, payments:write",
        ),
        (("--ip-deny", "203.0.113.7/24"), 2, "the network is 203.0.113.0/24"),
        (("--subject", ""), 2, "is no subject"),
        (
            [part for each in range(51) for part in ("--ip-allow", f"10.0.{each}.0/24")],
            2,
            "--ip-allow: at most 50 networks can be named; found 51",
        ),
        (
            [part for each in range(51) for part in ("--ip-deny", f"10.0.{each}.0/24")],
            2,
            "--ip-deny: at most 50 networks can be named; found 51",
        ),
        (
            [part for each in range(21) for part in ("--subject", f"CN={each}")],
            2,
            "--subject: at most 20 certificate subjects can be named; found 21",
        ),
    ],
)
def test_bad_input_is_told_and_makes_nothing(
    run: Run, made: Made, user_pool: FakeUserPool, application: str, arguments: tuple[str, ...], code: int, fault: str
) -> None:
    result = run("client", "create", "--app", application, *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert fault in result.stderr
    assert (made("client", "list"), user_pool.clients) == ([], {})


def test_without_a_user_pool_the_way_to_one_is_told(run: Run, application: str) -> None:
    result = run("client", "create", "--app", application)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "add policies/issuers/<name>.yaml with `cognito: {}`" in result.stderr
    shown = run("client", "show", "abc")
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert "say whose client it is: --issuer" in shown.stderr


def test_policies_without_the_deployed_issuer_are_the_wrong_ones(
    run: Run, user_pool: FakeUserPool, application: str
) -> None:
    Path("policies/issuers/partners.yaml").unlink()
    result = run("client", "create", "--app", application)
    assert (result.exit_code, user_pool.clients) == (1, {})
    assert 'the policies have no issuer "partners", which is deployed; name the deployed policies' in result.stderr


def test_rotating_makes_a_client_with_an_id_of_its_own_and_ends_the_old_one_after_the_grace(
    run: Run, made: Made, user_pool: FakeUserPool, client: str
) -> None:
    result = run("client", "rotate", client, "--grace", "2h", "--reason", "yearly")
    assert (result.exit_code, result.stdout.count(ONCE)) == (0, 1)
    end = rf"^{client} works until 20\S+Z, at most 60 seconds longer\.$"
    assert re.search(end, result.stdout, re.MULTILINE)
    old = made("client", "show", client)
    assert timedelta(minutes=118) < datetime.fromisoformat(old["expires"]) - datetime.now(UTC) <= timedelta(hours=2)
    assert user_pool.clients.keys() == {client, old["replaced_by"]}
    document = made("client", "rotate", old["replaced_by"], "--grace", "0")
    assert (document["replaces"]["state"], document["replaces"]["replaced_by"]) == ("revoked", document["id"])
    assert user_pool.clients.keys() == {client, document["id"]}


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_a_rotation_that_leaves_the_old_client_in_the_pool_shows_the_secret_and_says_what_is_left_to_do(
    run: Run, user_pool: FakeUserPool, client: str, option: tuple[str, ...]
) -> None:
    user_pool.refused.add("DeleteUserPoolClient")
    result = run("client", "rotate", client, "--grace", "0", *option)
    (secret,) = (each["ClientSecret"] for id_, each in user_pool.clients.items() if id_ != client)
    assert (result.exit_code, result.stdout.count(secret)) == (0, 1)
    assert f"still in the user pool: {client} " in result.stderr
    mend = re.search(r"tiergate (client revoke .*)\n$", result.stderr)
    assert mend is not None
    user_pool.refused.clear()
    assert run(*mend[1].split()).exit_code == 0
    assert client not in user_pool.clients


def test_a_linked_client_is_followed_by_another_of_its_issuer(
    run: Run, made: Made, user_pool: FakeUserPool, application: str
) -> None:
    made("client", "create", "--app", application, "--issuer", "entra", "--id", "old", "--all-scopes")
    assert "name it: --id" in run("client", "rotate", "old", "--issuer", "entra").stderr
    assert made("client", "rotate", "old", "--issuer", "entra", "--id", "new")["replaces"]["replaced_by"] == "new"


def test_suspending_restoring_revoking_and_deleting(run: Run, made: Made, user_pool: FakeUserPool, client: str) -> None:
    known_by = {"id": client, "issuer": "partners"}
    assert made("client", "suspend", client) == {**known_by, "state": "suspended", "changed": True}
    assert made("client", "restore", client) == {**known_by, "state": "active", "changed": True}
    made("client", "suspend", client)
    assert run("client", "restore", client).stdout == f"{client} is active\n"
    assert user_pool.clients.keys() == {client}
    assert run("client", "revoke", client).stdout == f"{client} is revoked\n"
    assert user_pool.clients == {}
    assert run("client", "revoke", client).stdout == f"{client} is revoked already; nothing changed\n"
    assert "revoked for good; make another: tiergate client create" in run("client", "restore", client).stderr
    assert run("client", "delete", client).exit_code == 2
    assert made("client", "revoke", client) == {**known_by, "state": "revoked", "changed": False}
    assert made("client", "delete", client, "--yes") == {**known_by, "deleted": True}
    assert made("client", "list") == []
    assert run("client", "delete", client, "--yes").exit_code == 1


def test_a_revocation_that_broke_off_is_told_and_finished_by_the_same_command(
    run: Run, made: Made, user_pool: FakeUserPool, client: str
) -> None:
    user_pool.refused.add("DeleteUserPoolClient")
    broken = run("client", "revoke", client)
    assert (broken.exit_code, broken.stdout) == (1, "")
    assert f"refused from now on, but still in the user pool: {client}" in broken.stderr
    user_pool.refused.clear()
    assert made("client", "show", client)["state"] == "revoked"
    assert run("client", "revoke", client).stdout == f"{client} is revoked\n"
    assert user_pool.clients == {}


def test_clients_are_shown_where_keys_are(run: Run, made: Made, client: str, application: str) -> None:
    key = made("key", "create", "--app", application)["id"]
    assert [each["id"] for each in made("app", "show", application)["clients"]] == [client]
    (shown,) = made("org", "show", "acme")["applications"]
    assert ([each["id"] for each in shown["keys"]], [each["id"] for each in shown["clients"]]) == ([key], [client])
    outline = run("app", "show", application).stdout.splitlines()
    assert outline[2:] == [f"  key {key}  active", f"  client {client}  active", "    issuer partners"]
    refused = run("app", "delete", application)
    assert "with 0 subscriptions, 1 key and 1 client is not deleted" in refused.stderr


@pytest.mark.parametrize("kind", ["key", "client", "app"])
def test_restricting_replaces_what_held_before_until_it_is_cleared(
    run: Run, made: Made, client: str, application: str, kind: str
) -> None:
    key = made("key", "create", "--app", application, "--ip-allow", "192.0.2.1")["id"]
    id_ = {"key": key, "client": client, "app": application}[kind]
    result = run(
        kind, "restrict", id_, "--ip-allow", "203.0.113.0/24", "--ip-allow", "2001:db8::/48", "--ip-deny", "::1"
    )
    assert result.stdout == f"{id_} is restricted: addresses 203.0.113.0/24, 2001:db8::/48; denied ::1/128\n"
    subjects = ("--subject", "CN=b,C=DE", "--subject", "CN=a", "--reason", "mutual TLS")
    assert made(kind, "restrict", id_, *subjects) | {"id": "", "issuer": ""} == {
        "id": "",
        "issuer": "",
        "addresses": [],
        "denied": [],
        "subjects": ["CN=a", "CN=b,C=DE"],
        "changed": True,
    }
    assert run(kind, "restrict", id_, *subjects).stdout.endswith("subjects CN=a; CN=b,C=DE already; nothing changed\n")
    entry = made("audit", "acme")[0]
    assert (entry["what"].split()[1], entry["reason"]) == ("restrict", "mutual TLS")
    assert made(kind, "show", id_)["subjects"] == ["CN=a", "CN=b,C=DE"]
    assert "subjects CN=a; CN=b,C=DE" in run("org", "show", "acme").stdout
    assert run(kind, "restrict", id_, "--clear").stdout == f"{id_} may be used from anywhere\n"
    assert run(kind, "restrict", id_, "--clear").stdout.endswith("already; nothing changed\n")
    assert made(kind, "show", id_)["subjects"] == []


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        ((), "give at least one of --ip-allow, --ip-deny and --subject, or --clear"),
        (("--clear", "--ip-deny", "192.0.2.1"), "--clear goes with no other restriction"),
        (("--ip-allow", "office"), "is no network"),
    ],
)
def test_a_restriction_that_is_none_is_told(
    run: Run, made: Made, application: str, arguments: tuple[str, ...], fault: str
) -> None:
    result = run("app", "restrict", application, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in result.stderr


def test_clients_are_listed_of_one_organization_one_application_or_all(
    run: Run, made: Made, client: str, application: str
) -> None:
    made("org", "create", "Other")
    other_application = made("app", "create", "Else", "--org", "other")["id"]
    other = made("client", "create", "--app", other_application, "--issuer", "entra", "--id", "abc", "--all-scopes")[
        "id"
    ]
    assert {each["id"] for each in made("client", "list")} == {client, other}
    assert [each["id"] for each in made("client", "list", "--org", "other")] == [other]
    assert [each["id"] for each in made("client", "list", "--app", application)] == [client]
    assert re.search(r"^abc +entra +other +", run("client", "list").stdout, re.MULTILINE)


@pytest.mark.parametrize("command", ["show", "suspend", "restore", "revoke", "rotate", "delete", "restrict"])
def test_a_client_that_is_not_there_is_told(run: Run, registry: Any, user_pool: FakeUserPool, command: str) -> None:
    more = {"delete": ["--yes"], "restrict": ["--clear"]}.get(command, [])
    result = run("client", command, "nobody", *more)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        'there is no client "nobody" of issuer "partners"; tiergate client list shows the ids; '
        "if another issuer knows it, name that one: --issuer\n"
    )
    known = run("client", command, "nobody", "--issuer", "entra", *more).stderr
    assert known == 'there is no client "nobody" of issuer "entra"; tiergate client list shows the ids\n'
    unknown = run("client", command, "nobody", "--issuer", "entar", *more).stderr
    assert unknown == 'there is no issuer "entar" in the policies; known: entra, partners\n'


def test_a_client_is_ended_though_the_policies_cannot_be_read(run: Run, client: str) -> None:
    Path("policies/platform.yaml").write_text("{")
    assert run("client", "revoke", client).stdout == f"{client} is revoked\n"
    assert run("client", "show", "nobody", "--issuer", "acme").stderr == (
        'there is no client "nobody" of issuer "acme"; tiergate client list shows the ids\n'
    )


@pytest.mark.parametrize(
    ("terms", "restricted"),
    [
        ((), "-"),
        (("--ip-allow", "192.0.2.1"), "addresses"),
        (("--ip-deny", "192.0.2.1", "--subject", "CN=a"), "addresses, subjects"),
        (("--subject", "CN=a", "--scopes", "accounts:read"), "subjects, scopes"),
    ],
)
@pytest.mark.parametrize("kind", ["key", "client"])
def test_lists_tell_what_is_restricted(
    run: Run, user_pool: FakeUserPool, application: str, kind: str, terms: tuple[str, ...], restricted: str
) -> None:
    run(kind, "create", "--app", application, *terms)
    headings, row = run(kind, "list").stdout.splitlines()
    assert (headings.split()[-1], row[headings.index("RESTRICTED") :]) == ("RESTRICTED", restricted)


@pytest.mark.parametrize("linked", [(), ("--issuer", "entra", "--id", "abc")])
def test_scopes_that_no_document_names_are_remarked_on_and_taken(
    run: Run, made: Made, user_pool: FakeUserPool, application: str, linked: tuple[str, ...]
) -> None:
    name_scopes("orders:read", "orders:list")
    kind = "client" if linked else "key"
    typo = run(kind, "create", "--app", application, *linked, "--scopes", "orders:raed,orders:list", "--json")
    assert (typo.exit_code, '"orders:raed"' in typo.stdout) == (0, True)
    assert typo.stderr == (
        'note: no OpenAPI document of the policies names the scope "orders:raed"; did you mean "orders:read"?\n'
    )
    made(kind, "create", "--app", application, *linked[:3], *(["other"] if linked else []), "--scopes", "orders:read")


def test_help_says_whose_end_and_which_scopes(run: Run, registry: Any) -> None:
    assert "When it ends: 90d" in run("client", "create", "--help").stdout
    rotate = " ".join(run("client", "rotate", "--help").stdout.split())
    assert "When the new one ends: 90d" in rotate
    assert "without --scopes comes one with all scopes that the user pool knows by then" in rotate


def test_deleting_an_application_takes_its_clients_out_of_the_user_pool(
    run: Run, user_pool: FakeUserPool, client: str, application: str
) -> None:
    assert run("app", "delete", application, "--yes").exit_code == 0
    assert user_pool.clients == {}
