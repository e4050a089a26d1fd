"""The gate's judgement: nobody who is subscribed loses what they have, and what nobody has may go."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.gate import IMPORTED, Definitions, Holder, digest, judged, losses, not_defined, stated
from tiergate.domain.limits import SECOND
from tiergate.domain.transitions import DAY

SUNSET = 1_814_313_600
"""2027-06-30"""
LIFE = {"deprecated": 1_796_083_200, "sunset": SUNSET, "gone": SUNSET + 90 * 86_400, "successor": "bank/v2"}
PAST = SUNSET * SECOND
PRODUCTS, PLANS, APIS = ("bank", "cards"), ("free", "large"), ("bank/v1", "cards/v1")
BEFORE = {
    "products": {
        "bank": {"apis": ["bank/v1", "fx/v1"], "plans": ["free", "large"], "rest_apis": ["ledger"]},
        "cards": {"apis": ["cards/v1"], "plans": ["free"]},
    },
    "plans": {"free": {}, "large": {}},
    "apis": {name: {"state": "published"} for name in ("bank/v1", "cards/v1", "fx/v1")},
}
ACME = Holder("sub_acme", "acme", "bank", "free")
GLOBEX = Holder("sub_globex", "globex", "bank", "large")
INITECH = Holder("sub_initech", "initech", "cards", "free")
EVERYBODY = (ACME, GLOBEX, INITECH)


def changed(**products: Any) -> dict[str, Any]:
    """``BEFORE`` with other products; None takes one away."""
    bundle: dict[str, Any] = json.loads(json.dumps(BEFORE))
    for name, parts in products.items():
        if parts is None:
            del bundle["products"][name]
        else:
            bundle["products"][name] |= parts
    return bundle


def read(bundle: Any) -> Definitions:
    return Definitions.of(stated(bundle))


def refused(new: Any, *, old: Any = BEFORE, now: int = PAST) -> dict[str, list[str]]:
    """What would be lost, and who would lose it, of everybody."""
    found = judged(losses(read(old), read(new), now), EVERYBODY)
    return {each.loss.what: [holder.organization for holder in each.holders] for each in found}


def test_a_bundle_is_read_back_as_it_was_stated_and_in_any_order_is_the_same():
    bundle = changed() | {"apis": {"bank/v1": {"state": "deprecated", "lifecycle": LIFE, "upstream": "https://x"}}}
    assert stated(json.loads(json.dumps(bundle, sort_keys=True))) == stated(bundle)
    assert "upstream" not in stated(bundle)
    found = read(bundle)
    assert found.products["bank"] == (
        frozenset({"bank/v1", "fx/v1"}),
        frozenset({"ledger"}),
        frozenset({"free", "large"}),
    )
    assert found.apis["bank/v1"].lifecycle.sunset == SUNSET
    assert found.offers == {("bank", "free"), ("bank", "large"), ("cards", "free")}


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", '{"format": 2}', '{"format": 1, "products": ["bank"]}'])
def test_what_is_stated_otherwise_is_no_definitions(text):
    with pytest.raises(ValueError, match="no definitions of format 1"):
        Definitions.of(text)


def test_each_kind_of_loss_says_what_to_do_instead():
    new = changed(bank={"apis": ["bank/v1"], "rest_apis": []}, cards=None)
    assert {each.what: each.mend for each in losses(read(BEFORE), read(new), PAST)} == {
        'product "cards" is dropped or renamed': "keep its file until nobody has it",
        'API fx/v1 is taken out of product "bank"': (
            "keep it there; to end it, deprecate it with a sunset, retire it, and take it out then"
        ),
        'REST API ledger is taken out of product "bank"': "keep it there as long as anybody has the product",
    }


def test_definitions_are_remembered_by_a_digest_and_none_by_none():
    assert digest("") == ""
    assert len(digest(stated(BEFORE))) == 64


def test_what_stays_is_no_loss():
    assert losses(read(BEFORE), read(BEFORE), PAST) == []


def test_a_plan_that_goes_is_refused_by_name_with_those_who_have_it():
    new = changed(bank={"plans": ["free"]})
    new["plans"].pop("large")
    assert refused(new) == {'plan "large" is dropped or renamed': ["globex"]}


def test_a_plan_that_a_product_stops_offering_is_refused():
    assert refused(changed(bank={"plans": ["large"]})) == {'product "bank" no longer offers plan "free"': ["acme"]}


def test_a_product_that_goes_is_refused_once_whatever_goes_with_it():
    assert refused(changed(bank=None)) == {'product "bank" is dropped or renamed': ["acme", "globex"]}


def test_a_plan_or_a_product_that_nobody_has_may_go():
    new = changed(bank={"plans": ["free"]}, cards={"plans": ["free"]})
    new["plans"].pop("large")
    found = losses(read(BEFORE), read(new), PAST)
    assert found
    assert judged(found, [ACME, INITECH]) == []


def test_an_api_version_that_leaves_a_product_or_goes_is_refused_to_those_who_have_the_product():
    assert refused(changed(bank={"apis": ["bank/v1"]})) == {
        'API fx/v1 is taken out of product "bank"': ["acme", "globex"]
    }
    gone = changed(bank={"apis": ["bank/v1"]})
    gone["apis"].pop("fx/v1")
    (what,) = refused(gone)
    assert what.startswith("API fx/v1: removed: it is published")


def test_a_rest_api_that_leaves_a_product_is_refused_to_those_who_have_the_product():
    assert refused(changed(bank={"rest_apis": []})) == {
        'REST API ledger is taken out of product "bank"': ["acme", "globex"]
    }


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_a_version_that_nobody_can_call_may_leave_a_product(state):
    old, new = changed(), changed(bank={"apis": ["bank/v1"]})
    for bundle in (old, new):
        bundle["apis"]["fx/v1"] = {"state": state, "lifecycle": LIFE}
    assert refused(new, old=old) == {}


def test_a_version_is_retired_no_sooner_than_its_callers_were_told():
    old, new = changed(), changed()
    old["apis"]["fx/v1"] = {"state": "deprecated", "lifecycle": LIFE}
    new["apis"]["fx/v1"] = {"state": "retired", "lifecycle": LIFE}
    assert refused(new, old=old, now=PAST) == {}
    ((what, those),) = refused(new, old=old, now=PAST - DAY).items()
    assert (what, those) == ("API fx/v1: retired before its sunset: callers were told 2027-06-30", ["acme", "globex"])


def test_a_version_that_is_new_may_begin_in_any_state():
    new = changed()
    new["apis"]["new/v1"] = {"state": "retired", "lifecycle": LIFE}
    assert losses(read(BEFORE), read(new), 0) == []


def test_where_nothing_is_known_of_before_whoever_has_what_is_not_defined_is_told():
    found = judged(not_defined(read(changed(bank={"plans": ["free"]}, cards=None)), EVERYBODY), EVERYBODY)
    assert [(each.loss.what, [holder.organization for holder in each.holders]) for each in found] == [
        ('product "cards" is not in the policies', ["initech"]),
        ('product "bank" does not offer plan "large"', ["globex"]),
    ]
    assert not_defined(read(BEFORE), EVERYBODY) == []


products = st.dictionaries(
    st.sampled_from(PRODUCTS),
    st.fixed_dictionaries(
        {
            "plans": st.lists(st.sampled_from(PLANS), unique=True),
            "apis": st.lists(st.sampled_from(APIS), unique=True),
            "rest_apis": st.lists(st.just("ledger"), unique=True),
        }
    ),
)
bundles = st.builds(
    lambda products, extra, states, issuers, imported: {
        "platform": {"imported_keys": imported},
        "issuers": dict.fromkeys(issuers),
        "products": products,
        "plans": dict.fromkeys({plan for each in products.values() for plan in each["plans"]} | extra),
        "apis": {name: {"state": state, "lifecycle": LIFE} for name, state in states.items()},
    },
    products,
    st.sets(st.sampled_from(PLANS)),
    st.fixed_dictionaries({name: st.sampled_from(["draft", "published", "deprecated", "retired"]) for name in APIS}),
    st.sets(st.sampled_from(["entra", "okta"])),
    st.booleans(),
)
holders = st.builds(
    Holder,
    st.text("abc", min_size=1),
    st.just("acme"),
    st.sampled_from(PRODUCTS),
    st.sampled_from(PLANS),
    st.frozensets(st.sampled_from([IMPORTED, "entra", "okta"])),
)


@given(bundles, bundles, st.lists(holders), st.integers(0, 2 * PAST))
def test_whoever_has_an_offer_that_goes_is_among_the_refused(old, new, held, now):
    before, after = read(old), read(new)
    stranded = {
        each
        for each in held
        if (each.product, each.plan) in before.offers - after.offers
        or (each.product in before.products and each.ways & before.ways - after.ways)
    }
    told = {holder for each in judged(losses(before, after, now), held) for holder in each.holders}
    assert stranded <= told


@given(bundles, bundles, st.lists(holders))
def test_without_the_old_definitions_all_whose_offer_is_not_defined_are_refused_and_nobody_else(old, new, held):
    after = read(new)
    told = {holder for each in judged(not_defined(after, held), held) for holder in each.holders}
    assert told == {each for each in held if (each.product, each.plan) not in after.offers or each.ways - after.ways}


@given(bundles, st.lists(holders), st.integers(0, 2 * PAST))
def test_where_nothing_goes_all_pass(old, held, now):
    new = json.loads(json.dumps(old))
    for product in new["products"].values():
        product |= {part: sorted({*product[part], more}) for part, more in (("plans", "new"), ("apis", "new/v1"))}
    new["plans"]["new"] = None
    new["apis"]["new/v1"] = {"state": "published"}
    assert losses(read(old), read(new), now) == []


@given(bundles, bundles, st.integers(0, 2 * PAST))
def test_where_nobody_is_subscribed_all_pass(old, new, now):
    assert judged(losses(read(old), read(new), now), []) == []
