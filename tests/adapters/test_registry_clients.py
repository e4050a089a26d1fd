"""OAuth clients: made in the user pool or linked, read by the authorizer, ended so that no crash leaves a way in."""

import pytest

from tests.adapters.conftest import ISSUERS, PRODUCTS
from tests.fakes.user_pool import FakeUserPool, pool_of
from tiergate.adapters.registry import Conflict, Registry, RegistryError, Taken
from tiergate.domain.keys import mint
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import MOST_CREDENTIALS, client_ref

HOUR = 3600 * SECOND


@pytest.fixture
def fake(aws):
    return FakeUserPool(aws, "read", "write")


@pytest.fixture
def registry(client, clock, fake):
    """With a user pool, and another issuer beside it."""
    return Registry(
        client,
        "registry",
        env="dev",
        actor="ann",
        products=PRODUCTS,
        issuers=ISSUERS,
        pool=pool_of(fake),
        clock=clock,
    )


def ours(made):
    return client_ref("partners", made.credential.id)


def test_a_client_is_stored_with_all_that_it_is_limited_to_and_without_its_secret(
    registry, acme, reader, table, fake, clock
):
    clock.forward(seconds=1)
    terms = {"name": "CI", "expires": clock.micros + HOUR, "scopes": ["read"]}
    conditions = {"addresses": ["203.0.113.0/24"], "denied": ["203.0.113.66"], "subjects": ["CN=a,O=Acme"]}
    made = registry.clients.create(acme.application, **terms, **conditions, reason="contract")
    found = reader.client(ours(made))
    assert found == made.credential == registry.clients.get(ours(made))
    assert (found.id, found.issuer, found.application) == (made.made.id, "partners", acme.application)
    assert (found.name, found.expires, found.scopes) == ("CI", clock.micros + HOUR, {"read"})
    assert [str(each) for each in (*found.conditions.allowed, *found.conditions.denied)] == [
        "203.0.113.0/24",
        "203.0.113.66/32",
    ]
    assert found.conditions.subjects == {"CN=a,O=Acme"}
    assert fake.clients[found.id]["AllowedOAuthScopes"] == ["tiergate/read"]
    assert made.made.secret not in str(table.items())
    entry = next(registry.audit("acme"))
    assert (entry.what, entry.reason) == ("client create", "contract")
    assert (entry.after["client"], entry.after["issuer"]) == (found.id, "partners")


def test_a_client_without_named_scopes_may_do_what_its_tokens_say(registry, acme, fake):
    made = registry.clients.create(acme.application)
    assert made.credential.scopes is None
    assert made.made.scopes == ("tiergate/read", "tiergate/write")


def test_a_key_is_no_client_and_a_client_no_key(registry, acme, reader):
    linked = registry.clients.link(acme.application, "entra", "abc")
    assert reader.credential("entra#abc") is None
    assert reader.client(acme.key.id) is None
    assert [each.id for _, each in registry.keys.list()] == [acme.key.id]
    assert [each.id for _, each in registry.clients.list()] == [linked.credential.id]


def test_a_linked_client_is_its_issuers_and_no_pools(registry, acme, reader, fake):
    made = registry.clients.link(acme.application, "entra", "4f1c2a7e-0b", name="ERP")
    assert made.made is None
    found = reader.client("entra#4f1c2a7e-0b")
    assert (found.id, found.issuer, found.name, found.scopes) == ("4f1c2a7e-0b", "entra", "ERP", None)
    assert registry.clients.revoke("entra#4f1c2a7e-0b") is True
    registry.clients.delete("entra#4f1c2a7e-0b")
    assert fake.calls == []


def test_a_client_belongs_to_one_application(registry, acme, table):
    registry.clients.link(acme.application, "entra", "abc")
    other = registry.applications.create("acme", "Other")
    before = table.items()
    with pytest.raises(
        Taken, match='client "abc" of issuer "entra" is an application\'s already, see: tiergate client'
    ):
        registry.clients.link(other.id, "entra", "abc")
    assert table.items() == before


@pytest.mark.parametrize(
    ("link", "message"),
    [
        (("nobody", "abc"), 'there is no issuer "nobody" in the policies; known: entra, partners'),
        (("partners", "abc"), 'clients of "partners" are made here: tiergate client create without --issuer and --id'),
        (("entra", "a#b"), '"a#b" is no client\'s id'),
        (("entra", "../x"), "is no client's id"),
        (("entra", ""), "is no client's id"),
        (("entra", "x" * 201), "is no client's id"),
    ],
)
def test_what_no_token_could_name_is_not_linked(registry, acme, table, link, message):
    before = table.items()
    with pytest.raises(RegistryError, match=message):
        registry.clients.link(acme.application, *link)
    assert table.items() == before


def test_without_a_user_pool_the_way_to_one_is_told(client, acme):
    registry = Registry(client, "registry", env="dev", actor="ann", issuers=["entra"])
    with pytest.raises(RegistryError, match=r"add policies/issuers/<name>\.yaml with `cognito: \{\}`.*and deploy"):
        registry.clients.create(acme.application)
    assert registry.clients.link(acme.application, "entra", "abc")


@pytest.mark.parametrize(
    "terms",
    [{"scopes": ["admin"]}, {"name": mint("dev").text}, {"expires": 1}, {"denied": ["10.0.0.1/8"]}, {"reason": "a\nb"}],
)
def test_what_cannot_be_kept_leaves_no_client_anywhere(registry, acme, table, fake, terms):
    before = table.items()
    with pytest.raises(RegistryError):
        registry.clients.create(acme.application, **terms)
    assert (fake.clients, table.items()) == ({}, before)


def test_a_client_that_the_registry_refuses_is_taken_out_of_the_pool_again(registry, acme, client, fake):
    client.meanwhile = lambda: registry.applications.delete(acme.application)
    with pytest.raises(Conflict):
        registry.clients.create(acme.application)
    assert fake.clients == {}
    assert fake.calls.count("CreateUserPoolClient") == 1


def test_a_client_that_is_left_in_the_pool_by_a_crash_is_nobodys_and_can_be_deleted(registry, acme, client, fake):
    def crash():
        fake.refused.add("DeleteUserPoolClient")
        raise KeyboardInterrupt

    client.meanwhile = crash
    with pytest.raises(KeyboardInterrupt):
        registry.clients.create(acme.application)
    (left,) = fake.clients
    assert list(registry.clients.list()) == []
    fake.refused.clear()
    registry.clients.delete(client_ref("partners", left))
    assert fake.clients == {}


def test_a_client_that_the_registry_cannot_keep_is_not_made_in_the_pool(registry, acme, table, fake):
    keys = {f"key{number}" for number in range(MOST_CREDENTIALS - 3)}
    table.change(
        f"APP#{acme.application}", credentials={"SS": [acme.key.id, *keys]}, clients={"SS": ["entra#a", "entra#b"]}
    )
    attempts = (
        lambda: registry.clients.create(acme.application),
        lambda: registry.clients.link(acme.application, "entra", "c"),
        lambda: registry.keys.create(acme.application),
        lambda: registry.keys.rotate(acme.key.id, grace=0),
    )
    for attempt in attempts:
        with pytest.raises(RegistryError, match="has 50 keys and clients, as many as it can; delete one"):
            attempt()
    assert fake.clients == {}


def test_a_revoked_client_is_refused_first_and_out_of_the_pool_then(registry, acme, reader, fake):
    made = registry.clients.create(acme.application)
    fake.down = True
    with pytest.raises(RegistryError, match=r"refused from now on, but still in the user pool: .*repeat the command"):
        registry.clients.revoke(ours(made))
    assert reader.client(ours(made)).state == "revoked"
    fake.down = False
    assert registry.clients.revoke(ours(made)) is True
    assert fake.clients == {}
    assert registry.clients.revoke(ours(made)) is False
    assert [entry.what for entry in registry.audit("acme")].count("client revoke") == 1


def test_a_revoked_client_never_comes_back(registry, acme, table):
    made = registry.clients.create(acme.application)
    registry.clients.revoke(ours(made))
    before = table.items()
    attempts = (
        registry.clients.restore,
        registry.clients.suspend,
        lambda ref: registry.clients.restrict(ref, denied=["10.0.0.0/8"]),
        lambda ref: registry.clients.rotate(ref, grace=0),
    )
    for attempt in attempts:
        with pytest.raises(RegistryError, match=r"is revoked for good; make another: tiergate client create"):
            attempt(ours(made))
    assert table.items() == before


def test_a_deleted_client_is_gone_from_both_whatever_broke_before(registry, acme, reader, fake):
    made = registry.clients.create(acme.application)
    fake.down = True
    with pytest.raises(RegistryError, match="repeat the command"):
        registry.clients.delete(ours(made))
    assert reader.client(ours(made)) is None
    fake.down = False
    registry.clients.delete(ours(made))
    assert fake.clients == {}
    with pytest.raises(RegistryError, match=r'there is no client ".*" of issuer "partners"; tiergate client list'):
        registry.clients.delete(ours(made))


def test_deleting_an_application_takes_its_clients_with_it(registry, acme, reader, table, fake, clock):
    made = registry.clients.create(acme.application)
    registry.clients.link(acme.application, "entra", "abc")
    clock.forward(seconds=1)
    registry.applications.delete(acme.application)
    assert fake.clients == {}
    assert reader.client(ours(made)) is reader.client("entra#abc") is None
    kinds = {item["pk"].partition("#")[0] for item in table.items()}
    assert kinds == {"ORG"}
    entry = next(registry.audit("acme"))
    assert entry.before["clients"] == sorted(["entra#abc", ours(made)])


def test_an_application_is_deleted_though_the_pool_does_not_answer_and_what_is_left_is_told(registry, acme, fake):
    made = registry.clients.create(acme.application)
    fake.down = True
    with pytest.raises(RegistryError, match=f"{made.credential.id}.*take each out: tiergate client delete ID"):
        registry.applications.delete(acme.application)
    assert list(registry.applications.list("acme")) == []
    fake.down = False
    registry.clients.delete(ours(made))
    assert fake.clients == {}


def test_suspending_is_the_registrys_alone(registry, acme, reader, fake):
    made = registry.clients.create(acme.application)
    assert registry.clients.suspend(ours(made)) is True
    assert registry.clients.suspend(ours(made)) is False
    assert reader.client(ours(made)).state == "suspended"
    with pytest.raises(RegistryError, match=f"restore {made.credential.id} --issuer partners"):
        registry.clients.rotate(ours(made), grace=0)
    assert registry.clients.restore(ours(made)) is True
    assert list(fake.clients) == [made.credential.id]


def test_rotation_gives_a_client_like_the_old_one_which_ends_after_the_grace_time(registry, acme, reader, fake, clock):
    terms = {"name": "CI", "addresses": ["203.0.113.0/24"], "subjects": ["CN=a"], "scopes": ["read"]}
    old = registry.clients.create(acme.application, **terms)
    new = registry.clients.rotate(ours(old), grace=HOUR, reason="yearly")
    ended, made = reader.client(ours(old)), reader.client(ours(new))
    assert (made.name, made.conditions, made.scopes) == ("CI", ended.conditions, {"read"})
    assert (made.state, made.expires, made.replaced_by) == ("active", None, "")
    assert (ended.state, ended.expires, ended.replaced_by) == ("active", clock.micros + HOUR, made.id)
    assert fake.clients.keys() == {ended.id, made.id}
    assert fake.clients[made.id]["AllowedOAuthScopes"] == ["tiergate/read"]
    assert new.made.secret != old.made.secret
    with pytest.raises(RegistryError, match="was replaced by"):
        registry.clients.rotate(ours(old), grace=0)


def test_without_a_grace_time_the_old_client_is_revoked_and_out_of_the_pool(registry, acme, reader, fake):
    old = registry.clients.create(acme.application)
    new = registry.clients.rotate(ours(old), grace=0)
    assert (reader.client(ours(old)).state, list(fake.clients), new.left) == ("revoked", [new.credential.id], "")


def test_a_rotated_secret_is_not_lost_though_the_old_client_stays_in_the_pool(registry, acme, reader, fake):
    old = registry.clients.create(acme.application)
    fake.refused.add("DeleteUserPoolClient")
    new = registry.clients.rotate(ours(old), grace=0)
    assert new.made.secret
    assert reader.client(ours(old)).state == "revoked"
    mend = f"tiergate client revoke {old.credential.id} --issuer partners"
    assert new.left.startswith(f"refused from now on, but still in the user pool: {old.credential.id} (")
    assert new.left.endswith(f"; {mend}")
    fake.refused.clear()
    registry.clients.revoke(ours(old))
    assert list(fake.clients) == [new.credential.id]


def test_a_rotation_that_the_registry_refuses_leaves_the_pool_as_it_was(registry, acme, client, reader, fake):
    old = registry.clients.create(acme.application)
    client.meanwhile = lambda: registry.clients.suspend(ours(old))
    with pytest.raises(Conflict):
        registry.clients.rotate(ours(old), grace=HOUR)
    assert list(fake.clients) == [old.credential.id]
    assert reader.client(ours(old)).replaced_by == ""


def test_a_linked_client_is_followed_by_one_that_its_issuer_made(registry, acme, reader, fake, clock):
    registry.clients.link(acme.application, "entra", "old", name="ERP")
    with pytest.raises(RegistryError, match='followed by one that "entra" made; name it: --id'):
        registry.clients.rotate("entra#old", grace=HOUR)
    new = registry.clients.rotate("entra#old", grace=HOUR, successor="new")
    assert (new.made, reader.client("entra#new").name) == (None, "ERP")
    assert (reader.client("entra#old").expires, new.replaced.replaced_by) == (clock.micros + HOUR, "new")
    assert fake.calls == []
    ours_ = ours(registry.clients.create(acme.application))
    with pytest.raises(RegistryError, match='clients of "partners" are made here; leave out --id'):
        registry.clients.rotate(ours_, grace=HOUR, successor="new")


def test_a_client_whose_successor_was_deleted_can_be_rotated_again(registry, acme, reader, fake, clock):
    old = registry.clients.create(acme.application)
    lost = registry.clients.rotate(ours(old), grace=HOUR)
    registry.clients.delete(ours(lost))
    with pytest.raises(RegistryError, match="has an expiry; say when the new one expires"):
        registry.clients.rotate(ours(old), grace=HOUR)
    new = registry.clients.rotate(ours(old), grace=HOUR, expires=clock.micros + 9 * HOUR)
    assert reader.client(ours(old)).replaced_by == new.credential.id
    assert fake.clients.keys() == {old.credential.id, new.credential.id}


def test_a_successor_that_became_anothers_is_none(registry, acme, reader, clock):
    registry.clients.link(acme.application, "entra", "old")
    registry.clients.rotate("entra#old", grace=HOUR, successor="lost")
    registry.clients.delete("entra#lost")
    registry.clients.link(registry.applications.create("acme", "Other").id, "entra", "lost")
    registry.clients.rotate("entra#old", grace=HOUR, successor="new", expires=clock.micros + 9 * HOUR)
    assert reader.client("entra#old").replaced_by == "new"


def test_clients_of_an_issuer_that_the_policies_lost_are_neither_made_nor_rotated(registry, client, acme, table, fake):
    made = registry.clients.create(acme.application)
    registry.clients.link(acme.application, "entra", "abc")
    before, clients = table.items(), dict(fake.clients)
    lost = Registry(client, "registry", env="dev", actor="ann", issuers=["okta"], pool=pool_of(fake))
    attempts = (
        ("partners", lambda: lost.clients.create(acme.application)),
        ("partners", lambda: lost.clients.rotate(ours(made), grace=0)),
        ("entra", lambda: lost.clients.rotate("entra#abc", grace=0, successor="new")),
    )
    for issuer, attempt in attempts:
        with pytest.raises(RegistryError, match=f'there is no issuer "{issuer}" in the policies; known: okta'):
            attempt()
    assert (table.items(), fake.clients) == (before, clients)


@pytest.mark.parametrize("successor", ["old", "taken"])
def test_no_client_follows_itself_or_takes_anothers_place(registry, acme, table, successor):
    registry.clients.link(acme.application, "entra", "old")
    registry.clients.link(acme.application, "entra", "taken")
    before = table.items()
    with pytest.raises(RegistryError, match=f'client "{successor}" of issuer "entra" is'):
        registry.clients.rotate("entra#old", grace=0, successor=successor)
    assert table.items() == before
