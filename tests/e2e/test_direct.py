"""Direct mode on a deployed gateway: the upstream's own answers, and identity that callers cannot forge."""

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call

pytestmark = pytest.mark.ministack


def test_an_admitted_call_goes_straight_to_the_upstream_with_our_identity_on_it(deployment: Deployment, call: Call):
    partner = deployment.partner()
    forged = {"X-Tiergate-Plan": "forged", "X-Tiergate-Organization": "forged", "X-Request-Id": "forged"}
    answer = call("/direct/v1/things/7?q=1", key=partner.key.text, headers=forged)
    received = answer.json
    assert answer.status == 200
    assert received["target"] == "/base/things/7?q=1"
    assert received["headers"]["x-tiergate-organization"] == partner.organization
    assert received["headers"]["x-tiergate-subscription"] == partner.subscription.id
    assert received["headers"]["x-tiergate-plan"] == "roomy"
    assert received["headers"]["x-request-id"] == answer.headers["x-request-id"]
    assert partner.key.text not in str(received)
    assert "forged" not in str(received)


def test_what_is_left_of_the_limits_is_on_the_answer(deployment: Deployment, call: Call):
    key = deployment.partner(plan="tiny").key.text
    answer = call("/direct/v1/echo", key=key)
    assert answer.headers["ratelimit"].startswith('"hour";r=19;')
    assert answer.headers["ratelimit-policy"] == '"hour";q=20;w=3600, "burst";q=1000;w=1'


def test_a_refusal_is_the_gateways_bare_403_and_never_reaches_the_upstream(call: Call):
    for key in (None, "junk"):
        answer = call("/direct/v1/echo", key=key)
        assert (answer.status, answer.json) == (403, {"message": "Forbidden"})


def test_the_base_of_a_direct_api_and_the_quota_behave_as_in_managed_mode(deployment: Deployment, call: Call):
    key = deployment.partner(plan="tiny").key.text
    statuses = [call("/direct/v1/echo", key=key).status for _ in range(21)]
    assert statuses == [200] * 20 + [403]


def test_an_isolated_api_answers_through_a_proxy_of_its_own(deployment: Deployment, call: Call):
    assert call("/alone/v1/echo", key=deployment.partner().key.text).status == 200
    functions = deployment.client("lambda").get_paginator("list_functions").paginate()
    names = [each["FunctionName"] for page in functions for each in page["Functions"]]
    assert sum("Isolated" in name for name in names) == 1
