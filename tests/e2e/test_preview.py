"""``tiergate preview`` beside a deployed gateway: what runs comes out of it, and who is subscribed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call

pytestmark = pytest.mark.ministack


@pytest.fixture
def policies(deployment: Deployment, tmp_path: Path) -> Path:
    """A copy of what is deployed, to be changed."""
    return Path(shutil.copytree(deployment.policies, tmp_path / "policies"))


def previewed(deployment: Deployment, policies: Path) -> tuple[int, Any]:
    ran = deployment.cli("preview", "--policies", str(policies), "--json")
    assert ran.stdout, ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_what_is_deployed_is_no_change(deployment: Deployment, policies: Path):
    code, document = previewed(deployment, policies)
    assert (code, document["changes"], document["refusals"]) == (0, [], [])
    assert document["routes"]["before"] == document["routes"]["after"]


def test_a_lowered_limit_names_those_who_have_it_and_what_they_used(deployment: Deployment, call: Call, policies: Path):
    partner = deployment.partner(plan="tiny")
    assert [call("/echo/v1/echo", key=partner.key.text).status for _ in range(6)] == [200] * 6
    edit(policies / "plans/tiny.yaml", "hour: 20", "hour: 5")
    code, document = previewed(deployment, policies)
    found = {each["kind"]: each for each in document["changes"]}
    assert code == 0
    assert found["limit_lowered"]["message"] == "hour quota lowered: 20 → 5 an hour"
    assert found["limit_lowered"]["touched"]["subscriptions"] >= 1
    assert "used up the new quota of this hour already" in found["quota_exceeded"]["message"]


def test_a_plan_that_a_partner_has_is_refused_to_go_and_nobody_loses_it(
    deployment: Deployment, call: Call, policies: Path
):
    partner = deployment.partner(plan="roomy")
    edit(policies / "products/test.yaml", "plans: [tiny, roomy]", "plans: [tiny]")
    code, document = previewed(deployment, policies)
    assert code == 1
    (refusal,) = document["refusals"]
    assert (refusal["kind"], refusal["subject"]) == ("offer_removed", "product test, plan roomy")
    assert call("/echo/v1/echo", key=partner.key.text).status == 200
