"""What passes through a deployed gateway, and what an upstream in trouble looks like from outside."""

import base64
import json
import os

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call
from tests.upstream import BINARY
from tiergate.policy.openapi import PARAMETER, operations
from tiergate.policy.source import read

pytestmark = pytest.mark.ministack


@pytest.fixture(scope="module")
def key(deployment: Deployment) -> str:
    return deployment.partner().key.text


def test_method_path_query_and_body_reach_the_upstream_as_they_were_sent(call: Call, key: str):
    answer = call(
        "/echo/v1/things/a%20b%C3%BC?q=1%202&q=%2f&flag",
        method="PUT",
        key=key,
        headers={"Content-Type": "application/json", "X-Own": "kept"},
        body=b'{"a": 1}',
    )
    received = answer.json
    assert answer.status == 200
    assert received["method"] == "PUT"
    assert received["target"] == "/base/things/a%20b%C3%BC?q=1%202&q=%2f&flag"
    assert base64.b64decode(received["body"]) == b'{"a": 1}'
    assert received["headers"]["x-own"] == "kept"


def test_the_credential_stays_here_and_the_identity_is_ours(deployment: Deployment, call: Call):
    partner = deployment.partner()
    answer = call(
        "/echo/v1/echo",
        key=partner.key.text,
        headers={"X-Tiergate-Plan": "forged", "X_Tiergate_Plan": "forged", "X-Request-Id": "forged"},
    )
    received = answer.json["headers"]
    assert partner.key.text not in str(answer.json)
    assert "forged" not in str(answer.json)
    assert received["x-tiergate-organization"] == partner.organization
    assert received["x-tiergate-application"] == partner.application
    assert received["x-tiergate-subscription"] == partner.subscription.id
    assert received["x-tiergate-plan"] == "roomy"
    assert received["x-request-id"] == answer.headers["x-request-id"]


def test_binary_bodies_pass_unchanged_both_ways(call: Call, key: str):
    sent = os.urandom(100_000)
    kind = {"Content-Type": "application/octet-stream"}
    assert call("/echo/v1/binary", method="POST", key=key, headers=kind, body=sent).body == sent
    assert call("/echo/v1/binary", key=key).body == BINARY


def test_the_upstreams_status_fields_and_cookies_come_back(call: Call, key: str):
    answer = call("/echo/v1/teapot", key=key)
    assert (answer.status, answer.body) == (418, b"short and stout")
    assert answer.headers["x-upstream"] == "yes"
    assert answer.headers["set-cookie"] == "a=1; b=2"
    assert answer.headers["content-type"].startswith("text/plain")


def test_an_upstream_that_is_down_is_502(call: Call, key: str):
    answer = call("/down/v1/echo", key=key)
    assert (answer.status, answer.json["code"]) == (502, "upstream_unreachable")
    assert "127.0.0.1" not in str(answer.json)


def test_the_cause_of_a_502_is_in_the_log_under_the_request_id(deployment: Deployment, call: Call, key: str):
    request_id = call("/down/v1/echo", key=key).headers["x-request-id"]
    lines = [line for line in deployment.running.log.read_text().splitlines() if request_id in line]
    assert len(lines) == 1
    logged = json.loads(lines[0])
    assert (logged["message"], logged["api"], logged["code"]) == ("upstream failed", "down/v1", "upstream_unreachable")
    assert key not in lines[0]


def test_an_upstream_that_hangs_is_504(call: Call, key: str):
    answer = call("/slow/v1/hang", key=key)
    assert (answer.status, answer.json["code"]) == (504, "upstream_timeout")


def test_every_operation_of_every_wrapped_document_answers(deployment: Deployment, call: Call, key: str):
    """Documents added with ``api add`` as they are; the public ones where TIERGATE_SAMPLES names their folder."""
    for api, path in deployment.samples.items():
        for operation in operations(read(path)):
            target = PARAMETER.sub("value", operation.template)
            answer = call(f"/{api}/v1{target}", method=operation.method, key=key)
            assert answer.status == 200, (path, operation)
            if operation.method != "HEAD":
                assert answer.json["method"] == operation.method
                assert answer.json["target"].endswith(target)
