"""Keys of other makes: an application's by their SHA-256, and from then on keys like any other."""

import re

import pytest

from tiergate.adapters.registry import Conflict, RegistryError
from tiergate.domain.imported_keys import id_of
from tiergate.domain.keys import derived, fingerprint, proves
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import MOST_CREDENTIALS

HOUR = 3600 * SECOND
THEIRS = "Zx81kQ0aVb93LmNtR5yWc2Ge7Hj4Pd6F"
HASH = fingerprint(THEIRS)
ID = id_of(HASH)


def entries(registry, what):
    return [each for each in registry.audit("acme") if each.what == what]


def test_an_imported_key_is_the_applications_and_is_read_by_the_authorizer(registry, acme, reader, table):
    adopted = registry.keys.adopt(acme.application, HASH, name="old gateway", reason="contract 4711")
    assert adopted == reader.credential(ID) == registry.keys.get(ID)
    assert (adopted.id, adopted.application, adopted.name, adopted.state) == (
        ID,
        acme.application,
        "old gateway",
        "active",
    )
    assert proves(THEIRS, adopted.fingerprint)
    assert THEIRS not in str(table.items())
    (entry,) = entries(registry, "key adopt")
    assert (entry.before, entry.after["credential"], entry.reason) == ({}, ID, "contract 4711")
    assert HASH not in str(entry)


def test_it_is_bound_to_terms_as_a_key_of_ours_is(registry, acme, clock):
    terms = {"expires": clock.micros + HOUR, "addresses": ["203.0.113.0/24"], "scopes": ["read"]}
    adopted = registry.keys.adopt(acme.application, HASH, **terms)
    assert (adopted.expires, adopted.scopes) == (clock.micros + HOUR, frozenset({"read"}))
    assert str(adopted.conditions.allowed[0]) == "203.0.113.0/24"


def test_importing_it_again_changes_nothing_whatever_became_of_it(registry, acme, table):
    registry.keys.adopt(acme.application, HASH, name="first")
    registry.keys.revoke(ID)
    before = table.items()
    again = registry.keys.adopt(acme.application, HASH, name="second")
    assert (again.name, again.state) == ("first", "revoked")
    assert table.items() == before


def test_a_key_stands_for_one_application(registry, acme, table):
    registry.keys.adopt(acme.application, HASH)
    other = registry.applications.create("acme", "Other")
    before = table.items()
    with pytest.raises(RegistryError, match=f'stands for application "{acme.application}".*create --app {other.id}'):
        registry.keys.adopt(other.id, HASH)
    assert table.items() == before


def test_one_that_is_suspended_from_the_start_lets_nobody_in_for_a_moment(registry, acme, reader):
    adopted = registry.keys.adopt(acme.application, HASH, state="suspended")
    assert adopted.state == reader.credential(ID).state == "suspended"
    (entry,) = entries(registry, "key adopt")
    assert entry.after["state"] == "suspended"
    assert registry.keys.restore(ID)


def test_another_key_that_shares_the_id_is_refused(registry, acme, table):
    registry.keys.adopt(acme.application, HASH)
    before = table.items()
    with pytest.raises(RegistryError, match="is another one with the same id; make one: tiergate key create"):
        registry.keys.adopt(acme.application, HASH[:24] + "0" * 40)
    assert table.items() == before


@pytest.mark.parametrize(
    "text", ["", HASH.upper(), HASH[:-1], HASH + "0", HASH + "\n", THEIRS, derived("dev", b"of ours").text]
)
def test_what_is_no_fingerprint_is_refused_and_never_repeated(registry, acme, table, text):
    before = table.items()
    with pytest.raises(RegistryError, match="known by its SHA-256") as refused:
        registry.keys.adopt(acme.application, text)
    assert not text or text not in str(refused.value)
    assert table.items() == before


def test_it_counts_among_the_applications_fifty(registry, acme, table):
    others = {f"key{number}" for number in range(MOST_CREDENTIALS - 1)}
    table.change(f"APP#{acme.application}", credentials={"SS": [acme.key.id, *others]})
    with pytest.raises(RegistryError, match="has 50 keys and clients"):
        registry.keys.adopt(acme.application, HASH)


def test_an_application_that_is_not_there_gets_no_key(registry, acme, table):
    before = table.items()
    with pytest.raises(RegistryError, match="there is no application"):
        registry.keys.adopt("app_nowhere", HASH)
    assert table.items() == before


def test_of_two_who_import_it_at_once_one_does_and_the_other_finds_it_the_next_time(registry, acme, client):
    client.meanwhile = lambda: registry.keys.adopt(acme.application, HASH, name="first")
    with pytest.raises(Conflict):
        registry.keys.adopt(acme.application, HASH, name="second")
    assert registry.keys.adopt(acme.application, HASH).name == "first"
    assert len(entries(registry, "key adopt")) == 1


def test_it_is_suspended_restored_restricted_and_deleted_by_its_id(registry, acme, reader):
    registry.keys.adopt(acme.application, HASH)
    assert registry.keys.suspend(ID)
    assert reader.credential(ID).state == "suspended"
    assert registry.keys.restore(ID)
    assert registry.keys.restrict(ID, denied=["192.0.2.0/24"])
    registry.keys.delete(ID)
    assert reader.credential(ID) is None
    assert [each.id for _, each in registry.keys.list("acme")] == [acme.key.id]


def test_rotating_it_makes_a_key_of_ours_and_both_work_for_the_grace(registry, acme, reader, clock):
    registry.keys.adopt(acme.application, HASH, name="ci")
    issued = registry.keys.rotate(ID, grace=HOUR)
    assert issued.key.text.startswith("tg_dev_")
    assert reader.credential(issued.key.id).name == "ci"
    old = reader.credential(ID)
    assert (old.state, old.expires, old.replaced_by) == ("active", clock.micros + HOUR, issued.key.id)


def test_it_goes_with_its_application(registry, acme, reader):
    registry.keys.adopt(acme.application, HASH)
    registry.applications.delete(acme.application)
    assert reader.credential(ID) is None


def test_a_key_given_in_place_of_its_id_is_not_repeated(registry):
    text = "0123456789abcdef01234567"
    with pytest.raises(RegistryError, match="there is no key of this id") as refused:
        registry.keys.get(text)
    assert not re.search(text, str(refused.value))
