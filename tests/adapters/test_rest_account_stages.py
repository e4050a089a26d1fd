"""What is no reason to keep a REST API in front, and is not told; what is read of it besides."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import pytest

from tests.fakes.rest_account import REGION, FakeRestAccount, resource
from tiergate.adapters.rest_account import RestAccountReader
from tiergate.domain.rest_account import RestAccount, Stage

API = "a1b2c3d4e5"
MODELS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "a model": ({"application/json": "Item"}, ("a request validator or model",)),
    "no model of a type": ({"application/json": ""}, ()),
}


def watch(_: str, sequence: Sequence[Any]) -> Iterable[Any]:
    return sequence


@pytest.fixture
def fake() -> FakeRestAccount:
    fake = FakeRestAccount()
    fake.api(API, "Orders")
    return fake


def account(fake: FakeRestAccount, region: str = REGION, **how: bool) -> RestAccount:
    return RestAccountReader(fake.client(region), today=date(2026, 11, 23), watch=watch).read(**how)


def read(fake: FakeRestAccount, region: str = REGION) -> Stage:
    (stage,) = account(fake, region).stages
    return stage


@pytest.mark.parametrize("setting", ["throttlingRateLimit", "throttlingBurstLimit"])
def test_a_stage_that_bounds_either_rate_or_burst_throttles(fake: FakeRestAccount, setting: str) -> None:
    fake.stages[API]["prod"]["methodSettings"] = {"*/*": {"loggingLevel": "INFO"}, "items/GET": {setting: 5}}
    assert read(fake).guards == ("throttling of the stage",)


def test_settings_that_only_log_are_no_throttling(fake: FakeRestAccount) -> None:
    fake.stages[API]["prod"]["methodSettings"] = {"*/*": {"loggingLevel": "INFO", "metricsEnabled": True}}
    assert read(fake).guards == ()


def test_keys_of_a_header_and_an_address_that_is_open_are_nothing_to_tell(fake: FakeRestAccount) -> None:
    fake.apis[API] |= {"apiKeySource": "HEADER", "disableExecuteApiEndpoint": False}
    stage = read(fake)
    assert (stage.guards, stage.closed, stage.private) == ((), False, False)


@pytest.mark.parametrize("models", MODELS)
def test_models_of_requests_are_told_where_there_are_any(fake: FakeRestAccount, models: str) -> None:
    given, told = MODELS[models]
    fake.resources[API] = [resource("/x", "GET", "https://x.example/x", requestModels=given)]
    assert [method.mapped for method in read(fake).methods] == [told]


@pytest.mark.parametrize(("region", "host"), [("eu-west-1", "amazonaws.com"), ("cn-north-1", "amazonaws.com.cn")])
def test_the_address_is_that_of_the_regions_partition(fake: FakeRestAccount, region: str, host: str) -> None:
    assert read(fake, region).url == f"https://{API}.execute-api.{region}.{host}/prod"


def test_use_of_keys_that_nobody_counts_is_unknown_and_not_none(fake: FakeRestAccount) -> None:
    """API Gateway names no key that it has no count of."""
    fake.plan("gold01", "Gold", f"{API}/prod")
    fake.key("key", "Zk3vQ9sT7wXy1bN5mR8pL2dF6hJ4cG0a", "gold01")
    found = account(fake, use=True)
    assert (found.plans[0].used, found.notes) == (None, ())
