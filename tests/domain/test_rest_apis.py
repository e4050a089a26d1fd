"""REST APIs that the policies name, and the native keys that stand for subscriptions."""

from tiergate.domain.native_keys import native_value
from tiergate.domain.rest_apis import DAY, RestApi, RestApis

BUNDLE = {
    "rest_apis": {
        "orders": {"id": "a1b2c3d4e5", "stage": "prod"},
        "billing": {"id": "f6g7h8i9j0", "stage": "v1", "hourly": "day"},
    },
    "products": {
        "retail": {"apis": ["bank/v1"], "plans": ["free"], "rest_apis": ["orders", "billing"]},
        "bank": {"apis": ["bank/v1"], "plans": ["free"]},
    },
}


def test_they_are_known_by_name_by_place_and_by_who_sells_them():
    apis = RestApis.of(BUNDLE)
    assert apis.named == {
        "orders": RestApi("orders", "a1b2c3d4e5", "prod"),
        "billing": RestApi("billing", "f6g7h8i9j0", "v1", DAY),
    }
    assert apis.sold == {"retail": ("orders", "billing")}
    assert apis.at("f6g7h8i9j0", "v1") == apis.named["billing"]
    assert apis.at("f6g7h8i9j0", "prod") is None


def test_a_bundle_without_any_has_none():
    assert RestApis.of({"products": {"bank": BUNDLE["products"]["bank"]}}) == RestApis({}, {})


def test_one_that_an_environment_does_not_have_is_sold_by_nobody_there():
    without = {"rest_apis": {"orders": BUNDLE["rest_apis"]["orders"]}, "products": BUNDLE["products"]}
    assert RestApis.of(without).sold == {"retail": ("orders",)}


def test_a_native_key_is_the_roots_and_the_subscriptions_alone():
    one, other = (native_value(bytes([number]) * 32, "sub_1") for number in (1, 2))
    assert one == native_value(bytes([1]) * 32, "sub_1")
    assert len({one, other, native_value(bytes([1]) * 32, "sub_2")}) == 3
    assert one.isalnum()
    assert 20 <= len(one) <= 128
