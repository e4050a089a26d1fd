"""What passes through a deployed gateway, and what an upstream in trouble looks like from outside."""

import base64
import gzip
import json
import os

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call
from tests.policies.made_up import COMMON, NOWHERE, fitting, made
from tests.upstream import BINARY, PACKED
from tiergate.policy.openapi import operations
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


def test_head_has_no_body_and_says_what_get_would_have(call: Call, key: str):
    answer = call("/echo/v1/teapot", method="HEAD", key=key)
    assert (answer.status, answer.body) == (418, b"")
    assert answer.headers["content-length"] == str(len(b"short and stout"))


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [("moved", 307, "location"), ("empty", 204, "x-upstream"), ("unchanged", 304, "etag")],
)
def test_redirects_and_answers_without_a_body_are_passed_on(call: Call, key: str, path: str, status: int, field: str):
    answer = call(f"/echo/v1/{path}", key=key)
    assert (answer.status, answer.body) == (status, b"")
    assert answer.headers[field] == {"location": "/elsewhere?a=1", "etag": 'W/"7"', "x-upstream": "yes"}[field]
    assert answer.headers["ratelimit"]


def test_compressed_bodies_pass_untouched_both_ways(call: Call, key: str):
    sent = gzip.compress(os.urandom(1000))
    fields = {"Accept-Encoding": "gzip, br", "Content-Encoding": "gzip", "Content-Type": "application/octet-stream"}
    echoed = call("/echo/v1/echo", method="POST", key=key, headers=fields, body=sent).json
    answer = call("/echo/v1/packed", key=key, headers={"Accept-Encoding": "gzip"})
    assert (echoed["headers"]["accept-encoding"], echoed["headers"]["content-encoding"]) == ("gzip, br", "gzip")
    assert base64.b64decode(echoed["body"]) == sent
    assert (answer.headers["content-encoding"], answer.body) == ("gzip", PACKED)


def test_cookies_and_repeated_fields_pass_both_ways(call: Call, key: str):
    echoed = call("/echo/v1/echo", key=key, headers={"Cookie": "a=1; b=2"})
    assert echoed.json["headers"]["cookie"] == "a=1; b=2"
    assert echoed.headers["set-cookie"] == "a=1; b=2"
    assert call("/echo/v1/repeated", key=key).headers["x-part"] == "1, 2"


def test_where_a_call_came_from_is_the_gateways_to_say(deployment: Deployment, call: Call, key: str):
    forged = ("X-Forwarded-For", "X_Forwarded_For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP")
    received = call("/echo/v1/echo", key=key, headers=dict.fromkeys(forged, "198.51.100.1")).json["headers"]
    host = received["x-forwarded-host"]
    assert "198.51.100.1" not in str(received)
    assert received["x-forwarded-for"] == "127.0.0.1"
    assert received["forwarded"] == f'for=127.0.0.1;host="{host}";proto=https'
    assert (received["x-forwarded-proto"], received["x-forwarded-port"]) == ("https", "443")
    assert received["x-forwarded-prefix"] == "/echo/v1"
    assert received["host"] == deployment.upstream.url.removeprefix("http://")


@pytest.mark.parametrize(("path", "code"), [("large", "response_too_large"), ("lying", "upstream_unreachable")])
def test_an_answer_that_cannot_be_passed_on_is_502(call: Call, key: str, path: str, code: str):
    answer = call(f"/echo/v1/{path}", key=key)
    assert (answer.status, answer.json["code"]) == (502, code)


@pytest.mark.parametrize(
    "path", ["/things/..", "/things/.", "/things/%2e%2e", "/things/..%2fadmin", "/a%5cb", "/things/%00"]
)
def test_disguised_paths_are_refused(call: Call, key: str, path: str):
    assert call(f"/echo/v1{path}", key=key).status == 400


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


def test_every_operation_of_every_wrapped_document_answers_and_nothing_else(
    deployment: Deployment, call: Call, key: str
):
    """Documents added with ``api add`` as they are; the public ones where TIERGATE_SAMPLES names their folder."""
    for api, path in deployment.samples.items():
        found = operations(read(path))
        for operation in found:
            target = made(operation.template)
            answer = call(f"/{api}/v1{target}", method=operation.method, key=key)
            assert answer.status == 200, (path, operation)
            if operation.method != "HEAD":
                assert answer.json["method"] == operation.method
                assert answer.json["target"].endswith(target)
        target = made(found[0].template)
        for method in sorted(COMMON - fitting(found, target)):
            assert call(f"/{api}/v1{target}", method=method, key=key).status == 405, (path, method)
        for nowhere in ("", NOWHERE, f"{target}{NOWHERE}"):
            if not fitting(found, nowhere or "/"):
                assert call(f"/{api}/v1{nowhere}", key=key).status == 404, (path, nowhere)
