"""Reading an account's REST APIs: every page, only what was asked for, and no key's text."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pytest

from tests.fakes.rest_account import FakeRestAccount, resource
from tiergate.adapters.rest_account import UNDEPLOYED, RestAccountReader, UnknownRestApi

TODAY = date(2026, 11, 23)
VALUE = "Zk3vQ9sT7wXy1bN5mR8pL2dF6hJ4cG0a"


def watch(_: str, sequence: Sequence[Any]) -> Iterable[Any]:
    return sequence


@pytest.fixture
def fake() -> FakeRestAccount:
    fake = FakeRestAccount()
    fake.api("a1b2c3d4e5", "Orders", "prod", "test")
    fake.api("f6g7h8i9j0", "Stock")
    fake.plan("gold01", "Gold", "a1b2c3d4e5/prod", throttle={"rateLimit": 5.0, "burstLimit": 9})
    fake.plan("stock1", "Stock", "f6g7h8i9j0/prod", quota={"limit": 7, "period": "WEEK", "offset": 1})
    fake.plan("empty1", "Empty")
    for number in range(5):
        fake.key(f"key{number}", f"{VALUE}{number}", "gold01")
    fake.key("idle", f"{VALUE}-idle")
    fake.key("stock", f"{VALUE}-stock", "stock1", enabled=False, customerId="acme", tags={"team": "b"})
    return fake


def reader(fake: FakeRestAccount) -> RestAccountReader:
    return RestAccountReader(fake.client(), today=TODAY, watch=watch)


def test_every_page_is_read(fake: FakeRestAccount) -> None:
    account = reader(fake).read()
    assert [stage.id for stage in account.stages] == ["a1b2c3d4e5/prod", "a1b2c3d4e5/test", "f6g7h8i9j0/prod"]
    assert [plan.id for plan in account.plans] == ["gold01", "stock1", "empty1"]
    assert account.plans[0].keys == tuple(f"key{number}" for number in range(5))
    assert len(account.keys) == 7


def test_a_plan_and_a_key_are_read_as_they_are(fake: FakeRestAccount) -> None:
    account = reader(fake).read()
    gold, stock, _ = account.plans
    assert (gold.rate, gold.burst, gold.quota, gold.stages) == (5.0, 9, None, ("a1b2c3d4e5/prod",))
    assert (stock.rate, stock.quota, stock.period, stock.offset) == (None, 7, "WEEK", 1)
    key = next(each for each in account.keys if each.id == "stock")
    assert (key.enabled, key.customer, dict(key.tags)) == (False, "acme", {"team": "b"})
    assert key.fingerprint == hashlib.sha256(f"{VALUE}-stock".encode()).hexdigest()


def test_only_what_belongs_to_the_named_apis_is_kept(fake: FakeRestAccount) -> None:
    account = reader(fake).read(["f6g7h8i9j0"])
    assert {stage.api for stage in account.stages} == {"f6g7h8i9j0"}
    assert [plan.id for plan in account.plans] == ["stock1"]
    assert [key.id for key in account.keys] == ["stock"]


def test_an_api_that_is_not_there_is_told_with_those_that_are(fake: FakeRestAccount) -> None:
    with pytest.raises(UnknownRestApi, match=r"no REST API zzz in eu-west-1; there are a1b2c3d4e5 \(Orders\), f6g7"):
        reader(fake).read(["zzz"])


def test_no_text_of_a_key_is_in_what_was_read(fake: FakeRestAccount) -> None:
    fake.key("named", f"{VALUE}-named", "gold01", customerId=f"{VALUE}-named", tags={"k": f"{VALUE}-named"})
    fake.keys["named"]["name"] = f"the key {VALUE}-named"
    account = reader(fake).read()
    assert VALUE not in repr(account)
    assert next(key for key in account.keys if key.id == "named").fingerprint


def test_what_can_be_no_imported_key_has_no_fingerprint(fake: FakeRestAccount) -> None:
    fake.key("short", "abc", "gold01")
    fake.key("ours", "tg_prod_0pW4ylgVHlvq_secret-and-checksum", "gold01")
    found = {key.id: (key.fingerprint, key.fault) for key in reader(fake).read().keys}
    assert found["short"] == ("", "a key has 16 to 256 characters; found 3")
    assert found["ours"][0] == ""
    assert "begin with tg_" in found["ours"][1]
    assert all(fault == "" for id_, (_, fault) in found.items() if id_ not in {"short", "ours"})


def test_use_is_added_up_over_ninety_days_and_all_pages(fake: FakeRestAccount) -> None:
    fake.used["gold01"] = {f"key{number}": [[number, 9], [1, 8]] for number in range(3)}
    gold = reader(fake).read(use=True).plans[0]
    assert gold.used == {"key0": 1, "key1": 2, "key2": 3}
    asked = next(request for name, request in fake.calls if name == "GetUsage")
    assert (asked["startDate"], asked["endDate"]) == ("2026-08-26", "2026-11-23")


def test_use_that_nobody_tells_is_no_failure(fake: FakeRestAccount) -> None:
    fake.fails["GetUsage"] = "AccessDeniedException"
    account = reader(fake).read(use=True)
    assert account.plans[0].used is None
    assert account.notes == ("the use of its keys is not told: AccessDeniedException",)


def test_a_document_that_cannot_be_exported_holds_up_nothing_else(fake: FakeRestAccount) -> None:
    fake.fails["GetExport"] = "BadRequestException"
    account = reader(fake).read()
    assert {stage.document for stage in account.stages} == {""}
    assert "cannot be exported" in account.stages[0].unread
    assert len(account.keys) == 7


def test_what_the_gateway_does_besides_passing_on_is_seen(fake: FakeRestAccount) -> None:
    fake.apis["a1b2c3d4e5"] |= {"policy": "{}", "endpointConfiguration": {"types": ["PRIVATE"]}}
    fake.stages["a1b2c3d4e5"]["prod"] |= {"webAclArn": "arn:…", "cacheClusterEnabled": True}
    plain = {"requestParameters": {"integration.request.path.id": "method.request.path.id"}}
    fake.resources["a1b2c3d4e5"] = [
        resource("/plain/{id}", "GET", "https://x.example/plain/{id}", integration=plain),
        resource("/mapped", "GET", "https://x.example", integration={"requestTemplates": {"application/json": "$x"}}),
        resource("/inner", "GET", "https://x.example", integration={"connectionType": "VPC_LINK"}),
    ]
    stage = reader(fake).read().stages[0]
    assert stage.private
    assert stage.guards == ("a WAF web ACL", "a resource policy", "a cache")
    assert [method.mapped for method in stage.methods] == [("a VPC link",), ("a mapping template",), ()]


def test_a_key_in_the_name_of_anything_else_is_not_read(fake: FakeRestAccount) -> None:
    idle, stock = f"{VALUE}-idle", f"{VALUE}-stock"
    fake.keys["key0"] |= {"name": idle, "customerId": f"c-{stock}"}
    fake.plans["gold01"]["name"] = f"plan of {stock}"
    fake.apis["a1b2c3d4e5"]["name"] = stock
    fake.stages["a1b2c3d4e5"]["prod"]["variables"] = {"token": stock, "plain": "x"}
    fake.documents["a1b2c3d4e5/prod"] = fake.documents["a1b2c3d4e5/prod"].replace("Orders", f"Orders {stock}")
    account = reader(fake).read()
    assert VALUE not in repr(account)
    assert (account.stages[0].name, account.stages[0].variables) == ("a1b2c3d4e5", {"token": "", "plain": "x"})
    assert "Orders (a key)" in account.stages[0].document
    assert account.plans[0].name == "gold01"


def deployed(fake: FakeRestAccount, **asks: Any) -> None:
    """``GET /items/{id}`` as a deployment of the stage has it; ``POST /items`` as it is."""
    summary = {
        "/items/{id}": {"GET": {"apiKeyRequired": True, "authorizationType": "NONE", **asks}},
        "/items": {"POST": {"apiKeyRequired": True, "authorizationType": "NONE"}},
    }
    fake.stages["a1b2c3d4e5"]["prod"]["deploymentId"] = "d1"
    fake.deployments["d1"] = summary


def test_what_a_stage_asks_for_is_what_was_deployed_and_not_what_somebody_is_editing(fake: FakeRestAccount) -> None:
    deployed(fake, authorizationType="CUSTOM", apiKeyRequired=False)
    stage = reader(fake).read().stages[0]
    found = next(method for method in stage.methods if method.path == "/items/{id}")
    assert (found.authorization, found.keyed) == ("CUSTOM", False)
    assert stage.guards == (UNDEPLOYED,)


def test_a_method_that_only_the_deployment_has_is_seen(fake: FakeRestAccount) -> None:
    deployed(fake)
    fake.deployments["d1"]["/old"] = {"GET": {"apiKeyRequired": True}}
    stage = reader(fake).read().stages[0]
    assert [(each.path, each.integration) for each in stage.methods][-1] == ("/old", "unknown")
    assert stage.guards == (UNDEPLOYED,)


def test_a_stage_whose_deployment_is_what_is_there_has_no_guard(fake: FakeRestAccount) -> None:
    deployed(fake)
    assert reader(fake).read().stages[0].guards == ()


GUARDS = {
    "a client certificate for its back end": {"clientCertificateId": "abc123"},
    "a canary": {"canarySettings": {"percentTraffic": 5.0}},
    "throttling of the stage": {"methodSettings": {"*/*": {"throttlingRateLimit": 5.0}}},
}


@pytest.mark.parametrize("guard", GUARDS)
def test_each_thing_that_a_stage_does_on_the_way_is_told(fake: FakeRestAccount, guard: str) -> None:
    fake.stages["a1b2c3d4e5"]["prod"] |= GUARDS[guard]
    assert reader(fake).read().stages[0].guards == (guard,)


MAPPED: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "mapped parameters": ({}, {"requestParameters": {"integration.request.header.X-Own": "'1'"}}),
    "mapped answers": ({}, {"type": "HTTP"}),
    "credentials of its own": ({}, {"credentials": "arn:aws:iam::111122223333:role/r"}),
    "a request validator or model": ({"requestValidatorId": "abc123"}, {}),
}


@pytest.mark.parametrize("mapped", MAPPED)
def test_each_thing_that_a_method_does_to_its_calls_is_told(fake: FakeRestAccount, mapped: str) -> None:
    method, integration = MAPPED[mapped]
    made = resource("/x", "GET", "https://x.example/x", integration=integration)
    made["resourceMethods"]["GET"] |= method
    fake.resources["a1b2c3d4e5"] = [made]
    assert reader(fake).read().stages[0].methods[0].mapped == (mapped,)


def test_keys_that_an_authorizer_gives_and_an_address_that_is_closed_are_seen(fake: FakeRestAccount) -> None:
    fake.apis["a1b2c3d4e5"] |= {"apiKeySource": "AUTHORIZER", "disableExecuteApiEndpoint": True}
    stage = reader(fake).read().stages[0]
    assert (stage.guards, stage.closed) == (("keys that its authorizer gives",), True)


def test_what_methods_ask_for_and_call_is_read_as_it_is(fake: FakeRestAccount) -> None:
    made = resource("/x", "GET", "https://x.example/x", apiKeyRequired=False, authorizationType="AWS_IAM")
    made["resourceMethods"]["GET"]["methodIntegration"]["httpMethod"] = "POST"
    fake.resources["a1b2c3d4e5"] = [made]
    fake.stages["a1b2c3d4e5"]["prod"]["variables"] = {"host": "x.example"}
    stage = reader(fake).read().stages[0]
    (method,) = stage.methods
    assert (method.keyed, method.authorization, method.method, method.verb) == (False, "AWS_IAM", "GET", "POST")
    assert stage.variables == {"host": "x.example"}


def test_stages_of_a_plan_with_rates_of_single_methods_are_told_and_those_without_a_stage_left_out(
    fake: FakeRestAccount,
) -> None:
    opened = fake.plans["gold01"]["apiStages"]
    opened[0]["throttle"] = {"/items/GET": {"rateLimit": 1.0}}
    opened += [{"apiId": "f6g7h8i9j0", "stage": "prod"}, {"apiId": "f6g7h8i9j0"}]
    gold = reader(fake).read().plans[0]
    assert (gold.stages, gold.throttled) == (("a1b2c3d4e5/prod", "f6g7h8i9j0/prod"), ("a1b2c3d4e5/prod",))
