"""Commands on a deployment, where there is none; tests/e2e/test_command_line.py has them on one that runs."""

import json
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, ProfileNotFound
from click.testing import CliRunner, Result
from moto import mock_aws

from tiergate.cli.main import main
from tiergate.cli.target import Target
from tiergate.local import session
from tiergate.local.session import Running
from tiergate.local.state import Demo, Person


@pytest.fixture(autouse=True)
def nothing_deployed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("TIERGATE_STATE", str(tmp_path / "state"))
    for name, value in {"ACCESS_KEY_ID": "test", "SECRET_ACCESS_KEY": "test", "DEFAULT_REGION": "eu-west-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    with mock_aws():
        yield


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("status", "--json"),
        ("key", "list"),
        ("key", "revoke", "1k2B3c4D5e6F"),
        ("onboard", "--org", "A", "--product", "open-banking", "--plan", "free"),
        ("org", "create", "Acme"),
        ("org", "delete", "acme"),
        ("app", "create", "Bank", "--org", "acme"),
        ("subscription", "create", "--app", "app_yqkTZ1EZGqJr", "--product", "open-banking", "--plan", "free"),
        ("subscription", "override", "sub_4nlFGTR5dqkL", "--limit", "hour=900"),
        ("key", "create", "--app", "app_yqkTZ1EZGqJr"),
        ("audit", "acme", "--json"),
    ],
)
def test_nothing_runs_is_exit_code_3_and_one_line_with_the_mend(arguments):
    result = run(*arguments)
    assert result.exit_code == 3
    assert result.stdout == ""
    assert result.stderr == "nothing runs locally; start it with: make up\n"


def test_a_stage_that_was_never_deployed_is_told_how(monkeypatch):
    monkeypatch.setattr("tiergate.local.aws.stack_outputs", lambda *_, **__: {})
    result = run("status", "--stage", "prod")
    assert result.exit_code == 3
    assert "not deployed in eu-west-1; deploy it with: cdk deploy --all -c stage=prod" in result.stderr


@pytest.mark.parametrize(
    ("error", "mend"),
    [
        (
            ProfileNotFound(profile="nope"),
            "Set AWS_PROFILE to one of those that this lists: aws configure list-profiles",
        ),
        (
            EndpointConnectionError(endpoint_url="https://x"),
            "Look at the region (AWS_REGION), AWS_ENDPOINT_URL, and the",
        ),
        (ConnectTimeoutError(endpoint_url="https://x"), "Look at the region (AWS_REGION), AWS_ENDPOINT_URL, and the"),
    ],
)
def test_an_account_that_cannot_be_reached_is_told_with_what_to_look_at(monkeypatch, error, mend):
    def unreachable(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("tiergate.local.aws.stack_outputs", unreachable)
    result = run("status", "--stage", "prod")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"AWS: {error}. {mend}")


def test_status_tells_scripts_where_the_emulator_is(monkeypatch):
    outputs = {"tiergate-dev-gateway": {"ApiId": "abc"}, "tiergate-dev-portal": {"PortalUrl": "http://portal"}}
    demo = Demo("http://demo", {"free": "f"}, Person("demo@partner.example", "throw-away"))
    target = Target("local", "dev", "us-east-1", "http://127.0.0.1:4566", outputs, "access.log", demo=demo)
    monkeypatch.setattr(Target, "find", lambda _: target)
    told = json.loads(run("status", "--json").stdout)
    assert told["portal"] == "http://portal"
    assert told["demo"]["person"] == {"mail": "demo@partner.example", "password": "throw-away"}
    assert "throw-away" not in run("status").stdout
    assert told["aws_endpoint"] == "http://127.0.0.1:4566"
    assert told["endpoint"] == "http://127.0.0.1:4566/_aws/execute-api/abc"


def test_down_with_nothing_running_says_so():
    result = run("local", "down")
    assert (result.exit_code, result.stdout) == (0, "Nothing was running.\n")


@pytest.fixture
def local_up(monkeypatch: pytest.MonkeyPatch):
    """``local_up(demo, …)``: ``tiergate local up`` on an emulator that has these partners already; what it prints."""
    target = Target("local", "dev", "us-east-1", "http://127.0.0.1:4566", {"tiergate-dev-gateway": {"ApiId": "a"}}, "")
    monkeypatch.setattr(Target, "find", lambda _: target)
    monkeypatch.setattr("tiergate.cli.local._seed", lambda *_: Demo("http://demo", {"free": "f", "enterprise": "e"}))

    def go_up(demo: Demo | None, *arguments: str) -> str:
        def up(place, *, seed, **_: object) -> Running:
            there = Running("", "", "dev", {}, place.ministack_log, place.access_log, demo)
            return Running("", "", "dev", {}, place.ministack_log, place.access_log, seed(there) if seed else demo)

        monkeypatch.setattr(session, "up", up)
        result = run("local", "up", *arguments)
        assert result.exit_code == 0
        return result.stdout

    return go_up


def test_a_local_gateway_can_be_had_without_partners_to_restore_an_export_into(local_up):
    assert "curl http://demo -H 'X-Api-Key: f'" in local_up(None)
    told = local_up(None, "--empty")
    assert "No demo partners were made. An export goes in with: .venv/bin/tiergate restore FILE" in told
    assert "http://demo" not in told


def test_the_demo_partner_who_can_sign_in_is_told_with_the_portals_address(local_up, monkeypatch):
    outputs = {"tiergate-dev-gateway": {"ApiId": "a"}, "tiergate-dev-portal": {"PortalUrl": "http://portal"}}
    target = Target("local", "dev", "us-east-1", "http://127.0.0.1:4566", outputs, "")
    monkeypatch.setattr(Target, "find", lambda _: target)
    demo = Demo("http://demo", {"free": "f", "enterprise": "e"}, Person("demo@partner.example", "throw-away"))
    monkeypatch.setattr("tiergate.cli.local._seed", lambda *_: demo)
    told = local_up(None)
    assert "The portal is at       http://portal\n" in told
    assert "demo@partner.example  throw-away" in told


def test_a_local_gateway_that_has_partners_already_is_not_called_empty(local_up):
    told = local_up(Demo("http://demo", {"free": "f", "enterprise": "e"}), "--empty")
    assert "It has the demo partners of an earlier run; for one without: make down, then make up DEMO=0" in told


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command that does something."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("command", [(), *commands(main)], ids=" ".join)
def test_every_command_helps_with_an_example(command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert f"\n  tiergate {' '.join(command)}".rstrip() in result.stdout


def groups(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The path of every command that does nothing but have others."""
    for name, command in group.commands.items():
        if type(command) is click.Group:
            yield (*path, name)
            yield from groups(command, (*path, name))


@pytest.mark.parametrize("group", [*groups(main)], ids=" ".join)
def test_a_group_by_itself_shows_its_help_and_no_error(group):
    result = run(*group)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == run(*group, "--help").stdout


@pytest.mark.parametrize(
    "command",
    [each for each in commands(main) if each[0] in {"org", "app", "subscription", "key", "audit"}],
    ids=" ".join,
)
def test_every_registry_command_has_json_and_stage_and_every_change_a_reason(command):
    options = run(*command, "--help").stdout
    assert "--json" in options
    assert "--stage [local|dev|staging|prod]" in options
    assert ("--reason TEXT" in options) is (command[-1] not in {"list", "show", "audit"})
    assert ("--yes" in options) is (command[-1] == "delete")


def test_what_is_no_key_id_is_refused_without_being_repeated():
    result = run("key", "revoke", "tg_dev_broken\x1b]0;title\a")
    assert result.exit_code == 2
    assert "12 letters and digits" in result.stderr
    assert "broken" not in result.output
