"""Members of organizations: an owner is always left, and everybody finds what they are a member of."""

import re

import pytest

from tiergate.adapters.registry import Conflict, Deleted, Full, Invalid, LastOwner, Missing, Stale, Taken
from tiergate.domain.members import MOST_MEMBERS, Member, Person, Role

ANN, BOB = Person("ann-1", "Ann@Example.com"), Person("bob-2", "bob@example.com")


@pytest.fixture
def acme(registry):
    return registry.organizations.create("Acme", founder=ANN).id


def roles(registry, organization="acme"):
    return {each.value.id: str(each.value.role) for each in registry.members.list(organization)}


def test_who_makes_an_organization_owns_it(registry, acme, table):
    assert registry.members.get("acme", "ann-1").value == Member(
        "acme", "ann-1", "ann@example.com", Role.OWNER, "2026-11-23T12:00:00.000Z"
    )
    (entry,) = registry.audit("acme")
    assert (entry.what, entry.after["member"], entry.after["role"]) == ("organization create", "ann-1", "owner")
    assert [each["pk"] for each in table.items() if each["pk"].startswith("MEMBER")] == ["MEMBER#ann-1"]


def test_whoever_founds_an_organization_is_not_told_that_a_name_is_taken_and_owns_none_of_theirs(registry, acme):
    made = registry.organizations.create("ACME", founder=BOB)
    assert (re.fullmatch(r"acme-[a-z0-9]{6}", made.id) is not None, made.name) == (True, "ACME")
    assert (roles(registry), roles(registry, made.id)) == ({"ann-1": "owner"}, {"bob-2": "owner"})
    registry.members.enrol("acme", BOB, Role.VIEWER)
    registry.organizations.delete("acme")
    assert registry.organizations.create("Acme", founder=ANN).id not in {"acme", made.id}
    long = [registry.organizations.create("x" * 100, founder=ANN).id for _ in range(2)]
    assert [len(each) for each in long] == [40, 40]


def test_a_name_with_letters_of_another_script_has_no_other_names_id(registry):
    assert registry.organizations.create("Zoë & Söhne", founder=ANN).id == "zoe-sohne"
    alike = registry.organizations.create("\u0410cme", founder=ANN)
    assert (re.fullmatch(r"org-[a-z0-9]{8}", alike.id) is not None, alike.name) == (True, "\u0410cme")


def test_a_program_that_onboards_is_told_that_a_name_is_taken(registry, acme, table):
    before = table.items()
    with pytest.raises(Taken, match='organization "acme" exists'):
        registry.organizations.create("ACME")
    assert table.items() == before


def test_somebody_finds_all_that_they_are_a_member_of(registry, acme, clock):
    registry.organizations.create("Globex")
    registry.members.enrol("globex", ANN, Role.VIEWER)
    registry.organizations.create("Other", founder=BOB)
    registry.organizations.suspend("globex")
    found = registry.members.of("ann-1")
    assert [(each.id, each.state, str(mine.role)) for each, mine in found] == [
        ("acme", "active", "owner"),
        ("globex", "suspended", "viewer"),
    ]
    assert registry.members.of("nobody") == []


def test_who_joined_first_is_first(registry, acme, clock):
    for number in (3, 1, 2):
        clock.forward(seconds=1)
        registry.members.enrol("acme", Person(f"p{number}", f"p{number}@example.com"), Role.VIEWER)
    assert [*roles(registry)] == ["ann-1", "p3", "p1", "p2"]


@pytest.mark.parametrize("organization", ["acme", "none"])
def test_who_is_no_member_is_missing_also_where_there_is_no_organization(registry, acme, organization):
    for attempt in (
        lambda: registry.members.get(organization, "bob-2"),
        lambda: registry.members.set_role(organization, "bob-2", Role.OWNER),
        lambda: registry.members.remove(organization, "bob-2"),
    ):
        with pytest.raises(Missing):
            attempt()


def test_a_role_is_changed_with_an_entry_of_what_it_was(registry, acme):
    registry.members.enrol("acme", BOB, Role.VIEWER)
    assert registry.members.set_role("acme", "bob-2", Role.OWNER, reason="takes over") is True
    assert registry.members.set_role("acme", "bob-2", Role.OWNER) is False
    assert roles(registry) == {"ann-1": "owner", "bob-2": "owner"}
    entry = next(each for each in registry.audit("acme") if each.what == "member set-role")
    assert (entry.before["role"], entry.after["role"], entry.reason) == ("viewer", "owner", "takes over")


def test_an_organization_always_keeps_an_owner(registry, acme, table):
    registry.members.enrol("acme", BOB, Role.DEVELOPER)
    before = table.items()
    with pytest.raises(LastOwner, match="has no other owner; make somebody else an owner first"):
        registry.members.set_role("acme", "ann-1", Role.VIEWER)
    with pytest.raises(LastOwner, match="would be left without an owner"):
        registry.members.remove("acme", "ann-1")
    assert table.items() == before
    registry.members.remove("acme", "bob-2")
    assert roles(registry) == {"ann-1": "owner"}


@pytest.mark.parametrize("verb", ["set_role", "remove"])
@pytest.mark.parametrize("meanwhile", ["set_role", "remove"])
def test_two_owners_that_go_at_once_leave_one(registry, acme, client, verb, meanwhile):
    registry.members.enrol("acme", BOB, Role.OWNER)
    terms = {"set_role": (Role.VIEWER,), "remove": ()}
    client.meanwhile = lambda: getattr(registry.members, meanwhile)("acme", "bob-2", *terms[meanwhile])
    with pytest.raises(Conflict):
        getattr(registry.members, verb)("acme", "ann-1", *terms[verb])
    assert [who for who, role in roles(registry).items() if role == "owner"] == ["ann-1"]


def test_an_organization_has_so_many_members_and_no_more(registry, acme):
    for number in range(MOST_MEMBERS - 1):
        registry.members.enrol("acme", Person(f"p{number}", f"p{number}@example.com"), Role.VIEWER)
    with pytest.raises(Full, match="has 50 members, as many as it can; remove one first"):
        registry.members.enrol("acme", BOB, Role.VIEWER)
    registry.members.remove("acme", "p7")
    registry.members.enrol("acme", BOB, Role.VIEWER)
    assert len(roles(registry)) == MOST_MEMBERS


def test_somebody_is_a_member_once(registry, acme):
    with pytest.raises(Taken, match='member "ann-1" is a member of the organization already'):
        registry.members.enrol("acme", ANN, Role.VIEWER)


@pytest.mark.parametrize("person", [Person("a#b", "a@example.com"), Person("", "a@example.com"), Person("a", "nobody")])
def test_nobody_is_a_member_who_cannot_be_told_of(registry, acme, person, table):
    before = table.items()
    for attempt in (
        lambda: registry.members.enrol("acme", person, Role.VIEWER),
        lambda: registry.organizations.create("Other", founder=person),
    ):
        with pytest.raises(Invalid):
            attempt()
    assert table.items() == before


def test_a_change_of_what_somebody_saw_before_is_refused(registry, acme):
    registry.members.enrol("acme", BOB, Role.VIEWER)
    seen = registry.members.get("acme", "bob-2").version
    assert registry.members.set_role("acme", "bob-2", Role.DEVELOPER, expected=seen) is True
    with pytest.raises(Stale, match='member "bob-2" was changed meanwhile; look at it again'):
        registry.members.set_role("acme", "bob-2", Role.OWNER, expected=seen)
    with pytest.raises(Stale):
        registry.members.remove("acme", "bob-2", expected=seen)
    registry.members.remove("acme", "bob-2", expected=seen + 1)


def test_members_stay_with_a_suspended_organization_and_go_with_a_deleted_one(registry, acme, table):
    registry.members.enrol("acme", BOB, Role.VIEWER)
    registry.invitations.invite("acme", "cy@example.com", Role.VIEWER)
    registry.organizations.suspend("acme")
    assert len(roles(registry)) == 2
    registry.organizations.delete("acme", reason="contract ended")
    assert registry.members.of("ann-1") == []
    assert registry.invitations.of("cy@example.com") == []
    left = [each for each in table.items() if not each["sk"].startswith("AUDIT")]
    assert [(each["pk"], each["state"]) for each in left] == [("ORG#acme", "deleted")]
    assert {*left[0]} == {"pk", "sk", "state", "created", "version"}
    entry = next(each for each in registry.audit("acme") if each.what == "organization delete")
    assert entry.before["members"] == ["ann-1", "bob-2"]
    with pytest.raises(Deleted):
        registry.members.enrol("acme", BOB, Role.VIEWER)


def test_an_organization_with_as_many_people_as_it_can_have_is_deleted(registry, acme, table):
    for number in range(MOST_MEMBERS - 1):
        registry.invitations.invite("acme", f"i{number}@example.com", Role.VIEWER)
        registry.members.enrol("acme", Person(f"p{number}", f"p{number}@example.com"), Role.VIEWER)
    registry.organizations.delete("acme")
    assert {each["pk"] for each in table.items()} == {"ORG#acme"}


def test_who_joins_while_the_organization_is_deleted_comes_second(registry, acme, client):
    client.meanwhile = lambda: registry.organizations.delete("acme")
    with pytest.raises(Conflict):
        registry.members.enrol("acme", BOB, Role.VIEWER)
    assert registry.members.of("bob-2") == []
