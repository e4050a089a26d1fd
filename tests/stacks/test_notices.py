"""The function that tells of deprecated APIs: when it runs, what it may do, and who hears of it when it fails."""

import json
from typing import Any

import pytest

from tiergate.adapters.events import SOURCE

pytestmark = pytest.mark.synth


@pytest.fixture(scope="session")
def ours(template, of_type, stage: str):
    """``ours("AWS::IAM::Policy")``: the logical id and the properties of the one of that type."""
    usage = template(stage, "Usage")

    def find(kind: str) -> tuple[str, dict[str, Any]]:
        (found,) = (each for each in of_type(usage, kind).items() if each[0].startswith("Notices"))
        return found[0], found[1].get("Properties", {})

    return find


def test_it_runs_every_day(ours):
    function, _ = ours("AWS::Lambda::Function")
    rule, properties = ours("AWS::Events::Rule")
    assert properties["ScheduleExpression"] == "cron(20 5 * * ? *)"
    (target,) = properties["Targets"]
    assert target["Arn"] == {"Fn::GetAtt": [function, "Arn"]}
    _, permission = ours("AWS::Lambda::Permission")
    assert permission["Principal"] == "events.amazonaws.com"
    assert permission["SourceArn"] == {"Fn::GetAtt": [rule, "Arn"]}


def test_it_may_list_the_registry_read_use_keep_marks_and_tell_and_nothing_else(ours):
    logs, _ = ours("AWS::Logs::LogGroup")
    statements = ours("AWS::IAM::Policy")[1]["PolicyDocument"]["Statement"]
    assert "*" not in json.dumps(statements)
    allowed = {
        json.dumps(each["Resource"]): {each["Action"]} if isinstance(each["Action"], str) else set(each["Action"])
        for each in statements
    }

    def on(part: str) -> set[str]:
        (actions,) = (actions for resource, actions in allowed.items() if part in resource)
        return actions

    assert len(allowed) == len(statements) == 4
    assert on("/index/by_owner") == {"dynamodb:Query"}
    assert on("FnGetAttUsageRecords") == {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem"}
    assert on(":event-bus/default") == {"events:PutEvents"}
    assert on(logs) == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_nothing_of_the_stack_puts_events_in_anybody_elses_name(of_type, template, stage: str):
    policies = of_type(template(stage, "Usage"), "AWS::IAM::Policy").values()
    statements = [each for policy in policies for each in policy["Properties"]["PolicyDocument"]["Statement"]]
    putting = [each for each in statements if "events:PutEvents" in each["Action"]]
    assert len(putting) == 2
    for each in putting:
        assert each["Condition"] == {"StringEquals": {"events:source": SOURCE}}


def test_it_is_told_its_stage_and_tables_and_named_to_the_command_line(ours, template, stage: str):
    function, properties = ours("AWS::Lambda::Function")
    variables = properties["Environment"]["Variables"]
    assert variables["STAGE"] == stage
    assert "Registry" in json.dumps(variables["REGISTRY_TABLE"])
    assert "UsageRecords" in json.dumps(variables["USAGE_RECORDS_TABLE"])
    assert properties["Handler"] == "lambdas.notices.handler.handler"
    assert properties["Timeout"] == 300
    assert template(stage, "Usage")["Outputs"]["NoticesFunction"]["Value"] == {"Ref": function}


def test_one_failure_is_an_alarm(template, of_type, stage: str):
    alarms = {
        each["Properties"]["AlarmName"]: each["Properties"]
        for each in of_type(template(stage, "Observability"), "AWS::CloudWatch::Alarm").values()
    }
    alarm = alarms[f"tiergate-{stage}-notices-errors"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == ("AWS/Lambda", "Errors", "Sum")
    assert (alarm["Threshold"], alarm["DatapointsToAlarm"]) == (1, 1)
