"""``tiergate simulate``: recorded calls against the working tree's policies."""

import gzip
import io
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stacks.access_log import FIELDS
from tests.adapters.test_access_logs import FakeLogs
from tests.cli.conftest import Made, Run
from tiergate.cli.simulate import _from_stream
from tiergate.cli.target import Target
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.replay.replay import Terms

NOW = 1_795_392_610_000
"""2026-11-23T00:10:10Z, in milliseconds."""

Log = Callable[..., Path]


def line(time: int = NOW, **changed: str) -> str:
    known = {"method": "GET", "path": "/orders/v1/orders", "status": "200", "decision": "allow", "reason": "admitted"}
    known |= {"organization": "acme", "application": "app_1", "subscription": "sub_1", "credential": "3FnLsxJSqBQf"}
    known |= {"scheme": "ApiKey", "product": "shop", "plan": "basic", "address": "192.0.2.0"}
    return json.dumps(dict.fromkeys(FIELDS, "-") | {"time": str(time)} | known | changed)


@pytest.fixture
def log(registry: Any, monkeypatch: pytest.MonkeyPatch) -> Log:
    """``log(lines)``: a file of them in the working directory; the day after, unless another clock is set."""
    monkeypatch.setattr("tiergate.cli.simulate.now", lambda: (NOW + 86_400_000) * 1000)

    def write(lines: list[str], name: str = "access.log") -> Path:
        path = Path(name)
        path.write_text("".join(f"{each}\n" for each in lines))
        return path

    return write


@pytest.fixture
def lowered(registry: Any) -> None:
    """The working tree has another quota than ``base/``."""
    shutil.copytree("policies", "base")
    plan = Path("policies/plans/basic.yaml")
    plan.write_text(plan.read_text().replace("hour: 100", "hour: 20"))


def hourly(count: int, time: int = NOW, **changed: str) -> list[str]:
    """So many calls, a second apart."""
    return [line(time + number * 1000, **changed) for number in range(count)]


def test_who_would_be_refused_is_told_with_reason_share_and_worst_hour(run: Run, log: Log, lowered: None) -> None:
    log([*hourly(30), *hourly(25, NOW + 3_600_000), *hourly(5, application="app_2", subscription="sub_2")])
    result = run("simulate", "--log", "access.log", "--base", "base")
    assert result.exit_code == 1
    assert result.stderr == ""
    head, refused, causes, admitted, figures, verdict = result.stdout.split("\n\n")
    assert head == "60 calls, 2026-11-23 00:10 to 2026-11-23 01:10 UTC, compared with base"
    assert refused.splitlines() == [
        "Would be refused, were admitted: 15 calls of 1 consumer",
        "ORGANIZATION  APPLICATION  SUBSCRIPTION  WHY             WORST HOUR (UTC)       CALLS  OF ITS CALLS",
        "acme          app_1        sub_1         quota_exceeded  2026-11-23 00:00 (10)     15        27.3 %",
    ]
    assert causes.splitlines()[1].split() == ["quota_exceeded", "orders/v1", "listOrders", "15"]
    assert admitted == "Would be admitted, were refused: none"
    assert "agreement   100.0 % of calls are decided by the base as they were recorded" in figures
    assert verdict == "FAILS: 1 consumer would be refused calls that were admitted\n"


def test_unchanged_policies_pass_without_a_difference(run: Run, log: Log) -> None:
    log(hourly(90))
    result = run("simulate", "--log", "access.log", "--base", "policies")
    assert result.exit_code == 0
    assert "Would be refused, were admitted: none\n\nWould be admitted, were refused: none" in result.stdout
    assert "passes: nobody would be refused a call that was admitted" in result.stdout


def test_who_would_be_admitted_is_told_too_and_fails_nothing(run: Run, log: Log) -> None:
    refused = hourly(4, decision="deny", reason="quota_exceeded", status="429")
    log(refused)
    result = run("simulate", "--log", "access.log")
    assert result.exit_code == 0
    assert "Would be admitted, were refused: 4 calls of 1 consumer" in result.stdout


@pytest.mark.parametrize(("tolerated", "code"), [(9, 1), (10, 0)])
def test_a_number_of_calls_of_each_consumer_can_be_tolerated(
    run: Run, log: Log, lowered: None, tolerated: int, code: int
) -> None:
    log([*hourly(30), *hourly(30, application="app_2", subscription="sub_2")])
    result = run("simulate", "--log", "access.log", "--base", "base", "--tolerate", str(tolerated))
    assert result.exit_code == code
    assert "20 calls of 2 consumers" in result.stdout


def test_scripts_get_one_document(run: Run, log: Log, lowered: None) -> None:
    log(["junk", *hourly(25)])
    result = run("simulate", "--log", "access.log", "--base", "base", "--json")
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert document["newly_refused"] == [
        {
            **{"organization": "acme", "application": "app_1", "subscription": "sub_1"},
            **{"calls": 5, "of": 25, "share": 0.2},
            "causes": [{"reason": "quota_exceeded", "operation": "orders/v1 listOrders", "calls": 5}],
            "worst_hour": {"start": "2026-11-23T00:00:00Z", "calls": 5, "calls_of_the_day": 5},
        }
    ]
    assert document["skipped"] == {
        "lines": 1,
        "first": [{"file": "access.log", "number": 1, "why": "no JSON object"}],
    }
    assert (document["first"], document["last"]) == ("2026-11-23T00:10:10Z", "2026-11-23T00:10:34Z")
    assert (document["base"], document["agreement"], document["fails"]) == ("base", 1.0, True)


def test_a_line_from_the_future_is_none_of_ours_and_hides_no_later_one(run: Run, log: Log, lowered: None) -> None:
    log([line(253370764700000), line(NOW + 86_400_000 + 400_000), *hourly(30)])
    result = run("simulate", "--log", "access.log", "--base", "base")
    assert result.exit_code == 1
    assert "10 calls of 1 consumer" in result.stdout
    assert "2  lines that are none of the access log (access.log:1 its time is yet to come; " in result.stdout


def test_a_log_of_which_nothing_can_be_decided_fails(run: Run, log: Log) -> None:
    shutil.copytree("policies", "base")
    Path("policies/products/shop.yaml").rename("policies/products/other.yaml")
    log(hourly(3))
    result = run("simulate", "--log", "access.log", "--base", "base")
    assert result.exit_code == 1
    assert result.stdout.endswith("\nFAILS: no call could be decided\n")
    assert "note: 100.0 % of calls are undecided, and what becomes of them is not told above" in result.stdout


def test_a_verdict_on_some_calls_says_of_how_many(run: Run, log: Log) -> None:
    log([*hourly(9), line(NOW - 7_200_000)])
    result = run("simulate", "--log", "access.log", "--base", "policies")
    assert result.exit_code == 0
    assert result.stdout.endswith(
        "passes: nobody would be refused a call that was admitted, of the 9 calls that could be decided\n"
    )


def test_a_base_that_was_not_what_ran_is_remarked_on(run: Run, log: Log, lowered: None) -> None:
    log(hourly(60))
    result = run("simulate", "--log", "access.log", "--base", "policies")
    assert "note: the base decides 66.7 % of calls otherwise than was recorded" in result.stdout


def test_standard_input_folders_and_packed_files_are_logs_too(run: Run, log: Log) -> None:
    text = "".join(f"{each}\n" for each in hourly(3))
    assert "3 calls" in run("simulate", "--log", "-", input=text).stdout
    Path("logs").mkdir()
    log(hourly(2), "logs/a.log")
    Path("logs/b.gz").write_bytes(gzip.compress(text.encode()))
    assert "5 calls" in run("simulate", "--log", "logs").stdout
    assert "7 calls" in run("simulate", "--log", "logs", "--log", "logs/a.log", "--log", str(log(hourly(2)))).stdout


class Terminal(io.StringIO):
    """What is printed to one."""

    def isatty(self) -> bool:
        return True


def test_on_a_terminal_standard_input_shows_how_many_lines_were_read(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, lines = Terminal(), "".join(f"{each}\n" for each in hourly(7)).encode()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setattr("tiergate.cli.simulate.LINES_A_STEP", 2)
    terms = Terms(compiled(checked(Path("policies"))))
    assert _from_stream(io.BytesIO(lines), terms).calls == 7
    shown = re.findall(r"Replaying +\[.*?\] +(\d+)", terminal.getvalue())
    assert {"2", "4", "6"} <= {*shown}


def test_a_log_that_is_named_is_read_in_place_of_the_stages(
    run: Run, log: Log, registry: Any, monkeypatch: pytest.MonkeyPatch, deployed: None
) -> None:
    log(hourly(15), "mine.log")
    clients = {"lambda": None, "dynamodb": registry, "sts": FakeIdentity()}
    monkeypatch.setattr(Target, "client", lambda _, service: clients[service])
    result = run("simulate", "--log", "mine.log", "--stage", "prod")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("15 calls")


@pytest.mark.parametrize("text", ["", "GET /orders/v1/orders 200\n", '{"level": "info"}\n', "\x00\n"])
def test_a_file_without_a_line_of_ours_is_an_error_that_says_what_is_expected(run: Run, log: Log, text: str) -> None:
    log(hourly(2))
    Path("other.log").write_text(text)
    result = run("simulate", "--log", "access.log", "--log", "other.log")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: other.log: no line of the access log in it")
    assert "expected one JSON object a line with time, method, path" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name a log with --log FILE, or the calls of a deployment with --last, such as --last 7d"),
        (("--log", "-", "--log", "x"), "--log - goes with no other --log"),
        (("--last", "week"), "is no duration"),
        (("--log", "x", "--tolerate", "-1"), "--tolerate"),
    ],
)
def test_what_is_typed_wrong_is_a_usage_error(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run("simulate", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_faults_of_the_policies_are_told_and_those_of_a_base_with_what_to_do(run: Run, log: Log, lowered: None) -> None:
    log(hourly(2))
    Path("base/plans/basic.yaml").write_text("limits: {}\n")
    result = run("simulate", "--log", "access.log", "--base", "base")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: the policies of base have ")
    assert "leave --base out and name --stage" in result.stderr
    result = run("simulate", "--log", "access.log", "--policies", "base")
    assert "base/plans/basic.yaml" in result.stderr


def test_names_from_a_log_steer_no_terminal(run: Run, log: Log, lowered: None) -> None:
    log([*hourly(30, organization="\x1b[2Jacme", application="app_\ud800", operation="\x1b]0;x\x07")])
    for arguments in ((), ("--json",)):
        result = run("simulate", "--log", "access.log", "--base", "base", *arguments)
        assert result.exit_code == 1
        assert "\x1b" not in result.stdout
        assert "?[2Jacme" in result.stdout


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch, lowered: None) -> None:
    """What runs is ``base/``."""
    running = compiled(checked(Path("base")))
    monkeypatch.setattr("tiergate.cli.running.deployed_bundle", lambda *_, **__: running)
    target = Target.find("local")
    outputs = {**target.outputs, "tiergate-dev-gateway": {"AuthorizerName": "authorizer"}}
    found = replace(target, outputs=outputs, access_log="access.log")
    monkeypatch.setattr(Target, "find", lambda stage: replace(found, stage=stage))
    monkeypatch.setattr("tiergate.cli.simulate.now", lambda: (NOW + 60_000) * 1000 + 60_000_000)


def test_a_stage_compares_with_what_runs_there_and_knows_overrides(
    run: Run, made: Made, log: Log, subscription: str, deployed: None
) -> None:
    application = made("subscription", "list")[0]["application"]
    log(hourly(30, application=application, subscription=subscription))
    result = run("simulate", "--last", "1h")
    assert result.exit_code == 1
    assert "compared with what runs at local" in result.stdout
    assert "10 calls of 1 consumer" in result.stdout
    made("subscription", "override", subscription, "--limit", "hour=30", "--until", "7d")
    assert run("simulate", "--last", "1h").exit_code == 0


def test_the_latest_calls_are_those_of_the_time_alone(run: Run, log: Log, deployed: None) -> None:
    log([line(NOW - 7_200_000), *hourly(3)])
    result = run("simulate", "--last", "1h")
    assert "3 calls" in result.stdout
    assert "left out    1  from before" in result.stdout


def test_a_stage_without_calls_passes(run: Run, log: Log, deployed: None) -> None:
    log([line(NOW - 7_200_000)])
    result = run("simulate", "--last", "1h")
    assert result.exit_code == 0
    assert result.stdout.startswith("no calls in the log that were decided on\n")


def test_on_aws_the_log_group_is_read(run: Run, registry: Any, monkeypatch: pytest.MonkeyPatch, deployed: None) -> None:
    logs = FakeLogs([(NOW + each, text) for each, text in enumerate(hourly(15))], [(NOW, text) for text in hourly(15)])
    clients = {"logs": logs, "lambda": None, "dynamodb": registry, "sts": FakeIdentity()}
    monkeypatch.setattr(Target, "client", lambda _, service: clients[service])
    result = run("simulate", "--last", "1h", "--stage", "prod")
    assert (result.exit_code, result.stderr) == (1, "")
    assert "30 calls" in result.stdout
    assert logs.asked["logGroupName"] == "access.log"
    assert logs.asked["startTime"] == NOW + 120_000 - 3_600_000


class FakeIdentity:
    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": "arn:aws:iam::123456789012:user/somebody"}
