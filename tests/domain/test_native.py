"""Which usage plans and keys are wanted: shared by equal limits, apart where a stage's limits differ."""

from tests.fakes.mirrored import CATALOGUE, LEDGER, NAMED, NOW, ORDERS, REST_APIS, STOCK, altered, application
from tiergate.domain.native import Desired, Key, UsagePlan
from tiergate.domain.native_limits import NativeLimits
from tiergate.domain.registry import Override
from tiergate.domain.rest_apis import RestApis

DESIRED = Desired(CATALOGUE, REST_APIS)
ONE = application(1, retail="large", plain="free")


def test_a_plan_is_one_usage_plan_where_all_its_stages_have_the_same_limits() -> None:
    free = DESIRED.offered()["retail/free"]
    assert free == UsagePlan("retail/free", NativeLimits(5, 10, 1000, "DAY"), frozenset({ORDERS, STOCK}))


def test_a_plan_is_two_where_its_rest_apis_mirror_an_hourly_quota_differently() -> None:
    offered = DESIRED.offered()
    assert offered["retail/large"].stages == {ORDERS}
    assert offered["retail/large/day"].stages == {STOCK}
    assert offered["retail/large/day"].limits == NativeLimits(50, 100, 4800, "DAY")


def test_a_plan_of_a_product_that_sells_no_rest_api_is_not_mirrored() -> None:
    assert not any(tag.startswith("plain/") for tag in DESIRED.offered())
    assert DESIRED.wanted(ONE, NOW).keys.keys() == {"sub_1_retail"}


def test_a_key_belongs_in_all_usage_plans_of_its_plan() -> None:
    tags = frozenset({"retail/large", "retail/large/day"})
    assert DESIRED.wanted(ONE, NOW).keys["sub_1_retail"] == Key("sub_1_retail", "app_1", True, tags)


def test_an_override_of_one_group_of_stages_leaves_the_other_in_the_shared_usage_plan() -> None:
    wanted = DESIRED.wanted(altered(ONE, "retail", override=Override({"hour": 1})), NOW)
    tags = wanted.keys["sub_1_retail"].plans
    assert "retail/large" in tags
    (own,) = tags - {"retail/large"}
    assert wanted.plans[own] == UsagePlan(own, NativeLimits(50, 100, 24, "DAY"), frozenset({STOCK}))


def test_an_override_holds_until_its_end() -> None:
    held = altered(ONE, "retail", override=Override({"month": 5}, until=NOW))
    assert DESIRED.wanted(held, NOW - 1) != DESIRED.wanted(ONE, NOW - 1)
    assert DESIRED.wanted(held, NOW) == DESIRED.wanted(ONE, NOW)


def test_one_stage_is_never_in_two_usage_plans_of_a_key() -> None:
    for limits in ({"hour": 1}, {"month": 1}, {"day": 9, "hour": 1}, {"rate": 3, "burst": 30}):
        wanted = DESIRED.wanted(altered(ONE, "retail", override=Override(limits)), NOW)
        stages = [stage for plan in wanted.plans.values() for stage in plan.stages]
        assert sorted(stages) == [ORDERS, STOCK]


def test_the_entries_of_stages_are_named_for_people() -> None:
    assert DESIRED.entries([LEDGER, STOCK, "unknown:prod"]) == ["ledger", "stock"]


def test_without_rest_apis_nothing_is_wanted() -> None:
    nothing = Desired(CATALOGUE, RestApis({}, {}))
    assert not nothing
    assert not nothing.offered()
    assert not nothing.differences()
    assert nothing.wanted(ONE, NOW) == ({}, {})


def test_differences_are_told_once_a_plan() -> None:
    differences = Desired(
        CATALOGUE, RestApis(NAMED, {"retail": ("orders", "ledger"), "trade": ("ledger",)})
    ).differences()
    assert len(differences) == len(set(differences))
    assert not any("open" in each for each in differences)
