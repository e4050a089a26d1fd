"""What the synthesized stacks promise, stage by stage. What no emulator enforces is held here."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.access_log import FIELDS
from stacks.settings import STAGES
from tests.stacks.conftest import ROOT

pytestmark = pytest.mark.synth

ONBOARDING = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem", "kms:GenerateMac"}


def test_every_published_api_version_has_two_literal_routes_behind_the_authorizer(gateway, of_type):
    routes = {
        route["Properties"]["RouteKey"]: route["Properties"]
        for route in of_type(gateway, "AWS::ApiGatewayV2::Route").values()
    }
    onboarding = routes.pop("POST /_tiergate/onboard")
    assert routes.keys() == {"ANY /bank/v1", "ANY /bank/v1/{proxy+}"}
    assert all(route["AuthorizationType"] == "CUSTOM" and "AuthorizerId" in route for route in routes.values())
    assert onboarding["AuthorizationType"] == "AWS_IAM"


def test_every_function_is_python_313_on_arm64_with_its_own_log_group(gateway, of_type, stage):
    functions = of_type(gateway, "AWS::Lambda::Function")
    groups = of_type(gateway, "AWS::Logs::LogGroup")
    assert all(group["Properties"]["RetentionInDays"] == STAGES[stage].log_days for group in groups.values())
    used = [function["Properties"]["LoggingConfig"]["LogGroup"]["Ref"] for function in functions.values()]
    assert len(set(used)) == len(functions) == 4
    for function in functions.values():
        assert function["Properties"]["Runtime"] == "python3.13"
        assert function["Properties"]["Architectures"] == ["arm64"]


def test_lambdas_own_lines_about_each_call_are_not_written(gateway, of_type):
    """They are $0.18 a million calls and function. The lines of ours have no level that Lambda would filter by."""
    for function in of_type(gateway, "AWS::Lambda::Function").values():
        logging = function["Properties"]["LoggingConfig"]
        assert (logging["LogFormat"], logging["SystemLogLevel"]) == ("JSON", "WARN")
        assert logging["ApplicationLogLevel"] == "INFO"


def test_functions_may_do_what_they_need_and_nothing_else(gateway, of_type):
    allowed: dict[str, set[str]] = {}
    for policy in of_type(gateway, "AWS::IAM::Policy").values():
        name = policy["Properties"]["PolicyName"]
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            actions = statement["Action"]
            allowed.setdefault(name, set()).update([actions] if isinstance(actions, str) else actions)
            assert "*" not in json.dumps(statement), statement
    logs = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert sorted(map(sorted, allowed.values())) == sorted(
        map(
            sorted,
            [
                logs | {"dynamodb:GetItem", "dynamodb:UpdateItem"},
                logs | {"lambda:InvokeFunction"},
                logs,
                logs | ONBOARDING,
            ],
        )
    )
    assert all("ManagedPolicyArns" not in role["Properties"] for role in of_type(gateway, "AWS::IAM::Role").values())


def test_the_authorizer_reads_one_table_and_writes_the_other(gateway):
    statements = [
        statement
        for name, resource in gateway["Resources"].items()
        if resource["Type"] == "AWS::IAM::Policy" and name.startswith("Authorizer")
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
        if str(statement["Action"]).startswith("dynamodb:")
    ]
    targets = {statement["Action"]: json.dumps(statement["Resource"]) for statement in statements}
    assert "Registry" in targets["dynamodb:GetItem"]
    assert "Usage" in targets["dynamodb:UpdateItem"]


def test_tables_are_on_demand_and_those_that_are_followed_are_streamed(data, of_type):
    tables = of_type(data, "AWS::DynamoDB::Table")
    assert all(table["Properties"]["BillingMode"] == "PAY_PER_REQUEST" for table in tables.values())
    streams = [table["Properties"]["StreamSpecification"] for name, table in tables.items() if "Records" not in name]
    assert streams == [{"StreamViewType": "NEW_AND_OLD_IMAGES"}] * 2


def test_what_the_tables_export_does_not_hang_on_what_policies_name(template):
    """An export that another stack's last deploy imports cannot go, and one that comes alone is no change to some."""
    plain, mixed = (template(run, "Data")["Outputs"].keys() for run in ("plain", "mixed"))
    assert plain == mixed


def test_production_keeps_its_data_and_other_stages_do_not(data, of_type, stage):
    for table in of_type(data, "AWS::DynamoDB::Table").values():
        properties = table["Properties"]
        backups = properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
        assert backups is (stage != "dev")
        assert properties["DeletionProtectionEnabled"] is (stage == "prod")
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == ("Retain" if stage == "prod" else "Delete")


def test_the_stage_throttles_as_a_backstop_and_logs_every_request(gateway, of_type, stage):
    (default,) = of_type(gateway, "AWS::ApiGatewayV2::Stage").values()
    properties = default["Properties"]
    assert properties["StageName"] == "$default"
    assert properties["DefaultRouteSettings"] == {
        "ThrottlingBurstLimit": STAGES[stage].throttle_burst,
        "ThrottlingRateLimit": STAGES[stage].throttle_rate,
    }
    assert json.loads(properties["AccessLogSettings"]["Format"]) == FIELDS


def test_nothing_local_is_in_what_ships_to_aws(gateway):
    assert "ms-custom-id" not in json.dumps(gateway)


def test_cloudformation_accepts_every_template(synthesized):
    """Production's, with APIs and callers of every kind and without; other stages differ in values alone."""
    runs = ("mixed", "callers", "plain")
    templates = [str(path) for run in runs for path in sorted(synthesized(run).glob("*.template.json"))]
    assert len(templates) == 22
    command = [str(Path(sys.executable).parent / "cfn-lint"), "-i", "W3005", "--", *templates]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout


def test_every_suppressed_finding_has_a_reason():
    """Findings that are not suppressed end the synth."""
    files = [path for path in (ROOT / "stacks").rglob("*.py") if path.name != "nag.py"]
    calls = [text for path in files for text in _acknowledged(path)]
    assert len(calls) == sum(len(re.findall(r"\backnowledge\(", path.read_text())) for path in files)
    assert all(len(reason) > 20 for reason in calls)


def _acknowledged(path: Path) -> list[str]:
    return re.findall(r'acknowledge\(\s*[\w.\[\]]+,\s*f?"AwsSolutions-[^"]*",\s*"([^"]*)"', path.read_text())
