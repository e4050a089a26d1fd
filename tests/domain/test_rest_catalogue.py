"""REST APIs as the authorizer's rules see them."""

from typing import Any

import pytest

from tiergate.domain.catalogue import KEY, Catalogue
from tiergate.domain.conditions import NONE
from tiergate.domain.registry import Application, Override, Subscription
from tiergate.domain.rest_catalogue import WithoutOverrides, counted_as, rest_catalogue

BUNDLE: dict[str, Any] = {
    "format": 1,
    "platform": {"name": "Test", "support": "help"},
    "plans": {
        "free": {
            "limits": {"rate": {"per_second": 1, "burst": 5}, "quota": {"hour": 3}},
            "failure": {"open_units": 4, "grace": 9},
        }
    },
    "products": {
        "both": {"apis": ["bank/v1"], "plans": ["free"], "rest_apis": ["stock", "gone"]},
        "http": {"apis": ["bank/v1"], "plans": ["free"]},
    },
    "apis": {"bank/v1": {"state": "published", "upstream": "https://x", "timeout": 9, "operations": [], "routes": {}}},
    "rest_apis": {"stock": {"id": "a1b2c3d4e5", "stage": "prod"}, "v1": {"id": "b1b2c3d4e5", "stage": "prod"}},
}


@pytest.fixture
def catalogue() -> Catalogue:
    return rest_catalogue(BUNDLE)


def test_products_sell_their_rest_apis_and_no_api_version(catalogue: Catalogue) -> None:
    assert catalogue.apis.keys() == {"stock/rest", "v1/rest"}
    assert {name: product.apis for name, product in catalogue.products.items()} == {
        "both": frozenset({"stock/rest"}),
        "http": frozenset(),
    }


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("DELETE", "/a/b"), ("PROPFIND", "")])
def test_every_method_and_path_is_one_call_with_a_key(catalogue: Catalogue, method: str, path: str) -> None:
    api = catalogue.apis["stock/rest"]
    operation, _ = api.match(method, path)
    assert operation is not None
    assert (operation.cost, operation.scopes, operation.public) == (1, (), False)
    assert (api.accepts, api.conditions, api.state) == (KEY, NONE, "published")


def test_plans_count_and_neither_limit_nor_count_windows(catalogue: Catalogue) -> None:
    plan = catalogue.plans["free"]
    assert plan.limits.metered
    assert (plan.limits.rate, plan.limits.quotas) == (None, ())
    assert plan.failure.open_units == 4


def test_no_rest_api_is_counted_as_an_api_version_is() -> None:
    """Versions are ``v`` and a number; and what has no slash would be read as a refusal."""
    assert counted_as("v1") == "v1/rest"


def test_a_bundle_of_another_format_is_refused() -> None:
    with pytest.raises(ValueError, match="format"):
        rest_catalogue(BUNDLE | {"format": 2})


class Reader:
    """One application whose subscription has limits of its own."""

    def credential(self, key_id: str) -> None:
        assert key_id == "key"

    def client(self, ref: str) -> None:
        assert ref == "client"

    def application(self, application_id: str) -> Application | None:
        subscription = Subscription("sub_1", "both", "free", override=Override({"hour": 9}, None))
        return Application("app_1", "acme", {"both": subscription}) if application_id == "app_1" else None


def test_limits_of_a_subscriptions_own_are_left_to_native_plans() -> None:
    reader = WithoutOverrides(Reader())
    assert (reader.credential("key"), reader.client("client"), reader.application("other")) == (None, None, None)
    found = reader.application("app_1")
    assert found is not None
    assert found.subscriptions == {"both": Subscription("sub_1", "both", "free")}
