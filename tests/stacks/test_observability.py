"""The dashboard and the alarms of every stage; what they watch must exist, and what they say must help."""

import json
import re
from typing import Any

import pytest

from tests.stacks.conftest import ROOT
from tests.stacks.mixed import TOPIC
from tiergate.domain.metrics import NAMESPACE, SIGN_UP_FAILED
from tiergate.domain.refusals import REFUSALS
from tiergate.domain.store import FAILURES

pytestmark = pytest.mark.synth

GUIDE = (ROOT / "docs/monitoring.md").read_text()
ALARM = "AWS::CloudWatch::Alarm"
FALLBACKS = ("grace", "open")
ALWAYS = {
    "authorizer-managed-errors",
    "authorizer-managed-throttles",
    "proxy-shared-throttles",
    "gateway-fault",
    "admission-unavailable",
    "plan-not-deployed",
    "api-5xx",
    "call-records-errors",
    *(f"portal-{name}" for name in ("5xx", "throttles")),
    *(f"sign-up-{name}" for name in ("failed", "throttles")),
    *(f"sync-{name}" for name in ("errors", "failed", "given-up", "late")),
    *(f"store-{reason}" for reason in FAILURES),
    *(f"fallback-{rule}" for rule in FALLBACKS),
    *(f"{table}-{kind}-throttles" for table in ("registry", "usage") for kind in ("read", "write")),
}


@pytest.fixture(scope="session")
def observability(template, stage: str) -> dict[str, Any]:
    return template(stage, "Observability")


@pytest.fixture(scope="session")
def alarms_of(template, of_type):
    """``alarms_of("mixed", "prod")``: those of a run, by what follows the stage in their names."""

    def find(run: str, stage: str) -> dict[str, dict[str, Any]]:
        found = [each["Properties"] for each in of_type(template(run, "Observability"), ALARM).values()]
        assert all(alarm["AlarmName"].startswith(f"tiergate-{stage}-") for alarm in found)
        alarms = {alarm["AlarmName"].removeprefix(f"tiergate-{stage}-"): alarm for alarm in found}
        assert len(alarms) == len(found)
        return alarms

    return find


@pytest.fixture(scope="session")
def alarms(alarms_of, stage: str) -> dict[str, dict[str, Any]]:
    return alarms_of(stage, stage)


@pytest.fixture(scope="session")
def widgets(observability: dict[str, Any], of_type) -> dict[str, Any]:
    """The dashboard's, by title; what CloudFormation fills in is a question mark."""
    (board,) = of_type(observability, "AWS::CloudWatch::Dashboard").values()
    parts = board["Properties"]["DashboardBody"]["Fn::Join"][1]
    body = json.loads("".join(part if isinstance(part, str) else "?" for part in parts))
    return {widget["properties"]["title"]: widget["properties"] for widget in body["widgets"]}


def test_what_can_go_wrong_has_an_alarm(alarms, stage: str):
    assert set(alarms) >= ALWAYS
    assert ("authorizer-managed-concurrency" in alarms) is (stage == "prod")


def test_the_guide_counts_the_alarms_that_cost_something(alarms_of):
    fewest = {stage: len(alarms_of(stage, stage)) for stage in ("dev", "staging", "prod")}
    assert fewest["dev"] == fewest["staging"]
    added = "each isolated API adds 1, in `prod` 2; REST APIs add 2; without a portal 4 fewer"
    assert f"| {fewest['dev']} at least, {fewest['prod']} in `prod`; {added} |" in GUIDE


def test_every_alarm_says_what_it_means_and_what_to_do_and_the_guide_has_its_heading(alarms):
    headings = set(re.findall(r"^### `?([a-z0-9-]+)`?$", GUIDE, re.MULTILINE))
    for name, alarm in alarms.items():
        means, do, place = re.fullmatch(
            r"(\S.+?\.) (\S.+\.) docs/monitoring\.md#(\S+)", alarm["AlarmDescription"]
        ).groups()
        assert len(means) > 30, name
        assert len(do) > 30, name
        assert place in headings, name


def test_no_alarm_goes_off_for_want_of_traffic(alarms):
    for alarm in alarms.values():
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"] == 5
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"


def test_alarms_watch_the_metrics_that_aws_and_the_functions_write(alarms, stage: str):
    watched = {
        name: (alarm["Namespace"], alarm["MetricName"], {each["Name"] for each in alarm["Dimensions"]})
        for name, alarm in alarms.items()
        if "MetricName" in alarm
    }
    assert watched["authorizer-managed-errors"] == ("AWS/Lambda", "Errors", {"FunctionName"})
    assert watched["proxy-shared-throttles"] == ("AWS/Lambda", "Throttles", {"FunctionName"})
    assert watched["usage-write-throttles"] == ("AWS/DynamoDB", "WriteThrottleEvents", {"TableName"})
    for reason in ("gateway_fault", "admission_unavailable", "plan_not_deployed"):
        assert reason in REFUSALS
        name = reason.replace("_", "-")
        assert watched[name] == (NAMESPACE, "Refusals", {"Stage", "Reason"})
        values = {each["Name"]: each["Value"] for each in alarms[name]["Dimensions"]}
        assert values == {"Stage": stage, "Reason": reason}


def test_who_cannot_sign_up_is_noticed_and_who_may_not_is_no_alarm(alarms, stage: str):
    failed = alarms["sign-up-failed"]
    assert (failed["Namespace"], failed["MetricName"]) == (NAMESPACE, SIGN_UP_FAILED)
    assert failed["Dimensions"] == [{"Name": "Stage", "Value": stage}]
    assert {name for name in alarms if name.startswith("sign-up-")} == {"sign-up-failed", "sign-up-throttles"}


@pytest.mark.parametrize(
    ("kind", "reasons", "metric"), [("store", FAILURES, "StoreFailures"), ("fallback", FALLBACKS, "Fallbacks")]
)
def test_each_way_a_table_fails_and_each_rule_that_bridges_it_is_watched(
    alarms, stage: str, kind: str, reasons: tuple[str, ...], metric: str
):
    for reason in reasons:
        alarm = alarms[f"{kind}-{reason}"]
        assert (alarm["Namespace"], alarm["MetricName"], alarm["Statistic"]) == (NAMESPACE, metric, "Sum")
        values = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
        assert values == {"Stage": stage, "Reason": reason}
        assert alarm["Threshold"] == 1


def test_the_authorizer_of_rest_apis_is_watched_where_there_are_any(alarms_of, template, alarms):
    sync = template("mixed", "Sync")["Outputs"]
    (arn,) = sync["RestAuthorizerArn"]["Value"]["Fn::GetAtt"][:1]
    watching = {name: each for name, each in alarms_of("mixed", "prod").items() if name.startswith("authorizer-rest-")}
    assert watching.keys() == {"authorizer-rest-errors", "authorizer-rest-throttles"}
    for alarm in watching.values():
        (dimension,) = alarm["Dimensions"]
        assert sync[dimension["Value"]["Fn::GetStackOutput"]["OutputName"]]["Value"] == {"Ref": arn}
    assert not any(name.startswith("authorizer-rest-") for name in alarms)


def test_what_heals_by_itself_may_fail_a_minute_and_nothing_else_may(alarms):
    at_once = {name for name, alarm in alarms.items() if alarm["DatapointsToAlarm"] == 1}
    assert {name for name in at_once if name.startswith(("store-", "fallback-"))} == {
        "store-refused",
        "store-garbage",
        "store-skew",
        "store-edge",
        "fallback-open",
    }


def test_answers_with_5xx_are_judged_as_a_share_of_the_calls(alarms):
    *counted, share = sorted(alarms["api-5xx"]["Metrics"], key=lambda each: "Expression" in each)
    assert share["Expression"] == "100 * errors / IF(calls > 100, calls, 100)"
    assert {each["Id"]: each["MetricStat"]["Metric"]["MetricName"] for each in counted} == {
        "errors": "5xx",
        "calls": "Count",
    }
    for each in counted:
        assert each["MetricStat"]["Metric"]["Namespace"] == "AWS/ApiGateway"
        assert [name["Name"] for name in each["MetricStat"]["Metric"]["Dimensions"]] == ["ApiId"]


def test_reserved_instances_are_watched_before_they_run_out(alarms, gateway, of_type):
    reserved = [
        function["Properties"]["ReservedConcurrentExecutions"]
        for function in of_type(gateway, "AWS::Lambda::Function").values()
        if "ReservedConcurrentExecutions" in function["Properties"]
    ]
    thresholds = [alarm["Threshold"] for name, alarm in alarms.items() if name.endswith("-concurrency")]
    assert sorted(thresholds) == sorted(0.8 * each for each in reserved)


def test_watching_keeps_nothing_from_being_removed(observability, gateway):
    """An import would stop an update of the other stack: an isolated API could never be removed."""
    assert "Fn::ImportValue" not in json.dumps(observability)
    assert not any("Export" in output for output in gateway["Outputs"].values())


def test_the_dashboard_finds_new_apis_and_plans_by_itself(widgets, stage: str):
    searched = [
        line[0]["expression"]
        for properties in widgets.values()
        for line in properties.get("metrics", [])
        if isinstance(line[0], dict)
    ]
    found = set()
    for expression in searched:
        schema, metric, of_stage, statistic = re.fullmatch(
            r"""SEARCH\('\{(\S+)\} MetricName="(\w+)" Stage="(\w+)"', '(\w+)', 60\)""", expression
        ).groups()
        assert of_stage == stage
        found.add((schema, metric, statistic))
    by_plan, by_reason = "Tiergate,Stage,Api,Plan", "Tiergate,Stage,Reason"
    times = ("AuthorizerLatency", "ProxyLatency", "UpstreamLatency")
    assert found == {
        (by_plan, "Requests", "Sum"),
        (by_reason, "Refusals", "Sum"),
        (by_plan, "UpstreamErrors", "Sum"),
        (by_reason, "UpstreamErrors", "Sum"),
        (by_reason, "StoreFailures", "Sum"),
        (by_reason, "Fallbacks", "Sum"),
        *((by_plan, name, statistic) for name in times for statistic in ("p50", "p99")),
    }


def test_the_dashboard_shows_what_the_gateway_stands_on(widgets, alarms):
    shown = json.dumps(widgets)
    for metric in ("Throttles", "ConcurrentExecutions", "5xx", "ReadThrottleEvents", "ConsumedWriteCapacityUnits"):
        assert f'"{metric}"' in shown
    for function in ("call-records", "portal", "sign-up"):
        assert f'"label": "{function}"' in json.dumps(widgets["Function errors"])
    (status,) = (each for title, each in widgets.items() if title.startswith("Alarms"))
    assert len(status["alarms"]) == len(alarms)


def test_the_guide_names_every_metric_and_every_alarm(alarms):
    counts = ("Requests", "Refusals", "UpstreamErrors", "StoreFailures", "Fallbacks")
    for name in (*counts, "AuthorizerLatency", "ProxyLatency", "UpstreamLatency"):
        assert f"| `{name}` |" in GUIDE
    for name in alarms:
        kind = re.sub(r"^(authorizer|proxy)-\w+-|^(registry|usage)-(read|write)-", "…-", name)
        assert f"`{kind}`" in GUIDE, kind


def test_every_function_knows_its_stage(gateway, of_type, stage: str):
    for function in of_type(gateway, "AWS::Lambda::Function").values():
        assert function["Properties"]["Environment"]["Variables"]["STAGE"] == stage


def test_a_topic_hears_of_every_alarm_and_of_its_end(alarms_of, template):
    for alarm in alarms_of("mixed", "prod").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC]
    assert "AWS::IAM" not in json.dumps(template("mixed", "Observability"))


def test_without_a_topic_alarms_only_show(alarms):
    assert not any("AlarmActions" in alarm for alarm in alarms.values())


def test_apis_whose_names_differ_in_punctuation_alone_have_alarms_of_their_own(alarms_of):
    proxies = {f"proxy-{api}-v1" for api in ("pay2go", "pay2-go", "pay2--go")}
    assert {f"{name}-{kind}" for name in proxies for kind in ("throttles", "concurrency")} < set(
        alarms_of("mixed", "prod")
    )


def test_the_local_emulator_gets_the_same_alarms_without_metric_math(alarms_of):
    """But for what it lacks: reserved instances, and networks."""
    local = alarms_of("local", "dev")
    there = {name for name in alarms_of("mixed", "prod") if not name.endswith("-concurrency")}
    assert ALWAYS < set(local) == there - {"proxy-private-throttles"}
    assert all("MetricName" in each for each in local.values())
