"""What a deploy may not do, each with its reason and what to do instead; and whom a change touches."""

import copy
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest

from tests.policies.everything import write_everything
from tiergate.domain.consumers import Consumer
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import Override, Subscription
from tiergate.policy import capacity
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.policy.levels import BREAKING
from tiergate.policy.shipped import shipped
from tiergate.review.preview import (
    Held,
    Stands,
    Touched,
    differing,
    doubled,
    exceeded,
    needed,
    nothing_deployed,
    stated_public,
    touched,
)
from tiergate.review.refusals import Refusal, refusals

NOW = 1_795_428_610 * SECOND
"""2026-11-23T10:10:10Z."""

Bundle = dict[str, Any]
PUBLIC = {("open/v1", "listThings")}


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """With a second plan and a second product."""
    found = compiled(checked(write_everything(tmp_path_factory.mktemp("everything"))))
    found["plans"]["large"] = copy.deepcopy(found["plans"]["basic"])
    found["products"]["shop"]["plans"] = ["basic", "large"]
    found["products"]["other"] = {"apis": ["shown/v1"], "plans": ["basic"]}
    return found


def held(id_: str = "sub_1", organization: str = "acme", *, used: int = 0, **differing: Any) -> Held:
    fields = {"product": "shop", "plan": "basic"} | differing
    return Held(organization, f"app_{organization}", Subscription(id_, **fields), {"hour": used})


def consumer(api: str, day: str = "2026-11-22", *, subscription: str = "sub_1", product: str = "shop") -> Consumer:
    return Consumer("acme", "app_1", subscription, product, "basic", api, {day: 5})


def judged(
    old: Bundle,
    change: Callable[[Bundle], Any],
    *those: Held,
    consumers: Collection[Consumer] = (),
    public: Collection[tuple[str, str]] = tuple(PUBLIC),
) -> list[Refusal]:
    new = copy.deepcopy(old)
    change(new)
    stands = Stands(those, tuple(consumers))
    return refusals(differing(old, new), old, new, stands=stands, public=public, now=NOW)


def test_a_deploy_that_changes_nothing_is_not_refused(bundle: Bundle) -> None:
    assert judged(bundle, lambda _: None, held()) == []


def test_a_plan_that_subscriptions_have_is_not_removed(bundle: Bundle) -> None:
    def remove(new: Bundle) -> None:
        del new["plans"]["large"]
        new["products"]["shop"]["plans"].remove("large")

    assert judged(bundle, remove, held()) == []
    holders = [held(f"sub_{name}", name, plan="large") for name in "abcdefg"]
    (refused,) = judged(bundle, remove, *holders)
    assert refused.subject == "plan large"
    assert refused.reason == "7 subscriptions (a, b, c, d, e and 2 more) have it"
    assert refused.mend == (
        "move each first to a plan that is deployed and stays "
        "(tiergate subscription set-plan SUB PLAN), or keep the plan"
    )


def test_a_product_that_subscriptions_have_is_not_removed(bundle: Bundle) -> None:
    refused = judged(bundle, lambda new: new["products"].pop("shop"), held())
    assert [(each.subject, each.reason) for each in refused] == [("product shop", "1 subscription (acme) has it")]
    assert judged(bundle, lambda new: new["products"].pop("other"), held()) == []


def test_a_plan_stays_on_offer_while_subscriptions_of_the_product_have_it(bundle: Bundle) -> None:
    def withdraw(new: Bundle) -> None:
        new["products"]["shop"]["plans"].remove("large")

    assert judged(bundle, withdraw, held(), held(product="other", plan="large")) == []
    (refused,) = judged(bundle, withdraw, held(plan="large"))
    assert (refused.kind, refused.subject) == ("offer_removed", "product shop, plan large")


def test_an_api_stays_in_a_product_whose_subscribers_call_it(bundle: Bundle) -> None:
    def withdraw(new: Bundle) -> None:
        new["products"]["shop"]["apis"].remove("shown/v1")

    assert judged(bundle, withdraw, held(), consumers=[consumer("open/v1")]) == []
    assert judged(bundle, withdraw, held(), consumers=[consumer("shown/v1", product="other")]) == []
    (refused,) = judged(bundle, withdraw, held(), consumers=[consumer("shown/v1")])
    assert refused.subject == "shown/v1, product shop"
    assert refused.reason == "1 subscription (acme) of the product called it in the last 30 days"
    assert refused.mend == (
        "keep shown/v1 in the product; to end it, deprecate it with a sunset, which tells its callers"
    )


def test_a_version_is_not_retired_before_its_sunset(bundle: Bundle) -> None:
    (refused,) = judged(bundle, lambda new: new["apis"]["old/v1"].update(state="retired"))
    assert (refused.kind, refused.subject) == ("move", "old/v1")
    assert refused.reason == "retired before its sunset: callers were told 2027-06-30"
    assert refused.mend == "keep state: deprecated until then"


def test_a_move_past_a_state_says_which_step_is_missing(bundle: Bundle) -> None:
    ending = {"state": "retired", "lifecycle": bundle["apis"]["old/v1"]["lifecycle"]}
    (refused,) = judged(bundle, lambda new: new["apis"]["shown/v1"].update(ending))
    assert refused.reason == "from published to retired in one move"
    assert refused.mend.startswith("set state: deprecated with a sunset first")


def test_a_version_that_is_called_does_not_just_vanish(bundle: Bundle) -> None:
    def remove(new: Bundle) -> None:
        del new["apis"]["shown/v1"]
        for product in new["products"].values():
            product["apis"].remove("shown/v1")

    (refused,) = judged(bundle, remove, held(), consumers=[consumer("shown/v1")])
    assert (refused.kind, refused.subject) == ("move", "shown/v1")
    assert "set state: deprecated with a sunset first" in refused.mend


def test_an_operation_that_anybody_can_call_must_be_said_to_be_public_by_its_own_file(bundle: Bundle) -> None:
    def open_up(new: Bundle) -> None:
        new["apis"]["open/v1"]["operations"][2]["public"] = True

    (refused,) = judged(bundle, open_up)
    assert refused.subject == "open/v1 GET /things/{}"
    assert refused.reason == "anybody could call it, and policies/apis/open/v1/api.yaml does not say so itself"
    assert refused.mend == (
        'put "getThing": {public: true} under operations: there, or take the other file\'s word away'
    )
    assert judged(bundle, open_up, public=PUBLIC | {("open/v1", "getThing")}) == []


def test_an_operation_does_not_become_public_by_falling_to_one_that_is(bundle: Bundle) -> None:
    def fall(new: Bundle) -> None:
        del new["apis"]["open/v1"]["routes"]["literal"]["things"]["pattern"]

    old = copy.deepcopy(bundle)
    old["apis"]["open/v1"]["operations"][2]["public"] = True
    (refused,) = judged(old, fall, public=PUBLIC | {("open/v1", "getThing")})
    assert refused.subject == "open/v1 GET /things/{}.pdf"
    assert refused.reason == (
        "anybody could call it: it needs a credential, and what answers its calls without it does not"
    )
    assert refused.mend == "keep it; or make it public in a deploy of its own, and remove it then"
    assert judged(bundle, fall) == []


def test_the_first_deploy_is_judged_alike(bundle: Bundle) -> None:
    old = nothing_deployed(bundle)
    stands = Stands()
    found = differing(old, bundle)
    (refused,) = refusals(found, old, bundle, stands=stands, public=(), now=NOW)
    assert (refused.kind, refused.subject) == ("opened", "open/v1 GET /things")
    assert refusals(found, old, bundle, stands=stands, public=PUBLIC, now=NOW) == []


def test_an_operation_does_not_become_public_by_taking_the_name_of_one_that_was(bundle: Bundle) -> None:
    def rename(new: Bundle) -> None:
        operations = new["apis"]["open/v1"]["operations"]
        operations[0], operations[1] = {"id": "list", "cost": 1}, operations[0]

    (refused,) = judged(bundle, rename)
    assert refused.subject == "open/v1 POST /things"
    assert refused.reason == (
        'anybody could call it, as policies/apis/open/v1/api.yaml says of "listThings", which was GET /things'
    )


def test_what_an_environment_opens_is_not_said_by_the_apis_own_file(tmp_path: Path) -> None:
    policies = write_everything(tmp_path)
    (policies / "environments").mkdir()
    overlay = "apis:\n  open/v1: {operations: {getThing: {public: true}, listThings: {cost: 4}}}\n"
    (policies / "environments/prod.yaml").write_text(overlay)
    found = checked(policies, "prod")
    public = [each["id"] for each in compiled(found)["apis"]["open/v1"]["operations"] if each.get("public")]
    assert sorted(public) == ["getThing", "listThings"]
    assert stated_public(found) == PUBLIC


def test_an_override_that_lets_no_call_pass_any_more_is_told_with_its_subscription(bundle: Bundle) -> None:
    def dearer(new: Bundle) -> None:
        new["apis"]["shown/v1"]["operations"][0]["cost"] = 50

    override = Override.of({"hour": 40})
    (refused,) = judged(bundle, dearer, held(override=override), held("sub_2"))
    assert refused.subject == "sub_1 (acme)"
    assert refused.reason == (
        "its override does not go with the new definitions: burst 10 at 5 a second never admits a request of cost 50; "
        "raise burst to 51 or more (listThings of shown/v1 costs 50); hour quota 40 never admits a request of cost 50; "
        "raise it to 50 or more (listThings of shown/v1 costs 50)"
    )
    assert "tiergate subscription override sub_1 --clear" in refused.mend


def test_an_override_that_ended_or_was_wrong_before_is_no_reason_to_refuse(bundle: Bundle) -> None:
    def dearer(new: Bundle) -> None:
        new["apis"]["shown/v1"]["operations"][0]["cost"] = 50

    assert judged(bundle, dearer, held(override=Override.of({"hour": 40}, NOW))) == []
    assert judged(bundle, dearer, held(override=Override.of({"hour": 1}))) == []


def many(count: int, state: str = "published", prefix: str = "a") -> Bundle:
    api = {"state": state, "mode": "managed", "operations": [], "routes": {}, "upstream": "https://a.example"}
    apis = {f"{prefix}{number}/v1": api | {"timeout": 25} for number in range(count)}
    return {"format": 1, "platform": {"name": "n", "support": "s"}, "issuers": {}, "plans": {}, "products": {}} | {
        "apis": apis
    }


def test_more_routes_than_a_gateway_has_are_refused() -> None:
    old = many(0)
    assert refusals([], old, many(149), stands=Stands(), public=(), now=NOW) == []
    (refused,) = refusals([], old, many(150), stands=Stands(), public=(), now=NOW)
    assert (refused.reason, refused.mend) == (
        "301 routes, and one HTTP API has 300",
        "remove versions that nobody calls, or deploy a second gateway",
    )
    assert refusals([], old, many(150, "draft"), stands=Stands(), public=(), now=NOW) == []


def test_routes_that_stand_together_only_while_the_deploy_runs_are_refused_too() -> None:
    old, new = many(100, "draft"), many(100, prefix="b")
    assert refusals([], old, new, stands=Stands(), public=(), now=NOW) == []
    found = refusals([], many(100), new, stands=Stands(), public=(), now=NOW)
    (refused,) = (each for each in found if each.kind == "capacity")
    assert refused.reason.startswith("401 routes stand while the new ones are there")


def test_no_bundle_needs_more_integrations_than_routes(bundle: Bundle) -> None:
    assert capacity.integration_count(bundle["apis"], NOW) == 7
    assert capacity.route_count(capacity.routes(bundle["apis"], NOW), bundle["apis"]) == 17


def test_a_retired_version_has_routes_until_it_is_gone(bundle: Bundle) -> None:
    new = copy.deepcopy(bundle)
    old_version = new["apis"]["old/v1"]
    old_version["state"] = "retired"
    gone = old_version["lifecycle"]["gone"] * SECOND
    assert "ANY /old/v1" in capacity.routes(new["apis"], gone - 1)
    assert "ANY /old/v1" not in capacity.routes(new["apis"], gone)


def lowered(old: Bundle, **quota: int) -> Bundle:
    new = copy.deepcopy(old)
    new["plans"]["basic"]["limits"]["quota"].update(quota)
    return new


def test_a_lowered_limit_touches_those_on_the_plan_but_for_what_an_override_says(bundle: Bundle) -> None:
    new = lowered(bundle, hour=60)
    those = (
        held("sub_1", "acme"),
        held("sub_2", "acme", override=Override.of({"hour": 200})),
        held("sub_3", "beta", override=Override.of({"day": 200})),
        held("sub_4", "gamma", override=Override.of({"hour": 200}, NOW)),
        held("sub_5", "delta", plan="large"),
    )
    (change,) = differing(bundle, new)
    assert touched(change, bundle, new, Stands(those), NOW) == Touched(4, ("acme", "beta", "gamma"), hidden=1)


def test_a_change_of_an_api_touches_those_whose_product_sells_it(bundle: Bundle) -> None:
    new = copy.deepcopy(bundle)
    new["apis"]["shown/v1"]["operations"][0]["cost"] = 2
    (change,) = differing(bundle, new)
    those = (held("sub_1", "acme"), held("sub_2", "beta", product="other"), held("sub_3", "gamma", product="gone"))
    assert touched(change, bundle, new, Stands(those), NOW) == Touched(2, ("acme", "beta"))


def test_calls_of_the_last_days_of_a_version_that_loses_an_operation_are_told(bundle: Bundle) -> None:
    new = copy.deepcopy(bundle)
    new["apis"]["shown/v1"]["routes"]["literal"]["things"]["methods"].pop("POST")
    (change,) = differing(bundle, new)
    assert needed([change]) == ({"shown/v1"}, set())
    those = (held("sub_1"), held("sub_2"), held("sub_3"))
    consumers = [consumer("shown/v1", "2026-11-16"), consumer("shown/v1", "2026-11-15", subscription="sub_2")]
    consumers.append(consumer("open/v1", "2026-11-22", subscription="sub_3"))
    assert touched(change, bundle, new, Stands(those, consumers), NOW).callers == 1


def test_a_quota_that_is_used_up_when_it_is_lowered_is_told(bundle: Bundle) -> None:
    new = lowered(bundle, hour=60)
    assert needed(differing(bundle, new)) == (set(), {"basic"})
    those = (
        held(used=60),
        held(used=59),
        held(used=90, override=Override.of({"hour": 500})),
        held(used=90, plan="large"),
    )
    assert [str(each) for each in exceeded(bundle, new, those, NOW)] == [
        "plan basic: 1 subscription has used up the new quota of this hour already: refused until the hour ends"
    ]
    assert list(exceeded(bundle, lowered(bundle, hour=200), [held(used=100)], NOW)) == []


def test_an_api_that_joins_a_product_breaks_those_who_have_it_by_another(bundle: Bundle) -> None:
    new = copy.deepcopy(bundle)
    new["products"]["other"]["apis"].append("open/v1")
    both = (held("sub_1", "acme"), held("sub_2", "acme", product="other"))
    (change,) = doubled(bundle, new, [*both, held("sub_3", "globex"), held("sub_4", "initech", product="other")])
    assert (change.level, str(change)) == (
        BREAKING,
        "open/v1, product other: app_acme of acme may call it by shop already; now calls may count under the plan of "
        "either subscription",
    )
    assert touched(change, bundle, new, Stands(both), NOW) == Touched()
    assert list(doubled(bundle, new, both[:1])) == list(doubled(bundle, bundle, both)) == []
    new["apis"]["open/v1"]["state"] = "draft"
    assert list(doubled(bundle, new, both)) == []


def test_what_only_the_stacks_read_is_no_difference_from_what_runs(bundle: Bundle) -> None:
    assert differing(shipped(bundle), bundle) == []
    assert shipped(shipped(bundle)) == shipped(bundle)
    assert "deploy" not in shipped(bundle)["apis"]["open/v1"]
    assert shipped(bundle)["plans"]["basic"].keys() == {"limits", "failure"}
