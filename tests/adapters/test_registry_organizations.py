"""Organizations and their applications: states that reach every call, limits, deletion that leaves nothing behind."""

import pytest

from tiergate.adapters.registry import RegistryError, Taken
from tiergate.domain.registry import MOST_APPLICATIONS, MOST_CREDENTIALS, MOST_SUBSCRIPTIONS


def states(reader, *applications):
    return [reader.application(each).organization_state for each in applications]


def test_an_organization_is_listed_with_what_it_registered(registry):
    organization = registry.organizations.create(" Acme  GmbH ")
    assert (organization.id, organization.name, organization.state) == ("acme-gmbh", "Acme  GmbH", "active")
    first = registry.applications.create("acme-gmbh", "Shop")
    second = registry.applications.create("acme-gmbh", "Back office")
    registry.organizations.create("Bolt")
    assert [each.id for each in registry.organizations.list()] == ["acme-gmbh", "bolt"]
    assert registry.organizations.get("acme-gmbh").applications == {first.id, second.id}
    assert {each.id for each in registry.applications.list("acme-gmbh")} == {first.id, second.id}
    assert {each.id for each in registry.applications.list()} == {first.id, second.id}
    assert registry.applications.get(first.id) == first


def test_suspending_an_organization_reaches_all_its_applications_at_once(registry, reader, client):
    registry.organizations.create("Acme")
    applications = [registry.applications.create("acme", f"App {number}").id for number in range(3)]
    client.writes.clear()
    assert registry.organizations.suspend("acme", reason="unpaid") is True
    assert states(reader, *applications) == ["suspended"] * 3
    assert registry.organizations.get("acme").state == "suspended"
    assert len(client.writes) == 1
    assert registry.organizations.restore("acme") is True
    assert states(reader, *applications) == ["active"] * 3


def test_an_application_of_a_suspended_organization_is_born_suspended_with_it(registry, reader):
    registry.organizations.create("Acme")
    registry.organizations.suspend("acme")
    made = registry.applications.create("acme", "Late")
    assert states(reader, made.id) == ["suspended"]
    registry.organizations.restore("acme")
    assert states(reader, made.id) == ["active"]


def test_restoring_an_organization_leaves_an_application_suspended_that_was_suspended_itself(registry, acme, reader):
    assert registry.applications.suspend(acme.application) is True
    registry.organizations.suspend("acme")
    registry.organizations.restore("acme")
    assert reader.application(acme.application).state == "suspended"
    assert registry.applications.restore(acme.application) is True
    assert reader.application(acme.application).state == "active"


@pytest.mark.parametrize("kind", ["organizations", "applications", "subscriptions", "keys"])
def test_a_state_that_is_so_already_is_no_change(registry, acme, table, kind):
    id_ = {
        "organizations": "acme",
        "applications": acme.application,
        "subscriptions": acme.subscription.id,
        "keys": acme.key.id,
    }[kind]
    before = table.items()
    assert getattr(registry, kind).restore(id_) is False
    assert table.items() == before
    assert getattr(registry, kind).suspend(id_, reason="why") is True
    assert getattr(registry, kind).suspend(id_) is False
    entries = list(registry.audit("acme"))
    assert len(entries) == 2
    suspended = next(entry for entry in entries if entry.what.endswith(" suspend"))
    assert (suspended.before["state"], suspended.after["state"], suspended.reason) == ("active", "suspended", "why")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("organizations", 'there is no organization "nobody"; tiergate org list shows the ids'),
        ("applications", 'there is no application "nobody"; tiergate app list shows the ids'),
        ("subscriptions", 'there is no subscription "nobody"; tiergate subscription list shows the ids'),
        ("keys", 'there is no key "nobody"; tiergate key list shows the ids'),
    ],
)
@pytest.mark.parametrize("verb", ["get", "suspend", "restore", "delete"])
def test_what_does_not_exist_is_said(registry, kind, message, verb):
    with pytest.raises(RegistryError) as refused:
        getattr(getattr(registry, kind), verb)("nobody")
    assert str(refused.value) == message


def test_lists_of_what_does_not_exist_are_refused_not_empty(registry, acme):
    registry.organizations.create("Bolt")
    for listing in (registry.applications.list, registry.subscriptions.list, registry.keys.list):
        with pytest.raises(RegistryError, match='there is no organization "nobody"'):
            list(listing("nobody"))
    for listing in (registry.subscriptions.list, registry.keys.list):
        with pytest.raises(RegistryError, match='there is no application "nobody"'):
            list(listing(application="nobody"))
        with pytest.raises(RegistryError, match='is not one of organization "bolt"'):
            list(listing("bolt", acme.application))
        assert len(list(listing("acme", acme.application))) == len(list(listing("acme"))) == 1
        assert list(listing("bolt")) == []


def test_an_organization_with_applications_is_not_deleted(registry, acme, table):
    before = table.items()
    with pytest.raises(RegistryError) as refused:
        registry.organizations.delete("acme")
    assert str(refused.value) == (
        f'organization "acme" still has applications ({acme.application}); delete them first: tiergate app delete ID'
    )
    assert table.items() == before


def test_the_id_of_a_deleted_organization_is_never_anothers(registry, acme, table):
    registry.applications.delete(acme.application)
    registry.organizations.delete("acme", reason="moved away")
    (left,) = (item for item in table.items() if item["pk"] == "ORG#acme" and item["sk"] == "-")
    assert left.keys() == {"pk", "sk", "state", "created", "version"}
    before = table.items()
    for make in (
        lambda: registry.organizations.create("ACME"),
        lambda: registry.onboard(name="Acme", product="retail", plan="free"),
    ):
        with pytest.raises(Taken, match="the id of a deleted one is not given again"):
            make()
    assert table.items() == before


def test_a_deleted_organization_is_as_good_as_missing_but_for_its_audit_entries(registry):
    registry.organizations.create("Acme")
    registry.organizations.delete("acme")
    assert list(registry.organizations.list()) == list(registry.applications.list()) == []
    for attempt in (
        registry.organizations.get,
        registry.organizations.suspend,
        registry.organizations.restore,
        registry.organizations.delete,
        registry.applications.list,
        lambda id_: registry.applications.create(id_, "App"),
    ):
        with pytest.raises(RegistryError, match='there is no organization "acme"; tiergate org list shows the ids'):
            attempt("acme")
    assert {entry.what for entry in registry.audit("acme")} == {"organization create", "organization delete"}


def test_deleting_an_application_leaves_nothing_of_it_but_audit_entries(registry, acme, table):
    registry.keys.create(acme.application, name="second")
    registry.subscriptions.create(acme.application, "loans", "free")
    registry.applications.delete(acme.application, reason="moved")
    left = [item["pk"] for item in table.items() if not item["sk"].startswith("AUDIT#")]
    assert left == ["ORG#acme"]
    assert registry.organizations.get("acme").applications == frozenset()
    deleted = next(entry for entry in registry.audit("acme") if entry.what == "application delete")
    assert acme.key.id in deleted.before["credentials"]
    assert acme.subscription.id in deleted.before["subscriptions"]


def test_the_fullest_application_can_be_deleted_in_one_transaction():
    """DynamoDB takes 100 writes: the application, its organization and the audit entry come on top."""
    assert MOST_CREDENTIALS + MOST_SUBSCRIPTIONS + 3 <= 100
    assert MOST_APPLICATIONS + 2 <= 100


def test_an_organization_has_at_most_fifty_applications(registry, acme, table):
    others = {f"app_{number}" for number in range(MOST_APPLICATIONS - 1)}
    table.change("ORG#acme", applications={"SS": [acme.application, *others]})
    with pytest.raises(RegistryError, match="has 50 applications, as many as it can; delete one"):
        registry.applications.create("acme", "One more")
    registry.applications.delete(acme.application)
    registry.applications.create("acme", "One more")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 501])
def test_a_name_that_cannot_be_shown_is_refused(registry, acme, table, name):
    before = table.items()
    for create in (registry.organizations.create, lambda name: registry.applications.create("acme", name)):
        with pytest.raises(RegistryError, match="the name of an "):
            create(name)
    assert table.items() == before
