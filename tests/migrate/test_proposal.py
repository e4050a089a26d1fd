"""What an account becomes: APIs, plans, products, partners."""

from typing import Any

import pytest

from tests.migrate.test_documents import ANSWER
from tests.migrate.test_documents import stage as documented
from tests.migrate.test_upstreams import BACK, ITEM, passed
from tiergate.domain.rest_account import AccountUsagePlan, RestAccount, RestKey, Stage
from tiergate.migrate.partners import Brought, of_account, partners
from tiergate.migrate.proposal import Choices, Proposal, proposal

DOCUMENT = documented({"/items/{id}": {"get": ANSWER}}).document


def stage(api: str, name: str, at: str = "prod", **more: Any) -> Stage:
    return Stage(api, name, at, f"https://{api}.example/{at}", DOCUMENT, methods=(ITEM,))._replace(**more)


def account(*parts: Stage | AccountUsagePlan | RestKey) -> RestAccount:
    return RestAccount(
        "eu-west-1",
        tuple(each for each in parts if isinstance(each, Stage)),
        tuple(each for each in parts if isinstance(each, AccountUsagePlan)),
        tuple(each for each in parts if isinstance(each, RestKey)),
    )


def proposed(*parts: Stage | AccountUsagePlan | RestKey, **choices: Any) -> Proposal:
    return proposal(account(*parts), Choices(**choices))


ORDERS, STOCK = stage("a1b2c3d4e5", "Orders API"), stage("f6g7h8i9j0", "Stock")


def test_a_stage_becomes_an_api_and_a_usage_plan_a_plan_of_a_product() -> None:
    found = proposed(ORDERS, AccountUsagePlan("gold01", "Gold", 5.0, 10, stages=(ORDERS.id,)))
    assert [(api.name, api.upstream) for api in found.apis] == [("orders-api/v1", BACK)]
    assert [(each.name, each.apis, each.plans) for each in found.products] == [
        ("orders-api", ("orders-api/v1",), ("gold",))
    ]
    assert found.offers == {"gold01": ("orders-api", "gold")}


def test_a_product_stands_for_each_distinct_set_of_stages() -> None:
    both = (ORDERS.id, STOCK.id)
    found = proposed(
        ORDERS,
        STOCK,
        AccountUsagePlan("p1", "Free", stages=(ORDERS.id,)),
        AccountUsagePlan("p2", "Gold", stages=(ORDERS.id,)),
        AccountUsagePlan("p3", "All", stages=both),
    )
    assert {each.apis: each.plans for each in found.products} == {
        ("orders-api/v1",): ("free", "gold"),
        ("orders-api/v1", "stock/v1"): ("all",),
    }
    assert len({each.name for each in found.products}) == 2


def test_several_stages_of_one_api_are_told_apart() -> None:
    found = proposed(ORDERS, stage("a1b2c3d4e5", "Orders API", "test"))
    assert [api.name for api in found.apis] == ["orders-api-prod/v1", "orders-api-test/v1"]


def test_what_cannot_be_carried_over_is_left_out_with_its_plans_and_told() -> None:
    private = stage("f6g7h8i9j0", "Stock", private=True, methods=(passed("GET", "/f", "arn", integration="AWS_PROXY"),))
    found = proposed(
        ORDERS,
        private,
        AccountUsagePlan("p1", "Inner", stages=(private.id,)),
        AccountUsagePlan("p2", "Both", stages=(ORDERS.id, private.id)),
        AccountUsagePlan("p3", "None"),
    )
    assert [api.name for api in found.apis] == ["orders-api/v1", ""]
    inner, both, none = found.plans
    assert (inner.name, both.name, none.name) == ("", "both", "")
    assert "not migrated; it is left out" in inner.notes[-1]
    assert "which is not migrated" in both.notes[-1]
    assert "opens no stage" in none.notes[-1]


def test_methods_without_a_key_are_told_as_they_will_need_one() -> None:
    (api,) = proposed(stage("a1b2c3d4e5", "Orders", methods=(passed("GET", "/o", f"{BACK}/o", keyed=False),))).apis
    assert any("anybody may call GET /o now" in note for note in api.notes)


def test_a_wrapped_rest_api_that_asks_for_a_key_needs_one_of_the_gateways() -> None:
    wrapped = stage("a1b2c3d4e5", "Orders", guards=("a WAF web ACL",))
    found = proposed(wrapped)
    assert "--upstream-key" in found.missing[0]
    assert proposed(wrapped, upstream_key="arn:…").missing == ()
    assert proposed(wrapped, upstream_key="arn:…").apis[0].secret == "arn:…"


def test_names_that_were_decided_hold() -> None:
    names = {"gold01": "first", ORDERS.id: "shop"}
    found = proposed(ORDERS, AccountUsagePlan("gold01", "Gold", stages=(ORDERS.id,)), names=names)
    assert found.offers == {"gold01": ("shop", "first")}


def key(id_: str, **more: Any) -> RestKey:
    return RestKey(id_, more.pop("name", id_), more.pop("fingerprint", id_ * 8), **more)


@pytest.mark.parametrize(
    ("by", "organization"), [("customer", "acme-42"), ("name", "Mobile"), ("tag:team", "Blue"), ("tag:other", "Mobile")]
)
def test_whose_a_key_is_can_be_chosen_and_its_name_stands_in(by: str, organization: str) -> None:
    plan = AccountUsagePlan("gold01", "Gold", stages=(ORDERS.id,), keys=("k1",))
    mobile = key("k1", name="Mobile", customer="acme-42", tags={"team": "Blue"})
    (found,) = partners(of_account(account(ORDERS, plan, mobile), {"gold01": ("o", "gold")}, by), {}).partners
    assert (found.organization, found.application, found.offers) == (organization, "Mobile", (("o", "gold"),))


def test_keys_outside_of_migrated_plans_are_nobodys() -> None:
    plan = AccountUsagePlan("other1", "Other", keys=("k1",))
    assert [*of_account(account(plan, key("k1"), key("k2")), {}, "customer")] == []


def brought(ref: str, *offers: tuple[str, str], organization: str = "Acme", name: str = "App") -> Brought:
    return Brought(ref, organization, name, ref * 8, True, offers)


def test_each_key_has_an_application_of_its_own_as_quotas_count_by_key() -> None:
    found = partners([brought("k1", ("o", "g")), brought("k2", ("o", "g")), brought("k3", ("o", "g"), name="B")], {})
    assert [each.application for each in found.partners] == ["App (k1k1k1k1)", "App (k2k2k2k2)", "B"]


def test_of_two_plans_for_the_same_api_the_one_of_more_apis_stays_and_the_other_is_told() -> None:
    products = {"both": frozenset({"a/v1", "b/v1"}), "one": frozenset({"a/v1"}), "far": frozenset({"c/v1"})}
    found = partners([brought("k1", ("one", "x"), ("both", "y"), ("far", "z"))], products)
    assert found.partners[0].offers == (("both", "y"), ("far", "z"))
    assert "one x is left out: a/v1 is covered by both y already" in found.left[0].why


def test_keys_that_cannot_be_imported_or_are_there_twice_are_told() -> None:
    same = brought("k3", ("o", "g"))._replace(fingerprint="k1" * 8)
    none = brought("k2", ("o", "g"))._replace(fingerprint="", fault="a key has 16 to 256 characters; found 3")
    found = partners([brought("k1", ("o", "g")), none, same, brought("k4")], {})
    assert [each.ref for each in found.partners] == ["k1"]
    assert [each.ref for each in found.left] == ["k2", "k3", "k4"]
    assert found.left[0].why == "it cannot be imported: a key has 16 to 256 characters; found 3"
