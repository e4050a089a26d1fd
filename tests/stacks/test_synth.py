"""A synth that cannot be right ends before anything is deployed, with what to do."""

import shutil
from pathlib import Path

import pytest

from tests.stacks.callers import DOMAIN, write_callers
from tests.stacks.conftest import ROOT, Synth
from tests.stacks.mixed import write_policies

pytestmark = pytest.mark.synth


def test_policies_with_faults_deploy_nothing(synth: Synth, tmp_path: Path):
    policies = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    (policies / "plans/free.yaml").write_text("title: Free\nlimits: {qouta: {hour: 1}}\n")
    done = synth(tmp_path / "out", policies=str(policies))
    assert done.returncode == 1
    assert 'plans/free.yaml:2: limits: unknown key "qouta"; did you mean "quota"?' in done.stderr
    assert not list((tmp_path / "out").glob("*.template.json"))


def test_settings_that_do_not_fit_the_policies_deploy_nothing_and_are_one_line(synth: Synth, tmp_path: Path):
    write_policies(tmp_path / "policies", ROOT)
    done = synth(tmp_path / "out", policies=str(tmp_path / "policies"))
    assert done.returncode == 1
    assert done.stderr.strip().startswith("private in their api.yaml: inner/v1, plain/v1, vault/v1, vaulted/v1; give")
    assert done.stderr.strip().count("\n") == 0
    assert not list((tmp_path / "out").glob("*.template.json"))


def test_an_api_that_nobody_could_call_for_want_of_a_certificate_is_not_deployed(synth: Synth, tmp_path: Path):
    write_callers(tmp_path / "policies")
    done = synth(tmp_path / "out", policies=str(tmp_path / "policies"), **DOMAIN)
    assert done.returncode == 1
    assert done.stderr.strip().startswith("subjects in their api.yaml: sworn/v1; client certificates come through")
    assert done.stderr.strip().count("\n") == 0
    assert not list((tmp_path / "out").glob("*.template.json"))


def test_an_issuer_on_this_machine_is_not_deployed_to_production(synth: Synth, tmp_path: Path):
    policies = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    (policies / "issuers/here.yaml").write_text("issuer: http://127.0.0.1:8080\naudience: [bank]\n")
    done = synth(tmp_path / "out", policies=str(policies), stage="prod")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("addresses of this machine in issuers/here.yaml; no function reaches them")
    assert done.stderr.strip().count("\n") == 0
    assert not list((tmp_path / "out").glob("*.template.json"))
