"""The command line on a deployed gateway, as people and scripts use it."""

import json

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call
from tiergate.domain.keys import random_id

pytestmark = pytest.mark.ministack


def test_status_tells_scripts_where_everything_is(deployment: Deployment):
    status = json.loads(deployment.cli("status", "--json").stdout)
    assert status["endpoint"] == deployment.endpoint
    assert status["region"] == "us-east-1"
    assert set(status["outputs"]) == {"tiergate-dev-data", "tiergate-dev-gateway"}
    assert status["logs"].endswith("ministack.log")


def test_a_customer_onboarded_by_a_script_can_call_at_once(deployment: Deployment, call: Call):
    name = f"Script {random_id(6)}"
    done = deployment.cli("onboard", "--org", name, "--product", "open-banking", "--plan", "free", "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert call("/bank/v1/accounts", key=made["key"]["secret"]).status == 200
    listed = json.loads(deployment.cli("key", "list", "--org", made["organization"], "--json").stdout)
    assert [(key["id"], key["state"]) for key in listed] == [(made["key"]["id"], "active")]
    assert made["key"]["secret"] not in str(listed)


def test_the_secret_of_a_key_is_nowhere_in_the_tables(deployment: Deployment):
    key = deployment.partner().key
    table = deployment.running.outputs["tiergate-dev-data"]["RegistryTable"]
    pages = deployment.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    stored = str([page["Items"] for page in pages])
    assert key.id in stored
    assert key.text not in stored
    assert key.text.rpartition("_")[2] not in stored


def test_a_name_that_is_taken_is_refused_with_the_reason(deployment: Deployment):
    arguments = ("onboard", "--org", f"Twice {random_id(6)}", "--product", "open-banking", "--plan", "free")
    assert deployment.cli(*arguments).returncode == 0
    again = deployment.cli(*arguments)
    assert again.returncode == 1
    assert "exists; choose another name" in again.stderr


def test_a_plan_that_the_product_lacks_is_named_with_the_nearest(deployment: Deployment):
    refused = deployment.cli("onboard", "--org", "X", "--product", "open-banking", "--plan", "fre")
    assert refused.returncode == 2
    assert 'did you mean "free"?' in refused.stderr


def test_revoking_twice_is_no_error_and_says_so(deployment: Deployment):
    key = deployment.partner().key
    assert json.loads(deployment.cli("key", "revoke", key.id, "--json").stdout)["changed"] is True
    assert json.loads(deployment.cli("key", "revoke", key.id, "--json").stdout)["changed"] is False
    assert "there is no key" in deployment.cli("key", "revoke", "nosuchkey000").stderr


def test_a_whole_key_can_be_revoked_and_is_not_repeated(deployment: Deployment, call: Call):
    key = deployment.partner().key
    done = deployment.cli("key", "revoke", key.text)
    assert done.returncode == 0
    assert key.text not in done.stdout + done.stderr
    assert call("/bank/v1/accounts", key=key.text).json["code"] == "credential_revoked"
