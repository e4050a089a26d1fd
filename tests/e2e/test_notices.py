"""Who still calls a deprecated version is told of it, and nobody else: from the call to the event in a queue."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call, done
from tests.e2e.test_usage import eventually
from tiergate.domain.keys import random_id

pytestmark = pytest.mark.ministack

API = "ending/v1"


@pytest.fixture
def told(deployment: Deployment) -> Iterator[Callable[[], list[Any]]]:
    """The events that came since it was asked last."""
    sqs, events, name = deployment.client("sqs"), deployment.client("events"), f"notices-{random_id(6)}"
    queue = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    pattern = {"source": ["tiergate"], "detail-type": ["API version deprecated"], "detail": {"stage": ["dev"]}}
    events.put_rule(Name=name, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": attributes["QueueArn"]}])

    def receive() -> list[Any]:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        return [json.loads(message["Body"])["detail"] for message in answer.get("Messages", [])]

    yield receive
    events.remove_targets(Rule=name, Ids=["queue"])
    events.delete_rule(Name=name)
    sqs.delete_queue(QueueUrl=queue)


def report(deployment: Deployment) -> Any:
    return done(deployment, "lifecycle", API, "--policies", str(deployment.policies))


def test_exactly_the_subscription_that_calls_is_told_and_only_once(deployment: Deployment, call: Call, told) -> None:
    calls, silent = deployment.partner(), deployment.partner()
    assert call("/ending/v1/echo", key=calls.key.text).status == 200
    assert call("/echo/v1/echo", key=silent.key.text).status == 200

    (consumer,) = eventually(lambda: report(deployment)["consumers"])
    assert (consumer["subscription"], consumer["units"], consumer["noticed"]) == (calls.subscription.id, 1, None)

    run = done(deployment, "lifecycle", "notify")
    assert [each["subscription"] for each in run["notices"]] == [calls.subscription.id]
    (event,) = eventually(told)
    assert event["id"] == f"{calls.subscription.id}/{API}/2099-12-31T00:00:00Z/1"
    assert (event["organization"], event["application"], event["api"], event["notice"], event["units"]) == (
        calls.organization,
        calls.application,
        API,
        "announced",
        1,
    )

    assert done(deployment, "lifecycle", "notify")["told"] == 0
    assert told() == []
    (consumer,) = report(deployment)["consumers"]
    assert consumer["noticed"] is not None
