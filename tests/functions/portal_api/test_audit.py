"""The audit log of an organization: names and times that people read, and nothing of the platform's own reasons."""

import base64
import json
from typing import Any

import pytest

from tests.functions.portal_api.portal import DEVELOPER, NEWCOMER, OWNER, PortalApi, Side
from tiergate.domain.limits import SECOND
from tiergate.domain.members import Role

AUDIT = "/organizations/acme/audit"


@pytest.fixture
def ours(portal: PortalApi) -> Side:
    return portal.settle()[0]


def newest(portal: PortalApi) -> dict[str, Any]:
    entry: dict[str, Any] = portal.call("GET", AUDIT, query={"limit": "1"}).body["items"][0]
    return entry


def subjects(entry: dict[str, Any]) -> dict[str, str | None]:
    return {each["kind"]: each["name"] for each in entry["subjects"]}


def test_it_tells_who_did_what(portal: PortalApi):
    portal.call("POST", "/organizations", {"name": "Acme"}, by=OWNER)
    portal.registry.members.enrol("acme", DEVELOPER.person, Role.DEVELOPER)
    portal.later(1)
    portal.registry.organizations.suspend("acme")
    portal.later(1)
    portal.call("DELETE", f"/organizations/acme/members/{DEVELOPER.sub}", by=DEVELOPER)
    entries = portal.call("GET", AUDIT).body["items"]
    assert [(each["what"], each["who"], each["email"]) for each in entries[:2]] == [
        ("member remove", f"portal:{DEVELOPER.sub}", None),
        ("organization suspend", "platform", None),
    ]
    assert subjects(entries[0]) == {"member": DEVELOPER.mail}
    (founding,) = [each for each in entries if each["what"] == "organization create"]
    assert (founding["who"], founding["email"]) == (f"portal:{OWNER.sub}", OWNER.mail)


def test_the_platforms_reasons_are_told_of_decisions_on_requests_alone(portal: PortalApi, ours: Side):
    portal.later(1)
    portal.registry.organizations.suspend("acme", reason="fraud: police case 123")
    portal.later(1)
    portal.registry.organizations.restore("acme", reason="fraud: no proof")
    portal.later(1)
    portal.registry.upgrades.decline(ours["application"], "retail", "vast", reason="Sign the contract first.")
    entries = portal.call("GET", AUDIT).body["items"]
    assert [(each["what"], each["reason"]) for each in entries[:3]] == [
        ("upgrade decline", "Sign the contract first."),
        ("organization restore", ""),
        ("organization suspend", ""),
    ]
    assert "fraud" not in str(entries)


def test_what_was_changed_goes_by_its_name(portal: PortalApi, ours: Side):
    portal.later(1)
    portal.call("POST", f"/applications/{ours['application']}/credentials/{ours['credential']}/revoke")
    entry = newest(portal)
    assert entry["what"] == "key revoke"
    assert entry["subjects"] == [{"kind": "credential", "id": ours["credential"], "name": "Production"}]
    portal.later(1)
    portal.registry.subscriptions.suspend(ours["subscription"])
    assert subjects(newest(portal)) == {"application": "Acme shop", "subscription": "Retail", "product": "Retail"}


def test_what_has_the_same_id_keeps_its_own_name(portal: PortalApi):
    portal.call("POST", "/organizations", {"name": "Retail"}, by=OWNER)
    portal.call("PATCH", "/organizations/retail", {"name": "Acme B.V."}, headers={"if-match": "*"})
    application = portal.registry.applications.create("retail", "Shop").id
    portal.later(1)
    portal.registry.subscriptions.create(application, "retail", "tiny")
    (entry, *_) = portal.call("GET", "/organizations/retail/audit").body["items"]
    assert subjects(entry) == {"application": "Shop", "subscription": "Retail", "product": "Retail"}


def test_what_is_gone_keeps_the_name_it_had(portal: PortalApi, ours: Side):
    portal.later(1)
    assert portal.call("DELETE", f"/applications/{ours['application']}").status == 204
    assert subjects(newest(portal)) == {"application": "Acme shop"}


def test_an_open_invitation_goes_by_its_mail_address(portal: PortalApi, ours: Side):
    portal.later(1)
    made = portal.call("POST", "/organizations/acme/invitations", {"email": NEWCOMER.mail, "role": "viewer"}).body
    assert newest(portal)["subjects"] == [{"kind": "invitation", "id": made["id"], "name": NEWCOMER.mail}]


def test_a_rotation_names_both_keys(portal: PortalApi, ours: Side):
    portal.later(1)
    path = f"/applications/{ours['application']}/credentials/{ours['credential']}/rotate"
    made = portal.call("POST", path, {"grace_hours": 24}).body
    entry = newest(portal)
    assert [each["id"] for each in entry["subjects"] if each["kind"] == "credential"] == [
        ours["credential"],
        made["id"],
    ]
    assert "new" not in entry["after"]
    assert entry["after"]["expires"] == made["replaced"]["expires"]


def test_times_are_told_as_everywhere(portal: PortalApi, ours: Side):
    portal.later(1)
    until = portal.gateway.now + 3600 * SECOND
    portal.registry.subscriptions.override(ours["subscription"], {"hour": 500}, until=until)
    assert newest(portal)["after"]["override"]["until"] == "2026-03-12T13:00:31Z"


def test_an_oauth_client_goes_by_the_id_that_the_portal_has_for_it(portal: PortalApi, ours: Side):
    portal.later(1)
    registry = portal.registry
    registry.clients._known = ("idp",)
    registry.clients.link(ours["application"], "idp", "batch@1", name="Batch")
    (shown,) = [each for each in newest(portal)["subjects"] if each["kind"] == "client"]
    listed = portal.call("GET", f"/applications/{ours['application']}/credentials").body["items"]
    (client,) = [each for each in listed if each["kind"] == "client"]
    assert (shown["id"], shown["name"]) == (client["id"], "Batch")


def test_a_place_that_is_none_is_refused_as_in_all_lists(portal: PortalApi, ours: Side):
    forged = base64.urlsafe_b64encode(json.dumps([f"/api{AUDIT}", "nowhere"]).encode()).decode()
    refused = portal.call("GET", AUDIT, query={"cursor": forged})
    assert (refused.status, refused.body["code"]) == (400, "cursor_invalid")


def test_no_empty_page_follows_the_last(portal: PortalApi, ours: Side):
    whole = portal.call("GET", AUDIT).body["items"]
    assert portal.call("GET", AUDIT, query={"limit": str(len(whole))}).body["next"] is None
