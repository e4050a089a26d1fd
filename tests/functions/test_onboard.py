"""Onboarding by program: one signed call makes a customer, and repeating it makes no second one."""

import json
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from tests.events import authorizer_event
from tests.functions.conftest import REGION, Gateway, fresh
from tiergate.domain.limits import SECOND
from tiergate.domain.onboarding import REPEATABLE

ACME = {"organization": "Acme", "product": "retail", "plan": "roomy"}
CALLER = "arn:aws:iam::123456789012:role/sign-up"
REQUEST = "6fd1f2a5-7a34-4d0e-9c0b-0a7a4f1c5a11"

Post = Callable[..., tuple[int, Mapping[str, str], Any]]


@pytest.fixture
def post(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Post:
    """``post(body, request)``: what the function answers, as (status, headers, document)."""
    kms = boto3.client("kms", region_name=REGION)
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    monkeypatch.setenv("MAC_KEY", key)
    module = fresh("lambdas.onboard.handler")

    module.time = SimpleNamespace(time_ns=lambda: gateway.now * 1000)

    def send(body: Any = ACME, request: str | None = REQUEST, *, raw: str | None = None) -> Any:
        event = {
            "version": "2.0",
            "routeKey": "POST /_tiergate/onboard",
            "rawPath": "/_tiergate/onboard",
            "headers": {"idempotency-key": request} if request else {},
            "requestContext": {"requestId": "req-1", "authorizer": {"iam": {"userArn": CALLER}}},
            "body": json.dumps(body) if raw is None else raw,
            "isBase64Encoded": False,
        }
        answer = module.handler(event, None)
        return answer["statusCode"], answer["headers"], json.loads(answer["body"])

    return send


def test_a_new_customer_has_a_key_that_is_admitted_at_once(gateway: Gateway, post: Post):
    status, headers, made = post()
    assert (status, headers["cache-control"]) == (201, "no-store")
    assert (made["organization"], made["product"], made["plan"]) == ("acme", "retail", "roomy")
    answer = gateway.authorizer().handler(authorizer_event(key=made["key"]["secret"]), None)
    assert answer["context"]["decision"] == "allow"
    assert answer["context"]["subscription"] == made["subscription"]


def test_the_same_request_gets_the_same_answer_for_a_day_and_makes_nothing_new(gateway: Gateway, post: Post):
    _, first_headers, first = post()
    gateway.now += REPEATABLE
    status, headers, second = post(dict(reversed(ACME.items())))
    assert (status, second) == (201, first)
    assert "idempotency-replayed" not in first_headers
    assert headers["idempotency-replayed"] == "true"
    assert len(_items(gateway, "KEY#")) == 1


def test_a_repetition_after_a_day_is_told_what_was_made_and_no_key(gateway: Gateway, post: Post):
    made = post()[2]
    gateway.now += REPEATABLE + 1
    status, _, problem = post()
    assert (status, problem["code"]) == (409, "request_expired")
    assert made["key"]["secret"] not in str(problem)


def test_a_request_is_forgotten_by_itself_in_thirty_days(gateway: Gateway, post: Post):
    post()
    (memory,) = _items(gateway, "REQUEST#")
    assert int(memory["ttl"]["N"]) == gateway.now // SECOND + 30 * 24 * 3600


def test_an_idempotency_key_of_another_request_is_refused(gateway: Gateway, post: Post):
    post()
    status, _, problem = post(ACME | {"organization": "Other"})
    assert (status, problem["code"]) == (422, "idempotency_key_reused")
    assert [item["name"]["S"] for item in _items(gateway, "APP#")] == ["Acme"]


def test_a_name_that_another_request_took_is_told(post: Post):
    post()
    status, _, problem = post(request="another-request-0001")
    assert (status, problem["code"]) == (409, "organization_exists")
    assert problem["next"]


@pytest.mark.parametrize("wrong", [{"product": "nothing"}, {"plan": "nothing"}, {"organization": "!!"}])
def test_what_is_not_on_offer_is_refused_and_nothing_is_made(gateway: Gateway, post: Post, wrong):
    status, headers, problem = post(ACME | wrong)
    assert (status, problem["code"]) == (422, "offer_unknown")
    assert headers["content-type"] == "application/problem+json"
    assert _items(gateway) == []


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[]", "not a JSON object"),
        ("{}", "organization is missing; product is missing; plan is missing"),
        (json.dumps(ACME | {"extra": 1}), "only organization, product, plan are known"),
        (json.dumps(ACME | {"plan": 5}), "plan must be a text"),
        (json.dumps(ACME | {"organization": " "}), "organization must be a text"),
        (json.dumps(ACME | {"organization": "a" * 201}), "organization must be a text"),
    ],
)
def test_a_malformed_request_is_told_every_fault_at_once(post: Post, raw, told):
    status, _, problem = post(raw=raw)
    assert (status, problem["code"]) == (400, "request_malformed")
    assert told in problem["detail"]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (None, "idempotency_key_missing"),
        ("short", "idempotency_key_malformed"),
        ("ü" * 20, "idempotency_key_malformed"),
    ],
)
def test_without_a_good_idempotency_key_nothing_is_made(gateway: Gateway, post: Post, request_, code):
    status, _, problem = post(request=request_)
    assert (status, problem["code"]) == (400, code)
    assert _items(gateway) == []


def test_neither_the_key_nor_the_idempotency_key_is_kept(gateway: Gateway, post: Post):
    made = post()[2]
    stored = str(_items(gateway))
    assert made["key"]["id"] in stored
    assert made["key"]["secret"] not in stored
    assert made["key"]["secret"].rpartition("_")[2] not in stored
    assert REQUEST not in stored


def test_the_audit_entry_names_the_calling_identity(gateway: Gateway, post: Post):
    post()
    (entry,) = gateway.registry.audit("acme")
    assert (entry.who, entry.what) == (CALLER, "onboard")


def test_a_store_that_fails_is_a_problem_that_says_to_repeat(gateway: Gateway, post: Post, capsys):
    gateway.client.delete_table(TableName="registry")
    status, _, problem = post()
    assert (status, problem["code"]) == (500, "onboarding_failed")
    assert "same Idempotency-Key" in problem["next"]
    assert "ResourceNotFound" not in str(problem)
    assert "req-1" in capsys.readouterr().out


def _items(gateway: Gateway, prefix: str = "") -> list[Any]:
    return [item for item in gateway.client.scan(TableName="registry")["Items"] if item["pk"]["S"].startswith(prefix)]
