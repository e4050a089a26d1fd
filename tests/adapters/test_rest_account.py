"""Reading an account's REST APIs: every page, only what was asked for, and no key's text."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pytest

from tests.fakes.rest_account import FakeRestAccount, resource
from tiergate.adapters.rest_account import RestAccountReader, UnknownRestApi

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
    found = {key.id: key.fingerprint for key in reader(fake).read().keys}
    assert (found["short"], found["ours"]) == ("", "")


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
