"""Onboarding by program: one signed call makes a customer, and repeating it makes no second one."""

import json
import secrets
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

import pytest

from tests.events import authorizer_event
from tests.functions.conftest import Gateway, onboarding_event
from tiergate.adapters.gate_book import GateBook
from tiergate.adapters.registry import Registry
from tiergate.adapters.repeatable import REPEATABLE
from tiergate.domain.keys import mint
from tiergate.domain.limits import SECOND

ACME = {"organization": "Acme", "product": "retail", "plan": "roomy"}
CALLER = "arn:aws:iam::123456789012:user/sign-up"
SESSION = "arn:aws:sts::123456789012:assumed-role/sign-up"
REQUEST = "6fd1f2a5-7a34-4d0e-9c0b-0a7a4f1c5a11"


def _delete_organization(registry: Registry, made: Any) -> None:
    registry.applications.delete(made["application"])
    registry.organizations.delete(made["organization"])


SPENT: Mapping[str, Callable[[Registry, Any], object]] = {
    "key revoked": lambda registry, made: registry.keys.revoke(made["key"]["id"]),
    "key suspended": lambda registry, made: registry.keys.suspend(made["key"]["id"]),
    "key rotated": lambda registry, made: registry.keys.rotate(made["key"]["id"], grace=0),
    "key deleted": lambda registry, made: registry.keys.delete(made["key"]["id"]),
    "application suspended": lambda registry, made: registry.applications.suspend(made["application"]),
    "application deleted": lambda registry, made: registry.applications.delete(made["application"]),
    "organization suspended": lambda registry, made: registry.organizations.suspend(made["organization"]),
    "organization deleted": _delete_organization,
}

Post = Callable[..., tuple[int, Mapping[str, str], Any]]


@pytest.fixture
def post(onboard: ModuleType) -> Post:
    """``post(body, request, by=identity)``: what the function answers, as (status, headers, document)."""

    def send(
        body: Any = ACME,
        request: str | None = REQUEST,
        *,
        raw: str | None = None,
        by: Mapping[str, str] = {"userArn": CALLER},
    ) -> Any:
        text = json.dumps(body) if raw is None else raw
        answer = onboard.handler(onboarding_event(text, request, by=by), None)
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


def test_two_repetitions_at_once_get_the_same_answer(gateway: Gateway, post: Post, monkeypatch: pytest.MonkeyPatch):
    real, faster = secrets.token_hex, []

    def meanwhile(size: int) -> str:
        monkeypatch.setattr(secrets, "token_hex", real)
        faster.append(post()[2])
        return real(size)

    monkeypatch.setattr(secrets, "token_hex", meanwhile)
    assert post()[2] == faster[0]
    assert len(_items(gateway, "KEY#")) == 1


def test_a_repetition_after_a_day_is_told_what_was_made_and_no_key(gateway: Gateway, post: Post):
    made = post()[2]
    gateway.now += REPEATABLE + 1
    status, _, problem = post()
    assert (status, problem["code"]) == (409, "request_expired")
    assert made["key"]["secret"] not in str(problem)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"userArn": CALLER}, {"userArn": CALLER + "-2"}),
        ({"userArn": CALLER, "userId": "AIDA1"}, {"userArn": CALLER, "userId": "AIDA2"}),
        ({"userArn": f"{SESSION}/a", "userId": "AROA1:a"}, {"userArn": f"{SESSION}/a", "userId": "AROA2:a"}),
        ({"userArn": f"{SESSION}/a"}, {"userArn": f"{SESSION}-2/a"}),
        ({"userArn": "arn:…/a", "userId": "123456789012:a"}, {"userArn": "arn:…/b", "userId": "123456789012:b"}),
    ],
)
def test_another_caller_with_the_same_idempotency_key_gets_and_disturbs_nothing(
    gateway: Gateway, post: Post, first, second
):
    made = post(by=first)[2]
    status, _, problem = post(by=second)
    assert (status, problem["code"]) == (409, "organization_exists")
    assert made["key"]["id"] not in str(problem)
    status, _, other = post(ACME | {"organization": "Other"}, by=second)
    assert (status, other["organization"]) == (201, "other")
    assert other["key"] != made["key"]
    assert post(by=first)[2] == made


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"userArn": f"{SESSION}/a", "userId": "AROA1:a"}, {"userArn": f"{SESSION}/b", "userId": "AROA1:b"}),
        ({"userArn": f"{SESSION}/a", "callerId": "AROA1:a"}, {"userArn": f"{SESSION}/b", "callerId": "AROA1:b"}),
        ({"userArn": f"{SESSION}/a", "userId": ""}, {"userArn": f"{SESSION}/b"}),
    ],
)
def test_every_session_of_a_role_repeats_the_same_request(post: Post, first, second):
    made = post(by=first)[2]
    status, headers, again = post(by=second)
    assert (status, headers["idempotency-replayed"], again) == (201, "true", made)


def test_each_telling_of_the_key_leaves_an_audit_entry_that_names_who_was_told(gateway: Gateway, post: Post):
    made = post(by={"userArn": f"{SESSION}/a"})[2]
    post(by={"userArn": f"{SESSION}/b"})
    entries = {entry.what: entry for entry in gateway.registry.audit("acme")}
    assert entries.keys() == {"onboard", "onboard repeated"}
    assert entries["onboard repeated"].who == f"{SESSION}/b"
    assert entries["onboard repeated"].after["credential"] == made["key"]["id"]


@pytest.mark.parametrize("end", SPENT)
def test_a_key_that_is_no_longer_good_is_not_told_again(gateway: Gateway, post: Post, end):
    made = post()[2]
    SPENT[end](gateway.registry, made)
    before = _items(gateway)
    status, _, problem = post()
    assert (status, problem["code"]) == (409, "request_spent")
    assert "acme" in problem["detail"]
    assert made["key"]["secret"] not in str(problem)
    assert _items(gateway) == before


def test_a_rotated_key_is_told_until_its_grace_time_ends(gateway: Gateway, post: Post):
    made = post()[2]
    gateway.registry.keys.rotate(made["key"]["id"], grace=60 * SECOND)
    assert post()[2] == made
    gateway.now += 60 * SECOND
    assert post()[2]["code"] == "request_spent"


def test_a_request_that_was_forgotten_gets_another_key(gateway: Gateway, post: Post):
    first = post()[2]
    (memory,) = _items(gateway, "REQUEST#")
    gateway.client.delete_item(TableName="registry", Key={name: memory[name] for name in ("pk", "sk")})
    assert post()[2]["code"] == "organization_exists"
    second = post(ACME | {"organization": "Acme 2"})[2]
    assert first["key"]["id"] != second["key"]["id"]
    assert first["key"]["secret"][-38:] != second["key"]["secret"][-38:]


def test_the_name_of_a_deleted_customer_is_not_given_again(gateway: Gateway, post: Post):
    _delete_organization(gateway.registry, post()[2])
    status, _, problem = post(request="another-request-0001")
    assert (status, problem["code"]) == (409, "organization_exists")
    assert _items(gateway, "KEY#") == []


def test_a_customer_with_a_name_in_another_script_is_made_once(gateway: Gateway, post: Post):
    status, _, made = post(ACME | {"organization": "株式会社"})
    assert (status, made["organization"][:4], len(made["organization"])) == (201, "org-", 12)
    assert post(ACME | {"organization": "株式会社"})[2] == made


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


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"product": "nothing"}, "offer_unknown"),
        ({"plan": "nothing"}, "offer_unknown"),
        ({"organization": "!!"}, "organization_unusable"),
        ({"organization": "a\nb"}, "organization_unusable"),
        ({"organization": mint("dev").text}, "organization_unusable"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(gateway: Gateway, post: Post, wrong, code):
    status, headers, problem = post(ACME | wrong)
    assert (status, problem["code"]) == (422, code)
    assert headers["content-type"] == "application/problem+json"
    assert _items(gateway) == []


def test_a_plan_that_a_deploy_is_withdrawing_is_not_given(gateway: Gateway, post: Post):
    GateBook(gateway.client, "registry").close([("retail", "roomy")])
    before = _items(gateway)
    status, _, problem = post()
    assert (status, problem["code"]) == (422, "offer_unknown")
    assert problem["detail"].endswith("is being withdrawn by a deploy; choose another: slow, tiny.")
    assert _items(gateway) == before


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
