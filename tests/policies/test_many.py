"""50 APIs as one platform has them: read without a fault, inherited and laid over as their files say."""

import json
from pathlib import Path

import pytest

from tests.policies.made_up import made
from tests.policies.many import APIS, DEARER, ENVIRONMENTS, OPERATIONS, PLANS, PRODUCTS, TWICE, names, write_many
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.lifecycle import DEPRECATED, PUBLISHED
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.check import checked, checked_everywhere
from tiergate.policy.load import Policies


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Policies]:
    folder = tmp_path_factory.mktemp("many") / "policies"
    write_many(folder)
    return {**checked_everywhere(folder), "": checked(folder)}


def test_a_new_api_needs_five_lines_at_most(tmp_path: Path) -> None:
    write_many(tmp_path / "policies")
    lines = {path: len(path.read_text().splitlines()) for path in tmp_path.rglob("api.yaml")}
    assert len(lines) == len(names()) == 59
    assert max(lines.values()) <= 5


def test_the_bundle_of_fifty_apis_has_all_of_them(everywhere: dict[str, Policies]) -> None:
    catalogue = Catalogue.of(json.loads(serialized(compiled(everywhere["prod"]))))
    assert len(APIS) == 50
    assert sorted(catalogue.apis) == names()
    assert {len(api.operations) for api in catalogue.apis.values()} == {OPERATIONS}
    assert sorted(catalogue.plans) == sorted(PLANS)
    assert sorted(catalogue.products) == PRODUCTS
    assert len(PRODUCTS) == 6
    assert sorted(name for product in catalogue.products.values() for name in product.apis) == names()
    for name, api in catalogue.apis.items():
        old = name.endswith("/v1") and name.removesuffix("/v1") in TWICE
        assert api.state == (DEPRECATED if old else PUBLISHED)
        assert (api.lifecycle is not None) == old


def test_each_api_takes_over_what_its_product_and_the_platform_say(everywhere: dict[str, Policies]) -> None:
    for name, api in everywhere[""].apis.items():
        product = name.partition("-")[0]
        assert (api.value.owner, api.value.timeout) == (f"{product}@bank.example", 10 + len(product))
        assert api.value.accepts == "key"


def test_every_operation_of_fifty_apis_is_found_with_its_cost(everywhere: dict[str, Policies]) -> None:
    policies = everywhere["prod"]
    catalogue = Catalogue.of(json.loads(serialized(compiled(policies))))
    for name, api in policies.apis.items():
        for operation in api.operations:
            found, _ = catalogue.apis[name].match(operation.method, made(operation.template))
            assert found is not None
            assert (found.id, found.cost) == (operation.id, 2 if operation.id == DEARER else 1)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_says_its_own_upstreams_and_limits(everywhere: dict[str, Policies], environment: str) -> None:
    bundle = compiled(everywhere[environment])
    laid_over = {name for name, api in bundle["apis"].items() if f"//{environment}." in api["upstream"]}
    assert laid_over == set(names()[:: 1 + ENVIRONMENTS.index(environment)])
    assert bundle["plans"]["free"]["limits"]["quota"] == {"day": 1000 if environment == "prod" else 100}
