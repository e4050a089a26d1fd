"""The sync on a deployment: after the deploy, after a change of the registry, and by hand after somebody else's."""

import json
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import done
from tests.e2e.test_usage import eventually
from tiergate.adapters.catalogue import PublishedCatalogue

pytestmark = pytest.mark.ministack


def key_of(deployment: Deployment, subscription: str) -> dict[str, Any] | None:
    """The native key of a subscription."""
    pages = deployment.client("apigateway").get_paginator("get_api_keys").paginate()
    keys = (key for page in pages for key in page["items"])
    return next((key for key in keys if key.get("tags", {}).get("tiergate:subscription") == subscription), None)


def plans_of(deployment: Deployment, key: str) -> list[Any]:
    return list(deployment.client("apigateway").get_usage_plans(keyId=key)["items"])


def runs(deployment: Deployment, trigger: str) -> list[Any]:
    """Audit entries of runs that were begun so, newest first."""
    entries = done(deployment, "audit", "--platform")
    return [each["after"] for each in entries if each["what"] == "sync" and each["after"]["trigger"] == trigger]


def test_after_a_deploy_the_catalogue_is_published_and_a_run_is_told(deployment: Deployment) -> None:
    (run, *_) = eventually(lambda: runs(deployment, "deploy"))
    table = deployment.running.outputs["tiergate-dev-data"]["RegistryTable"]
    published = PublishedCatalogue(deployment.client("dynamodb"), table).read()
    assert published is not None
    assert "test" in published["products"]
    assert run["catalogue"]["created"] + run["catalogue"]["unchanged"] > 0
    assert run["failed"] == 0, run


def test_a_subscription_gets_its_native_key_and_loses_it(deployment: Deployment) -> None:
    partner = done(
        deployment,
        *("onboard", "--org", "Native Co", "--product", "test", "--plan", "tiny"),
        *("--policies", str(deployment.policies)),
    )
    subscription = (
        partner["subscription"]["id"] if isinstance(partner["subscription"], dict) else partner["subscription"]
    )
    key = eventually(lambda: key_of(deployment, subscription))
    assert key["enabled"] is True
    (plan,) = eventually(lambda: plans_of(deployment, key["id"]))
    assert plan["tags"]["tiergate:stage"] == "dev"
    done(deployment, "subscription", "suspend", subscription)
    eventually(lambda: not (key_of(deployment, subscription) or {}).get("enabled", True))
    done(deployment, "subscription", "delete", subscription, "--yes")
    eventually(lambda: key_of(deployment, subscription) is None)
    assert eventually(lambda: runs(deployment, "stream"))


def test_what_somebody_else_changed_is_told_by_a_dry_run_and_repaired_by_hand(deployment: Deployment) -> None:
    partner = deployment.partner(plan="tiny")
    key = eventually(lambda: key_of(deployment, partner.subscription.id))
    eventually(lambda: plans_of(deployment, key["id"]))
    client = deployment.client("apigateway")
    off = [{"op": "replace", "path": "/enabled", "value": "false"}]
    client.update_api_key(apiKey=key["id"], patchOperations=off)

    planned = done(deployment, "sync", "--dry-run")["planned"]
    assert [each for each in planned if partner.subscription.id in each] == [
        f"enable the API key of subscription {partner.subscription.id} (application {partner.application})"
    ]
    assert client.get_api_key(apiKey=key["id"])["enabled"] is False, "a dry run changes nothing"

    assert done(deployment, "sync")["updated"] >= 1
    assert client.get_api_key(apiKey=key["id"])["enabled"] is True
    assert runs(deployment, "hand")[0]["repaired"] >= 1


def test_what_is_not_ours_is_left_alone(deployment: Deployment) -> None:
    client = deployment.client("apigateway")
    theirs = client.create_api_key(name="tiergate/dev/not/ours", enabled=True, value="0123456789012345678901")
    plan = client.create_usage_plan(name="theirs", tags={"tiergate:plan": "tiny"})
    done(deployment, "sync")
    assert client.get_api_key(apiKey=theirs["id"])["name"] == "tiergate/dev/not/ours"
    assert client.get_usage_plan(usagePlanId=plan["id"])["name"] == "theirs"
    client.delete_api_key(apiKey=theirs["id"])
    client.delete_usage_plan(usagePlanId=plan["id"])


def test_nothing_is_left_among_the_dead_letters(deployment: Deployment) -> None:
    queue = deployment.running.outputs["tiergate-dev-sync"]["DeadLetters"]
    answer = deployment.client("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"])
    assert json.dumps(answer.get("Messages", [])) == "[]"
