"""Who is let through a deployed gateway, who is not, and what each is told."""

import re
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call
from tiergate.domain.keys import CHECKSUM_LENGTH, checksum, mint

pytestmark = pytest.mark.ministack

ACCOUNTS = "/bank/v1/accounts"


def test_a_good_key_is_answered_by_the_upstream_with_the_limits_left(deployment: Deployment, call: Call):
    answer = call(ACCOUNTS, key=deployment.partner(plan="tiny").key.text)
    assert answer.status == 200
    assert answer.json["items"]
    assert answer.headers["ratelimit-policy"] == '"hour";q=20;w=3600, "burst";q=1000;w=1'
    assert answer.headers["ratelimit"].startswith('"hour";r=19;t=')
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "credential_missing"),
        ("junk", "credential_malformed"),
        (mint("prod").text, "credential_malformed"),
        (mint("dev").text, "credential_unknown"),
    ],
)
def test_no_key_and_junk_are_told_what_to_send(call: Call, key, code):
    answer = call(ACCOUNTS, key=key)
    assert (answer.status, answer.json["code"]) == (401, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "ApiKey realm=" in answer.headers["www-authenticate"]
    assert answer.json["next"]
    assert answer.json["request_id"] == answer.headers["x-request-id"]


def test_a_revoked_key_is_refused(deployment: Deployment, call: Call):
    key = deployment.partner().key
    revoked = deployment.cli("key", "revoke", key.id, "--reason", "test")
    assert revoked.returncode == 0, revoked.stderr
    answer = call(ACCOUNTS, key=key.text)
    assert (answer.status, answer.json["code"]) == (401, "credential_revoked")


def test_a_right_id_with_a_wrong_secret_is_unknown(deployment: Deployment, call: Call):
    key, other = deployment.partner().key, mint("dev")
    body = other.text[:-CHECKSUM_LENGTH].replace(other.id, key.id)
    answer = call(ACCOUNTS, key=body + checksum(body))
    assert (answer.status, answer.json["code"]) == (401, "credential_unknown")


def test_a_product_that_was_not_subscribed_to_is_forbidden(deployment: Deployment, call: Call):
    key = deployment.partner(product="open-banking", plan="free").key.text
    assert call(ACCOUNTS, key=key).status == 200
    answer = call("/echo/v1/echo", key=key)
    assert (answer.status, answer.json["code"]) == (403, "subscription_missing")


def test_an_unknown_path_and_a_wrong_method_are_said_before_anything_is_counted(deployment: Deployment, call: Call):
    key = deployment.partner(plan="tiny").key.text
    unknown = call("/bank/v1/nowhere", key=key)
    assert (unknown.status, unknown.json["code"]) == (404, "operation_not_found")
    wrong = call(ACCOUNTS, method="DELETE", key=key)
    assert (wrong.status, wrong.headers["allow"]) == (405, "GET")
    assert call(ACCOUNTS, key=key).headers["ratelimit"].startswith('"hour";r=19')


def test_an_api_that_does_not_exist_is_the_gateways_own_404(deployment: Deployment, call: Call):
    assert call("/nothing/v1/here", key=deployment.partner().key.text).status == 404


def test_over_the_hours_quota_is_429_with_the_way_on(deployment: Deployment, call: Call):
    def statuses() -> list[int]:
        return [call(ACCOUNTS, key=key).status for _ in range(20)]

    while True:
        hour = time.time() // 3600
        key = deployment.partner(plan="tiny").key.text
        counted, refused = statuses(), call(ACCOUNTS, key=key)
        if time.time() // 3600 == hour:
            break
    assert counted == [200] * 20
    assert refused.status == 429
    assert refused.json["type"] == "https://iana.org/assignments/http-problem-types#quota-exceeded"
    assert refused.json["violated-policies"] == ["hour"]
    left, until = re.fullmatch(r'"hour";r=(\d+);t=(\d+)', refused.headers["ratelimit"]).groups()
    assert left == "0"
    assert 0 < int(until) <= int(refused.headers["retry-after"]) <= 3600


def test_twenty_clients_at_once_get_the_quota_exactly(deployment: Deployment, call: Call, warm: int):
    hour = -1.0
    while time.time() // 3600 != hour:
        hour = time.time() // 3600
        key = deployment.partner(plan="tiny").key.text
        with ThreadPoolExecutor(warm) as pool:
            statuses = list(pool.map(lambda _, key=key: call(ACCOUNTS, key=key).status, range(warm * 5)))
    assert Counter(statuses) == {200: 20, 429: 80}


def test_what_one_subscription_calls_is_not_counted_on_another(deployment: Deployment, call: Call):
    first, second = (deployment.partner(plan="tiny").key.text for _ in range(2))
    assert call(ACCOUNTS, key=first).headers["ratelimit"].startswith('"hour";r=19')
    assert call(ACCOUNTS, key=second).headers["ratelimit"].startswith('"hour";r=19')
