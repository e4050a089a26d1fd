"""``tiergate sync``: what is out of step is told, or done part by part, and what failed is told with what to do."""

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.cli.conftest import Made, Run
from tiergate.adapters.registry.table import RegistryTable
from tiergate.cli.main import main
from tiergate.cli.sync import PATIENCE
from tiergate.cli.target import Target

AT_ONE = {"failed": [], "planned": [], "differences": [], "left_out": 0, "catalogue": {}, "complete": True}


class FakeLambda:
    """``answers``: what each call answers, in order; with a word alone it failed. ``asked``: its payloads."""

    def __init__(self, *answers: Any) -> None:
        self.answers = [*answers]
        self.functions: list[str] = []
        self.asked: list[Any] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.functions.append(request["FunctionName"])
        self.asked.append(json.loads(request["Payload"])["hand"])
        answer = self.answers.pop(0)
        if isinstance(answer, str):
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(json.dumps({"errorMessage": answer}).encode())}
        return {"Payload": io.BytesIO(json.dumps(answer).encode())}


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeLambda]:
    def deploy(*answers: Any) -> FakeLambda:
        fake = FakeLambda(*answers)
        outputs = {"tiergate-dev-sync": {"SyncFunction": "sync-1"}}
        monkeypatch.setattr(Target, "find", lambda _: Target("local", "dev", "eu-central-1", None, outputs, ""))
        monkeypatch.setattr(Target, "client", lambda _self, _service, _config: fake)
        return fake

    return deploy


def answered(created: int = 0, updated: int = 0, deleted: int = 0, unchanged: int = 0, **more: Any) -> dict[str, Any]:
    counts = {"created": created, "updated": updated, "deleted": deleted, "unchanged": unchanged}
    return AT_ONE | counts | more


def run_sync(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["sync", *arguments])


def test_what_was_done_is_told_in_numbers(function) -> None:
    catalogue = {"created": 0, "updated": 1, "deleted": 0, "unchanged": 9}
    fake = function(answered(created=2, unchanged=7, catalogue=catalogue, differences=["450 an hour is 10,800 a day"]))
    result = run_sync()
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "2 created, 0 updated, 0 deleted, 7 unchanged",
        "catalogue: 0 created, 1 updated, 0 deleted, 9 unchanged",
    ]
    assert (fake.functions, fake.asked) == (["sync-1"], [{"dry_run": False}])


def test_it_goes_on_until_it_is_through_and_tells_the_sum(function) -> None:
    """What one part made is among the unchanged of the next ones."""
    catalogue = {"created": 9, "updated": 0, "deleted": 0, "unchanged": 0}
    fake = function(
        answered(created=5, complete=False, catalogue=catalogue),
        answered(created=4, deleted=1, unchanged=5, complete=False, catalogue=catalogue | {"created": 0}),
        answered(created=2, unchanged=12),
    )
    document = json.loads(run_sync("--json").stdout)
    counts = {"created": 11, "updated": 0, "deleted": 1, "unchanged": 3, "catalogue": catalogue, "complete": True}
    assert document.items() >= counts.items()
    assert fake.asked == [{"dry_run": False}] * 3


def test_it_ends_where_a_part_gets_no_further(function) -> None:
    fake = function(answered(created=5, complete=False), answered(unchanged=5, complete=False))
    result = run_sync()
    assert (result.exit_code, len(fake.asked)) == (1, 2)
    assert result.stderr == "it did not get through in its time; run it again, what was done stays\n"


def test_a_dry_run_says_what_would_be_done(function) -> None:
    planned = ["make the key of sub_1", "delete the usage plan of bank/free"]
    fake = function(answered(planned=planned, unchanged=3, differences=["450 an hour is 10,800 a day"]))
    assert run_sync("--dry-run").stdout.splitlines() == [
        "make the key of sub_1",
        "delete the usage plan of bank/free",
        "note: 450 an hour is 10,800 a day",
        "2 changes to make; nothing was changed",
    ]
    assert fake.asked == [{"dry_run": True}]


def test_a_dry_run_says_when_there_is_nothing_to_do(function) -> None:
    function(answered(unchanged=3))
    assert run_sync("--dry-run").stdout == "all is in step\n"


def test_what_failed_is_told_and_is_an_exit_code(function) -> None:
    failures = [
        {"what": "application app_1", "application": "app_1", "reason": "too many requests\x1b[2J", "again": True},
        {"what": "usage plan bank/free", "application": "", "reason": "there is no stage prod", "again": False},
    ]
    function(answered(created=1, failed=failures))
    result = run_sync()
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "failed: application app_1: too many requests?[2J",
        "failed: usage plan bank/free: there is no stage prod",
        "some of it may succeed when it is run again",
    ]


def test_what_trying_cannot_mend_is_not_said_to_be_worth_it(function) -> None:
    function(answered(failed=[{"what": "usage plan a", "application": "", "reason": "no stage", "again": False}]))
    assert run_sync().stderr == "failed: usage plan a: no stage\n"


def test_it_fails_with_the_functions_own_words(function) -> None:
    function("Task timed out\x1b[2J")
    result = run_sync()
    assert result.exit_code == 1
    assert "the sync function of local failed: Task timed out?[2J" in result.stderr


def test_a_deployment_without_the_function_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Target, "find", lambda _: Target("local", "dev", "eu-central-1", None, {}, ""))
    monkeypatch.setattr(Target, "client", lambda _self, _service, _config: FakeLambda())
    result = run_sync()
    assert (result.exit_code, "the sync stack of local is not deployed" in result.stderr) == (3, True)


def test_it_waits_as_long_as_the_function_may_take_and_calls_it_once() -> None:
    options: Mapping[str, Any] = PATIENCE._user_provided_options
    assert options["read_timeout"] > 300
    assert options["retries"] == {"total_max_attempts": 1}


def note(client: Any, **facts: Any) -> None:
    RegistryTable(client, "registry", actor="sync", clock=lambda: datetime.now(UTC)).note("sync", facts)


def test_runs_are_in_the_platforms_audit_trail(run: Run, made: Made, registry: Any) -> None:
    note(registry, trigger="deploy", created=1)
    note(registry, trigger="hand", created=0, failures=["application app_1: no"])
    newest, first = made("audit", "--platform")
    assert (newest["who"], newest["what"], newest["before"]) == ("sync", "sync", {})
    assert (newest["after"]["trigger"], first["after"]["trigger"]) == ("hand", "deploy")
    assert "  after   trigger deploy, created 1" in run("audit", "--platform").stdout.splitlines()


def test_the_platforms_entries_are_in_no_organizations_trail(made: Made, registry: Any, application: str) -> None:
    note(registry, trigger="deploy")
    assert [each["what"] for each in made("audit", "acme")] == ["application create", "organization create"]


def test_an_empty_trail_is_no_fault(run: Run, made: Made) -> None:
    assert made("audit", "--platform") == []
    assert run("audit", "--platform").stdout == ""


@pytest.mark.parametrize("arguments", [[], ["acme", "--platform"]])
def test_audit_is_of_an_organization_or_of_the_platform(run: Run, arguments: list[str]) -> None:
    result = run("audit", *arguments)
    assert (result.exit_code, "give --platform; not both" in result.stderr) == (2, True)
