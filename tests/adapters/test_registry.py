"""Onboarding and the audit trail: all of a change or nothing of it, and who, what and why beside it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.deployment import Deployment
from tiergate.adapters.registry import NotOffered, Onboarded, Registry, RegistryError, Taken, Write, put, slug
from tiergate.domain.keys import derived, key_id_of, mint, proves
from tiergate.domain.registry import MOST_APPLICATIONS, MOST_CREDENTIALS


def test_onboarding_makes_all_that_the_authorizer_reads(registry, reader):
    made = registry.onboard(name="Acme GmbH", product="retail", plan="free")
    assert key_id_of(made.key.text, "dev") == made.key.id
    credential = reader.credential(made.key.id)
    assert proves(made.key.text, credential.fingerprint)
    assert (credential.application, credential.state) == (made.application, "active")
    application = reader.application(made.application)
    assert (application.organization, application.name) == ("acme-gmbh", "Acme GmbH")
    assert application.subscriptions == {"retail": made.subscription}
    assert made.subscription.plan == "free"


def test_what_onboarding_makes_is_found_by_every_id(registry, acme):
    assert registry.organizations.get("acme").applications == {acme.application}
    assert registry.applications.get(acme.application).name == "Acme"
    assert registry.subscriptions.get(acme.subscription.id)[1] == acme.subscription
    assert registry.keys.get(acme.key.id).application == acme.application
    registry.applications.delete(acme.application)
    registry.organizations.delete("acme")


def test_onboarding_leaves_one_audit_entry_and_no_secret(registry, acme, table):
    (entry,) = registry.audit("acme")
    assert (entry.who, entry.what, entry.time) == ("ann", "onboard", "2026-11-23T12:00:00.000000Z")
    assert entry.after["credential"] == acme.key.id
    stored = str(table.items())
    assert acme.key.text not in stored
    assert acme.key.text.rpartition("_")[2] not in stored
    assert acme.key.hash not in str(entry)


def test_a_taken_name_changes_nothing(registry, acme, table):
    before = table.items()
    with pytest.raises(Taken, match='organization "acme" exists; choose another name'):
        registry.onboard(name="ACME!", product="retail", plan="free")
    assert table.items() == before


@pytest.mark.parametrize(
    ("product", "plan", "message"),
    [
        ("retial", "free", 'there is no product "retial"; known: cards, loans, retail'),
        ("retail", "gold", 'product "retail" does not offer plan "gold"; known: free, large'),
    ],
)
def test_what_is_not_on_offer_is_not_sold(registry, table, product, plan, message):
    with pytest.raises(NotOffered) as refused:
        registry.onboard(name="Acme", product=product, plan=plan)
    assert str(refused.value) == message
    assert table.items() == []


def test_a_registry_that_knows_no_products_onboards_nobody(client):
    with pytest.raises(RegistryError, match='there is no product "retail"; no products are deployed'):
        Registry(client, "registry", env="dev", actor="ann").onboard(name="Acme", product="retail", plan="free")


def test_a_key_made_elsewhere_and_what_is_to_be_written_with_it_are_taken(registry, table):
    key = mint("dev")

    def also(made: Onboarded) -> list[Write]:
        item = {"pk": "REQUEST#1", "application": made.application}
        return [put(item, "the request", "this request was answered before")]

    made = registry.onboard(name="One", product="retail", plan="free", key=key, also=also)
    assert made.key == key
    assert [item["application"] for item in table.items() if item["pk"] == "REQUEST#1"] == [made.application]
    before = table.items()
    with pytest.raises(Taken, match="answered before"):
        registry.onboard(name="Two", product="retail", plan="free", also=also)
    assert table.items() == before


def test_audit_entries_come_newest_first_with_plain_values(registry, acme, clock):
    for day in range(3):
        clock.forward(seconds=1)
        limits = {"hour": 900 + day, "rate": 2.5}
        registry.subscriptions.override(acme.subscription.id, limits, until=None, reason=f"day {day}")
    entries = list(registry.audit("acme"))
    assert [entry.reason for entry in entries] == ["day 2", "day 1", "day 0", ""]
    assert entries[0].before["override"] == {"limits": {"hour": 901, "rate": 2.5}}
    assert entries[0].after["override"] == {"limits": {"hour": 902, "rate": 2.5}}
    assert type(entries[0].after["override"]["limits"]["hour"]) is int


def test_audit_entries_outlive_their_organization(registry, acme, clock):
    clock.forward(seconds=1)
    registry.applications.delete(acme.application)
    clock.forward(seconds=1)
    registry.organizations.delete("acme", reason="moved away")
    assert [entry.what for entry in registry.audit("acme")] == ["organization delete", "application delete", "onboard"]
    with pytest.raises(RegistryError, match='there is no organization "nobody"'):
        list(registry.audit("nobody"))


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        (derived("dev", b"a key").text, "the reason holds a key, and would be kept; name the key by its id"),
        ("a\x1b[2J", "the reason must be one line without control characters"),
        ("x" * 501, "the reason must be 500 characters or fewer; found 501"),
    ],
)
def test_a_reason_that_must_not_be_kept_stops_the_change(registry, acme, table, reason, message):
    before = table.items()
    with pytest.raises(RegistryError) as refused:
        registry.keys.revoke(acme.key.id, reason=reason)
    assert str(refused.value) == message
    assert table.items() == before


@pytest.mark.parametrize(
    ("name", "made"), [("Acme & Söhne", "acme-sohne"), ("  A--b  ", "a-b"), ("x" * 60, "x" * 40), ("7 Bank", "7-bank")]
)
def test_an_organizations_id_is_read_from_its_name(name, made):
    assert slug(name) == made


@pytest.mark.parametrize("name", ["株式会社", "Ελλάς", "٣"])
def test_an_organization_with_a_name_in_another_script_gets_an_id_of_its_own(registry, name):
    first, second = registry.organizations.create(name), registry.organizations.create(name)
    assert first.id != second.id
    assert all(re.fullmatch("org-[a-z0-9]{8}", each.id) for each in (first, second))
    assert registry.organizations.get(first.id).name == name


@pytest.mark.parametrize("name", ["!!", "– — –", "🙂"])
def test_a_name_that_gives_no_id_is_refused(name):
    with pytest.raises(RegistryError, match="use at least one letter or digit"):
        slug(name)


@pytest.mark.ministack
def test_of_many_who_take_one_name_at_once_one_gets_it_whole(deployment: Deployment):
    def take(_: int) -> str:
        try:
            return deployment.registry.onboard(name="Race", product="test", plan="roomy").key.id
        except RegistryError:
            return ""

    with ThreadPoolExecutor(8) as pool:
        won = [key for key in pool.map(take, range(8)) if key]
    assert len(won) == 1
    assert [credential.id for _, credential in deployment.registry.keys.list("race")] == won


@pytest.mark.ministack
def test_two_who_revoke_at_once_leave_one_audit_entry(deployment: Deployment):
    made = deployment.partner()

    def revoke(_: int) -> str:
        try:
            return str(deployment.registry.keys.revoke(made.key.id))
        except RegistryError as error:
            return str(error)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(revoke, range(8)))
    assert answers.count("True") == 1
    assert all(answer in {"True", "False"} or "try again" in answer for answer in answers)
    assert [entry.what for entry in deployment.registry.audit(made.organization)] == ["key revoke", "onboard"]


@pytest.mark.ministack
def test_every_change_is_one_that_the_store_accepts(deployment: Deployment):
    """Everything that is sent, once, where expressions are checked as AWS does."""
    registry, made = deployment.registry, deployment.partner()
    application, subscription = made.application, made.subscription.id
    assert registry.organizations.suspend(made.organization)
    assert registry.organizations.restore(made.organization)
    assert registry.applications.suspend(application)
    assert registry.subscriptions.set_plan(subscription, "tiny")
    registry.subscriptions.override(subscription, {"hour": 9, "rate": 0.5}, until=None)
    assert registry.subscriptions.clear_override(subscription)
    rotated = registry.keys.rotate(made.key.id, grace=0)
    issued = registry.keys.create(application, name="n", addresses=["10.0.0.0/8"], scopes=[], reason="r")
    assert registry.keys.get(issued.credential.id) == issued.credential
    registry.keys.delete(rotated.key.id)
    registry.subscriptions.delete(subscription)
    registry.subscriptions.create(application, "test", "roomy")
    assert len(list(registry.subscriptions.list(made.organization))) == 1
    registry.applications.delete(application)
    assert list(registry.keys.list(made.organization)) == []
    registry.organizations.delete(made.organization)
    assert len(list(registry.audit(made.organization))) == 14


@pytest.mark.ministack
def test_the_fullest_organization_is_suspended_and_the_fullest_application_deleted_in_one_go(deployment: Deployment):
    registry, made = deployment.registry, deployment.partner()
    for number in range(1, MOST_APPLICATIONS):
        registry.applications.create(made.organization, f"App {number}")
    for _ in range(1, MOST_CREDENTIALS):
        registry.keys.create(made.application)
    assert registry.organizations.suspend(made.organization)
    assert {each.organization_state for each in registry.applications.list(made.organization)} == {"suspended"}
    registry.applications.delete(made.application)
    assert list(registry.keys.list(made.organization)) == []
