"""What a browser is told when a page of another origin calls a deployed API."""

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Answer, Call

pytestmark = pytest.mark.ministack

APP, OTHER = "https://app.example.com", "https://evil.example"
EXPOSED = "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id, X-Upstream"


def preflight(call: Call, path: str, origin: str = APP) -> Answer:
    fields = {"Origin": origin, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "x-api-key"}
    return call(path, method="OPTIONS", headers=fields)


@pytest.mark.parametrize("path", ["/cors/v1", "/cors/v1/echo", "/cors/v1/things/a%20b?q=1", "/cors/v1/nowhere"])
def test_a_preflight_needs_no_credential_and_is_answered_on_every_path(call: Call, path: str):
    answer = preflight(call, path)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == APP
    assert "PUT" in answer.headers["access-control-allow-methods"].split(", ")
    assert {"X-Api-Key", "Authorization", "X-Own"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    assert answer.headers["access-control-max-age"] == "600"
    assert answer.headers["vary"] == "Origin"
    assert "x-upstream" not in answer.headers


def test_a_page_of_another_origin_is_allowed_nothing(deployment: Deployment, call: Call):
    refused = preflight(call, "/cors/v1/echo", OTHER)
    answer = call("/cors/v1/echo", key=deployment.partner().key.text, headers={"Origin": OTHER})
    assert (refused.status, answer.status) == (204, 200)
    for each in (refused, answer):
        assert not [name for name in each.headers if name.startswith("access-control-")]
        assert "Origin" in each.headers["vary"].split(", ")


def test_preflights_count_nothing(deployment: Deployment, call: Call):
    key = deployment.partner(plan="tiny").key.text
    fields = {"Origin": APP, "Access-Control-Request-Method": "GET", "X-Api-Key": key}
    assert [call("/cors/v1/echo", method="OPTIONS", headers=fields).status for _ in range(3)] == [204] * 3
    assert call("/cors/v1/echo", key=key).headers["ratelimit"].startswith('"hour";r=19')


def test_a_page_can_read_an_answer_with_its_limits(deployment: Deployment, call: Call):
    answer = call("/cors/v1/shared", key=deployment.partner().key.text, headers={"Origin": APP})
    assert (answer.status, answer.body) == (200, b"ok")
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-expose-headers"] == EXPOSED
    assert answer.headers["vary"] == "accept, X-Api-Key, Origin"
    assert answer.headers["ratelimit"]


@pytest.mark.parametrize(
    ("method", "path", "with_key", "status"),
    [
        ("GET", "/echo", False, 401),
        ("GET", "/nowhere", True, 404),
        ("TRACE", "/echo", True, 405),
        ("GET", "/..", True, 400),
    ],
)
def test_a_page_can_read_refusals(
    deployment: Deployment, call: Call, method: str, path: str, with_key: bool, status: int
):
    key = deployment.partner().key.text if with_key else None
    answer = call(f"/cors/v1{path}", method=method, key=key, headers={"Origin": APP})
    assert (answer.status, answer.json["status"]) == (status, status)
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-expose-headers"] == EXPOSED


def test_an_api_without_a_policy_passes_on_what_its_upstream_says(deployment: Deployment, call: Call):
    key = deployment.partner().key.text
    answer = call("/echo/v1/shared", key=key, headers={"Origin": APP})
    assert answer.headers["access-control-allow-origin"] == "https://upstream.example"
    assert answer.headers["vary"] == "accept, X-Api-Key"
    assert preflight(call, "/echo/v1/echo").status == 405


def test_options_of_no_browser_says_the_methods_of_the_path(call: Call):
    answer = call("/cors/v1/echo", method="OPTIONS")
    assert answer.status == 204
    assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
