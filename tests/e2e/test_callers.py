"""Who may call: APIs that take tokens, both credentials or none at all, and calls from where they may come from."""

import time

import pytest

from tests.deployment import SERVICE_KEY, Deployment
from tests.e2e.conftest import Call
from tests.e2e.oauth import READ, made
from tiergate.adapters.registry import Onboarded

pytestmark = pytest.mark.ministack


@pytest.fixture(scope="module")
def partner(deployment: Deployment) -> Onboarded:
    return deployment.partner()


@pytest.fixture(scope="module")
def token(deployment: Deployment, partner: Onboarded) -> str:
    return made(deployment, "create", "--app", partner.application, "--scopes", READ).token()


def test_an_api_for_tokens_takes_no_key(call: Call, partner: Onboarded, token: str):
    assert call("/tokens/v1/echo", token=token).status == 200
    refused = call("/tokens/v1/echo", key=partner.key.text)
    assert (refused.status, refused.json["code"]) == (401, "credential_missing")
    assert refused.headers["www-authenticate"].startswith("Bearer realm=")
    assert "ApiKey" not in refused.headers["www-authenticate"]


def test_an_api_for_keys_looks_at_no_token(call: Call, partner: Onboarded, token: str):
    assert call("/echo/v1/echo", token=token).json["code"] == "credential_missing"
    assert call("/echo/v1/echo", key=partner.key.text, token="junk").status == 200


def test_an_api_for_both_wants_both_of_one_application(
    deployment: Deployment, call: Call, partner: Onboarded, token: str
):
    other = deployment.partner().key.text
    assert call("/both/v1/echo", key=partner.key.text, token=token).status == 200
    for sent in ({"key": partner.key.text}, {"token": token}):
        assert call("/both/v1/echo", **sent).json["code"] == "credential_missing"
    refused = call("/both/v1/echo", key=other, token=token)
    assert (refused.status, refused.json["code"]) == (403, "credential_mismatch")


def test_the_upstream_sees_neither_credential_but_who_calls(call: Call, partner: Onboarded, token: str):
    answer = call("/both/v1/echo", key=partner.key.text, token=token, headers={"X-Service-Key": "the caller's"})
    received = answer.json["headers"]
    assert token not in str(answer.json)
    assert partner.key.text not in str(answer.json)
    assert received["x-tiergate-application"] == partner.application
    assert received["x-tiergate-scopes"] == READ


def test_the_upstream_gets_the_gateways_own_secret_in_place_of_what_callers_send(
    call: Call, partner: Onboarded, token: str
):
    answer = call("/both/v1/echo", key=partner.key.text, token=token, headers={"X-Service-Key": "the caller's"})
    assert answer.json["headers"]["x-service-key"] == f"Bearer {SERVICE_KEY}"
    assert "the caller's" not in str(answer.json)


def test_a_public_operation_needs_no_credential_and_is_counted_by_address(call: Call):
    hour, admitted = time.time() // 3600, 0
    first = answer = call("/open/v1/echo")
    while answer.status == 200:
        admitted += 1
        answer = call("/open/v1/echo")
    hours = 1 + time.time() // 3600 - hour
    assert first.headers["ratelimit"].startswith('"hour";r=19;')
    assert (answer.status, answer.json["violated-policies"]) == (429, ["hour"])
    assert admitted == 20 or 20 < admitted <= 20 * hours
    assert call("/open/v1/things/7").json["code"] == "credential_missing"


def test_a_credential_on_a_public_operation_is_judged_and_counted_as_always(
    deployment: Deployment, call: Call, partner: Onboarded, token: str
):
    for sent in ({"key": partner.key.text}, {"token": token}):
        assert '"hour";q=100000;' in call("/open/v1/echo", **sent).headers["ratelimit-policy"]
    assert call("/open/v1/echo", key="junk").json["code"] == "credential_malformed"
    assert call("/open/v1/echo", token="junk").json["code"] == "token_malformed"


def test_an_api_that_is_for_other_addresses_refuses_every_credential_alike(call: Call, partner: Onboarded):
    for key in (None, "junk", partner.key.text):
        answer = call("/fenced/v1/echo", key=key)
        assert (answer.status, answer.json["code"]) == (403, "address_not_allowed")
