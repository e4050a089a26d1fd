"""What is handed to stacks and functions is what its name says: each alarm watches its own queue or function, a deploy
that changes what is published asks for a run, and a function is told all that it cannot start without."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.assertions import Template

from stacks.assets import packed
from stacks.settings import ROOT, settings
from stacks.sync import SyncStack
from tiergate.adapters.authorizer_settings import AuthorizerSettings
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked
from tiergate.policy.published import published

pytestmark = pytest.mark.synth

Of = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="module")
def sync_alarms(template: Of, of_type: Any) -> dict[str, dict[str, Any]]:
    """By what their names end with."""
    found = [
        each["Properties"] for each in of_type(template("mixed", "Observability"), "AWS::CloudWatch::Alarm").values()
    ]
    return {each["AlarmName"].partition("-sync-")[2]: each for each in found if "-sync-" in each["AlarmName"]}


def test_each_alarm_of_the_sync_watches_what_its_name_says(template: Of, sync_alarms: Any) -> None:
    sync = template("mixed", "Sync")
    function = sync["Outputs"]["SyncFunction"]["Value"]["Ref"]
    told = sync["Resources"][function]["Properties"]["Environment"]["Variables"]
    assert {name: _watched(sync_alarms[name], sync) for name in ("given-up", "late", "errors")} == {
        "given-up": sync["Outputs"]["DeadLetters"]["Value"]["Ref"],
        "late": told["QUEUE"]["Ref"],
        "errors": function,
    }


def _watched(alarm: dict[str, Any], stack: dict[str, Any]) -> str:
    """The logical id of what its only dimension names in another stack."""
    (dimension,) = alarm["Dimensions"]
    value = stack["Outputs"][dimension["Value"]["Fn::GetStackOutput"]["OutputName"]]["Value"]
    return str(value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0])


def test_work_that_waits_is_an_alarm_in_as_many_minutes_as_the_guide_says(sync_alarms: Any) -> None:
    guide = (ROOT / "docs/monitoring.md").read_text()
    late = sync_alarms["late"]
    assert f"`sync-late`, {late['DatapointsToAlarm']} of {late['EvaluationPeriods']} minutes" in guide


def test_a_deploy_that_changes_only_what_is_published_asks_for_a_run(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    shutil.copytree(ROOT / "policies", policies)
    before, again = (digest(policies, tmp_path / name) for name in ("before", "again"))
    plan = policies / "plans/partner.yaml"
    plan.write_text(plan.read_text().replace("For applications in production.", "For all who mean it."))
    after = digest(policies, tmp_path / "after")
    assert before == again
    assert (after[0], after[1] == before[1]) == (before[0], False), "the bundle is the same, the digest another"


def digest(policies: Path, out: Path) -> tuple[str, str]:
    """The bundle as packages hold it, and what a deploy of these policies tells the sync by."""
    loaded = checked(policies, "dev")
    bundle = compiled(loaded)
    app = cdk.App(outdir=str(out))
    tables = cdk.Stack(app, "Data")
    registry, usage = (
        dynamodb.Table(
            tables,
            name,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES,
        )
        for name in ("Registry", "Usage")
    )
    stack = SyncStack(
        app,
        "Sync",
        settings=settings({"stage": "dev"}),
        bundle=bundle,
        catalogue=serialized(published(loaded, {})),
        registry=registry,
        usage=usage,
        out=out / "packages",
    )
    resources = Template.from_stack(stack).to_json()["Resources"].values()
    (resource,) = (each for each in resources if each["Type"] == "AWS::CloudFormation::CustomResource")
    return packed(bundle), resource["Properties"]["Digest"]


def test_the_rest_authorizer_is_told_all_that_it_cannot_start_without(template: Of) -> None:
    sync = template("mixed", "Sync")
    function = sync["Resources"][sync["Outputs"]["RestAuthorizerArn"]["Value"]["Fn::GetAtt"][0]]["Properties"]
    told = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in function["Environment"]["Variables"].items()
    }
    found = AuthorizerSettings.of(told)
    assert (found.env, found.managed, found.store_timeout) == ("prod", False, settings({"stage": "prod"}).store_timeout)
    assert found.store_timeout < function["Timeout"]
    assert told["MAC_KEY"]
