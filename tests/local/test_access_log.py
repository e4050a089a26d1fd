"""Access log lines and what is kept of them, without MiniStack."""

import json
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from stacks.access_log import FIELDS
from tiergate.local.ministack_shim import access_log
from tiergate.local.ministack_shim.access_log import DECIDED, AccessLog, rendered
from tiergate.local.ministack_shim.exchange import Exchange

ARN = "arn:aws:logs:us-east-1:000000000000:log-group:/a/b:*"


def exchange(**known: Any) -> Exchange:
    asked = {"method": "GET", "path": "/a", **known}
    return Exchange(api="abcdef12", stage="$default", account="000000000000", region="us-east-1", **asked)


@contextmanager
def scope(account_id: str, region: str) -> Iterator[None]:
    assert (account_id, region) == ("000000000000", "us-east-1")
    yield


def emulated(groups: tuple[str, ...] = ("/a/b",)) -> SimpleNamespace:
    """As much of MiniStack's CloudWatch Logs as the log touches."""
    logs = SimpleNamespace(_log_groups={g: {"streams": {}} for g in groups}, _log_records={})
    logs._log_events_lock = threading.Lock()

    def create(data: dict[str, Any]) -> None:
        logs._log_groups[data["logGroupName"]]["streams"][data["logStreamName"]] = {"events": []}

    def put(data: dict[str, Any]) -> None:
        stream = logs._log_groups[data["logGroupName"]]["streams"][data["logStreamName"]]
        for event in data["logEvents"]:
            event["eventId"] = str(len(logs._log_records))
            logs._log_records[event["eventId"]] = event
            stream["events"].append(event)

    logs._create_log_stream, logs._put_log_events = create, put
    return logs


@pytest.mark.parametrize("hostile", ['"', "\\", "a\nb", "\x00\x1f", "\u2028", "ü", "\ud800", '", "status": "200'])
def test_no_value_breaks_out_of_its_place_or_line(hostile: str) -> None:
    line = rendered(json.dumps({"reason": "$context.authorizer.reason", "x": "y"}), {"authorizer.reason": hostile})
    assert len(line.splitlines()) == 1
    assert json.loads(line) == {"reason": hostile, "x": "y"}


def test_every_field_of_our_own_format_is_known_or_a_dash() -> None:
    line = json.loads(rendered(json.dumps(FIELDS), exchange().variables()))
    assert line.keys() == FIELDS.keys()
    assert (line["method"], line["path"], line["decision"], line["gateway_error"]) == ("GET", "/a", "-", "-")
    assert not [value for value in line.values() if "$" in value]


def test_context_values_are_written_as_aws_writes_them() -> None:
    known = exchange(authorizer={"text": "a", "number": 1, "flag": True, "none": None}, claims={"sub": "me"})
    line = rendered(" ".join(f"$context.authorizer.{n}" for n in ("text", "number", "flag", "none")), known.variables())
    assert line == "a 1 true -"
    assert known.variables()["authorizer.claims.sub"] == "me"


def test_the_gateways_own_variables_win_over_a_context_of_the_same_name() -> None:
    known = exchange(authorizer={"latency": "999"}, authorizer_latency=3)
    assert known.variables()["authorizer.latency"] == "3"


def test_a_stage_that_is_not_the_default_is_in_the_path() -> None:
    named = Exchange(api="a", stage="prod", account="0", region="r", method="GET", path="/x")
    assert named.variables()["path"] == "/prod/x"


def test_lines_go_to_the_file_and_the_group_and_the_file_is_its_owners(tmp_path: Path) -> None:
    logs = emulated()
    log = AccessLog(tmp_path / "access.log", logs, scope)
    for path in ("/one", "/two"):
        log.write(exchange(path=path), {"format": f"$context.path {DECIDED}", "destinationArn": ARN})
    assert (tmp_path / "access.log").read_text() == "/one -\n/two -\n"
    assert stat.S_IMODE((tmp_path / "access.log").stat().st_mode) == 0o600
    events = logs._log_groups["/a/b"]["streams"]["abcdef12/$default"]["events"]
    assert [event["message"] for event in events] == ["/one -", "/two -"]


def test_the_file_has_the_gateways_lines_alone(tmp_path: Path) -> None:
    logs = emulated()
    AccessLog(tmp_path / "access.log", logs, scope).write(
        exchange(), {"format": "$context.path", "destinationArn": ARN}
    )
    assert (tmp_path / "access.log").read_text() == ""
    assert len(logs._log_groups["/a/b"]["streams"]["abcdef12/$default"]["events"]) == 1


def test_a_stage_without_settings_logs_nothing(tmp_path: Path) -> None:
    log = AccessLog(tmp_path / "access.log", emulated(), scope)
    for settings in (None, {}, {"format": "$context.path"}):
        log.write(exchange(), settings)
    assert (tmp_path / "access.log").read_text() == ""


@pytest.mark.parametrize("arn", [ARN.replace("/a/b", "/gone"), "no arn"])
def test_a_group_that_is_not_there_costs_no_request(tmp_path: Path, arn: str) -> None:
    AccessLog(tmp_path / "access.log", emulated(), scope).write(exchange(), {"format": DECIDED, "destinationArn": arn})
    assert (tmp_path / "access.log").read_text() == "-\n"


def test_the_group_keeps_the_newest_events_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access_log, "KEPT_EVENTS", 10)
    monkeypatch.setattr(access_log, "SLACK", 5)
    logs = emulated()
    log = AccessLog(None, logs, scope)
    for number in range(16):
        log.write(exchange(path=f"/{number}"), {"format": "$context.path", "destinationArn": ARN})
    events = logs._log_groups["/a/b"]["streams"]["abcdef12/$default"]["events"]
    assert [event["message"] for event in events] == [f"/{number}" for number in range(6, 16)]
    assert len(logs._log_records) == 10
