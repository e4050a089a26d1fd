"""What an API version does not say, its products say, then the platform; an environment speaks for any of them."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from stacks.settings import STAGES
from tiergate.domain.catalogue import Catalogue
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked, checked_everywhere
from tiergate.policy.files import ENVIRONMENTS
from tiergate.policy.layers import Layer, layered, merged
from tiergate.policy.load import ApiEntry, load
from tiergate.policy.source import Faults, parse

PLATFORM = "name: Shop APIs\nsupport: https://shop.example/help\ndefaults:\n"
PRODUCT = "title: Shop\napis: [orders/v1]\nplans: [basic, large]\ndefaults:\n"
TWO_LINES = "state: published\nupstream: https://orders.shop.example/api\n"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / {"api": "apis/orders/v1/api.yaml", "platform": "platform.yaml"}.get(name, f"{name}.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def product(folder: Path, name: str, text: str) -> None:
    (folder / f"products/{name}.yaml").write_text(text, encoding="utf-8")


def environment(folder: Path, name: str, text: str) -> None:
    (folder / "environments").mkdir(exist_ok=True)
    (folder / f"environments/{name}.yaml").write_text(text, encoding="utf-8")


def api(folder: Path, where: str = "") -> ApiEntry:
    return checked(folder, where).apis["orders/v1"]


def bundled(folder: Path, where: str = "") -> Any:
    return compiled(checked(folder, where))


def test_a_new_api_needs_two_lines(folder: Path) -> None:
    write(folder, platform=f"{PLATFORM}  owner: us@shop.example\n", api=TWO_LINES)
    found = api(folder)
    assert (found.title, found.value.owner, found.value.timeout) == ("Orders", "us@shop.example", 25)
    assert Catalogue.of(bundled(folder)).apis["orders/v1"].operations[0].cost == 1


def test_the_nearer_file_goes_before_the_farther(folder: Path) -> None:
    write(folder, platform=f"{PLATFORM}  owner: platform\n  timeout: 3\n  cost: 3\n", api=TWO_LINES)
    product(folder, "shop", f"{PRODUCT}  timeout: 4\n  cost: 4\n")
    assert (api(folder).value.owner, api(folder).value.timeout, api(folder).value.cost) == ("platform", 4, 4)
    write(folder, api=f"{TWO_LINES}timeout: 5\noperations: {{placeOrder: {{cost: 6, timeout: 7}}}}\n")
    assert (api(folder).value.timeout, api(folder).value.cost) == (5, 4)
    operations = {each["id"]: each for each in bundled(folder)["apis"]["orders/v1"]["operations"]}
    assert operations["placeOrder"] == {"id": "placeOrder", "cost": 6, "timeout": 7}
    assert operations["listOrders"] == {"id": "listOrders", "cost": 4}


def test_every_value_says_where_it_stands(folder: Path) -> None:
    write(folder, platform=f"{PLATFORM}  owner: platform\n  timeout: 3\n", api=TWO_LINES)
    product(folder, "shop", f"{PRODUCT}  timeout: 4\n")
    environment(folder, "prod", "apis:\n  orders/v1:\n    upstream: https://orders.shop.example/prod\n")
    source = load(folder, "prod").apis["orders/v1"].source
    assert [str(source.origin(key)) for key in ("owner", "timeout", "state", "upstream")] == [
        "policies/platform.yaml:4",
        "policies/products/shop.yaml:5",
        "policies/apis/orders/v1/api.yaml:1",
        "policies/environments/prod.yaml:3",
    ]
    assert source.origin("accepts") is None
    assert [(str(place), value) for place, value in source.stated("timeout")] == [
        ("policies/products/shop.yaml:5", 4),
        ("policies/platform.yaml:5", 3),
    ]
    assert source.states("upstream")
    assert not source.states("timeout")
    assert not source.states("accepts")


def test_keys_and_values_merge_and_lists_are_replaced(folder: Path) -> None:
    write(
        folder,
        platform=f"{PLATFORM}  addresses: {{allow: [192.0.2.0/24], deny: [192.0.2.7]}}\n",
        api=f"{TWO_LINES}owner: us\naddresses: {{allow: [198.51.100.0/24, 192.0.2.0/28]}}\n",
    )
    addresses = api(folder).value.addresses
    assert addresses.allow == ["198.51.100.0/24", "192.0.2.0/28"]
    assert addresses.deny == ["192.0.2.7/32"], "what a file leaves alone stays: nothing is opened by the way"


def test_a_way_to_prove_oneself_is_replaced_as_a_whole(folder: Path) -> None:
    sigv4 = "upstream_auth: {identity: {audience: shop}}"
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-a1B2c3"
    header = f"upstream_auth: {{header: {{name: X-Token, secret: '{secret}'}}}}"
    write(folder, platform=f"{PLATFORM}  {sigv4}\n", api=f"{TWO_LINES}owner: us\n{header}\n")
    assert bundled(folder)["apis"]["orders/v1"]["upstream_auth"]["kind"] == "header"
    source = load(folder).apis["orders/v1"].source
    assert source.origin("upstream_auth", "identity") is None
    assert str(source.origin("upstream_auth", "header")) == "policies/apis/orders/v1/api.yaml:4"


def test_products_may_agree_and_the_api_may_decide(folder: Path) -> None:
    write(folder, api=f"{TWO_LINES}owner: us\n")
    product(folder, "shop", f"{PRODUCT}  timeout: 4\n")
    product(folder, "mall", f"{PRODUCT}  timeout: 4\n")
    assert api(folder).value.timeout == 4
    product(folder, "mall", f"{PRODUCT}  timeout: 5\n")
    with pytest.raises(Faults, match="is in the product mall too"):
        checked(folder)
    write(folder, api=f"{TWO_LINES}owner: us\ntimeout: 6\n")
    assert api(folder).value.timeout == 6


def test_an_environment_speaks_for_any_file_and_for_itself_alone(folder: Path) -> None:
    environment(
        folder,
        "dev",
        "platform: {name: Shop tests, defaults: {cost: 2}}\n"
        "plans: {basic: {limits: {quota: {hour: 7000}}}}\n"
        "products: {shop: {plans: [basic], defaults: {timeout: 9}}}\n"
        "apis: {orders/v1: {state: draft}}\n",
    )
    write(folder, api=f"{TWO_LINES}owner: us\n")
    dev, prod = bundled(folder, "dev"), bundled(folder, "prod")
    assert (dev["platform"]["name"], prod["platform"]["name"]) == ("Shop tests", "Shop APIs")
    assert dev["plans"]["basic"]["limits"]["quota"] == {"hour": 7000, "day": 1000}
    assert prod["plans"]["basic"]["limits"]["quota"] == {"hour": 100, "day": 1000}
    assert (dev["products"]["shop"]["plans"], prod["products"]["shop"]["plans"]) == (["basic"], ["basic", "large"])
    found = [(each["state"], each["timeout"], each["operations"][0]["cost"]) for each in (
        dev["apis"]["orders/v1"], prod["apis"]["orders/v1"])]  # fmt: skip
    assert found == [("draft", 9, 2), ("published", 25, 1)]
    assert prod == bundled(folder)


def test_a_nearer_file_goes_before_what_an_environment_says_of_a_farther_one(folder: Path) -> None:
    write(folder, api=f"{TWO_LINES}owner: us\ntimeout: 5\n")
    environment(folder, "dev", "platform: {defaults: {timeout: 9}}\n")
    assert api(folder, "dev").value.timeout == 5


def test_all_environments_are_checked_at_once(folder: Path) -> None:
    environment(folder, "dev", "plans: {basic: {limits: {quota: {hour: 1}}}}\n")
    environment(folder, "prod", "platform: {support: 7}\n")
    with pytest.raises(Faults) as faults:
        checked_everywhere(folder)
    assert [fault.file for fault in faults.value.faults] == [
        "policies/environments/dev.yaml",
        "policies/environments/prod.yaml",
    ]


def test_the_environments_are_the_stages_of_a_deploy() -> None:
    assert tuple(STAGES) == ENVIRONMENTS


def test_merging_changes_neither_value() -> None:
    low, high = {"a": {"b": 1, "c": [1]}, "d": 4}, {"a": {"c": [2]}, "e": 5}
    assert merged(low, high) == {"a": {"b": 1, "c": [2]}, "d": 4, "e": 5}
    assert (low, high) == ({"a": {"b": 1, "c": [1]}, "d": 4}, {"a": {"c": [2]}, "e": 5})


def test_a_single_value_hides_all_that_stood_below_it() -> None:
    weak, own = parse("d: {cors: {origins: [a]}}", "weak"), parse("cors: none", "own")
    source = layered(own, [Layer(weak, ("d",), own=False), Layer(own)], "orders/v1")
    assert source.data == {"cors": "none"}
    assert source.origin("cors", "origins") is None
    assert str(source.fault("wrong", "cors", "origins")) == "own:1: wrong"


def test_the_function_behind_a_retired_version_may_be_gone(folder: Path) -> None:
    ending = 'deprecation: {date: 2026-12-01, sunset: 2027-06-30, guide: "https://shop.example/v2"}'
    write(folder, api=f"owner: us\nstate: retired\nupstream: lambda:orders_of_old\n{ending}\n")
    assert bundled(folder)["apis"]["orders/v1"]["state"] == "retired"


def test_a_fault_of_what_several_take_over_is_told_once_with_their_number(folder: Path) -> None:
    shutil.copytree(folder / "apis/orders/v1", folder / "apis/orders/v2")
    shutil.copytree(folder / "apis/orders/v1", folder / "apis/orders/v3")
    write(folder, platform=f"{PLATFORM}  owner: us@shop.example\n  cors: {{max_age: 5}}\n  timeout: soon\n")
    for version in ("v1", "v2", "v3"):
        (folder / f"apis/orders/{version}/api.yaml").write_text(TWO_LINES, encoding="utf-8")
    with pytest.raises(Faults) as found:
        checked(folder)
    assert list(map(str, found.value.faults)) == [
        'policies/platform.yaml:5: cors: missing key "origins" (taken over by orders/v1 and 2 more)',
        'policies/platform.yaml:6: defaults.timeout: must be a number of seconds, such as 25; found "soon"',
    ]
