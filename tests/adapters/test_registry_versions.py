"""Changes of what somebody saw, names, and what is written together with something new."""

import pytest

from tiergate.adapters.registry import Conflict, Invalid, Missing, Stale, put
from tiergate.domain.keys import derived, mint

CHANGES = {
    "organization rename": lambda registry, _, seen: registry.organizations.rename("acme", "New", expected=seen),
    "application rename": lambda registry, acme, seen: registry.applications.rename(
        acme.application, "New", expected=seen
    ),
    "application delete": lambda registry, acme, seen: registry.applications.delete(acme.application, expected=seen),
    "subscription create": lambda registry, acme, seen: registry.subscriptions.create(
        acme.application, "loans", "free", expected=seen
    ),
    "subscription set-plan": lambda registry, acme, seen: registry.subscriptions.set_plan(
        acme.subscription.id, "large", expected=seen
    ),
    "subscription delete": lambda registry, acme, seen: registry.subscriptions.delete(
        acme.subscription.id, expected=seen
    ),
    "upgrade ask": lambda registry, acme, seen: registry.upgrades.ask(
        acme.application, "retail", "large", expected=seen
    ),
    "key rotate": lambda registry, acme, seen: registry.keys.rotate(acme.key.id, grace=9, expected=seen),
    "key revoke": lambda registry, acme, seen: registry.keys.revoke(acme.key.id, expected=seen),
    "key delete": lambda registry, acme, seen: registry.keys.delete(acme.key.id, expected=seen),
}
SEEN = {
    "organization": lambda registry, _: registry.organizations.stored("acme"),
    "application": lambda registry, acme: registry.applications.stored(acme.application),
    "upgrade": lambda registry, acme: registry.applications.stored(acme.application),
    "subscription": lambda registry, acme: registry.subscriptions.stored(acme.subscription.id),
    "key": lambda registry, acme: registry.keys.stored(acme.key.id),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_made_of_what_was_seen_and_of_nothing_else(registry, acme, table, change):
    seen = SEEN[change.partition(" ")[0]](registry, acme).version
    before = table.items()
    for other in (seen + 1, seen - 1, 0):
        with pytest.raises(Stale, match="was changed meanwhile; look at it again before you change it"):
            CHANGES[change](registry, acme, other)
    assert table.items() == before
    CHANGES[change](registry, acme, seen)
    assert change in [each.what for each in registry.audit("acme")]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_between_the_reading_and_the_writing_is_a_conflict_and_not_stale(
    registry, acme, client, change
):
    kind = change.partition(" ")[0]
    meanwhile = {
        "organization": lambda: registry.organizations.rename("acme", "Other"),
        "key": lambda: registry.keys.restrict(acme.key.id, denied=["192.0.2.1"]),
    }
    client.meanwhile = meanwhile.get(kind, lambda: registry.applications.rename(acme.application, "Other"))
    with pytest.raises(Conflict) as refused:
        CHANGES[change](registry, acme, SEEN[kind](registry, acme).version)
    assert not isinstance(refused.value, Stale)


@pytest.mark.parametrize("kind", ["organizations", "applications"])
def test_a_new_name_leaves_the_id_and_all_that_hangs_on_it(registry, acme, reader, kind, clock):
    id_ = {"organizations": "acme", "applications": acme.application}[kind]
    clock.forward(seconds=1)
    assert getattr(registry, kind).rename(id_, " New name ", reason="merger") is True
    assert getattr(registry, kind).rename(id_, "New name") is False
    assert getattr(registry, kind).get(id_).name == "New name"
    assert reader.application(acme.application).subscriptions == {"retail": acme.subscription}
    entry = next(registry.audit("acme"))
    assert (entry.before["name"], entry.after["name"], entry.reason) == ("Acme", "New name", "merger")


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 101, derived("dev", b"a name").text])
def test_a_name_that_is_none_changes_nothing(registry, acme, table, name):
    before = table.items()
    for attempt in (
        lambda: registry.organizations.rename("acme", name),
        lambda: registry.applications.rename(acme.application, name),
    ):
        with pytest.raises(Invalid):
            attempt()
    assert table.items() == before
    assert registry.applications.rename(acme.application, "x" * 100)


def test_what_is_not_there_cannot_be_renamed(registry):
    for kind in (registry.organizations, registry.applications):
        with pytest.raises(Missing):
            kind.rename("none", "New")


CREATIONS = {
    "organization": lambda registry, _, also: registry.organizations.create("Globex", also=also).id,
    "application": lambda registry, _, also: registry.applications.create("acme", "Other", also=also).id,
    "subscription": lambda registry, acme, also: (
        registry.subscriptions.create(acme.application, "loans", "free", also=also).id
    ),
    "upgrade": lambda registry, acme, also: registry.upgrades.ask(acme.application, "loans", "free", also=also).to,
    "key": lambda registry, acme, also: (
        registry.keys.create(acme.application, also=lambda made: also(made.credential)).key.id
    ),
    "rotated key": lambda registry, acme, also: (
        registry.keys.rotate(acme.key.id, grace=0, also=lambda made: also(made.credential)).key.id
    ),
}


@pytest.mark.parametrize("creation", CREATIONS)
def test_what_is_written_with_something_new_knows_it_and_is_written_or_nothing_is(registry, acme, table, creation):
    def memory(made):
        return [put({"pk": "REQUEST#1", "made": made.to if creation == "upgrade" else made.id}, "the request")]

    made = CREATIONS[creation](registry, acme, memory)
    (kept,) = (each for each in table.items() if each["pk"] == "REQUEST#1")
    assert kept["made"] == made
    other = registry.onboard(name="Second", product="retail", plan="free")
    before = table.items()
    creations = CREATIONS | {"organization": lambda *_: registry.organizations.create("Third", also=memory).id}
    with pytest.raises(Conflict, match="the request was changed by somebody else"):
        creations[creation](registry, other, memory)
    assert table.items() == before


def test_a_key_that_was_made_elsewhere_is_the_one_that_is_kept(registry, acme, reader):
    first, second = mint("dev"), mint("dev")
    made = registry.keys.create(acme.application, key=first, name="build")
    assert (made.key, made.credential.fingerprint) == (first, first.hash)
    rotated = registry.keys.rotate(first.id, grace=0, key=second)
    assert (rotated.key, rotated.replaced.state, reader.credential(second.id).name) == (second, "revoked", "build")


def test_the_audit_log_comes_in_pages_newest_first(registry, acme, clock):
    for number in range(6):
        clock.forward(seconds=1)
        registry.applications.rename(acme.application, f"Name {number}")
    whole = [*registry.audit("acme")]
    pages, after = [], ""
    while True:
        page, after = registry.audit_page("acme", most=3, after=after)
        pages.append([*page])
        if not after:
            break
    assert [each for page in pages for each in page] == whole
    assert [len(page) for page in pages] == [3, 3, 1]
    assert registry.audit_page("acme", most=7) == (whole, ""), "no empty page comes after the last one"
    for forged in ("x", "AUDIT#1", "2026-11-23T12:00:00.000000Z", "#", "Z" * 400):
        with pytest.raises(Invalid, match="no place in the audit log"):
            registry.audit_page("acme", most=3, after=forged)
    assert registry.audit_page("acme", most=3, after="2020-01-01T00:00:00.000000Z#x") == ([], "")
