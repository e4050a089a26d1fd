"""A synth that cannot be right ends before anything is deployed, with what to do."""

import json
import shutil
from pathlib import Path

import pytest

from tests.stacks.conftest import ROOT, Synth
from tests.stacks.mixed import write_policies

pytestmark = pytest.mark.synth


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"stage": "production"}, "stage 'production' is not known; give -c stage=dev|staging|prod"),
        ({"local": "yes"}, "local is 'yes'; give -c local=1 for the local emulator, or leave it out"),
        ({"local": "1", "stage": "prod"}, "local=1 goes with stage=dev or stage=staging, never with prod"),
        ({"policies": "nowhere"}, "policies=nowhere: there is no such folder"),
        (
            {"subnets": "subnet-0a1b2c3d,subnet-12", "security_groups": "sg-0a1b2c3d"},
            "subnets: 'subnet-12' is no id of that kind; give -c subnets=subnet-0a1b2c3d4e5f60718,…",
        ),
        (
            {"subnets": "subnet-0a1b2c3d", "security_groups": "default"},
            "security_groups: 'default' is no id of that kind; give -c security_groups=sg-0a1b2c3d4e5f60718,…",
        ),
        (
            {"subnets": "subnet-0a1b2c3d"},
            "subnets and security_groups go together; give -c security_groups=sg-0a1b2c3d4e5f60718 too",
        ),
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
    routes = [each["Properties"]["RouteKey"] for each in resources if each["Type"] == "AWS::ApiGatewayV2::Route"]
    assert routes == ["POST /_tiergate/onboard"]
    assert sum(each["Type"] == "AWS::Lambda::Function" for each in resources) == 3


def test_a_draft_grants_nothing_yet(synth: Synth, tmp_path: Path, policies: Path):
    api = policies / "apis/bank/v1/api.yaml"
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:payroll"
    api.write_text(api.read_text().replace("published", "draft").replace("lambda:demo_bank", f"lambda:{arn}"))
    assert synth(tmp_path / "out", policies=str(policies)).returncode == 0
    assert arn not in (tmp_path / "out/Gateway.template.json").read_text()


def test_private_apis_without_a_network_are_named_with_what_to_give(synth: Synth, tmp_path: Path):
    write_policies(tmp_path / "policies", ROOT)
    done = synth(tmp_path / "out", policies=str(tmp_path / "policies"))
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "private in their api.yaml: inner/v1, plain/v1, vault/v1, vaulted/v1; give the VPC's subnets and security "
        "groups that reach their upstreams: -c subnets=subnet-…,subnet-… -c security_groups=sg-…"
    )
    assert not list((tmp_path / "out").glob("*.template.json"))
