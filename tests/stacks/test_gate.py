"""The Gate stack: before everything but the tables, with no rights beyond its own marks, and with an end."""

import json
from pathlib import Path

import pytest

from stacks.gate import PATIENCE, TIMEOUT
from stacks.settings import ROOT
from tests.stacks.conftest import RUNS
from tiergate.domain.gate import Definitions

pytestmark = pytest.mark.synth


@pytest.fixture(scope="session")
def gate(template, stage: str):
    return template(stage, "Gate")


@pytest.fixture(scope="session")
def order(synthesized):
    """``order("prod")``: the stacks that each waits for, directly or not, as ``cdk deploy --all`` has them."""

    def read(run: str) -> dict[str, set[str]]:
        folder: Path = synthesized(run)
        artifacts = json.loads((folder / "manifest.json").read_text())["artifacts"]
        stacks = {name for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
        waiting = {name: stacks & {*artifacts[name].get("dependencies", [])} for name in stacks}
        for _ in stacks:
            waiting = {name: those.union(*(waiting[each] for each in those)) for name, those in waiting.items()}
        return waiting

    return read


@pytest.mark.parametrize("run", RUNS)
def test_every_stack_but_the_tables_waits_for_the_gate_and_the_gate_for_the_tables(order, run):
    waiting = order(run)
    assert waiting.pop("Data") == set()
    assert waiting.pop("Gate") == {"Data"}
    assert {"Gateway", "Usage", "Observability"} <= waiting.keys()
    assert [name for name, those in waiting.items() if "Gate" not in those] == []


def test_a_deploy_is_asked_about_with_the_definitions_alone(template, of_type):
    (resource,) = of_type(template("mixed", "Gate"), "Custom::Definitions").values()
    found = Definitions.of(resource["Properties"]["Definitions"])
    assert "open-banking" in found.products
    assert found.apis["past/v1"].lifecycle is not None
    assert "upstream" not in resource["Properties"]["Definitions"]


def test_the_definitions_are_the_same_text_in_every_synth(template, of_type):
    """Another text would be another deploy."""
    texts = {
        json.dumps(each["Properties"]["Definitions"])
        for run in ("mixed", "local")
        for each in of_type(template(run, "Gate"), "Custom::Definitions").values()
    }
    assert len(texts) == 1


def test_the_question_is_the_last_of_its_stack_and_ends_after_the_function(gate, of_type):
    (resource,) = of_type(gate, "Custom::Definitions").values()
    (function,) = of_type(gate, "AWS::Lambda::Function").values()
    others = gate["Resources"].keys() - of_type(gate, "Custom::Definitions").keys()
    assert {*resource["DependsOn"]} == others
    assert function["Properties"]["Timeout"] == TIMEOUT
    assert int(resource["Properties"]["ServiceTimeout"]) == PATIENCE > TIMEOUT


def test_nobody_judges_a_deploy_that_cloudformation_no_longer_waits_for(gate, of_type):
    (once,) = of_type(gate, "AWS::Lambda::EventInvokeConfig").values()
    assert once["Properties"]["MaximumRetryAttempts"] == 0
    assert once["Properties"]["MaximumEventAgeInSeconds"] == PATIENCE


def test_the_guide_tells_how_long_it_takes():
    guide = (ROOT / "docs/gate.md").read_text()
    assert (TIMEOUT, PATIENCE) == (4 * 60, 5 * 60)
    assert "it has four\nminutes, CloudFormation waits five, and Lambda does not run it again" in guide


def test_it_reads_the_registry_and_writes_its_own_marks_alone(gate, of_type):
    (policy,) = of_type(gate, "AWS::IAM::Policy").values()
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    found = {json.dumps(each["Action"]): each for each in statements if "logs:" not in json.dumps(each["Action"])}
    writing = found.pop('["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"]')
    assert writing["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["OFFER#*", "GATE"]}}
    assert found.keys() == {'"dynamodb:Scan"', '"dynamodb:Query"'}
    assert "/index/by_owner" in json.dumps(found['"dynamodb:Query"']["Resource"])
    assert all("*" not in json.dumps(each["Resource"]) and "Registry" in json.dumps(each) for each in found.values())


@pytest.mark.parametrize(("run", "target"), [("dev", "dev"), ("prod", "prod"), ("local", "local")])
def test_it_names_the_deployment_as_the_command_line_does(template, of_type, run, target):
    (function,) = of_type(template(run, "Gate"), "AWS::Lambda::Function").values()
    variables = function["Properties"]["Environment"]["Variables"]
    assert variables["TARGET"] == target
    assert "Registry" in json.dumps(variables["REGISTRY_TABLE"])
