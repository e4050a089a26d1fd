"""Upgrade requests: one waits at a time, and the plan changes with the request's end or not at all."""

import pytest

from tests.adapters.conftest import ISSUERS, PRODUCTS
from tiergate.adapters.gate_book import GateBook
from tiergate.adapters.registry import (
    Conflict,
    Decided,
    Invalid,
    Missing,
    NotOffered,
    Registry,
    RegistryError,
    Stale,
    Taken,
)
from tiergate.domain.catalogue import Product
from tiergate.domain.upgrades import APPROVED, DECLINED, WAITING, WITHDRAWN


@pytest.fixture
def asked(registry, acme):
    return registry.upgrades.ask(acme.application, "retail", "large", note=" we grow\n fast ")


def of(registry, organization):
    return registry.upgrades.of_organization(registry.organizations.get(organization))


def plan(registry, acme):
    return registry.subscriptions.get(acme.subscription.id)[1].plan


def test_a_request_waits_and_changes_nothing(registry, acme, asked):
    assert (asked.current, asked.to, asked.state, asked.note) == ("free", "large", WAITING, "we grow fast")
    assert (asked.asked, asked.asked_by, asked.decided) == ("2026-11-23T12:00:00.000Z", "ann", "")
    assert plan(registry, acme) == "free"
    assert registry.upgrades.stored(acme.application, "retail").value == asked
    assert registry.upgrades.waiting() == [asked]


def test_an_approved_one_is_the_plan_from_now_on_and_what_was_counted_stays(registry, acme, asked, clock):
    clock.forward(hours=1)
    made = registry.upgrades.approve(acme.application, "retail", "large", reason="contract 4711")
    assert (made.id, made.plan, plan(registry, acme)) == (acme.subscription.id, "large", "large")
    ended = registry.upgrades.stored(acme.application, "retail").value
    assert (ended.state, ended.decided, ended.reason) == (APPROVED, "2026-11-23T13:00:00.000Z", "contract 4711")
    assert registry.upgrades.waiting() == []
    entry = next(registry.audit("acme"))
    assert (entry.what, entry.before["plan"], entry.after["plan"]) == ("upgrade approve", "free", "large")


def test_a_product_that_it_does_not_have_is_asked_for_and_subscribed_to(registry, acme):
    asked = registry.upgrades.ask(acme.application, "loans", "free")
    assert asked.current == ""
    made = registry.upgrades.approve(acme.application, "loans", "free")
    assert registry.subscriptions.get(made.id)[1] == made
    assert (made.product, made.plan) == ("loans", "free")


def test_a_declined_one_says_why_and_another_can_be_asked_for(registry, acme, asked):
    for empty in ("", "  "):
        with pytest.raises(Invalid, match="say why the request is declined"):
            registry.upgrades.decline(acme.application, "retail", "large", reason=empty)
    ended = registry.upgrades.decline(acme.application, "retail", "large", reason="first a contract")
    assert (ended.state, ended.reason, plan(registry, acme)) == (DECLINED, "first a contract", "free")
    assert registry.upgrades.stored(acme.application, "retail").value == ended
    again = registry.upgrades.ask(acme.application, "retail", "large")
    assert (again.state, again.reason, registry.upgrades.waiting()) == (WAITING, "", [again])
    assert registry.upgrades.stored(acme.application, "retail").version == 3


def test_who_asked_can_withdraw_it(registry, acme, asked):
    assert registry.upgrades.withdraw(acme.application, "retail").state == WITHDRAWN
    with pytest.raises(Decided, match="is withdrawn already"):
        registry.upgrades.approve(acme.application, "retail", "large")
    with pytest.raises(Decided, match="is withdrawn already"):
        registry.upgrades.withdraw(acme.application, "retail")
    assert (registry.upgrades.waiting(), plan(registry, acme)) == ([], "free")


def test_one_waits_at_a_time_for_a_product(registry, acme, asked):
    with pytest.raises(Taken, match='waits already, for plan "large"; withdraw it first'):
        registry.upgrades.ask(acme.application, "retail", "large")
    assert registry.upgrades.ask(acme.application, "loans", "free").state == WAITING


@pytest.mark.parametrize(
    ("product", "wanted", "error", "message"),
    [
        ("retail", "free", RegistryError, 'has plan "free" of "retail" already'),
        ("retail", "huge", NotOffered, 'does not offer plan "huge"'),
        ("trade", "free", NotOffered, 'there is no product "trade"'),
        ("cards", "free", RegistryError, "covers cards/v1 too"),
    ],
)
def test_what_it_could_not_have_is_not_asked_for(registry, acme, table, product, wanted, error, message):
    before = table.items()
    with pytest.raises(error, match=message):
        registry.upgrades.ask(acme.application, product, wanted)
    assert table.items() == before


def test_a_plan_that_is_no_longer_on_offer_is_not_approved(client, registry, acme, asked, clock, table):
    later = {"retail": Product("retail", PRODUCTS["retail"].apis, frozenset({"free"}))}
    after = Registry(client, "registry", env="dev", actor="bob", products=later, issuers=ISSUERS, clock=clock)
    before = table.items()
    with pytest.raises(NotOffered):
        after.upgrades.approve(acme.application, "retail", "large")
    GateBook(client, "registry").close([("retail", "large")])
    with pytest.raises(NotOffered, match="is being withdrawn by a deploy"):
        registry.upgrades.approve(acme.application, "retail", "large")
    GateBook(client, "registry").reopen([("retail", "large")])
    assert table.items() == before
    assert after.upgrades.decline(acme.application, "retail", "large", reason="no longer sold").state == DECLINED


def test_a_subscription_that_was_deleted_meanwhile_is_not_made_again(registry, acme, asked):
    registry.subscriptions.delete(acme.subscription.id)
    with pytest.raises(RegistryError, match=r"has deleted its subscription.*decline the request: tiergate upgrade"):
        registry.upgrades.approve(acme.application, "retail", "large")


CHANGES = {
    "approve": lambda registry, acme: registry.upgrades.approve(acme.application, "retail", "large"),
    "decline": lambda registry, acme: registry.upgrades.decline(acme.application, "retail", "large", reason="no"),
    "withdraw": lambda registry, acme: registry.upgrades.withdraw(acme.application, "retail"),
    "set plan": lambda registry, acme: registry.subscriptions.set_plan(acme.subscription.id, "large"),
    "unsubscribe": lambda registry, acme: registry.subscriptions.delete(acme.subscription.id),
    "delete": lambda registry, acme: registry.applications.delete(acme.application),
    "ask": lambda registry, acme: registry.upgrades.ask(acme.application, "retail", "large"),
}


@pytest.mark.parametrize(
    ("change", "meanwhile"),
    [
        ("approve", "withdraw"),
        ("approve", "decline"),
        ("approve", "approve"),
        ("approve", "unsubscribe"),
        ("approve", "delete"),
        ("withdraw", "approve"),
        ("decline", "withdraw"),
    ],
)
def test_who_decides_second_changes_nothing(registry, acme, asked, client, table, change, meanwhile):
    after = []

    def first():
        CHANGES[meanwhile](registry, acme)
        after.append(table.items())

    client.meanwhile = first
    with pytest.raises(Conflict):
        CHANGES[change](registry, acme)
    assert [table.items()] == after


@pytest.mark.parametrize("meanwhile", ["ask", "set plan", "unsubscribe", "delete"])
def test_who_asks_while_the_application_is_changed_comes_second(registry, acme, client, meanwhile):
    client.meanwhile = lambda: CHANGES[meanwhile](registry, acme)
    with pytest.raises(Conflict):
        CHANGES["ask"](registry, acme)


def test_requests_go_with_their_application(registry, acme, asked, table):
    registry.upgrades.ask(acme.application, "loans", "free")
    registry.applications.delete(acme.application)
    assert not [each for each in table.items() if each["pk"].startswith("UPGRADE")]
    assert (registry.upgrades.waiting(), of(registry, "acme")) == ([], [])
    with pytest.raises(Missing):
        registry.upgrades.approve(acme.application, "retail", "large")


def test_a_request_that_a_crash_left_behind_is_nowhere_to_be_seen(registry, acme, asked, client, table):
    (item,) = (each for each in client.scan(TableName="registry")["Items"] if each["pk"]["S"].startswith("UPGRADE"))
    registry.applications.delete(acme.application)
    client.put_item(TableName="registry", Item=item)
    assert (registry.upgrades.waiting(), of(registry, "acme")) == ([], [])


def test_each_sees_their_own_the_newest_first_and_the_team_the_oldest(registry, acme, asked, clock):
    clock.forward(seconds=1)
    loans = registry.upgrades.ask(acme.application, "loans", "free")
    clock.forward(seconds=1)
    globex = registry.onboard(name="Globex", product="loans", plan="free")
    theirs = registry.upgrades.ask(globex.application, "retail", "large")
    assert of(registry, "acme") == [loans, asked]
    assert registry.upgrades.of_application(registry.applications.get(acme.application)) == [loans, asked]
    assert of(registry, "globex") == [theirs]
    assert registry.upgrades.waiting() == [asked, loans, theirs]


def test_who_withdraws_what_was_asked_anew_meanwhile_withdraws_nothing(registry, acme, asked):
    registry.upgrades.withdraw(acme.application, "retail")
    registry.upgrades.ask(acme.application, "retail", "large")
    with pytest.raises(Stale):
        registry.upgrades.withdraw(acme.application, "retail", expected=1)
    assert registry.upgrades.withdraw(acme.application, "retail", expected=3).state == WITHDRAWN


def test_who_decides_on_one_plan_decides_on_no_other_that_was_asked_for_meanwhile(registry, acme, asked, table):
    registry.upgrades.withdraw(acme.application, "retail")
    registry.subscriptions.set_plan(acme.subscription.id, "large")
    registry.upgrades.ask(acme.application, "retail", "free")
    before = table.items()
    another = 'is for plan "free", not "large"; look at it again: tiergate upgrade list'
    with pytest.raises(RegistryError, match=another):
        registry.upgrades.approve(acme.application, "retail", "large")
    with pytest.raises(RegistryError, match=another):
        registry.upgrades.decline(acme.application, "retail", "large", reason="no")
    assert table.items() == before
    assert registry.upgrades.approve(acme.application, "retail", "free").plan == "free"


@pytest.mark.parametrize("end", ["decline", "withdraw"])
def test_the_end_of_a_request_is_told_as_it_is_kept(client, acme, asked, clock, end):
    """Even where the clock goes on from one reading to the next."""

    def later():
        clock.forward(seconds=1)
        return clock()

    registry = Registry(client, "registry", env="dev", actor="bob", products=PRODUCTS, clock=later)
    ended = CHANGES[end](registry, acme)
    assert registry.upgrades.stored(acme.application, "retail").value == ended
