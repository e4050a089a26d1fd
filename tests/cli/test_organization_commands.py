"""``tiergate org`` and ``tiergate app`` as people and scripts meet them."""

import re
from typing import Any

import pytest

from tests.cli.conftest import Made, Run, name_scopes
from tests.fakes.registry import Interleaved
from tiergate.adapters.registry import Registry
from tiergate.cli.target import Target


def contents(client: Any) -> list[Any]:
    return sorted(client.scan(TableName="registry")["Items"], key=str)


def test_an_organization_is_made_listed_and_shown(run: Run, made: Made) -> None:
    created = run("org", "create", "Acme GmbH")
    assert created.stdout == (
        "organization  acme-gmbh\nname          Acme GmbH\nNext: tiergate app create NAME --org acme-gmbh\n"
    )
    (listed,) = made("org", "list")
    assert (listed["id"], listed["name"], listed["state"]) == ("acme-gmbh", "Acme GmbH", "active")
    assert made("org", "show", "acme-gmbh") == listed | {"applications": []}
    assert run("org", "list").stdout.splitlines()[1].startswith("acme-gmbh  Acme GmbH  active  0")


def test_times_are_iso_8601_in_whole_seconds(run: Run, made: Made, application: str, subscription: str) -> None:
    made("key", "create", "--app", application, "--expires", "90d")
    made("subscription", "override", subscription, "--limit", "hour=9", "--until", "7d")
    seconds = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
    shown = made("org", "show", "acme")["applications"][0]
    times = [
        shown["created"],
        shown["keys"][0]["created"],
        shown["keys"][0]["expires"],
        shown["subscriptions"][0]["created"],
        shown["subscriptions"][0]["override"]["until"],
        *(entry["time"] for entry in made("audit", "acme")),
        made("audit", "acme")[0]["after"]["override"]["until"],
        made("audit", "acme")[1]["after"]["expires"],
    ]
    assert [time for time in times if not re.fullmatch(seconds, time)] == []


def test_show_is_an_outline_of_all_that_an_organization_has(
    run: Run, made: Made, application: str, subscription: str
) -> None:
    name_scopes("a", "b")
    terms = ("--name", "ci", "--expires", "2090-01-31", "--ip-allow", "203.0.113.0/24", "--scopes", "b,a")
    key = made("key", "create", "--app", application, *terms)["id"]
    made(
        "subscription", "override", subscription, "--limit", "hour=900", "--limit", "rate=20.5", "--until", "2090-01-01"
    )
    outline = [
        f'application {application}  "Bank"  active',
        f"  subscription {subscription}  shop, basic  active",
        "    override hour=900, rate=20.5 until 2090-01-01T00:00:00Z",
        f'  key {key}  "ci"  active',
        "    expires 2090-01-31T00:00:00Z",
        "    addresses 203.0.113.0/24",
        "    scopes a, b",
    ]
    assert run("app", "show", application).stdout.splitlines() == outline
    whole = ['organization acme  "Acme"  active', *(f"  {line}" for line in outline)]
    assert run("org", "show", "acme").stdout.splitlines() == whole


def test_what_a_suspended_organization_has_is_shown_as_of_no_use(
    run: Run, made: Made, application: str, subscription: str
) -> None:
    key = made("key", "create", "--app", application)["id"]
    assert run("org", "suspend", "acme", "--reason", "unpaid").stdout == "acme is suspended\n"
    assert run("org", "suspend", "acme").stdout == "acme is suspended already; nothing changed\n"
    for command in (("app", "show", application), ("subscription", "show", subscription), ("key", "show", key)):
        assert "active, but its organization is suspended" in run(*command).stdout
    assert made("org", "restore", "acme") == {"id": "acme", "state": "active", "changed": True}
    assert made("app", "suspend", application) == {"id": application, "state": "suspended", "changed": True}
    assert "active, but its application is suspended" in run("key", "show", key).stdout
    assert run("app", "restore", application).stdout == f"{application} is active\n"
    assert made("key", "show", key)["state"] == "active"


def test_applications_are_listed_of_one_organization_or_of_all(made: Made, application: str) -> None:
    made("org", "create", "Other")
    other = made("app", "create", "Else", "--org", "other")["id"]
    assert {each["id"] for each in made("app", "list")} == {application, other}
    assert [each["id"] for each in made("app", "list", "--org", "other")] == [other]


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_deleting_without_a_terminal_and_without_yes_is_refused(
    run: Run, registry: Any, application: str, option: tuple[str, ...]
) -> None:
    before = contents(registry)
    for command in (("org", "delete", "acme"), ("app", "delete", application)):
        result = run(*command, *option)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--yes deletes without asking" in result.stderr
    assert contents(registry) == before


def test_deleting_asks_on_a_terminal_and_says_what_goes(
    run: Run, made: Made, monkeypatch: pytest.MonkeyPatch, application: str, subscription: str
) -> None:
    monkeypatch.setattr("tiergate.cli.options.at_terminal", lambda: True)
    made("key", "create", "--app", application)
    refused = run("app", "delete", application, input="n\n")
    assert f'Delete application {application} "Bank" with 1 subscription and 1 key for good? [y/N]' in refused.stderr
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert made("key", "list")
    deleted = run("app", "delete", application, input="y\n")
    assert (deleted.exit_code, deleted.stdout) == (0, f"{application} is deleted\n")
    assert made("app", "list") == made("key", "list") == made("subscription", "list") == []


def test_an_organization_with_applications_is_not_deleted_and_the_way_is_named(
    run: Run, registry: Any, application: str
) -> None:
    before = contents(registry)
    result = run("org", "delete", "acme", "--yes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert application in result.stderr
    assert "tiergate app delete" in result.stderr
    assert contents(registry) == before
    assert run("app", "delete", application, "--yes", "--json").exit_code == 0
    assert run("org", "delete", "acme", "--yes").stdout == "acme is deleted\n"


@pytest.mark.parametrize(
    ("command", "code", "fault"),
    [
        (("org", "create", "acme!"), 1, "exists; choose another name"),
        (("org", "create", "!!"), 1, "use at least one letter"),
        (("org", "create", "a\nb"), 2, "one line"),
        (("app", "create", "X", "--org", "nobody"), 1, 'there is no organization "nobody"; tiergate org list'),
        (("app", "create", "X"), 2, "Missing option '--org'"),
        (("app", "show", "app_yqkTZ1EZGqJr"), 1, "tiergate app list shows the ids"),
        (("app", "show", "sub_4nlFGTR5dqkL"), 2, "begins with app_"),
        (("org", "suspend", "acme", "--reason", "it was tg_dev_0pW4ylgVHlvq_" + "x" * 38), 2, "name the key by its id"),
    ],
)
def test_bad_input_is_told_and_changes_nothing(
    run: Run, registry: Any, application: str, command: tuple[str, ...], code: int, fault: str
) -> None:
    before = contents(registry)
    result = run(*command)
    assert (result.exit_code, result.stdout) == (code, "")
    assert fault in result.stderr
    assert "x" * 38 not in result.output
    assert contents(registry) == before


def test_names_cannot_steer_the_terminal(run: Run, registry: Any, application: str) -> None:
    key = {"pk": {"S": f"APP#{application}"}, "sk": {"S": "-"}}
    registry.update_item(
        TableName="registry",
        Key=key,
        UpdateExpression="SET #name = :name",
        ExpressionAttributeNames={"#name": "name"},
        ExpressionAttributeValues={":name": {"S": "Bank\x1b]0;title\x07"}},
    )
    for command in (("app", "list"), ("app", "show", application), ("org", "show", "acme")):
        assert "Bank?]0;title?" in run(*command).stdout


def test_whoever_was_slower_is_told_and_changes_nothing(
    run: Run, made: Made, registry: Any, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    races = Interleaved(registry)
    monkeypatch.setattr(Target, "client", lambda *_: races)
    races.meanwhile = lambda: Registry(registry, "registry", env="dev", actor="faster").applications.suspend(
        application
    )
    result = run("app", "delete", application, "--yes")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f'application "{application}" was changed by somebody else just now; try again\n'
    assert made("app", "show", application)["state"] == "suspended"
    assert made("audit", "acme")[0]["who"] == "faster"
