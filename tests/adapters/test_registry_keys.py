"""API keys: restrictions as the authorizer reads them, states, rotation with a grace time."""

from ipaddress import ip_network

import pytest

from tiergate.adapters.registry import RegistryError
from tiergate.adapters.registry.inputs import MOST_GRACE
from tiergate.domain.keys import mint, proves
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import MOST_CREDENTIALS

HOUR = 3600 * SECOND


def test_a_key_is_stored_with_all_that_it_is_limited_to(registry, acme, reader, clock):
    issued = registry.keys.create(
        acme.application,
        name="CI",
        expires=clock.micros + HOUR,
        addresses=["203.0.113.0/24", "2001:db8::/48", "192.0.2.7", "203.0.113.0/24"],
        scopes=["write", "read", "read"],
    )
    found = reader.credential(issued.key.id)
    assert found == issued.credential == registry.keys.get(issued.key.id)
    assert proves(issued.key.text, found.fingerprint)
    assert (found.name, found.state, found.expires) == ("CI", "active", clock.micros + HOUR)
    assert found.conditions.allowed == tuple(map(ip_network, ("203.0.113.0/24", "2001:db8::/48", "192.0.2.7/32")))
    assert found.scopes == {"read", "write"}


def test_a_key_limited_to_no_scope_is_another_thing_than_a_key_without_limits(registry, acme, reader):
    none = registry.keys.create(acme.application, scopes=[])
    free = registry.keys.create(acme.application)
    assert reader.credential(none.key.id).scopes == frozenset()
    assert reader.credential(free.key.id).scopes is None
    assert free.credential.conditions.allowed == ()


@pytest.mark.parametrize(
    ("restriction", "message"),
    [
        ({"addresses": ["10.0.0.1/8"]}, '"10.0.0.1/8" has bits set behind its prefix; the network is 10.0.0.0/8'),
        ({"addresses": ["office"]}, '"office" is no network; give for example'),
        ({"addresses": ["fe80::1%eth0"]}, "names an interface|is no network"),
        ({"addresses": ["::ffff:10.0.0.0/104"]}, "is an IPv4 network in disguise; give it as IPv4"),
        ({"addresses": [f"10.0.{number}.0/24" for number in range(51)]}, "at most 50 networks can be named; found 51"),
        ({"scopes": ["read all"]}, '"read all" is no scope'),
        ({"scopes": [""]}, '"" is no scope'),
        ({"scopes": [f"s{number}" for number in range(51)]}, "at most 50 scopes can be named; found 51"),
        ({"expires": 1}, "the key's expiry is in the past; give a later one"),
        ({"expires": 10**18}, "the key's expiry is after the year 9999"),
        ({"scopes": [mint("dev").text]}, "a scope holds a key, and would be kept; name the key by its id"),
        ({"name": "a\tb"}, "the name of a key must be one line"),
        ({"name": mint("dev").text}, "the name of a key holds a key"),
    ],
)
def test_a_restriction_that_cannot_be_kept_makes_no_key(registry, acme, table, restriction, message):
    before = table.items()
    with pytest.raises(RegistryError, match=message):
        registry.keys.create(acme.application, **restriction)
    assert table.items() == before


@pytest.mark.parametrize("cut", [slice(None, -6), slice(None, -1), slice(len("tg_dev_"), None), slice(7, -6)])
def test_a_key_without_its_prefix_or_its_checksum_is_not_kept_either(registry, acme, table, cut):
    before, part = table.items(), acme.key.text[cut]
    for attempt in (
        lambda: registry.keys.create(acme.application, name=f"was {part}"),
        lambda: registry.keys.create(acme.application, reason=f"instead of {part}."),
        lambda: registry.keys.create(acme.application, scopes=["read", part]),
        lambda: registry.organizations.create(part),
        lambda: registry.keys.get(part),
        lambda: registry.subscriptions.override(acme.subscription.id, {part: 1}, until=None),
    ):
        with pytest.raises(RegistryError) as refused:
            attempt()
        assert part[-38:] not in str(refused.value)
    assert table.items() == before


@pytest.mark.parametrize("odd", [True, 1e18, 4e15 + 0.5, "4000000000000000"])
def test_a_time_that_is_no_whole_number_is_not_kept(registry, acme, table, odd):
    before = table.items()
    for attempt in (
        lambda: registry.keys.create(acme.application, expires=odd),
        lambda: registry.keys.rotate(acme.key.id, grace=HOUR, expires=odd),
        lambda: registry.keys.rotate(acme.key.id, grace=odd),
        lambda: registry.subscriptions.override(acme.subscription.id, {"hour": 9}, until=odd),
    ):
        with pytest.raises(TypeError, match="is a whole number of microseconds"):
            attempt()
    assert table.items() == before


def test_no_message_repeats_a_whole_key(registry, acme):
    text = acme.key.text
    for attempt in (
        lambda: registry.keys.get(text),
        lambda: registry.applications.get(text),
        lambda: list(registry.keys.list(text, acme.application)),
        lambda: registry.onboard(name="Other", product=text, plan="free"),
        lambda: registry.onboard(name="Other", product="retail", plan=text),
        lambda: registry.keys.create(acme.application, addresses=[text]),
        lambda: registry.keys.create(acme.application, scopes=[f" {text}"]),
    ):
        with pytest.raises(RegistryError) as refused:
            attempt()
        assert text not in str(refused.value)


def test_an_application_has_at_most_fifty_keys(registry, acme, table):
    others = {f"key{number}" for number in range(MOST_CREDENTIALS - 1)}
    table.change(f"APP#{acme.application}", credentials={"SS": [acme.key.id, *others]})
    for attempt in (registry.keys.create, lambda _: registry.keys.rotate(acme.key.id, grace=0)):
        with pytest.raises(RegistryError, match="has 50 keys and clients, as many as it can; delete one"):
            attempt(acme.application)
    registry.keys.delete(acme.key.id)
    registry.keys.create(acme.application)


def test_a_revoked_key_stays_listed_and_its_audit_says_why(registry, acme):
    assert registry.keys.revoke(acme.key.id, reason="lost laptop") is True
    ((organization, credential),) = registry.keys.list("acme")
    assert (organization, credential.id, credential.state) == ("acme", acme.key.id, "revoked")
    entry = next(entry for entry in registry.audit("acme") if entry.what == "key revoke")
    assert (entry.before["state"], entry.after["state"], entry.reason) == ("active", "revoked", "lost laptop")


def test_a_revoked_key_never_comes_back(registry, acme, table):
    registry.keys.revoke(acme.key.id)
    before = table.items()
    assert registry.keys.revoke(acme.key.id) is False
    for attempt in (registry.keys.restore, registry.keys.suspend, lambda id_: registry.keys.rotate(id_, grace=0)):
        with pytest.raises(RegistryError, match=r"is revoked for good; make another: tiergate key create"):
            attempt(acme.key.id)
    assert table.items() == before


def test_a_suspended_key_can_be_restored_and_revoked(registry, acme, reader):
    registry.keys.suspend(acme.key.id)
    assert reader.credential(acme.key.id).state == "suspended"
    registry.keys.restore(acme.key.id)
    assert reader.credential(acme.key.id).state == "active"
    registry.keys.suspend(acme.key.id)
    assert registry.keys.revoke(acme.key.id) is True


def test_keys_are_listed_of_all_organizations_of_one_and_of_an_application(registry):
    made = [registry.onboard(name=name, product="retail", plan="free") for name in ("One", "Two", "Three")]
    other = registry.applications.create("two", "Other")
    extra = registry.keys.create(other.id).key.id
    assert {credential.id for _, credential in registry.keys.list()} == {each.key.id for each in made} | {extra}
    assert {credential.id for _, credential in registry.keys.list("two")} == {made[1].key.id, extra}
    assert [(owner, each.id) for owner, each in registry.keys.list(application=other.id)] == [("two", extra)]


def test_rotation_gives_a_key_like_the_old_one_which_ends_after_the_grace_time(registry, acme, reader, clock):
    restrictions = {"name": "CI", "addresses": ["203.0.113.0/24"], "scopes": ["read"]}
    old = registry.keys.create(acme.application, **restrictions)
    new = registry.keys.rotate(old.key.id, grace=HOUR, reason="yearly")
    ended, made = reader.credential(old.key.id), reader.credential(new.key.id)
    assert proves(new.key.text, made.fingerprint)
    assert (made.name, made.conditions, made.scopes) == ("CI", ended.conditions, {"read"})
    assert (made.state, made.expires, made.replaced_by) == ("active", None, "")
    assert (ended.state, ended.expires, ended.replaced_by) == ("active", clock.micros + HOUR, made.id)
    assert (ended.expired(clock.micros + HOUR - 1), ended.expired(clock.micros + HOUR)) == (False, True)
    entry = next(entry for entry in registry.audit("acme") if entry.what == "key rotate")
    assert (entry.after["replaced_by"], entry.after["new"]["credential"], entry.reason) == (made.id, made.id, "yearly")
    registry.applications.delete(acme.application)
    assert reader.credential(new.key.id) is None


def test_without_a_grace_time_the_old_key_is_revoked(registry, acme, reader):
    new = registry.keys.rotate(acme.key.id, grace=0)
    old = reader.credential(acme.key.id)
    assert (old.state, old.replaced_by) == ("revoked", new.key.id)


def test_a_grace_time_of_a_year_is_taken(registry, acme, reader, clock):
    registry.keys.rotate(acme.key.id, grace=MOST_GRACE)
    assert reader.credential(acme.key.id).expires == clock.micros + 365 * 24 * HOUR


def test_a_grace_time_never_prolongs_a_key(registry, acme, reader, clock):
    end = clock.micros + HOUR
    old = registry.keys.create(acme.application, expires=end).key.id
    with pytest.raises(RegistryError, match="has an expiry; say when the new one expires; give --expires"):
        registry.keys.rotate(old, grace=24 * HOUR)
    new = registry.keys.rotate(old, grace=24 * HOUR, expires=end + HOUR)
    assert (reader.credential(old).expires, new.credential.expires) == (end, end + HOUR)


def test_a_key_whose_successor_was_deleted_can_be_rotated_again(registry, acme, reader, clock):
    lost = registry.keys.rotate(acme.key.id, grace=HOUR)
    registry.keys.delete(lost.key.id)
    new = registry.keys.rotate(acme.key.id, grace=HOUR, expires=clock.micros + 9 * HOUR)
    assert reader.credential(acme.key.id).replaced_by == new.key.id


@pytest.mark.parametrize(
    ("prepare", "options", "message"),
    [
        (None, {"grace": -1}, "the grace time is negative"),
        (None, {"grace": MOST_GRACE + 1}, "the grace time is more than 365 days"),
        (None, {"grace": 1, "expires": 1}, "the new key's expiry is in the past"),
        (lambda keys, id_: keys.suspend(id_), {"grace": 1}, "is suspended; restore it first: tiergate key restore"),
        (lambda keys, id_: keys.rotate(id_, grace=9), {"grace": 1}, r"was replaced by \"\w+\" before; rotate that one"),
    ],
)
def test_a_rotation_that_would_surprise_is_refused(registry, acme, table, prepare, options, message):
    if prepare:
        prepare(registry.keys, acme.key.id)
    before = table.items()
    with pytest.raises(RegistryError, match=message):
        registry.keys.rotate(acme.key.id, **options)
    assert table.items() == before
