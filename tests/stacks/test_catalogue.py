"""The catalogue that ships with the sync function: deterministic, graded, and nobody else's."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stacks import assets
from stacks.settings import ROOT
from tests.stacks.conftest import Synth
from tests.stacks.test_assets import _digest
from tiergate.domain.published import FILE
from tiergate.policy.bundle import serialized
from tiergate.policy.check import checked
from tiergate.policy.published import published

SYNC = "usage_plan_sync"


def catalogue(policies: Path) -> str:
    return serialized(published(checked(policies, "prod"), {}))


def test_unchanged_policies_leave_the_package_as_it_was(tmp_path: Path) -> None:
    again = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    found = [
        _digest(assets.stage(SYNC, tmp_path / place, "{}", catalogue=catalogue(policies)))
        for place, policies in (("a", ROOT / "policies"), ("b", again))
    ]
    assert found[0] == found[1]
    plan = again / "plans/free.yaml"
    plan.write_text(plan.read_text().replace("title: Free", "title: Gratis"))
    assert _digest(assets.stage(SYNC, tmp_path / "b", "{}", catalogue=catalogue(again))) != found[0]


def test_it_is_in_no_package_that_is_not_given_it(tmp_path: Path) -> None:
    assert (assets.stage(SYNC, tmp_path, "{}", catalogue="{}") / FILE).read_text() == "{}"
    assert not (assets.stage(SYNC, tmp_path, "{}") / FILE).exists()


@pytest.mark.synth
def test_a_synth_grades_what_it_publishes(synthesized: Callable[[str], Path]) -> None:
    found = json.loads((synthesized("dev") / "packages" / SYNC / FILE).read_text())
    assert found["apis"]["bank/v1"]["scorecard"]["grade"] == "A"
    assert [each["cost"] for each in found["apis"]["bank/v1"]["operations"]]


@pytest.mark.synth
def test_rules_that_cannot_be_applied_end_the_synth_with_their_place(tmp_path: Path, synth: Synth) -> None:
    policies = Path(shutil.copytree(ROOT / "policies", tmp_path / "policies"))
    (policies / "governance/ruleset.yaml").write_text("extends: [rules/absent.yaml]\n")
    done = synth(tmp_path / "out", stage="dev", policies=str(policies))
    assert done.returncode == 1
    assert "ruleset.yaml:1: " in done.stderr
    assert "absent.yaml is not there; mend its name, or add the file" in done.stderr
    assert "Traceback" not in done.stderr
