"""What the platform suspended or limited: partners neither undo it nor make up for it."""

from collections.abc import Callable

import pytest

from tests.functions.portal_api.portal import DEVELOPER, NEWCOMER, OWNER, SUPPORT, PortalApi, Reply, Side
from tiergate.domain.members import Role

Suspend = Callable[[PortalApi, Side], object]


def suspended(portal: PortalApi, ours: Side) -> None:
    portal.registry.subscriptions.suspend(ours["subscription"])


def overridden(portal: PortalApi, ours: Side) -> None:
    portal.registry.subscriptions.override(ours["subscription"], {"hour": 1}, until=None)


def suspended_as_a_whole(portal: PortalApi, ours: Side) -> None:
    portal.registry.applications.suspend(ours["application"])


def restricted(portal: PortalApi, ours: Side) -> None:
    portal.registry.applications.restrict(ours["application"], addresses=["192.0.2.0/24"])


@pytest.fixture
def ours(portal: PortalApi) -> Side:
    return portal.settle()[0]


def withheld(reply: Reply) -> bool:
    assert "sub_" not in reply.body["next"]
    return (reply.status, reply.body["code"]) == (403, "withheld") and SUPPORT in reply.body["next"]


@pytest.mark.parametrize("held", [suspended, overridden, suspended_as_a_whole, restricted])
def test_an_application_that_the_platform_holds_is_not_deleted(portal: PortalApi, ours: Side, held: Suspend):
    held(portal, ours)
    before = portal.stored()
    assert withheld(portal.call("DELETE", f"/applications/{ours['application']}", by=DEVELOPER))
    assert portal.stored() == before


@pytest.mark.parametrize("held", [suspended, overridden])
def test_a_subscription_that_the_platform_holds_is_not_deleted(portal: PortalApi, ours: Side, held: Suspend):
    path = f"/applications/{ours['application']}/subscriptions/{ours['subscription']}"
    held(portal, ours)
    before = portal.stored()
    assert withheld(portal.call("DELETE", path))
    assert portal.stored() == before
    portal.registry.subscriptions.restore(ours["subscription"])
    portal.registry.subscriptions.clear_override(ours["subscription"])
    assert portal.call("DELETE", path).status == 204


def test_no_other_application_subscribes_to_what_one_is_suspended_from(portal: PortalApi, ours: Side):
    other = portal.registry.applications.create("acme", "Other").id
    path = f"/applications/{other}/subscriptions"
    suspended(portal, ours)
    for plan in ("tiny", "vast"):
        assert withheld(portal.call("POST", path, {"product": "retail", "plan": plan}))
    elsewhere = portal.call("POST", path, {"product": "old", "plan": "odd"})
    assert elsewhere.status == 201


def test_a_suspended_application_is_neither_changed_nor_replaced(portal: PortalApi, ours: Side):
    path = f"/applications/{ours['application']}"
    suspended_as_a_whole(portal, ours)
    before = portal.stored()
    for reply in (
        portal.call("PATCH", path, {"name": "Other"}, headers={"if-match": "*"}),
        portal.call("POST", f"{path}/credentials", {"name": "Another"}),
        portal.call("POST", f"{path}/credentials/{ours['credential']}/rotate", {"grace_hours": 0}),
        portal.call("POST", f"{path}/subscriptions", {"product": "old", "plan": "odd"}),
        portal.call("POST", "/organizations/acme/applications", {"name": "Other"}),
    ):
        assert withheld(reply)
    assert portal.stored() == before
    assert portal.call("POST", f"{path}/credentials/{ours['credential']}/revoke").status == 200


def test_unsubscribing_and_subscribing_anew_begins_no_new_quota(portal: PortalApi, ours: Side):
    path = f"/applications/{ours['application']}/subscriptions"
    assert portal.call("DELETE", f"{path}/{ours['subscription']}").status == 204
    first = portal.call("POST", path, {"product": "retail", "plan": "tiny"}).body["id"]
    assert portal.call("DELETE", f"{path}/{first}").status == 204
    assert portal.call("POST", path, {"product": "retail", "plan": "roomy"}).body["id"] == first


def test_an_organization_makes_twenty_applications_a_day(portal: PortalApi, ours: Side):
    path = "/organizations/acme/applications"
    for number in range(20):
        assert portal.call("POST", path, {"name": f"App {number}"}).status == 201
    more = portal.call("POST", path, {"name": "More"})
    assert (more.status, more.body["code"]) == (429, "too_many_requests")
    portal.later(int(more.headers["retry-after"]))
    assert portal.call("POST", path, {"name": "More"}).status == 201


def test_nobody_joins_a_suspended_organization(portal: PortalApi, ours: Side):
    registry = portal.module.PORTAL.registry(f"portal:{OWNER.sub}")
    registry.invitations.invite("acme", NEWCOMER.mail, Role.OWNER)
    portal.registry.organizations.suspend("acme")
    refused = portal.call("POST", "/invitations/acme/accept", by=NEWCOMER)
    assert (refused.status, refused.body["code"]) == (403, "organization_suspended")
    assert portal.call("GET", "/organizations/acme", by=NEWCOMER).status == 404


def test_an_invitation_ends_with_the_inviters_ownership(portal: PortalApi, ours: Side):
    invited = {"email": NEWCOMER.mail, "role": "owner"}
    assert portal.call("POST", "/organizations/acme/invitations", invited).status == 201
    portal.registry.members.set_role("acme", DEVELOPER.sub, Role.OWNER)
    portal.registry.members.remove("acme", OWNER.sub)
    refused = portal.call("POST", "/invitations/acme/accept", by=NEWCOMER)
    assert (refused.status, refused.body["code"]) == (410, "invitation_expired")
