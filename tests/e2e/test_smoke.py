"""``tiergate smoke`` on a deployed gateway."""

import json

import pytest

from tests.deployment import Deployment

pytestmark = pytest.mark.ministack


def test_smoke_passes_here_and_leaves_no_partner_behind(deployment: Deployment):
    before = {organization.id for organization in deployment.registry.organizations.list()}
    done = deployment.cli("smoke", "--policies", str(deployment.policies), "--api", "bank/v1", "--json")
    results = {result["check"]: result for result in json.loads(done.stdout)}
    assert done.returncode == 0, results
    assert {name for name, result in results.items() if result["outcome"] == "skipped"} == {
        "too_large",
        "concurrency",
        "metrics",
    }
    assert {organization.id for organization in deployment.registry.organizations.list()} == before


def test_smoke_fails_where_an_upstream_is_down(deployment: Deployment):
    checks = ("--check", "credential_missing", "--check", "limits", "--check", "access_log")
    done = deployment.cli("smoke", "--policies", str(deployment.policies), "--api", "down/v1", *checks, "--json")
    assert done.stdout, done.stderr
    outcomes = {result["check"]: result["outcome"] for result in json.loads(done.stdout)}
    assert done.returncode == 1
    assert outcomes == {"credential_missing": "passed", "limits": "failed", "access_log": "skipped"}
