"""Subscriptions: one for each API of an application, plans as an attribute, overrides of their limits."""

import pytest

from tests.adapters.conftest import PRODUCTS
from tiergate.adapters.registry import Registry, RegistryError, Withheld
from tiergate.domain.counters import BY_SUBSCRIPTION
from tiergate.domain.limits import LARGEST, SECOND
from tiergate.domain.registry import MOST_SUBSCRIPTIONS, Override


def test_a_subscription_is_what_the_authorizer_reads_and_found_by_its_id(registry, acme, reader):
    made = registry.subscriptions.create(acme.application, "loans", "free", reason="asked")
    assert reader.application(acme.application).subscriptions == {"retail": acme.subscription, "loans": made}
    application, found = registry.subscriptions.get(made.id)
    assert (application.id, found, found.created) == (acme.application, made, "2026-11-23T12:00:00.000Z")
    assert [each.id for _, each in registry.subscriptions.list("acme")] == [made.id, acme.subscription.id]
    assert all(each.id.startswith(BY_SUBSCRIPTION) for each in (made, acme.subscription)), (
        "else its use is not recorded"
    )


@pytest.mark.parametrize(
    ("product", "plan", "message"),
    [
        ("nothing", "free", 'there is no product "nothing"; known: cards, loans, retail'),
        ("loans", "large", 'product "loans" does not offer plan "large"; known: free'),
    ],
)
def test_what_is_not_on_offer_is_not_subscribed_to(registry, acme, table, product, plan, message):
    before = table.items()
    with pytest.raises(RegistryError) as refused:
        registry.subscriptions.create(acme.application, product, plan)
    assert str(refused.value) == message
    assert table.items() == before


def test_a_second_subscription_to_a_product_is_refused_and_the_plans_command_named(registry, acme):
    with pytest.raises(RegistryError) as refused:
        registry.subscriptions.create(acme.application, "retail", "large")
    assert str(refused.value) == (
        f'application "{acme.application}" has subscription {acme.subscription.id} to "retail"; '
        "change its plan: tiergate subscription set-plan ID PLAN"
    )


def test_no_two_subscriptions_of_an_application_cover_one_api_version(registry, acme):
    with pytest.raises(RegistryError) as refused:
        registry.subscriptions.create(acme.application, "cards", "free")
    assert str(refused.value) == (
        f'application "{acme.application}" has subscription {acme.subscription.id} to "retail", which covers cards/v1 '
        "too; register another application, or delete that subscription first"
    )
    registry.subscriptions.suspend(acme.subscription.id)
    with pytest.raises(RegistryError, match="covers cards/v1 too"):
        registry.subscriptions.create(acme.application, "cards", "free")
    registry.subscriptions.delete(acme.subscription.id)
    registry.subscriptions.create(acme.application, "cards", "free")


def test_a_product_that_is_no_longer_deployed_is_in_nobodys_way(client, acme):
    products = {"cards": PRODUCTS["cards"]}
    registry = Registry(client, "registry", env="dev", actor="ann", products=products)
    made = registry.subscriptions.create(acme.application, "cards", "free")
    assert registry.subscriptions.suspend(acme.subscription.id)
    with pytest.raises(RegistryError, match='there is no product "retail"'):
        registry.subscriptions.set_plan(acme.subscription.id, "large")
    assert registry.subscriptions.get(made.id)[1].product == "cards"


def test_an_application_has_at_most_forty_subscriptions(registry, acme, table):
    entry = {"M": {name: {"S": "x"} for name in ("id", "plan", "state")}}
    table.change(
        f"APP#{acme.application}",
        subscriptions={"M": {f"p{number}": entry for number in range(MOST_SUBSCRIPTIONS)}},
    )
    with pytest.raises(RegistryError, match="has 40 subscriptions, as many as it can; delete one"):
        registry.subscriptions.create(acme.application, "loans", "free")


def test_another_plan_keeps_the_subscription_and_so_its_counters(registry, acme, reader):
    assert registry.subscriptions.set_plan(acme.subscription.id, "large", reason="upgrade") is True
    found = reader.application(acme.application).subscriptions["retail"]
    assert (found.id, found.plan) == (acme.subscription.id, "large")
    assert registry.subscriptions.set_plan(acme.subscription.id, "large") is False
    entry = next(entry for entry in registry.audit("acme") if entry.what == "subscription set-plan")
    assert (entry.before["plan"], entry.after["plan"], entry.reason) == ("free", "large", "upgrade")
    with pytest.raises(RegistryError, match='does not offer plan "gold"'):
        registry.subscriptions.set_plan(acme.subscription.id, "gold")


def test_an_override_is_read_back_to_the_digit(registry, acme, reader, clock):
    limits = {"hour": LARGEST, "day": 1, "month": 90_000, "rate": 0.001, "burst": 7}
    until = clock.micros + 1
    made = registry.subscriptions.override(acme.subscription.id, limits, until=until)
    assert made.override == Override(limits, until)
    assert reader.application(acme.application).subscriptions["retail"].override == Override(limits, until)


def test_an_override_takes_the_place_of_the_one_before_and_survives_other_changes(registry, acme):
    registry.subscriptions.override(acme.subscription.id, {"hour": 9}, until=None)
    registry.subscriptions.override(acme.subscription.id, {"day": 5}, until=None)
    registry.subscriptions.set_plan(acme.subscription.id, "large")
    registry.subscriptions.suspend(acme.subscription.id)
    found = registry.subscriptions.get(acme.subscription.id)[1]
    assert (found.override, found.plan, found.state) == (Override({"day": 5}), "large", "suspended")
    assert registry.subscriptions.clear_override(acme.subscription.id) is True
    assert registry.subscriptions.clear_override(acme.subscription.id) is False
    assert registry.subscriptions.get(acme.subscription.id)[1].override is None


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        ({}, "no limit is named; known: hour, day, month, rate, burst"),
        ({"week": 9}, 'there is no limit "week"; known: hour, day, month, rate, burst'),
        ({"hour": 0}, "hour must be a whole number from 1 to 999999999999999"),
        ({"hour": 2.5}, "hour must be a whole number from 1 to 999999999999999"),
        ({"burst": float("inf")}, "burst must be a whole number from 1 to 999999999999999"),
        ({"hour": True}, "hour must be a number"),
        ({"rate": 0}, "rate must be 0.001 to 1000000 a second"),
        ({"rate": float("nan")}, "rate must be 0.001 to 1000000 a second"),
        (
            {"rate": 1000, "burst": 9},
            "burst 9 at 1000 a second never admits a request of cost 1; raise burst to 41 or more",
        ),
    ],
)
def test_limits_that_make_no_sense_are_not_stored(registry, acme, table, limits, message):
    before = table.items()
    with pytest.raises(RegistryError) as refused:
        registry.subscriptions.override(acme.subscription.id, limits, until=None)
    assert str(refused.value) == message
    assert table.items() == before


@pytest.mark.parametrize(("seconds", "message"), [(0, "is in the past; give a later one"), (10**12, "after the year")])
def test_an_override_ends_at_a_moment_to_come(registry, acme, clock, seconds, message):
    with pytest.raises(RegistryError, match=message):
        registry.subscriptions.override(acme.subscription.id, {"hour": 9}, until=clock.micros + seconds * SECOND)


def test_a_deleted_subscription_is_gone_by_product_and_by_id(registry, acme, table, reader):
    registry.subscriptions.delete(acme.subscription.id, reason="asked")
    assert reader.application(acme.application).subscriptions == {}
    assert not [item for item in table.items() if item["pk"].startswith("SUB#")]
    with pytest.raises(RegistryError, match="there is no subscription"):
        registry.subscriptions.get(acme.subscription.id)


def test_a_product_that_is_subscribed_to_anew_goes_on_with_what_was_counted(registry, acme):
    other = registry.applications.create("acme", "Other").id
    registry.subscriptions.delete(acme.subscription.id)
    again = registry.subscriptions.create(acme.application, "retail", "large")
    assert (again.id, again.plan) == (acme.subscription.id, "large")
    assert registry.subscriptions.get(again.id)[1] == again
    elsewhere = [registry.subscriptions.create(each, "loans", "free").id for each in (acme.application, other)]
    elsewhere.append(registry.subscriptions.create(other, "retail", "free").id)
    assert len({again.id, *elsewhere}) == 4, "another application's use and another product's are their own"


@pytest.fixture
def partners(client, clock):
    """The registry as a partner changes it in the portal."""
    return Registry(client, "registry", env="dev", actor="portal:ann-1", products=PRODUCTS, clock=clock)


LIMITED = {
    "suspended": lambda registry, acme, _: registry.subscriptions.suspend(acme.subscription.id),
    "override": lambda registry, acme, until: registry.subscriptions.override(
        acme.subscription.id, {"hour": 9}, until=until
    ),
    "application suspended": lambda registry, acme, _: registry.applications.suspend(acme.application),
    "application bound": lambda registry, acme, _: registry.applications.restrict(
        acme.application, addresses=["192.0.2.0/24"]
    ),
}


@pytest.mark.parametrize("limit", LIMITED)
def test_a_partner_gets_rid_of_no_limit_of_the_platforms_by_deleting_what_has_it(
    registry, partners, acme, table, clock, limit
):
    LIMITED[limit](registry, acme, clock.micros + SECOND)
    before = table.items()
    with pytest.raises(Withheld, match="limits of its own; only the platform team can delete it"):
        partners.applications.delete(acme.application)
    if not limit.startswith("application"):
        with pytest.raises(Withheld, match="limits of its own; only the platform team can delete it"):
            partners.subscriptions.delete(acme.subscription.id)
    assert table.items() == before
    registry.applications.delete(acme.application)


def test_a_partner_deletes_what_has_no_limit_or_had_one(registry, partners, acme, clock):
    registry.subscriptions.override(acme.subscription.id, {"hour": 9}, until=clock.micros + SECOND)
    clock.forward(seconds=1)
    partners.subscriptions.delete(acme.subscription.id)
    partners.applications.delete(acme.application)
