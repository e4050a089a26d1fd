"""A synth that cannot be right ends before anything is deployed, with what to do."""

import json
import shutil
from pathlib import Path

import pytest

from tests.stacks.conftest import ROOT, Synth

pytestmark = pytest.mark.synth


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"stage": "production"}, "stage 'production' is not known; give -c stage=dev|staging|prod"),
        ({"local": "yes"}, "local is 'yes'; give -c local=1 for the local emulator, or leave it out"),
        ({"local": "1", "stage": "prod"}, "local=1 goes with stage=dev or stage=staging, never with prod"),
        ({"policies": "nowhere"}, "policies=nowhere: there is no such folder"),
    ],
)
def test_a_wrong_setting_is_one_line_with_the_mend(synth: Synth, tmp_path: Path, context, message):
    done = synth(tmp_path / "out", **context)
    assert done.returncode == 1
    assert done.stderr.strip() == message


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))


def test_policies_with_faults_deploy_nothing(synth: Synth, tmp_path: Path, policies: Path):
    (policies / "plans/free.yaml").write_text("title: Free\nlimits: {qouta: {hour: 1}}\n")
    done = synth(tmp_path / "out", policies=str(policies))
    assert done.returncode == 1
    assert 'plans/free.yaml:2: unknown key "qouta"; did you mean "quota"?' in done.stderr
    assert not list((tmp_path / "out").glob("*.template.json"))


def test_an_upstream_function_that_does_not_exist_is_named(synth: Synth, tmp_path: Path, policies: Path):
    api = policies / "apis/bank/v1/api.yaml"
    api.write_text(api.read_text().replace("lambda:demo_bank", "lambda:nothing"))
    done = synth(tmp_path / "out", policies=str(policies))
    assert done.returncode == 1
    assert "api.yaml:4: upstream: there is no lambdas/nothing/handler.py" in done.stderr


def test_a_draft_has_no_route_and_no_demo_means_no_demo_function(synth: Synth, tmp_path: Path, policies: Path):
    api = policies / "apis/bank/v1/api.yaml"
    text = api.read_text().replace("published", "draft").replace("lambda:demo_bank", "https://bank.example")
    api.write_text(text)
    assert synth(tmp_path / "out", policies=str(policies)).returncode == 0
    resources = json.loads((tmp_path / "out/Gateway.template.json").read_text())["Resources"].values()
    kinds = [resource["Type"] for resource in resources]
    assert "AWS::ApiGatewayV2::Route" not in kinds
    assert kinds.count("AWS::Lambda::Function") == 2


def test_a_draft_grants_nothing_yet(synth: Synth, tmp_path: Path, policies: Path):
    api = policies / "apis/bank/v1/api.yaml"
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:payroll"
    api.write_text(api.read_text().replace("published", "draft").replace("lambda:demo_bank", f"lambda:{arn}"))
    assert synth(tmp_path / "out", policies=str(policies)).returncode == 0
    assert arn not in (tmp_path / "out/Gateway.template.json").read_text()
