"""``tiergate simulate`` on what a gateway has recorded, compared with what it runs by."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call

pytestmark = pytest.mark.ministack

ACCOUNTS = "/bank/v1/accounts"


@pytest.fixture(scope="module")
def subscription(deployment: Deployment, call: Call) -> str:
    """One that has called eight times, and then a path and a method that are not there."""
    partner = deployment.partner()
    for _ in range(8):
        assert call(ACCOUNTS, key=partner.key.text).status == 200
    assert call("/bank/v1/nowhere", key=partner.key.text).status == 404
    assert call(ACCOUNTS, method="DELETE", key=partner.key.text).status == 405
    return partner.subscription.id


def simulated(deployment: Deployment, policies: Path) -> tuple[int, Any]:
    ran = deployment.cli("simulate", "--last", "1h", "--policies", str(policies), "--json")
    assert not ran.stderr
    return ran.returncode, json.loads(ran.stdout)


def test_policies_that_run_make_no_difference_to_what_was_recorded_under_them(
    deployment: Deployment, subscription: str
) -> None:
    code, document = simulated(deployment, deployment.policies)
    assert (code, document["newly_refused"], document["newly_admitted"]) == (0, [], [])
    assert document["undecided"] == []
    assert document["calls"] >= 10
    assert document["skipped"]["lines"] == 0


def test_a_lowered_limit_is_told_with_whom_it_would_refuse(
    deployment: Deployment, subscription: str, tmp_path: Path
) -> None:
    shutil.copytree(deployment.policies, tmp_path / "policies")
    (tmp_path / "policies/plans/roomy.yaml").write_text("title: Roomy\nlimits: {quota: {hour: 5}}\n")
    code, document = simulated(deployment, tmp_path / "policies")
    assert code == 1
    (found,) = [each for each in document["newly_refused"] if each["subscription"] == subscription]
    assert found["calls"] == 3
    assert found["causes"] == [{"reason": "quota_exceeded", "operation": "bank/v1 listAccounts", "calls": 3}]
