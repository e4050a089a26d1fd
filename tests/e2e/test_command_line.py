"""The command line on a deployed gateway, as people and scripts use it."""

import json
import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Answer, Call, done
from tiergate.domain.keys import random_id

pytestmark = pytest.mark.ministack

ACCOUNTS = "/bank/v1/accounts"
PROMISED = 60.0
"""Seconds until a change holds everywhere."""


def answers_within_the_promise(send: Callable[[], Answer], meant: Callable[[Answer], bool], since: float) -> Answer:
    """Call once a second until the answer is the one meant; no longer than promised."""
    while not meant(answer := send()):
        assert time.monotonic() - since < PROMISED, (answer.status, answer.headers, answer.body)
        time.sleep(1)
    return answer


def onboarded(deployment: Deployment) -> Any:
    arguments = ("--org", f"Partner {random_id()}", "--product", "open-banking", "--plan", "free")
    return done(deployment, "onboard", *arguments)


def test_status_tells_scripts_where_everything_is(deployment: Deployment):
    status = json.loads(deployment.cli("status", "--json").stdout)
    assert status["endpoint"] == deployment.endpoint
    assert status["region"] == "us-east-1"
    assert {"tiergate-dev-data", "tiergate-dev-gateway"} <= set(status["outputs"])
    assert status["logs"].endswith("ministack.log")


def test_a_customer_onboarded_by_a_script_can_call_at_once(deployment: Deployment, call: Call):
    name = f"Script {random_id(6)}"
    done = deployment.cli("onboard", "--org", name, "--product", "open-banking", "--plan", "free", "--json")
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert call(ACCOUNTS, key=made["key"]["secret"]).status == 200
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
    assert call(ACCOUNTS, key=key.text).json["code"] == "credential_revoked"


def test_a_partner_made_step_by_step_can_call(deployment: Deployment, call: Call):
    organization = done(deployment, "org", "create", f"Steps {random_id(6)}")["id"]
    application = done(deployment, "app", "create", "Mobile", "--org", organization)["id"]
    made = done(
        deployment, "subscription", "create", "--app", application, "--product", "open-banking", "--plan", "free"
    )
    terms = ("--name", "ci", "--expires", "1d", "--ip-allow", "127.0.0.1")
    key = done(deployment, "key", "create", "--app", application, *terms)
    assert call(ACCOUNTS, key=key.pop("secret")).status == 200
    shown = done(deployment, "org", "show", organization)
    assert [each["id"] for each in shown["applications"]] == [application]
    assert shown["applications"][0]["subscriptions"] == [made]
    assert shown["applications"][0]["keys"] == [key]
    told = [entry["what"] for entry in done(deployment, "audit", organization)]
    assert told == ["key create", "subscription create", "application create", "organization create"]


def test_while_a_key_is_rotated_both_work_and_after_the_grace_only_the_new_one(deployment: Deployment, call: Call):
    old = onboarded(deployment)["key"]
    new = done(deployment, "key", "rotate", old["id"], "--grace", "6s")
    assert [call(ACCOUNTS, key=key["secret"]).status for key in (old, new)] == [200, 200]
    refused = answers_within_the_promise(
        lambda: call(ACCOUNTS, key=old["secret"]), lambda answer: answer.status != 200, time.monotonic()
    )
    assert (refused.status, refused.json["code"]) == (401, "credential_expired")
    assert call(ACCOUNTS, key=new["secret"]).status == 200


def test_another_plan_takes_effect_within_the_promise_and_what_was_used_stays_counted(
    deployment: Deployment, call: Call
):
    partner = onboarded(deployment)
    used, until_reset = 0, 0

    def send() -> Answer:
        nonlocal used, until_reset
        answer = call(ACCOUNTS, key=partner["key"]["secret"])
        resets = int(re.search(r'"hour";r=\d+;t=(\d+)', answer.headers["ratelimit"])[1])
        used = (used if resets <= until_reset else 0) + (answer.status == 200)
        until_reset = resets
        return answer

    assert '"hour";q=450;' in send().headers["ratelimit-policy"]
    done(deployment, "subscription", "set-plan", partner["subscription"], "partner")
    changed = answers_within_the_promise(
        send, lambda answer: '"hour";q=4500;' in answer.headers["ratelimit-policy"], time.monotonic()
    )
    assert used > 1
    assert f'"hour";r={4500 - used};' in changed.headers["ratelimit"]


def test_an_override_and_a_suspension_take_effect_and_are_taken_back(deployment: Deployment, call: Call):
    """Each partner calls after its changes, when no instance knows it; waiting for caches is in test_promises.py."""
    raised, lowered, suspended, restored = (onboarded(deployment) for _ in range(4))
    for partner in (raised, lowered):
        done(deployment, "subscription", "override", partner["subscription"], "--limit", "hour=900", "--until", "7d")
    done(deployment, "subscription", "override", lowered["subscription"], "--clear")
    for partner in (suspended, restored):
        done(deployment, "org", "suspend", partner["organization"], "--reason", "unpaid")
    done(deployment, "org", "restore", restored["organization"], "--reason", "paid")
    for partner, limit in ((raised, 900), (lowered, 450)):
        answer = call(ACCOUNTS, key=partner["key"]["secret"])
        assert f'"hour";q={limit};' in answer.headers["ratelimit-policy"]
    refused = call(ACCOUNTS, key=suspended["key"]["secret"])
    assert (refused.status, refused.json["code"]) == (403, "organization_suspended")
    assert call(ACCOUNTS, key=restored["key"]["secret"]).status == 200
