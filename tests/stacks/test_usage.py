"""The Usage stack: a function that follows the counters' stream, and what becomes of batches that it cannot record."""

import json
from typing import Any

import pytest

from stacks.access_log import OF_SUBSCRIPTIONS
from tiergate.adapters.call_records import REMEMBERED
from tiergate.domain.call_records import BUCKET
from tiergate.domain.counters import BY_ADDRESS, BY_SUBSCRIPTION

pytestmark = pytest.mark.synth

READING = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}


@pytest.fixture(scope="session")
def usage(template, stage: str) -> dict[str, Any]:
    return template(stage, "Usage")


@pytest.fixture(scope="session")
def function(usage, of_type) -> str:
    """The logical id of the one that follows the stream."""
    (found,) = (name for name in of_type(usage, "AWS::Lambda::Function") if name.startswith("RollUp"))
    return found


@pytest.fixture(scope="session")
def mapping(usage, of_type) -> dict[str, Any]:
    (found,) = of_type(usage, "AWS::Lambda::EventSourceMapping").values()
    return found["Properties"]


def test_the_function_follows_every_write_for_a_subscription_from_the_oldest_on(function, mapping):
    assert mapping["FunctionName"] == {"Ref": function}
    assert "Usage" in json.dumps(mapping["EventSourceArn"])
    assert "StreamArn" in json.dumps(mapping["EventSourceArn"])
    assert mapping["StartingPosition"] == "TRIM_HORIZON"
    (pattern,) = (json.loads(each["Pattern"]) for each in mapping["FilterCriteria"]["Filters"])
    keys = {"subscription": {"S": [{"prefix": BY_SUBSCRIPTION}]}}
    assert pattern == {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": keys}}
    assert not BY_ADDRESS.startswith(BY_SUBSCRIPTION), "nobody pays for reading what is nobody's use"


def test_it_takes_many_writes_at_once_and_waits_seconds_for_them(mapping):
    assert (mapping["BatchSize"], mapping["MaximumBatchingWindowInSeconds"]) == (1000, 10)


def test_one_subscription_that_fails_neither_blocks_the_stream_for_ever_nor_is_forgotten(usage, mapping, of_type):
    (queue,) = of_type(usage, "AWS::SQS::Queue")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BisectBatchOnFunctionError"] is True
    assert 0 < mapping["MaximumRetryAttempts"] <= 100
    assert 3600 <= mapping["MaximumRecordAgeInSeconds"] <= 12 * 3600
    assert mapping["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": [queue, "Arn"]}}}


def test_the_queue_is_encrypted_takes_tls_alone_and_keeps_for_two_weeks(usage, of_type):
    (queue,) = of_type(usage, "AWS::SQS::Queue").values()
    assert queue["Properties"]["SqsManagedSseEnabled"] is True
    assert queue["Properties"]["MessageRetentionPeriod"] == 14 * 24 * 3600
    (policy,) = of_type(usage, "AWS::SQS::QueuePolicy").values()
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_the_function_may_do_what_it_needs_and_nothing_else(usage, of_type):
    (policy,) = (each for name, each in of_type(usage, "AWS::IAM::Policy").items() if name.startswith("RollUp"))
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert "*" not in json.dumps(statements)
    allowed = {
        json.dumps(each["Resource"]): {each["Action"]} if isinstance(each["Action"], str) else set(each["Action"])
        for each in statements
    }
    (logs,) = (name for name in of_type(usage, "AWS::Logs::LogGroup") if name.startswith("RollUp"))
    (queue,) = of_type(usage, "AWS::SQS::Queue")

    def on(part: str) -> set[str]:
        (actions,) = (actions for resource, actions in allowed.items() if part in resource)
        return actions

    assert len(allowed) == len(statements) == 6
    assert on("FnGetAttRegistry") == {"dynamodb:GetItem"}
    assert on("FnGetAttUsageRecords") == {"dynamodb:GetItem", "dynamodb:UpdateItem"}
    assert on("StreamArn") == READING
    assert on(":event-bus/default") == {"events:PutEvents"}
    assert on(queue) == {"sqs:SendMessage"}
    assert on(logs) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_the_function_is_told_its_stage_and_tables_and_has_time_for_a_batch(usage, function, stage: str):
    properties = usage["Resources"][function]["Properties"]
    variables = properties["Environment"]["Variables"]
    assert variables["STAGE"] == stage
    assert "Registry" in json.dumps(variables["REGISTRY_TABLE"])
    assert "UsageRecords" in json.dumps(variables["USAGE_RECORDS_TABLE"])
    assert (properties["Runtime"], properties["Architectures"]) == ("python3.13", ["arm64"])
    assert properties["Timeout"] >= 60


@pytest.fixture(scope="session")
def call_records(usage, of_type) -> str:
    """The logical id of the one that reads the access log."""
    (found,) = (name for name in of_type(usage, "AWS::Lambda::Function") if name.startswith("CallRecords"))
    return found


def test_lines_of_subscriptions_in_the_gateways_access_log_wake_the_function_that_counts_calls(
    usage, gateway, call_records, of_type
):
    (filter_,) = of_type(usage, "AWS::Logs::SubscriptionFilter").values()
    assert filter_["Properties"]["FilterPattern"] == OF_SUBSCRIPTIONS == '{ $.subscription = "sub_*" }'
    assert filter_["Properties"]["DestinationArn"] == {"Fn::GetAtt": [call_records, "Arn"]}
    assert "AccessLog" in json.dumps(filter_["Properties"]["LogGroupName"])
    exported = json.dumps(gateway["Outputs"])
    assert filter_["Properties"]["LogGroupName"]["Fn::GetStackOutput"]["OutputName"] in exported
    (permission,) = (
        each for name, each in of_type(usage, "AWS::Lambda::Permission").items() if name.startswith("CallRecords")
    )
    properties = permission["Properties"]
    assert properties["Principal"] == "logs.amazonaws.com"
    assert "AccessLog" in json.dumps(properties["SourceArn"])
    assert properties["SourceAccount"] == {"Ref": "AWS::AccountId"}
    (name,) = (name for name, each in usage["Resources"].items() if each is permission)
    assert name in filter_["DependsOn"]


def test_a_batch_comes_again_for_as_long_as_it_is_remembered_and_word_is_left_then(usage, of_type):
    (config,) = of_type(usage, "AWS::Lambda::EventInvokeConfig").values()
    (queue,) = of_type(usage, "AWS::SQS::Queue")
    properties = config["Properties"]
    assert properties["MaximumRetryAttempts"] == 2
    assert properties["MaximumEventAgeInSeconds"] == 20 * 60 < REMEMBERED * BUCKET // 1000
    assert properties["DestinationConfig"] == {"OnFailure": {"Destination": {"Fn::GetAtt": [queue, "Arn"]}}}


def test_the_function_that_counts_calls_may_do_what_it_needs_and_nothing_else(usage, call_records, of_type):
    (policy,) = (each for name, each in of_type(usage, "AWS::IAM::Policy").items() if name.startswith("CallRecords"))
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    assert "*" not in json.dumps(statements)
    actions = [{each["Action"]} if isinstance(each["Action"], str) else {*each["Action"]} for each in statements]
    resources = [json.dumps(each["Resource"]) for each in statements]
    logs, records, queue = actions
    assert logs == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert records == {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
    assert queue == {"sqs:SendMessage"}
    assert "CallRecords" in resources[0]
    assert "UsageRecords" in resources[1]
    assert "GivenUp" in resources[2]
    variables = usage["Resources"][call_records]["Properties"]["Environment"]["Variables"]
    assert variables.keys() == {"STAGE", "USAGE_RECORDS_TABLE"}


def test_records_are_deleted_by_dynamodb_itself_and_kept_like_the_other_tables(data, of_type):
    (table,) = (each for name, each in of_type(data, "AWS::DynamoDB::Table").items() if "Records" in name)
    properties = table["Properties"]
    assert properties["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert [key["AttributeName"] for key in properties["KeySchema"]] == ["subscription", "period"]
    assert "StreamSpecification" not in properties
    assert "UsageRecordsTable" in data["Outputs"]


def test_counters_of_callers_without_a_credential_are_deleted_by_dynamodb_itself(data, of_type):
    (table,) = (each for name, each in of_type(data, "AWS::DynamoDB::Table").items() if name.startswith("Usage0"))
    assert table["Properties"]["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_what_is_late_given_up_or_unreadable_has_an_alarm(template, of_type, stage: str):
    alarms = {
        each["Properties"]["AlarmName"].removeprefix(f"tiergate-{stage}-"): each["Properties"]
        for each in of_type(template(stage, "Observability"), "AWS::CloudWatch::Alarm").values()
    }
    late, given_up, unreadable = (alarms[f"usage-{name}"] for name in ("late", "given-up", "unreadable"))
    assert (late["Namespace"], late["MetricName"], late["Statistic"]) == ("AWS/Lambda", "IteratorAge", "Maximum")
    assert late["Threshold"] == 300_000
    assert [each["Name"] for each in late["Dimensions"]] == ["FunctionName"]
    assert (given_up["Namespace"], given_up["MetricName"]) == ("AWS/SQS", "ApproximateNumberOfMessagesVisible")
    assert [each["Name"] for each in given_up["Dimensions"]] == ["QueueName"]
    assert (unreadable["Namespace"], unreadable["MetricName"]) == ("Tiergate", "UsageUnreadable")
    assert unreadable["Dimensions"] == [{"Name": "Stage", "Value": stage}]
    assert given_up["Threshold"] == unreadable["Threshold"] == 1
    assert given_up["DatapointsToAlarm"] == unreadable["DatapointsToAlarm"] == 1
