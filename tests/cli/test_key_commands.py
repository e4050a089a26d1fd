"""``tiergate key``: secrets are printed once, keys are named by id, and every change is told."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.cli.conftest import Made, Run, name_scopes
from tiergate.domain.keys import PATTERN, key_id_of

UNKNOWN = "0pW4ylgVHlvq"
ONCE = "This is the only time that the key is shown."


def whole_keys(text: str) -> list[str]:
    return [found[0] for found in PATTERN.finditer(text)]


def from_now(text: str) -> timedelta:
    return datetime.fromisoformat(text) - datetime.now(UTC)


@pytest.fixture
def key(made: Made, application: str) -> str:
    """The id of a key of the application."""
    return str(made("key", "create", "--app", application)["id"])


def test_a_new_key_is_shown_once_with_its_terms(run: Run, made: Made, application: str) -> None:
    name_scopes("pay", "read")
    terms = ("--name", "ci", "--expires", "90d", "--ip-allow", "203.0.113.0/24", "--ip-allow", "2001:db8::1")
    result = run("key", "create", "--app", application, *terms, "--scopes", "pay,read")
    assert (result.exit_code, result.stderr) == (0, "")
    (secret,) = whole_keys(result.stdout)
    assert result.stdout.count(ONCE) == 1
    key_id = key_id_of(secret, "dev")
    (listed,) = made("key", "list")
    assert (listed["id"], listed["name"], listed["state"]) == (key_id, "ci", "active")
    assert listed["addresses"] == ["203.0.113.0/24", "2001:db8::1/128"]
    assert listed["scopes"] == ["pay", "read"]
    assert timedelta(days=89) < from_now(listed["expires"]) <= timedelta(days=90)
    for command in (("key", "list"), ("key", "show", key_id), ("org", "show", "acme"), ("audit", "acme")):
        for option in ((), ("--json",)):
            assert whole_keys(run(*command, *option).output) == []


def test_a_key_without_terms_is_not_restricted(made: Made, application: str) -> None:
    created = made("key", "create", "--app", application)
    assert whole_keys(created.pop("secret"))
    assert created == {
        "id": created["id"],
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
    }


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--ip-allow", "203.0.113.7/24"), "the network is 203.0.113.0/24"),
        (("--expires", "2020-01-31"), "is not in the future"),
        (("--expires", "2090-01-31T12:00"), "lacks its time zone"),
        (("--scopes", ""), "name at least one scope"),
        (("--name", " "), "is empty"),
    ],
)
def test_bad_terms_are_told_and_no_key_is_made(
    run: Run, made: Made, application: str, arguments: tuple[str, ...], fault: str
) -> None:
    result = run("key", "create", "--app", application, *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in result.stderr
    assert made("key", "list") == []


def test_keys_are_listed_of_one_organization_one_application_or_all(made: Made, application: str, key: str) -> None:
    made("org", "create", "Other")
    other_application = made("app", "create", "Else", "--org", "other")["id"]
    other = made("key", "create", "--app", other_application)["id"]
    assert {each["id"] for each in made("key", "list")} == {key, other}
    assert [each["id"] for each in made("key", "list", "--org", "other")] == [other]
    assert [each["id"] for each in made("key", "list", "--app", application)] == [key]


def test_rotating_makes_a_new_key_on_the_old_ones_terms_and_ends_the_old_one_after_the_grace(
    run: Run, made: Made, application: str
) -> None:
    name_scopes("a")
    old = made("key", "create", "--app", application, "--name", "ci", "--ip-allow", "203.0.113.0/24", "--scopes", "a")
    result = run("key", "rotate", old["id"], "--grace", "2h")
    (secret,) = whole_keys(result.stdout)
    assert result.stdout.count(ONCE) == 1
    end = rf"^{old['id']} works until 20\S+Z, at most 60 seconds longer\.$"
    assert re.search(end, result.stdout, re.MULTILINE)
    keys = {each["id"]: each for each in made("key", "list")}
    new = keys[key_id_of(secret, "dev")]
    assert (new["name"], new["addresses"], new["scopes"], new["expires"]) == ("ci", ["203.0.113.0/24"], ["a"], None)
    assert keys[old["id"]]["replaced_by"] == new["id"]
    assert timedelta(minutes=118) < from_now(keys[old["id"]]["expires"]) <= timedelta(hours=2)


def test_the_grace_is_a_day_when_nothing_is_said(made: Made, key: str) -> None:
    rotated = made("key", "rotate", key)
    assert timedelta(hours=23) < from_now(rotated["replaces"]["expires"]) <= timedelta(hours=24)
    assert whole_keys(rotated["secret"]) == [rotated["secret"]]


def test_without_grace_the_old_key_is_revoked_at_once(run: Run, made: Made, key: str) -> None:
    assert run("key", "rotate", key, "--grace", "0").stdout.endswith(f"{key} is revoked.\n")
    assert made("key", "show", key)["state"] == "revoked"


def test_the_new_key_of_one_that_expires_needs_an_expiry_too(run: Run, made: Made, application: str) -> None:
    old = made("key", "create", "--app", application, "--expires", "1h")
    refused = run("key", "rotate", old["id"])
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "--expires" in refused.stderr
    rotated = made("key", "rotate", old["id"], "--expires", "90d")
    assert rotated["replaces"]["expires"] == old["expires"], "never longer than it would have lasted"
    assert from_now(rotated["expires"]) > timedelta(days=89)


def test_an_expired_key_is_shown_as_expired(
    run: Run, made: Made, application: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = made("key", "create", "--app", application, "--expires", "2090-01-31")["id"]
    monkeypatch.setattr("tiergate.cli.outline.now", lambda: 3_789_504_000 * 1_000_000)
    assert re.search(r"^state +expired$", run("key", "show", key).stdout, re.MULTILINE)
    assert "  expired  " in run("key", "list").stdout
    assert f"key {key}  expired" in run("app", "show", application).stdout


def test_suspending_restoring_revoking_and_deleting(run: Run, made: Made, key: str) -> None:
    assert made("key", "suspend", key) == {"id": key, "state": "suspended", "changed": True}
    assert run("key", "restore", key).stdout == f"{key} is active\n"
    assert run("key", "revoke", key).stdout == f"{key} is revoked\n"
    assert run("key", "revoke", key).stdout == f"{key} is revoked already; nothing changed\n"
    restored = run("key", "restore", key)
    assert restored.exit_code == 1
    assert "revoked for good" in restored.stderr
    assert run("key", "delete", key).exit_code == 2
    assert made("key", "delete", key, "--yes") == {"id": key, "deleted": True}
    assert made("key", "list") == []


@pytest.mark.parametrize("command", ["show", "suspend", "restore", "revoke", "rotate", "delete"])
def test_a_whole_key_may_be_given_and_is_never_repeated(run: Run, made: Made, application: str, command: str) -> None:
    created = made("key", "create", "--app", application)
    more = ["--yes"] if command == "delete" else []
    if command == "restore":
        made("key", "suspend", created["id"])
    result = run("key", command, created["secret"], *more)
    assert result.exit_code == 0
    assert created["id"] in result.stdout
    assert created["secret"] not in result.output


@pytest.mark.parametrize("command", ["show", "suspend", "restore", "revoke", "rotate", "delete"])
def test_a_key_that_is_not_there_is_told(run: Run, registry: Any, command: str) -> None:
    result = run("key", command, UNKNOWN, *(["--yes"] if command == "delete" else []))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f'there is no key "{UNKNOWN}"; tiergate key list shows the ids\n'


def test_onboarding_makes_all_four_and_its_json_stays(made: Made) -> None:
    document = made("onboard", "--org", "Beta", "--product", "shop", "--plan", "basic", "--reason", "trial")
    assert document == {
        "organization": "beta",
        "application": document["application"],
        "subscription": document["subscription"],
        "product": "shop",
        "plan": "basic",
        "endpoint": "https://gateway.example",
        "key": document["key"],
    }
    assert key_id_of(document["key"]["secret"], "dev") == document["key"]["id"]
    (listed,) = made("key", "list", "--org", "beta")
    assert listed["application"] == document["application"]
    (entry,) = made("audit", "beta")
    assert (entry["what"], entry["reason"]) == ("onboard", "trial")
