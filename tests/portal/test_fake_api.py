"""The portal API in memory says what the real one does: its answers are those of lambdas/portal_api/openapi.yaml."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from tests.portal import fake_partner
from tests.portal.fake_api import Call, Fake
from tests.portal.fake_partner import ME, SHOP, TILL
from tests.portal.fake_routes import ROUTES

DOCUMENT = yaml.safe_load((Path(__file__).parents[2] / "lambdas/portal_api/openapi.yaml").read_text(encoding="utf-8"))
OPERATIONS = [
    (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in ("get", "post", "patch", "delete")
]
PRESENT = {
    "organization": "korst",
    "application": SHOP,
    "credential": "8GxW1nR5tY3b",
    "subscription": "sub_9hT3kLm2QpZ7",
    "product": "open-banking",
    "member": "b1",
}
SENT = {
    "createSubscription": {"product": "open-banking", "plan": "free"},
    "createOrganization": {"name": "Korst North"},
}


def shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


def validated(operation: dict[str, Any], status: int, body: object) -> None:
    stated = operation["responses"].get(str(status))
    assert stated is not None, f"{operation['operationId']} answers {status}, which its document does not have"
    while "$ref" in stated:
        stated = DOCUMENT["components"]["responses"][stated["$ref"].rpartition("/")[2]]
    if body is None:
        assert "content" not in stated
        return
    kind = next(iter(stated["content"].values()))
    schema = {**kind["schema"], "components": DOCUMENT["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)
    for name in body if isinstance(body, dict) else ():
        assert name in known(kind["schema"]), (
            f"{operation['operationId']} answers {name}, which its document does not have"
        )


def known(schema: dict[str, Any]) -> set[str]:
    name = schema.get("$ref", "").rpartition("/")[2]
    return set((DOCUMENT["components"]["schemas"][name] if name else schema).get("properties", {}))


def asked(fake: Fake, method: str, path: str, operation: dict[str, Any], **names: str) -> tuple[int, Any]:
    example = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example", {})
    body = SENT.get(operation["operationId"], example)
    given = PRESENT | names
    if "{invitation}" in path:
        given["invitation"] = fake.state.invitations["korst"][0]["id"]
    fields = {"if-match": names.get("version", "")}
    answer = fake.answer(method, path.format(**given), Call(body, {}, fields))
    return answer.status, answer.body


def current(fake: Fake, operation: str) -> str:
    stored = {
        "renameOrganization": fake.state.organizations["korst"],
        "changeMember": fake.state.members["korst"][1],
        "renameApplication": fake.state.applications[SHOP],
        "changePlan": fake.state.applications[SHOP]["subscriptions"][0],
    }
    return f'"{stored[operation]["version"]}"' if operation in stored else ""


def prepared() -> Fake:
    fake = Fake(fake_partner.partner(), ROUTES)
    shop = fake.state.applications[SHOP]["subscriptions"][0]
    shop["request"] = fake_partner.request(fake.state, SHOP, "partner", "enterprise")
    return fake


@pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[each[2]["operationId"] for each in OPERATIONS]
)
def test_every_operation_is_answered_as_its_document_says(method: str, path: str, operation: dict[str, Any]) -> None:
    fake = prepared()
    name = operation["operationId"]
    others = {
        "deleteCredential": {"credential": "Uu3tC8yNw4Kd"},
        "acceptInvitation": {"organization": "bakers-guild"},
        "declineInvitation": {"organization": "bakers-guild"},
    }
    status, body = asked(fake, method, path, operation, version=current(fake, name), **others.get(name, {}))
    assert status < 300
    validated(operation, status, body)


@pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=[each[2]["operationId"] for each in OPERATIONS]
)
def test_what_is_not_there_is_refused_as_its_document_says(method: str, path: str, operation: dict[str, Any]) -> None:
    if "{" not in path:
        pytest.skip("its path names nothing")
    gone = {"organization": "nobody", "application": "app_000000000000", "invitation": "0" * 32}
    status, body = asked(prepared(), method, path, operation, **gone)
    if path.endswith("/invitations/{invitation}") or (method, path) == ("DELETE", "/invitations/{organization}"):
        assert status in (204, 404)
    else:
        assert status == 404
    validated(operation, status, body)


def test_every_route_in_memory_is_one_of_the_document() -> None:
    stated = {(method, shape(path)) for method, path, _ in OPERATIONS}
    assert {(method, shape(path)) for method, path, _ in ROUTES} == stated


@pytest.mark.parametrize("by", ["api", "key", "status"])
@pytest.mark.parametrize("period", ["2026-10", "2026-11-03"])
def test_usage_has_its_form_for_every_split_and_period(by: str, period: str) -> None:
    answer = prepared().answer("GET", f"/applications/{SHOP}/usage", Call({}, {"by": by, "period": period}, {}))
    operation = DOCUMENT["paths"]["/applications/{application}/usage"]["get"]
    validated(operation, answer.status, answer.body)
    assert answer.body["period"] == period
    assert answer.body["series"]


def test_a_repeated_creation_gives_the_same_answer() -> None:
    fake = prepared()
    call = Call({"name": "Once"}, {}, {"idempotency-key": "the-same-key"})
    first, second = (fake.answer("POST", f"/applications/{TILL}/credentials", call) for _ in range(2))
    assert first.body == second.body
    assert ("Idempotency-Replayed", "true") in second.fields


def test_a_change_of_an_older_version_is_refused() -> None:
    fake = prepared()
    stale = Call({"role": "viewer"}, {}, {"if-match": '"9"'})
    assert fake.answer("PATCH", "/organizations/korst/members/b1", stale).status == 412
    assert fake.answer("PATCH", f"/organizations/korst/members/{ME}", Call({}, {}, {})).status == 428
