"""Calls through a deployed gateway become records of use, and events where a quota nears its end."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call
from tiergate.adapters.registry import Onboarded
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.keys import random_id
from tiergate.domain.usage import Record, by_name, by_time

pytestmark = pytest.mark.ministack

ACCOUNTS, ECHO = "/bank/v1/accounts", "/echo/v1/echo"
PATIENCE = 60
"""Seconds within which use is promised to be recorded."""


def eventually(ask: Callable[[], Any]) -> Any:
    """The first answer that is one."""
    deadline = time.monotonic() + PATIENCE
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"nothing within {PATIENCE} s"
        time.sleep(0.2)
    return answer


@pytest.fixture(scope="module")
def records(deployment: Deployment) -> UsageRecords:
    table = deployment.running.outputs["tiergate-dev-data"]["UsageRecordsTable"]
    return UsageRecords(deployment.client("dynamodb"), table)


@pytest.fixture
def told(deployment: Deployment) -> Iterator[Callable[[str], list[Any]]]:
    """``told(subscription)``: the events of a subscription that came since it was asked last."""
    sqs, events, name = deployment.client("sqs"), deployment.client("events"), f"thresholds-{random_id(6)}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"source": ["tiergate"], "detail-type": ["Quota threshold reached"], "detail": {"stage": ["dev"]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])

    def receive(subscription: str) -> list[Any]:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        came = [json.loads(message["Body"])["detail"] for message in answer.get("Messages", [])]
        return [detail for detail in came if detail["subscription"] == subscription]

    yield receive
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)
    sqs.delete_queue(QueueUrl=queue)


def called(deployment: Deployment, call: Call, plan: str, calls: list[str]) -> Onboarded:
    """A new partner that made these calls, all in one hour."""
    while True:
        hour = time.time() // 3600
        partner = deployment.partner(plan=plan)
        assert {call(path, key=partner.key.text).status for path in calls} == {200}
        if time.time() // 3600 == hour:
            return partner


def recorded(records: UsageRecords, subscription: str, total: int) -> Callable[[], Record | None]:
    def ask() -> Record | None:
        record = records.record(subscription, time.strftime("%Y-%m", time.gmtime()))
        return record if record is not None and record.total >= total else None

    return ask


def test_what_was_called_is_recorded_by_api_day_and_month(deployment: Deployment, call: Call, records: UsageRecords):
    partner = called(deployment, call, "roomy", [ACCOUNTS] * 3 + [ECHO] * 2)
    subscription = partner.subscription.id
    month = eventually(recorded(records, subscription, 5))
    assert by_name(month.units) == {"bank/v1": 3, "echo/v1": 2}
    assert (month.organization, month.application) == (partner.organization, partner.application)
    assert (month.product, month.plan) == ("test", "roomy")
    (number,) = by_time(month.units)
    day = records.record(subscription, f"{month.period}-{number:02}")
    assert by_name(day.units) == by_name(month.units)


def test_a_quota_that_nears_its_end_is_told_once(deployment: Deployment, call: Call, records: UsageRecords, told):
    subscription = called(deployment, call, "tiny", [ACCOUNTS] * 18).subscription.id
    (event,) = eventually(lambda: told(subscription))
    assert (event["window"], event["threshold"], event["limit"]) == ("hour", 80, 20)
    assert 16 <= event["used"] <= 18
    assert event["id"] == f"{subscription}/hour/{event['start']}/80"
    eventually(recorded(records, subscription, 18))
    assert told(subscription) == []
