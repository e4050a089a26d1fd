"""Invitations by mail: seven days, renewed when repeated, good once and for that address alone."""

import pytest

from tests.adapters.conftest import NOON
from tiergate.adapters.registry import Conflict, Ended, Full, Invalid, Missing, Registry, Stale, Suspended, Taken, put
from tiergate.domain.members import INVITED, MOST_INVITATIONS, MOST_MEMBERS, Person, Role, invitation_id

ANN, BOB = Person("ann-1", "ann@example.com"), Person("bob-2", "Bob@Example.com")


@pytest.fixture
def acme(registry):
    return registry.organizations.create("Acme", founder=ANN).id


def test_who_has_the_address_becomes_a_member_with_the_role(registry, acme, table, clock):
    made = registry.invitations.invite("acme", " BOB@example.com", Role.DEVELOPER, reason="new here")
    assert (made.mail, made.invited_by, made.expires) == ("bob@example.com", "ann", clock.micros + INVITED)
    assert [(each.id, found) for each, found in registry.invitations.of("bob@EXAMPLE.com")] == [("acme", made)]
    joined = registry.invitations.accept("acme", BOB)
    assert (joined.role, joined.mail) == (Role.DEVELOPER, "bob@example.com")
    assert registry.members.get("acme", "bob-2").value == joined
    assert registry.invitations.list("acme") == []
    with pytest.raises(Missing):
        registry.invitations.accept("acme", BOB)


def test_the_store_forgets_an_invitation_a_month_after_its_end(registry, acme, table):
    registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    (item,) = (each for each in table.items() if each["pk"].startswith("INVITATION"))
    assert item["ttl"] == int(NOON.timestamp()) + 37 * 24 * 3600


def test_an_invitation_is_good_for_seven_days_and_not_a_moment_longer(registry, acme, clock):
    registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    clock.forward(days=7, microseconds=-1)
    assert len(registry.invitations.of("bob@example.com")) == 1
    clock.forward(microseconds=1)
    assert registry.invitations.of("bob@example.com") == []
    with pytest.raises(Ended, match="has expired; ask the organization for another"):
        registry.invitations.accept("acme", BOB)
    assert [each.value.expired(clock.micros) for each in registry.invitations.list("acme")] == [True]


def test_a_repeated_one_is_renewed_and_has_the_new_role(registry, acme, clock):
    first = registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    clock.forward(days=6)
    again = registry.invitations.invite("acme", "bob@example.com", Role.OWNER)
    assert (again.id, again.expires - first.expires) == (first.id, 6 * INVITED // 7)
    (stored,) = registry.invitations.list("acme")
    assert (stored.value, stored.version) == (again, 2)
    clock.forward(days=3)
    assert registry.invitations.accept("acme", BOB).role is Role.OWNER


def test_nobody_else_can_accept_it(registry, acme):
    registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    with pytest.raises(Missing, match="there is no such invitation"):
        registry.invitations.accept("acme", Person("cy-3", "cy@example.com"))
    with pytest.raises(Missing):
        registry.invitations.accept("globex", BOB)


@pytest.mark.parametrize("verb", ["decline", "withdraw"])
def test_one_that_was_declined_or_withdrawn_is_gone(registry, acme, verb, table):
    made = registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    getattr(registry.invitations, verb)("acme", {"decline": made.mail, "withdraw": made.id}[verb])
    with pytest.raises(Missing):
        registry.invitations.accept("acme", BOB)
    with pytest.raises(Missing):
        getattr(registry.invitations, verb)("acme", {"decline": made.mail, "withdraw": made.id}[verb])
    (organization,) = (each for each in table.items() if (each["pk"], each["sk"]) == ("ORG#acme", "-"))
    assert "invitations" not in organization
    assert f"invitation {verb}" in [each.what for each in registry.audit("acme")]


def test_no_audit_entry_has_an_address_that_never_became_a_members(registry, acme):
    made = registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    registry.invitations.withdraw("acme", made.id)
    told = [(entry.before, entry.after) for entry in registry.audit("acme")]
    assert made.id in str(told)
    assert "bob@" not in str(told)


def test_who_is_a_member_needs_no_invitation(registry, acme):
    with pytest.raises(Taken, match="somebody with this mail address is a member"):
        registry.invitations.invite("acme", "Ann@example.com", Role.VIEWER)
    registry.invitations.invite("acme", "other@example.com", Role.VIEWER)
    with pytest.raises(Taken, match="you are a member"):
        registry.invitations.accept("acme", Person("ann-1", "other@example.com"))


def test_so_many_are_open_and_no_more_and_expired_ones_do_not_count(registry, acme, clock):
    for number in range(MOST_INVITATIONS):
        registry.invitations.invite("acme", f"p{number}@example.com", Role.VIEWER)
    with pytest.raises(Full, match="has 50 open invitations, as many as it can; withdraw one first"):
        registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    registry.invitations.invite("acme", "p7@example.com", Role.OWNER)
    clock.forward(days=7)
    registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    assert len(registry.invitations.list("acme")) == MOST_INVITATIONS + 1


def test_what_the_store_has_forgotten_is_not_listed_and_makes_room(registry, acme, client, table):
    for number in range(3):
        registry.invitations.invite("acme", f"p{number}@example.com", Role.VIEWER)
    gone = invitation_id("p1@example.com")
    client.delete_item(TableName="registry", Key={"pk": {"S": f"INVITATION#{gone}"}, "sk": {"S": "acme"}})
    assert len(registry.invitations.list("acme")) == 2
    registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    (organization,) = (each for each in table.items() if (each["pk"], each["sk"]) == ("ORG#acme", "-"))
    assert gone not in organization["invitations"]
    assert len(organization["invitations"]) == 3


def test_a_full_organization_invites_and_takes_in_nobody(registry, acme):
    registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    for number in range(MOST_MEMBERS - 1):
        registry.members.enrol("acme", Person(f"p{number}", f"p{number}@example.com"), Role.VIEWER)
    with pytest.raises(Full):
        registry.invitations.accept("acme", BOB)
    with pytest.raises(Full):
        registry.invitations.invite("acme", "cy@example.com", Role.VIEWER)
    assert len(registry.invitations.of("bob@example.com")) == 1


@pytest.fixture
def partners(client, clock):
    """The registry as ann changes it in the portal."""
    return Registry(client, "registry", env="dev", actor="portal:ann-1", clock=clock)


NO_LONGER = {
    "removed": lambda registry: registry.members.remove("acme", "ann-1"),
    "demoted": lambda registry: registry.members.set_role("acme", "ann-1", Role.DEVELOPER),
}


@pytest.mark.parametrize("end", NO_LONGER)
def test_the_invitations_of_an_owner_end_with_their_role_and_another_owner_renews_them(
    registry, acme, partners, table, end
):
    registry.members.enrol("acme", Person("cy-3", "cy@example.com"), Role.OWNER)
    partners.invitations.invite("acme", "bob@example.com", Role.OWNER)
    NO_LONGER[end](registry)
    before = table.items()
    with pytest.raises(Ended, match="whoever invited you is no longer an owner"):
        registry.invitations.accept("acme", BOB)
    assert table.items() == before
    registry.invitations.invite("acme", "bob@example.com", Role.DEVELOPER)
    assert registry.invitations.accept("acme", BOB).role is Role.DEVELOPER


def test_an_owner_who_is_removed_while_their_invitation_is_accepted_invited_nobody(registry, acme, partners, client):
    registry.members.enrol("acme", Person("cy-3", "cy@example.com"), Role.OWNER)
    partners.invitations.invite("acme", "bob@example.com", Role.OWNER)
    client.meanwhile = lambda: registry.members.remove("acme", "ann-1")
    with pytest.raises(Conflict):
        registry.invitations.accept("acme", BOB)
    with pytest.raises(Ended):
        registry.invitations.accept("acme", BOB)


def test_a_suspended_organization_takes_in_nobody(registry, acme, table):
    registry.invitations.invite("acme", "bob@example.com", Role.OWNER)
    registry.organizations.suspend("acme")
    before = table.items()
    with pytest.raises(Suspended):
        registry.invitations.accept("acme", BOB)
    assert table.items() == before
    registry.organizations.restore("acme")
    assert registry.invitations.accept("acme", BOB).role is Role.OWNER


@pytest.mark.parametrize("mail", ["", "bob", "Bob <bob@example.com>", "x" * 300 + "@example.com", "a@b@c"])
def test_nobody_is_invited_by_what_is_no_address(registry, acme, mail, table):
    before = table.items()
    with pytest.raises(Invalid):
        registry.invitations.invite("acme", mail, Role.VIEWER)
    assert table.items() == before


@pytest.mark.parametrize(
    ("change", "meanwhile"),
    [
        ("accept", "withdraw"),
        ("accept", "delete"),
        ("accept", "accept"),
        ("accept", "invite"),
        ("withdraw", "accept"),
        ("invite", "accept"),
        ("invite", "invite"),
        ("invite", "delete"),
    ],
)
def test_two_at_once_do_one_of_both(registry, acme, client, change, meanwhile):
    bobs = registry.invitations.invite("acme", "bob@example.com", Role.VIEWER).id
    changes = {
        "accept": lambda: registry.invitations.accept("acme", BOB),
        "withdraw": lambda: registry.invitations.withdraw("acme", bobs),
        "invite": lambda: registry.invitations.invite("acme", "bob@example.com", Role.OWNER),
        "delete": lambda: registry.organizations.delete("acme"),
    }
    client.meanwhile = changes[meanwhile]
    with pytest.raises((Conflict, Taken)):
        changes[change]()
    entries = [each.what for each in registry.audit("acme")]
    assert len(entries) == 3, "the organization, the invitation, and one of both"


def test_withdrawing_what_was_renewed_meanwhile_is_refused(registry, acme):
    made = registry.invitations.invite("acme", "bob@example.com", Role.VIEWER)
    registry.invitations.invite("acme", "bob@example.com", Role.OWNER)
    with pytest.raises(Stale):
        registry.invitations.withdraw("acme", made.id, expected=1)
    registry.invitations.withdraw("acme", made.id, expected=2)


def test_what_is_written_with_an_invitation_is_written_or_nothing_is(registry, acme, table):
    also = [put({"pk": "REQUEST#1", "made": "x"}, "the request")]
    registry.invitations.invite("acme", "bob@example.com", Role.VIEWER, also=lambda _: also)
    before = table.items()
    with pytest.raises(Conflict):
        registry.invitations.invite("acme", "cy@example.com", Role.VIEWER, also=lambda _: also)
    assert table.items() == before
