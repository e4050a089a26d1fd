"""The function that reads the access log: each call counts once, and no line or subscription stops the others."""

import json
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.fakes.log_batch import handed_on, line
from tests.fakes.usage_records import create_usage_records_table
from tests.functions.conftest import NOON, Gateway, fresh
from tiergate.adapters.call_records import CallRecords
from tiergate.adapters.log_batch import BatchMalformed

AT = NOON // 1000
DAY = "2026-03-12"


class Picky:
    """A client that fails for one subscription until ``mended``."""

    def __init__(self, client: Any, subscription: str) -> None:
        self._client = client
        self._subscription = subscription
        self.mended = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **request: Any) -> Any:
        if not self.mended and request["Key"]["subscription"]["S"] == self._subscription:
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "later"}}, "UpdateItem")
        return self._client.update_item(**request)


@pytest.fixture
def client(gateway: Gateway) -> Picky:
    create_usage_records_table(gateway.client)
    return Picky(gateway.client, "sub_broken")


@pytest.fixture
def function(gateway: Gateway, client: Picky, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    gateway.monkeypatch.setenv("USAGE_RECORDS_TABLE", "usage-records")
    gateway.monkeypatch.setenv("STAGE", "dev")
    with monkeypatch.context() as starting:
        starting.setattr(boto3, "client", lambda *_, **__: client)
        return fresh("lambdas.call_records.handler")


@pytest.fixture
def records(gateway: Gateway) -> CallRecords:
    return CallRecords(gateway.client, "usage-records")


def statuses(records: CallRecords, subscription: str) -> dict[str, int]:
    return {
        status: sum(hours.values())
        for day in records.days(subscription, DAY, DAY)
        for status, hours in day.statuses.items()
    }


def test_a_batch_is_recorded_for_each_subscription(function: ModuleType, records: CallRecords):
    refused = line(AT, "sub_2", status="429", decision="deny", reason="quota_exceeded")
    batch = handed_on(line(AT, "sub_1"), line(AT, "sub_1", status="404"), refused, line(AT, "-"), line(AT, "try_1"))
    assert function.handler(batch, None) == {"calls": 3, "malformed": 0}
    assert statuses(records, "sub_1") == {"200": 1, "404": 1}
    assert statuses(records, "sub_2") == {"429": 1}
    assert [each.reason for each in records.failures("sub_2", 9)] == ["quota_exceeded"]
    assert records.last_used(["sub_1", "sub_2"]) == {"key": AT}


def test_a_batch_that_is_delivered_again_changes_nothing(function: ModuleType, records: CallRecords):
    batch = handed_on(line(AT, "sub_1"), line(AT + 1, "sub_1", status="500"))
    for _ in range(3):
        function.handler(batch, None)
    assert statuses(records, "sub_1") == {"200": 1, "500": 1}
    assert len(records.failures("sub_1", 9)) == 1


def test_equal_lines_of_different_calls_all_count(function: ModuleType, records: CallRecords):
    for ids in (["a", "b"], ["c", "d"]):
        function.handler(handed_on(line(AT, "sub_1"), line(AT, "sub_1"), ids=ids), None)
    assert statuses(records, "sub_1") == {"200": 4}


def test_a_line_that_is_none_is_counted_logged_once_and_skipped(
    function: ModuleType, records: CallRecords, capsys: pytest.CaptureFixture[str]
):
    hostile = line(AT, "sub_1", operation="tg_dev_secret").replace('"GET"', "GET")
    batch = handed_on(hostile, "", line(AT, "sub_1"), line(AT, "sub_1", time="-"))
    assert function.handler(batch, None) == {"calls": 1, "malformed": 3}
    assert statuses(records, "sub_1") == {"200": 1}
    told, metric = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["message"], told["id"]) == ("access log unreadable", "0")
    assert "tg_dev_secret" not in json.dumps(told)
    assert (metric["UsageUnreadable"], metric["Stage"]) == (3, "dev")


def test_a_subscription_that_fails_stops_no_other_and_brings_the_batch_again(
    function: ModuleType, records: CallRecords, client: Picky, capsys: pytest.CaptureFixture[str]
):
    batch = handed_on(*(line(AT + number, name) for number, name in enumerate(["sub_broken", "sub_1", "sub_2"])))
    with pytest.raises(function.CallsFailed, match="1 of 3"):
        function.handler(batch, None)
    assert statuses(records, "sub_1") == statuses(records, "sub_2") == {"200": 1}
    (told,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["level"], told["subscription"]) == ("ERROR", "sub_broken")
    client.mended = True
    function.handler(batch, None)
    assert statuses(records, "sub_broken") == statuses(records, "sub_1") == {"200": 1}


def test_what_cannot_be_read_is_told_and_does_not_bring_the_batch_again(
    function: ModuleType, gateway: Gateway, capsys: pytest.CaptureFixture[str]
):
    key = {"subscription": {"S": "sub_1"}, "period": {"S": f"REFUSALS#{DAY}"}}
    gateway.client.put_item(TableName="usage-records", Item=key)
    function.handler(handed_on(line(AT, "sub_1", status="500")), None)
    told, metric = map(json.loads, capsys.readouterr().out.splitlines())
    assert (told["message"], told["subscription"]) == ("usage unreadable", "sub_1")
    assert metric["UsageUnreadable"] == 1


def test_word_that_a_subscription_was_made_is_no_batch(function: ModuleType):
    answer = function.handler(handed_on("CWL CONTROL MESSAGE: Checking health", kind="CONTROL_MESSAGE"), None)
    assert answer == {"calls": 0, "malformed": 0}


@pytest.mark.parametrize(
    "event", [{}, {"awslogs": {}}, {"awslogs": {"data": "!"}}, {"awslogs": {"data": "eA=="}}, {"awslogs": None}]
)
def test_what_is_no_batch_is_refused(function: ModuleType, event: Any):
    with pytest.raises(BatchMalformed):
        function.handler(event, None)
