"""Organizations and their people: who belongs, who is invited, and what nobody can do to the others."""

import pytest

from tests.functions.portal_api.portal import (
    DEVELOPER,
    NEWCOMER,
    OWNER,
    STRANGER,
    VIEWER,
    PortalApi,
    Reply,
    Someone,
    someone,
)
from tiergate.domain.members import Role

ACME = "/organizations/acme"
WEEK = 7 * 24 * 3600


def invited(portal: PortalApi, mail: str = NEWCOMER.mail, role: str = "developer", by: Someone = OWNER) -> Reply:
    return portal.call("POST", f"{ACME}/invitations", {"email": mail, "role": role}, by=by)


def accepted(portal: PortalApi, by: Someone = NEWCOMER) -> Reply:
    return portal.call("POST", "/invitations/acme/accept", by=by)


def test_whoever_makes_an_organization_owns_it(portal: PortalApi):
    made = portal.call("POST", "/organizations", {"name": " Acme "}, by=NEWCOMER)
    assert (made.status, made.body["id"], made.body["name"], made.body["role"]) == (201, "acme", "Acme", "owner")
    assert made.headers["etag"] == '"1"'
    shown = portal.call("GET", ACME, by=NEWCOMER)
    assert shown.body == made.body
    assert shown.headers["etag"] == made.headers["etag"]
    (mine,) = portal.call("GET", "/me", by=NEWCOMER).body["organizations"]
    assert mine == {"id": "acme", "name": "Acme", "role": "owner", "state": "active"}


def test_somebody_whose_mail_address_is_not_verified_makes_none_and_joins_none(portal: PortalApi):
    portal.settle()
    unsure = someone("nora", verified=False)
    portal.people.known[unsure.sub] = unsure
    invited(portal, unsure.mail)
    before = portal.stored()
    for reply in (
        portal.call("POST", "/organizations", {"name": "New"}, by=unsure),
        accepted(portal, unsure),
        portal.call("DELETE", "/invitations/acme", by=unsure),
    ):
        assert (reply.status, reply.body["code"]) == (403, "email_unverified")
    me = portal.call("GET", "/me", by=unsure).body
    assert (me["email_verified"], me["organizations"], me["invitations"]) == (False, [], [])
    assert portal.stored() == before


def test_one_person_makes_three_organizations(portal: PortalApi):
    for name in ("One", "Two", "Three"):
        assert portal.call("POST", "/organizations", {"name": name}, by=NEWCOMER).status == 201
    portal.later(400 * 24 * 3600)
    fourth = portal.call("POST", "/organizations", {"name": "Four"}, by=NEWCOMER)
    assert (fourth.status, fourth.body["code"]) == (409, "full")
    assert portal.call("POST", "/organizations", {"name": "Four"}, by=STRANGER).status == 201


def test_a_name_that_is_taken_gives_another_id_and_tells_nothing(portal: PortalApi):
    portal.settle()
    made = portal.call("POST", "/organizations", {"name": "Acme"}, by=NEWCOMER)
    assert (made.status, made.body["name"], made.body["members"]) == (201, "Acme", 1)
    assert made.body["id"] not in {"acme", ""}
    assert portal.call("GET", ACME, by=NEWCOMER).status == 404


def test_a_renamed_organization_has_a_new_version(portal: PortalApi):
    portal.settle()
    seen = portal.call("GET", ACME)
    renamed = portal.call("PATCH", ACME, {"name": "Acme B.V."}, headers={"if-match": seen.headers["etag"]})
    assert (renamed.status, renamed.body["name"]) == (200, "Acme B.V.")
    assert renamed.headers["etag"] == f'"{seen.body["version"] + 1}"'
    again = portal.call("PATCH", ACME, {"name": "Other"}, headers={"if-match": seen.headers["etag"]})
    assert again.status == 412


def test_the_last_owner_stays_one(portal: PortalApi):
    portal.settle()
    alone = f"{ACME}/members/{OWNER.sub}"
    for reply in (
        portal.call("DELETE", alone),
        portal.call("PATCH", alone, {"role": "viewer"}, headers={"if-match": "*"}),
    ):
        assert (reply.status, reply.body["code"]) == (409, "last_owner")
    other = f"{ACME}/members/{VIEWER.sub}"
    assert portal.call("PATCH", other, {"role": "owner"}, headers={"if-match": '"1"'}).body["role"] == "owner"
    assert portal.call("DELETE", alone).status == 204
    assert portal.call("GET", ACME).status == 404


def test_everybody_can_leave_and_only_owners_remove(portal: PortalApi):
    portal.settle()
    assert portal.call("DELETE", f"{ACME}/members/{VIEWER.sub}", by=DEVELOPER).status == 403
    assert portal.call("DELETE", f"{ACME}/members/{DEVELOPER.sub}", by=DEVELOPER).status == 204
    assert portal.call("DELETE", f"{ACME}/members/{VIEWER.sub}").status == 204
    assert [each["id"] for each in portal.call("GET", f"{ACME}/members").body["items"]] == [OWNER.sub]


def test_whoever_has_the_mail_address_accepts_an_invitation(portal: PortalApi):
    portal.settle()
    made = invited(portal, " Nora@ACME.example ").body
    assert (made["email"], made["state"], made["invited_by"]) == (NEWCOMER.mail, "open", OWNER.mail)
    (mine,) = portal.call("GET", "/me", by=NEWCOMER).body["invitations"]
    assert mine == {
        "organization": {"id": "acme", "name": "Acme"},
        "role": "developer",
        "invited_by": OWNER.mail,
        "expires": made["expires"],
    }
    assert accepted(portal, STRANGER).status == 404
    joined = accepted(portal)
    assert (joined.status, joined.body["role"]) == (200, "developer")
    assert accepted(portal).body == joined.body
    assert portal.call("GET", "/me", by=NEWCOMER).body["invitations"] == []
    assert portal.call("POST", f"{ACME}/applications", {"name": "Mine"}, by=NEWCOMER).status == 201


def test_an_invitation_is_told_to_the_platforms_mailer(portal: PortalApi):
    portal.settle()
    made = invited(portal).body
    (entry,) = portal.bus.entries
    assert (entry["Source"], entry["DetailType"]) == ("tiergate", "Invitation created")
    assert portal.bus.accepted == [
        {
            "id": f"acme/{made['id']}/{made['expires']}",
            "stage": "test",
            "organization": "acme",
            "organization_name": "Acme",
            "invitation": made["id"],
            "email": NEWCOMER.mail,
            "role": "developer",
            "invited_by": OWNER.mail,
            "expires": made["expires"],
            "url": "https://portal.example/invitations",
        }
    ]


def test_an_invitation_that_cannot_be_told_stands(portal: PortalApi, capsys: pytest.CaptureFixture[str]):
    portal.settle()
    portal.bus.refusals = ["InternalFailure", "InternalFailure"]
    assert invited(portal).status == 201
    assert "invitation not told" in capsys.readouterr().out
    assert accepted(portal).status == 200


def test_inviting_again_renews_role_and_time(portal: PortalApi):
    portal.settle()
    first = invited(portal).body
    portal.later(WEEK - 60)
    second = invited(portal, role="viewer").body
    assert (first["renewed"], second["renewed"]) == (False, True)
    assert second["id"] == first["id"]
    assert second["expires"] > first["expires"]
    portal.later(120)
    assert accepted(portal).body["role"] == "viewer"


def test_an_expired_invitation_is_shown_as_such_and_refused(portal: PortalApi):
    portal.settle()
    invited(portal)
    portal.later(WEEK)
    shown = portal.call("GET", f"{ACME}/invitations").body["items"]
    assert [each["state"] for each in shown] == ["expired", "expired"]
    assert portal.call("GET", "/me", by=NEWCOMER).body["invitations"] == []
    late = accepted(portal)
    assert (late.status, late.body["code"]) == (410, "invitation_expired")


@pytest.mark.parametrize("withdrawn", [True, False])
def test_an_invitation_that_was_withdrawn_or_declined_is_gone(portal: PortalApi, withdrawn: bool):
    portal.settle()
    made = invited(portal).body
    path, by = (f"{ACME}/invitations/{made['id']}", OWNER) if withdrawn else ("/invitations/acme", NEWCOMER)
    assert portal.call("DELETE", path, by=by).status == 204
    assert accepted(portal).status == 404


def test_an_organization_sends_twenty_invitations_a_day(portal: PortalApi):
    portal.settle()
    for number in range(20):
        assert invited(portal, f"guest{number}@acme.example").status == 201
    more = invited(portal, "guest@acme.example")
    assert (more.status, more.body["code"]) == (429, "too_many_requests")
    portal.later(int(more.headers["retry-after"]) - 1)
    assert invited(portal, "guest@acme.example").status == 429
    portal.later(1)
    assert invited(portal, "guest@acme.example").status == 201


@pytest.mark.parametrize("name", ["   ", "\t", "!?", "x" * 101, "two\nlines", "", 5, None])
def test_a_name_that_is_none_is_told_at_its_field(portal: PortalApi, name: object):
    refused = portal.call("POST", "/organizations", {"name": name}, by=NEWCOMER)
    assert (refused.status, set(refused.fields)) == (422, {"name"})
    blank = isinstance(name, str) and bool(name) and not name.strip()
    assert ("only blanks" in refused.fields["name"]) is blank


def test_whoever_is_a_member_is_not_invited(portal: PortalApi):
    portal.settle()
    refused = invited(portal, DEVELOPER.mail)
    assert (refused.status, refused.fields) == (422, {"email": "Somebody with this mail address is a member already."})


def test_a_mail_address_that_holds_a_key_is_told_at_its_field(portal: PortalApi):
    ours, _ = portal.settle()
    key = portal.call("POST", f"/applications/{ours['application']}/credentials", {"name": "k"}).body["key"]
    refused = invited(portal, f"{key}@acme.example")
    assert (refused.status, set(refused.fields)) == (422, {"email"})
    assert key not in str(refused.body)


def test_one_address_has_two_mails_a_day_from_all_organizations(portal: PortalApi, capsys: pytest.CaptureFixture[str]):
    portal.settle()
    theirs = {"email": NEWCOMER.mail, "role": "viewer"}
    assert portal.call("POST", "/organizations/stranger/invitations", theirs, by=STRANGER).status == 201
    assert [invited(portal).status for _ in range(3)] == [201] * 3
    assert [each["email"] for each in portal.bus.accepted] == [NEWCOMER.mail] * 2
    assert "invitation not told" in capsys.readouterr().out
    assert len(portal.call("GET", "/me", by=NEWCOMER).body["invitations"]) == 2
    portal.later(24 * 3600)
    invited(portal)
    assert len(portal.bus.accepted) == 3


def test_one_person_makes_a_hundred_and_twenty_changes_an_hour(portal: PortalApi):
    portal.settle()
    path = f"{ACME}/members/nobody"
    assert {portal.call("DELETE", path).status for _ in range(120)} == {404}
    refused = portal.call("PATCH", ACME, {"name": "Other"}, headers={"if-match": "*"})
    assert (refused.status, refused.body["code"]) == (429, "too_many_requests")
    assert portal.call("GET", ACME).status == 200
    assert portal.call("DELETE", path, by=STRANGER).status == 404
    portal.later(int(refused.headers["retry-after"]))
    assert portal.call("PATCH", ACME, {"name": "Other"}, headers={"if-match": "*"}).status == 200


def test_pages_show_everything_once(portal: PortalApi):
    portal.settle()
    for number in range(5):
        portal.registry.applications.create("acme", f"App {number}")
        portal.registry.invitations.invite("acme", f"guest{number}@acme.example", Role.VIEWER)
    for path in (f"{ACME}/applications", f"{ACME}/members", f"{ACME}/invitations", f"{ACME}/audit"):
        whole = portal.call("GET", path, query={"limit": "100"}).body
        assert whole["next"] is None
        found, cursor = [], {}
        while True:
            page = portal.call("GET", path, query={"limit": "2", **cursor}).body
            assert len(page["items"]) <= 2
            found += page["items"]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
        assert found == whole["items"]


def test_a_cursor_of_another_list_is_refused(portal: PortalApi):
    portal.settle()
    page = portal.call("GET", f"{ACME}/members", query={"limit": "1"})
    assert (page.status, len(page.body["items"])) == (200, 1)
    cursor = page.body["next"]
    for path in (f"{ACME}/invitations", f"{ACME}/audit", f"{ACME}/applications"):
        assert portal.call("GET", path, query={"cursor": cursor}).body["code"] == "cursor_invalid"
