"""REST APIs in policies: what becomes of them in a bundle, and what of a change of them is told."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tiergate.domain.rest_apis import RestApi, RestApis
from tiergate.policy.add import add_api
from tiergate.policy.bundle import compiled
from tiergate.policy.changes import changes
from tiergate.policy.check import checked, checked_everywhere
from tiergate.policy.shipped import shipped

Bundle = dict[str, Any]

CHANGES: dict[str, tuple[Callable[[Bundle], Any], list[str]]] = {
    "another joins": (
        lambda b: b["rest_apis"].update(more={"id": "b1b2c3d4e5", "stage": "prod"}),
        ["safe + more: REST API added: b1b2c3d4e5/prod; products that list it open it to their subscribers"],
    ),
    "one goes that is sold": (
        lambda b: b["rest_apis"].pop("stock"),
        ["breaking - stock: REST API removed: a1b2c3d4e5/prod; subscribers of depots, shop cannot call it any more"],
    ),
    "one goes that nobody sells": (
        lambda b: b["rest_apis"].pop("spare"),
        ["safe - spare: REST API removed: c1b2c3d4e5/prod; no product sold it"],
    ),
    "one moves": (
        lambda b: b["rest_apis"]["stock"].update(stage="next"),
        [
            "breaking ~ stock: REST API is another: a1b2c3d4e5/prod → a1b2c3d4e5/next; "
            "at the old place subscribers of depots, shop cannot call it any more"
        ],
    ),
    "one moves that nobody sells": (
        lambda b: b["rest_apis"]["spare"].update(id="d1b2c3d4e5"),
        ["safe ~ spare: REST API is another: c1b2c3d4e5/prod → d1b2c3d4e5/prod; at the old place no product sold it"],
    ),
    "hourly quotas are mirrored no more": (
        lambda b: b["rest_apis"]["stock"].pop("hourly"),
        ["risky ! stock: hourly quotas at the REST API: 24 of them a day → not mirrored"],
    ),
    "hourly quotas are mirrored": (
        lambda b: b["rest_apis"]["spare"].update(hourly="day"),
        ["risky ~ spare: hourly quotas at the REST API: not mirrored → 24 of them a day"],
    ),
    "a product loses one": (
        lambda b: b["products"]["shop"].pop("rest_apis"),
        ["breaking - stock, product shop: REST API left the product; its subscribers cannot call it any more"],
    ),
    "a product gains one": (
        lambda b: b["products"]["shop"]["rest_apis"].append("spare"),
        ["risky ! spare, product shop: REST API joined the product; its subscribers can call it now"],
    ),
    "a product comes": (
        lambda b: b["products"].update(new={"apis": [], "rest_apis": ["spare"], "plans": ["basic"]}),
        ["safe + product new: added: spare; plans basic"],
    ),
}


@pytest.fixture
def selling(bundle: Bundle) -> Bundle:
    """Two products sell ``stock``, and none ``spare``."""
    found = copy.deepcopy(bundle)
    found["products"]["depots"] = {"apis": [], "rest_apis": ["stock"], "plans": ["basic"]}
    found["rest_apis"]["spare"] = {"id": "c1b2c3d4e5", "stage": "prod"}
    return found


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_is_told_with_whom_it_takes_access_from(selling: Bundle, case: str) -> None:
    change, expected = CHANGES[case]
    new = copy.deepcopy(selling)
    change(new)
    assert [f"{each.level} {each.mark} {each}" for each in changes(selling, new)] == expected


def test_what_functions_are_given_has_the_rest_apis(bundle: Bundle) -> None:
    found = RestApis.of(shipped(bundle))
    assert found == RestApis({"stock": RestApi("stock", "a1b2c3d4e5", "prod", "day")}, {"shop": ("stock",)})


def name_rest_apis(folder: Path, stated: str, sold: str = "rest_apis: [stock]\n") -> None:
    for file, text in (("platform.yaml", stated), ("products/shop.yaml", sold)):
        with (folder / file).open("a", encoding="utf-8") as opened:
            opened.write(text)


def test_a_bundle_without_rest_apis_says_nothing_of_them(folder: Path) -> None:
    found = compiled(checked(folder))
    assert "rest_apis" not in found
    assert found["products"]["shop"].keys() == {"apis", "plans"}


def test_an_environment_without_an_id_does_without_the_rest_api(folder: Path) -> None:
    name_rest_apis(folder, "rest_apis: {stock: {stage: prod}}\n")
    (folder / "environments").mkdir()
    overlay = "platform: {rest_apis: {stock: {id: a1b2c3d4e5}}}\n"
    (folder / "environments/prod.yaml").write_text(overlay, encoding="utf-8")
    bundles = {name: compiled(policies) for name, policies in checked_everywhere(folder).items()}
    assert RestApis.of(bundles["dev"]) == RestApis({}, {})
    assert RestApis.of(bundles["prod"]) == RestApis(
        {"stock": RestApi("stock", "a1b2c3d4e5", "prod")}, {"shop": ("stock",)}
    )


def test_a_product_may_sell_rest_apis_alone(folder: Path) -> None:
    name_rest_apis(folder, "rest_apis: {stock: {id: a1b2c3d4e5, stage: prod}}\n", sold="")
    (folder / "products/depots.yaml").write_text(
        "title: Depots\nrest_apis: [stock]\nplans: [basic]\n", encoding="utf-8"
    )
    found = compiled(checked(folder))["products"]["depots"]
    assert found == {"apis": [], "rest_apis": ["stock"], "plans": ["basic"]}


def test_two_products_may_sell_one_rest_api(folder: Path) -> None:
    name_rest_apis(folder, "rest_apis: {stock: {id: a1b2c3d4e5, stage: prod}}\n")
    (folder / "products/depots.yaml").write_text(
        "title: Depots\nrest_apis: [stock]\nplans: [basic]\n", encoding="utf-8"
    )
    assert RestApis.of(compiled(checked(folder))).sold == {"depots": ("stock",), "shop": ("stock",)}


@pytest.mark.parametrize("end", ["", "\n"])
def test_an_api_is_added_to_a_product_that_sold_rest_apis_alone(folder: Path, end: str) -> None:
    name_rest_apis(folder, "rest_apis: {stock: {id: a1b2c3d4e5, stage: prod}}\n", sold="")
    product, text = folder / "products/depots.yaml", "title: Depots\nrest_apis: [stock]\nplans: [basic]"
    product.write_text(text + end, encoding="utf-8")
    document = folder / "apis/orders/v1/openapi.yaml"
    add_api(folder, "depots", document=document, upstream="https://depots.example.com", product="depots")
    assert product.read_text(encoding="utf-8") == f"{text}\napis: [depots/v1]\n"
    assert checked(folder).products["depots"].value.apis == ["depots/v1"]
