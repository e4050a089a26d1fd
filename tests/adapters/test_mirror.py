"""The mirror, one guarantee a test: what is made, changed and taken away, in how many calls."""

import pytest

from tests.fakes.api_gateway import READS
from tests.fakes.mirrored import (
    CATALOGUE,
    NAMED,
    NOW,
    PLANS,
    Account,
    altered,
    application,
)
from tiergate.adapters.mirror import Outcome
from tiergate.domain.catalogue import Plan
from tiergate.domain.limits import Limits
from tiergate.domain.registry import Override
from tiergate.domain.rest_apis import RestApis

ONE, TWO = application(1, retail="free", trade="open"), application(2, retail="large", plain="free")


def test_a_first_run_makes_a_key_for_each_subscription_that_sells_a_rest_api() -> None:
    account = Account(ONE, TWO)
    outcome = account.run()
    assert not outcome.failed
    assert outcome.complete
    assert outcome.created == len(account.plans()) + 3
    account.assert_in_step([ONE, TWO])


def test_a_run_without_anything_to_do_writes_nothing() -> None:
    account = Account(ONE, TWO)
    account.run()
    account.api.calls.clear()
    outcome = account.run()
    assert account.api.writes() == []
    assert outcome.changed == 0
    assert outcome.unchanged == len(account.plans()) + 3


def test_a_usage_plan_for_each_plan_on_offer_is_there_before_anybody_subscribes() -> None:
    account = Account()
    account.run()
    assert account.plans().keys() == {"retail/free", "retail/large", "retail/large/day", "trade/free", "trade/open"}


def test_a_dry_run_writes_nothing_and_tells_what_would_be_done() -> None:
    account = Account(ONE)
    outcome = account.run(dry=True)
    assert account.api.writes() == []
    assert outcome.changed == 0
    assert 'make usage plan "retail/free" (5 a second, 10 at once, 1,000 a day)' in outcome.planned
    assert (
        'make the API key of subscription sub_1_retail (application app_1) in usage plan "retail/free"'
        in outcome.planned
    )


def test_a_dry_run_tells_of_every_kind_of_change() -> None:
    account = Account(ONE, TWO)
    account.run()
    account.table.delete(TWO)
    account.table.put(altered(altered(ONE, "retail", plan="large"), "trade", state="suspended"))
    account.catalogue = CATALOGUE._replace(plans=PLANS | {"free": Plan(Limits.of({"quota": {"day": 5}}))})
    account.api.calls.clear()
    outcome = account.run(dry=True)
    assert account.api.writes() == []
    plans = account.plans()
    assert [*outcome.planned] == [
        f'change usage plan "retail/free" ({plans["retail/free"]}): remove /throttle, replace /quota/limit 5, '
        "replace /quota/offset 0, replace /quota/period DAY",
        f'change usage plan "trade/free" ({plans["trade/free"]}): remove /throttle, replace /quota/limit 5, '
        "replace /quota/offset 0, replace /quota/period DAY",
        "delete the API key of subscription sub_2_retail (application app_2)",
        'move the API key of subscription sub_1_retail (application app_1) from usage plan "retail/free" to '
        '"retail/large" and "retail/large/day"',
        "disable the API key of subscription sub_1_trade (application app_1)",
    ]


def test_the_limits_that_native_plans_cannot_have_are_told() -> None:
    told = Account().run().differences
    assert 'plan "large": 200 an hour is not mirrored: say hourly: day at its entry of rest_apis' in told
    assert len(told) == len(set(told))


@pytest.mark.parametrize("change", [{"plan": "large"}, {"state": "suspended"}, {"override": Override({"day": 7})}])
def test_a_change_of_one_subscription_is_followed(change: dict[str, object]) -> None:
    account = Account(ONE, TWO)
    account.run()
    after = altered(ONE, "retail", **change)
    account.table.put(after)
    outcome = account.application("app_1")
    assert not outcome.failed
    assert outcome.changed
    account.assert_in_step([after, TWO])


@pytest.mark.parametrize("change", [{"state": "suspended"}, {"organization_state": "suspended"}])
def test_keys_of_a_suspended_application_or_organization_are_disabled_and_come_back(change: dict[str, str]) -> None:
    account = Account(ONE)
    account.run()
    for each in (ONE._replace(**change), ONE):
        account.table.put(each)
        account.application("app_1")
        account.assert_in_step([each])


def test_an_application_that_is_gone_loses_its_keys_without_anybody_knowing_its_subscriptions() -> None:
    account = Account(ONE, TWO)
    account.run()
    account.table.delete(ONE)
    outcome = account.application("app_1")
    assert outcome == Outcome(deleted=2)
    account.assert_in_step([TWO])


def test_an_application_that_needs_nothing_costs_one_call_or_two() -> None:
    account = Account(application(3, plain="free"))
    assert account.application("app_3") == Outcome()
    assert account.api.calls == ["get_api_keys", "get_usage_plans"]


def test_a_platform_without_rest_apis_asks_two_things_and_needs_no_root() -> None:
    account = Account(ONE)
    account.rest_apis = RestApis({}, {})
    account.root = None  # type: ignore[assignment] # what nobody asks for
    outcome = account.run()
    assert outcome == Outcome()
    assert account.api.calls == ["get_usage_plans", "get_api_keys"]
    assert account.application("app_1") == Outcome()


def test_taking_all_rest_apis_out_of_the_policies_leaves_nothing_of_ours() -> None:
    account = Account(ONE, TWO)
    account.run()
    account.rest_apis = RestApis({}, {})
    outcome = account.run()
    assert not outcome.failed
    assert not account.plans()
    assert not account.shown()
    account.assert_others_untouched()


def test_a_deploy_with_other_limits_changes_the_usage_plan_and_moves_no_key() -> None:
    account = Account(ONE, TWO)
    account.run()
    free = account.plans()["retail/free"]
    account.catalogue = CATALOGUE._replace(plans=PLANS | {"free": Plan(Limits.of({"quota": {"month": 9}}))})
    account.api.calls.clear()
    account.run()
    assert account.api.writes() == ["update_usage_plan"] * 2
    assert account.plans()["retail/free"] == free
    account.assert_in_step([ONE, TWO])


@pytest.mark.parametrize("hourly", [("day", "day"), ("", ""), ("day", "")])
def test_another_hourly_setting_moves_stages_between_usage_plans_that_share_keys(hourly: tuple[str, str]) -> None:
    account = Account(ONE, TWO)
    account.run()
    orders, stock = (NAMED[name]._replace(hourly=each) for name, each in zip(("orders", "stock"), hourly, strict=True))
    account.rest_apis = account.rest_apis._replace(named=NAMED | {"orders": orders, "stock": stock})
    outcome = account.run()
    assert not outcome.failed
    account.assert_in_step([ONE, TWO])


def test_a_product_gains_and_loses_a_rest_api() -> None:
    account = Account(ONE, TWO)
    account.run()
    for sold in ({"retail": ("orders", "stock", "ledger"), "trade": ("ledger",)}, {"retail": ("stock",)}):
        account.rest_apis = RestApis(NAMED, sold)
        assert not account.run().failed
        account.assert_in_step([ONE, TWO])


def test_subscriptions_with_equal_overrides_share_a_usage_plan_until_they_end() -> None:
    override = Override({"day": 7}, until=NOW + 1)
    first, second = (altered(application(n, retail="free"), "retail", override=override) for n in (1, 2))
    account = Account(first, second)
    account.run()
    assert len(account.plans()) == 6
    account.assert_in_step([first, second])
    account.now += 1
    account.run()
    assert len(account.plans()) == 5
    account.assert_in_step([first, second])


def test_an_override_that_changes_nothing_native_stays_in_the_shared_usage_plan() -> None:
    after = altered(ONE, "retail", override=Override({"month": 999_999_999}))
    account = Account(after)
    account.run()
    assert len(account.plans()) == 5
    account.assert_in_step([after])


def test_a_subscription_to_a_plan_that_is_not_there_has_no_key() -> None:
    account = Account(altered(ONE, "retail", plan="gone"))
    assert not account.run().failed
    assert account.shown().keys() == {"sub_1_trade"}


def test_keys_of_another_root_are_made_again() -> None:
    account = Account(ONE)
    account.run()
    account.root = b"s" * 32
    outcome = account.run()
    assert (outcome.created, outcome.deleted) == (2, 2)
    account.assert_in_step([ONE])


def test_a_quota_that_somebody_moved_within_its_period_is_put_back() -> None:
    account = Account(ONE)
    account.run()
    account.only(plan="retail/free")["quota"]["offset"] = 3
    assert account.run().updated == 1
    assert account.only(plan="retail/free")["quota"] == {"limit": 1000, "period": "DAY", "offset": 0}


def test_an_application_that_the_index_does_not_show_yet_keeps_its_keys() -> None:
    account = Account(ONE, TWO)
    account.run()
    account.api.calls.clear()
    account.table.items = lambda *_: iter(())
    assert not account.run().failed
    assert account.api.writes() == []


def test_values_of_keys_are_never_asked_for() -> None:
    account = Account(ONE)
    asked = []
    account.api.around = lambda name, request, call: (asked.append((name, request)), call())[1]
    account.run()
    account.application("app_1")
    assert {request["includeValues"] for name, request in asked if name == "get_api_keys"} == {False}


def test_a_renamed_key_is_found_by_its_tags_and_gets_its_name_back() -> None:
    account = Account(ONE)
    account.run()
    account.only(subscription="sub_1_retail")["name"] = "mine"
    outcome = account.application("app_1")
    assert not outcome.failed
    account.assert_in_step([ONE])


def test_a_key_whose_tags_are_gone_is_told_and_left_alone() -> None:
    account = Account(ONE)
    account.run()
    key = account.only(subscription="sub_1_retail")
    key["tags"] = {}
    before = dict(key)
    (failure,) = account.run().failed
    assert failure.application == "app_1"
    assert "delete that one" in failure.reason
    assert key == before
    assert key["value"] not in failure.reason


def test_a_duplicate_usage_plan_gives_its_keys_to_the_one_with_the_least_id_and_goes() -> None:
    account = Account(ONE, TWO)
    account.run()
    live = account.only(plan="retail/free")
    for _ in range(3):
        account.api.create_usage_plan(name="again", tags=live["tags"], apiStages=live["apiStages"])
    alike = sorted(id_ for id_, plan in account.api.plans.items() if plan.get("tags") == live["tags"])
    outcome = account.run()
    assert not outcome.failed
    assert outcome.deleted == 3
    assert account.plans()["retail/free"] == alike[0]
    account.assert_in_step([ONE, TWO])


@pytest.mark.parametrize("ids", [("p1", "p2"), ("p2", "p1")])
def test_of_two_runs_that_make_the_same_usage_plan_the_one_with_the_greater_id_takes_its_own_away(
    ids: tuple[str, str],
) -> None:
    account = Account(application(1, trade="free"))
    account.rest_apis = RestApis(NAMED, {"trade": ("ledger",)})
    made, theirs = iter([*ids, "k1"]), []
    account.api._id = lambda: next(made)

    def just_before(name: str, request: dict[str, object], call: object) -> object:
        if name == "create_usage_plan" and not theirs:
            theirs.append(account.api._create_usage_plan(**request)["id"])
        return call()  # type: ignore[operator]

    account.api.around = just_before
    outcome = account.application("app_1")
    assert not outcome.failed
    assert [*account.api.members["p1"]] == ["k1"]
    assert ("p2" in account.api.plans) == (theirs == ["p2"])
    assert outcome.created == (2 if theirs == ["p2"] else 1)


def test_a_usage_plan_that_nobody_needs_stays_while_it_holds_a_key_of_others() -> None:
    account = Account(altered(ONE, "retail", override=Override({"day": 7})))
    account.run()
    (own,) = [id_ for tag, id_ in account.plans().items() if tag.count("/") == 2 and not tag.endswith("/day")]
    theirs = account.api.create_api_key(name="theirs")["id"]
    account.api.create_usage_plan_key(usagePlanId=own, keyId=theirs, keyType="API_KEY")
    account.table.put(ONE)
    (failure,) = account.run().failed
    assert theirs in failure.reason
    assert not failure.again
    assert [*account.api.members[own]] == [theirs]


def test_a_usage_plan_that_a_key_of_ours_entered_meanwhile_stays_until_the_next_run() -> None:
    account = Account(altered(ONE, "retail", override=Override({"day": 7})))
    account.run()
    (id_,) = [id_ for tag, id_ in account.plans().items() if tag.count("/") == 2 and not tag.endswith("/day")]
    other = account.only(subscription="sub_1_trade")["id"]
    account.table.put(ONE)

    def just_after(name: str, request: dict[str, object], call: object) -> object:
        answer = call()  # type: ignore[operator]
        if name == "delete_usage_plan_key":
            account.api.members[id_][other] = None
        return answer

    account.api.around = just_after
    outcome = account.run()
    assert (outcome.deleted, outcome.failed) == (0, ())
    assert [*account.api.members[id_]] == [other]
    account.api.around = lambda _, __, call: call()
    account.run()
    account.assert_in_step([ONE])
    assert id_ not in account.api.plans


def test_what_changes_in_the_registry_meanwhile_has_the_last_word() -> None:
    account = Account(ONE)
    account.run()
    account.table.put(altered(ONE, "retail", plan="large"))
    final = altered(ONE, "retail", state="suspended")
    reads = []

    def change(id_: str) -> None:
        reads.append(id_)
        if len(reads) == 3:
            account.table.put(final)

    account.table.read = change
    outcome = account.application("app_1")
    assert not outcome.failed
    account.assert_in_step([final])


def test_an_application_that_never_comes_to_rest_is_tried_again_later() -> None:
    account = Account(ONE)
    plans = ["free", "large"]

    def change(id_: str) -> None:
        plans.reverse()
        account.table.put(altered(ONE, "retail", plan=plans[0]))

    account.table.read = change
    (failure,) = account.application("app_1").failed
    assert failure.again


def test_every_operation_that_the_fake_takes_for_a_read_lists_things() -> None:
    assert {"get_api_keys", "get_usage_plans", "get_usage_plan_keys"} == READS


def test_a_rate_of_many_digits_settles() -> None:
    account = Account(ONE)
    account.run()
    limits = Limits.of({"rate": {"per_second": 1 / 3, "burst": 10}})
    account.catalogue = CATALOGUE._replace(plans=PLANS | {"free": Plan(limits)})
    assert account.run().updated == 2
    assert account.run().changed == 0
