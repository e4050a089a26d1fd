"""The same calls on the fake of API Gateway and on moto: where both have a rule, they agree."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tests.fakes.api_gateway import FakeApiGateway
from tests.fakes.mirrored import NOW, PLANS, PRODUCTS, ROOT, altered, ample, application
from tests.fakes.registry_table import FakeTable
from tiergate.adapters.mirror import Mirror
from tiergate.domain.catalogue import Catalogue, Plan
from tiergate.domain.limits import Limits
from tiergate.domain.native_keys import native_value
from tiergate.domain.rest_apis import RestApi, RestApis

TAGS = {"tiergate:stage": "dev"}
VALUE = "value-of-an-api-key-1"


@pytest.fixture
def moto_api(aws: boto3.Session) -> Iterator[Any]:
    with mock_aws():
        yield aws.client("apigateway")


@pytest.fixture(params=["fake", "moto"])
def api(request: pytest.FixtureRequest) -> Any:
    return FakeApiGateway("abc:prod", "def:prod") if request.param == "fake" else request.getfixturevalue("moto_api")


def _plan(api: Any, **also: Any) -> str:
    stages = [{"apiId": "abc", "stage": "prod"}]
    id_: str = api.create_usage_plan(name="plan", apiStages=stages, tags=TAGS, **also)["id"]
    return id_


def _key(api: Any, value: str = VALUE) -> str:
    id_: str = api.create_api_key(name="tiergate/dev/app/sub", value=value, enabled=True, tags=TAGS)["id"]
    return id_


def _listed(api: Any, operation: str, **query: Any) -> list[Any]:
    pages = api.get_paginator(operation).paginate(**query, PaginationConfig={"PageSize": 500})
    return [item for page in pages for item in page["items"]]


def test_a_key_is_listed_with_its_tags_and_without_its_value(api: Any) -> None:
    id_ = _key(api)
    (found,) = _listed(api, "get_api_keys", includeValues=False, nameQuery="tiergate/dev/app/")
    assert (found["id"], found["enabled"], found["tags"]) == (id_, True, TAGS)
    assert "value" not in found
    assert _listed(api, "get_api_keys", includeValues=True)[0]["value"] == VALUE


def test_names_are_asked_for_by_how_they_begin(api: Any) -> None:
    _key(api)
    assert len(_listed(api, "get_api_keys", nameQuery="tiergate/dev/app/s")) == 1
    assert not _listed(api, "get_api_keys", nameQuery="dev/app")


def test_a_value_is_taken_once(api: Any) -> None:
    id_ = _key(api)
    with pytest.raises(ClientError) as refused:
        _key(api)
    assert refused.value.response["Error"]["Code"] == "ConflictException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    api.delete_api_key(apiKey=id_)
    _key(api)


def test_a_key_is_patched(api: Any) -> None:
    id_ = _key(api)
    patches = [("/name", "other"), ("/enabled", "false")]
    operations = [{"op": "replace", "path": path, "value": value} for path, value in patches]
    api.update_api_key(apiKey=id_, patchOperations=operations)
    (found,) = _listed(api, "get_api_keys")
    assert (found["name"], found["enabled"]) == ("other", False)


def test_a_usage_plan_is_listed_as_it_was_made(api: Any) -> None:
    limits = {"throttle": {"rateLimit": 5.0, "burstLimit": 10}, "quota": {"limit": 7, "period": "DAY"}}
    id_ = _plan(api, **limits)
    (found,) = _listed(api, "get_usage_plans")
    stages = [{"apiId": "abc", "stage": "prod"}]
    assert {name: found[name] for name in ("id", "tags", "apiStages", *limits)} == limits | {
        "id": id_,
        "tags": TAGS,
        "apiStages": stages,
    }


def test_limits_are_added_replaced_and_removed(api: Any) -> None:
    id_ = _plan(api, quota={"limit": 7, "period": "DAY"})
    api.update_usage_plan(
        usagePlanId=id_,
        patchOperations=[
            {"op": "remove", "path": "/quota"},
            {"op": "add", "path": "/throttle/rateLimit", "value": "5"},
            {"op": "add", "path": "/throttle/burstLimit", "value": "10"},
        ],
    )
    (found,) = _listed(api, "get_usage_plans")
    assert not found.get("quota")
    assert found["throttle"] == {"rateLimit": 5, "burstLimit": 10}


def test_stages_are_added_and_removed(api: Any) -> None:
    id_ = _plan(api)
    patches = [("add", "def:prod"), ("remove", "abc:prod")]
    operations = [{"op": operation, "path": "/apiStages", "value": value} for operation, value in patches]
    api.update_usage_plan(usagePlanId=id_, patchOperations=operations)
    assert _listed(api, "get_usage_plans")[0]["apiStages"] == [{"apiId": "def", "stage": "prod"}]


def test_keys_go_into_usage_plans_and_out_again(api: Any) -> None:
    plan, key = _plan(api), _key(api)
    api.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    assert [each["id"] for each in _listed(api, "get_usage_plan_keys", usagePlanId=plan)] == [key]
    assert [each["id"] for each in _listed(api, "get_usage_plans", keyId=key)] == [plan]
    api.delete_usage_plan_key(usagePlanId=plan, keyId=key)
    assert not _listed(api, "get_usage_plan_keys", usagePlanId=plan)
    assert not _listed(api, "get_usage_plans", keyId=key)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("update_usage_plan", {"usagePlanId": "gone", "patchOperations": []}),
        ("update_api_key", {"apiKey": "gone", "patchOperations": []}),
        ("delete_api_key", {"apiKey": "gone"}),
        ("create_usage_plan_key", {"usagePlanId": "gone", "keyId": "gone", "keyType": "API_KEY"}),
    ],
)
def test_what_is_not_there_is_not_found(api: Any, operation: str, request_: dict[str, Any]) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(api, operation)(**request_)
    assert refused.value.response["Error"]["Code"] == "NotFoundException"


def test_a_mirror_makes_and_follows_natives_on_both(api: Any) -> None:
    one = application(1, retail="free", trade="free")
    table = FakeTable(one)
    rest_apis = RestApis({"a": RestApi("a", "abc", "prod"), "d": RestApi("d", "def", "prod")}, {"retail": ("a", "d")})

    def mirror(**plans: Plan) -> Mirror:
        catalogue = Catalogue("Bank", "help", {}, PRODUCTS, PLANS | plans)
        how: dict[str, Any] = {"stage": "dev", "root": lambda: ROOT, "clock": lambda: NOW}
        return Mirror(api, table, catalogue=catalogue, rest_apis=rest_apis, **how)

    first = mirror().run(time_left=ample)
    assert (first.created, first.failed) == (3, ())
    assert mirror().run(time_left=ample).changed == 0
    (key,) = _listed(api, "get_api_keys", includeValues=True)
    assert key["value"] == native_value(ROOT, "sub_1_retail")
    table.put(altered(altered(one, "retail", plan="large"), "trade", state="suspended"))
    assert mirror().application("app_1", time_left=ample).updated == 1
    assert [each["tags"]["tiergate:plan"] for each in _listed(api, "get_usage_plans", keyId=key["id"])] == [
        "retail/large"
    ]
    table.put(one._replace(state="suspended"))
    assert not mirror().application("app_1", time_left=ample).failed
    assert not _listed(api, "get_api_keys")[0]["enabled"]
    other = mirror(free=Plan(Limits.of({"quota": {"month": 9}})))
    assert other.run(time_left=ample).updated == 1
    assert other.run(time_left=ample).changed == 0
    table.delete(one)
    assert mirror(free=PLANS["free"]).run(time_left=ample).deleted == 1
    assert not _listed(api, "get_api_keys")
