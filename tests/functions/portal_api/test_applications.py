"""Applications, their credentials and subscriptions, as partners change them."""

from typing import Any

import pytest

from tests.events import authorizer_event
from tests.fakes.registry import Interleaved
from tests.functions.portal_api.portal import DEVELOPER, OWNER, PortalApi, Reply, Side
from tests.functions.portal_api.requests import BODIES
from tiergate.domain.keys import key_id_of
from tiergate.domain.limits import SECOND

HOUR = 3600


@pytest.fixture
def ours(portal: PortalApi) -> Side:
    return portal.settle()[0]


@pytest.fixture
def base(ours: Side) -> str:
    return f"/applications/{ours['application']}"


def created(portal: PortalApi, base: str, body: Any = None, **more: Any) -> Reply:
    return portal.call("POST", f"{base}/credentials", body or {"name": "Production"}, by=DEVELOPER, **more)


def listed(portal: PortalApi, base: str) -> dict[str, Any]:
    return {each["id"]: each for each in portal.call("GET", f"{base}/credentials").body["items"]}


def test_a_new_key_is_shown_once_and_calls_at_once(portal: PortalApi, ours: Side, base: str):
    made = created(portal, base, BODIES["createCredential"]).body
    assert key_id_of(made["key"], "dev") == made["id"]
    assert made["hint"] == f"tg_dev_{made['id']}_…"
    assert (made["kind"], made["state"], made["expires"]) == ("key", "active", "2027-01-01T00:00:00Z")
    assert listed(portal, base)[made["id"]] == {name: value for name, value in made.items() if name != "key"}
    answer = portal.gateway.authorizer().handler(authorizer_event(key=made["key"]), None)
    assert answer["context"]["decision"] == "allow"
    assert answer["context"]["subscription"] == ours["subscription"]


def test_no_keys_text_is_kept_anywhere(portal: PortalApi, base: str):
    text = created(portal, base, headers={"idempotency-key": "one-and-only"}).body["key"]
    secret = text.split("_")[3][:32]
    assert secret not in str(portal.stored())
    assert created(portal, base, headers={"idempotency-key": "one-and-only"}).body["key"] == text
    assert secret not in str(portal.stored())


def test_one_idempotency_key_of_two_people_makes_two_keys(portal: PortalApi, base: str):
    headers = {"idempotency-key": "one-and-only"}
    theirs = portal.call("POST", f"{base}/credentials", {"name": "Production"}, by=OWNER, headers=headers).body
    assert created(portal, base, headers=headers).body["key"] != theirs["key"]


def test_the_same_request_under_way_twice_makes_one(portal: PortalApi, base: str, monkeypatch: pytest.MonkeyPatch):
    headers, racing = {"idempotency-key": "one-and-only"}, Interleaved(portal.gateway.client)
    quick: list[Reply] = []
    slow_portal = portal.module.PORTAL._replace(dynamodb=racing)
    plain = portal.module.PORTAL

    def meanwhile() -> None:
        portal.module.PORTAL = plain
        quick.append(created(portal, base, headers=headers))

    racing.meanwhile = meanwhile
    portal.module.PORTAL = slow_portal
    slow = created(portal, base, headers=headers)
    assert (slow.status, slow.body) == (quick[0].status, quick[0].body)
    assert slow.headers["idempotency-replayed"] == "true"
    assert len(listed(portal, base)) == 2


def test_rotating_leaves_the_old_key_its_time(portal: PortalApi, ours: Side, base: str):
    old = ours["credential"]
    made = portal.call("POST", f"{base}/credentials/{old}/rotate", {"grace_hours": 24}, by=DEVELOPER).body
    assert made["name"] == "Production"
    assert made["replaced"]["state"] == "replaced"
    assert made["replaced"]["replaced_by"] == made["id"]
    shown = listed(portal, base)
    assert shown[old] == made["replaced"]
    portal.later(24 * HOUR)
    assert listed(portal, base)[old]["state"] == "expired"
    assert listed(portal, base)[made["id"]]["state"] == "active"


def test_a_rotation_can_be_repeated_when_the_old_key_is_gone(portal: PortalApi, ours: Side, base: str):
    path, headers = f"{base}/credentials/{ours['credential']}", {"idempotency-key": "one-and-only"}
    first = portal.call("POST", f"{path}/rotate", {"grace_hours": 0}, headers=headers)
    assert portal.call("DELETE", path).status == 204
    assert portal.call("POST", f"{path}/rotate", {"grace_hours": 0}, headers=headers).body == first.body


def test_somebody_who_was_deleted_makes_no_keys(portal: PortalApi, ours: Side, base: str):
    del portal.people.known[DEVELOPER.sub]
    before = portal.stored()
    rotated = portal.call("POST", f"{base}/credentials/{ours['credential']}/rotate", {"grace_hours": 1}, by=DEVELOPER)
    for reply in (created(portal, base), rotated):
        assert (reply.status, reply.body["code"]) == (401, "token_invalid")
    assert portal.stored() == before


def test_scopes_that_are_none_are_named_with_those_there_are(portal: PortalApi, base: str):
    refused = created(portal, base, {"name": "k", "scopes": ["orders:read", "orders:reed"]})
    assert refused.fields == {"scopes": 'No operation asks for "orders:reed". There are orders:read.'}


def test_an_end_after_the_calendar_is_told_at_its_field(portal: PortalApi, base: str):
    refused = created(portal, base, {"name": "k", "expires": "9999-12-31T23:59:59Z"})
    assert (refused.status, set(refused.fields)) == (422, {"expires"})


def test_rotating_without_grace_revokes_the_old_key_and_can_be_repeated(portal: PortalApi, ours: Side, base: str):
    path, headers = f"{base}/credentials/{ours['credential']}/rotate", {"idempotency-key": "one-and-only"}
    first = portal.call("POST", path, {"grace_hours": 0}, headers=headers)
    assert first.body["replaced"]["state"] == "revoked"
    assert portal.call("POST", path, {"grace_hours": 0}, headers=headers).body == first.body
    again = portal.call("POST", path, {"grace_hours": 0})
    assert (again.status, again.body["code"]) == (409, "not_possible")


def test_rotating_a_key_with_an_end_asks_for_the_new_ones(portal: PortalApi, base: str):
    made = created(portal, base, BODIES["createCredential"]).body
    path = f"{base}/credentials/{made['id']}/rotate"
    assert set(portal.call("POST", path, {"grace_hours": 1}).fields) == {"expires"}
    rotated = portal.call("POST", path, {"grace_hours": 1, "expires": "2028-01-01T00:00:00+01:00"})
    assert rotated.body["expires"] == "2027-12-31T23:00:00Z"


def test_a_revoked_key_can_be_deleted_and_no_other(portal: PortalApi, ours: Side, base: str):
    path = f"{base}/credentials/{ours['credential']}"
    used = portal.call("DELETE", path)
    assert (used.status, used.body["code"]) == (409, "credential_in_use")
    for _ in range(2):
        revoked = portal.call("POST", f"{path}/revoke")
        assert (revoked.status, revoked.body["state"]) == (200, "revoked")
    gone = portal.call("DELETE", path, headers={"if-match": revoked.headers["etag"]})
    assert (gone.status, "content-type" in gone.headers) == (204, False)
    assert portal.call("DELETE", path).status == 404
    assert listed(portal, base) == {}


def test_oauth_clients_are_shown_and_revoked(portal: PortalApi, ours: Side, base: str):
    registry = portal.registry
    registry.clients._known = ("idp",)
    client = registry.clients.link(ours["application"], "idp", "their/client@1", name="Batch").credential
    (shown,) = [each for each in listed(portal, base).values() if each["kind"] == "client"]
    assert (shown["client_id"], shown["hint"], shown["name"]) == (client.id, None, "Batch")
    path = f"{base}/credentials/{shown['id']}"
    rotated = portal.call("POST", f"{path}/rotate", {"grace_hours": 1})
    assert (rotated.status, rotated.body["code"]) == (409, "client_of_the_platform")
    assert portal.call("POST", f"{path}/revoke").body["state"] == "revoked"
    assert portal.call("DELETE", path).body["code"] == "client_of_the_platform"


def test_a_key_of_another_make_has_no_hint(portal: PortalApi, ours: Side, base: str):
    adopted = portal.registry.keys.adopt(ours["application"], "ab" * 32, name="Old gateway")
    assert listed(portal, base)[adopted.id]["hint"] is None


def test_an_organization_makes_twenty_keys_an_hour(portal: PortalApi, ours: Side, base: str):
    for _ in range(19):
        assert created(portal, base).status == 201
    last = created(portal, base, headers={"idempotency-key": "the-twentieth"})
    assert last.status == 201
    other = portal.registry.applications.create("acme", "Other")
    rotation = portal.call("POST", f"{base}/credentials/{ours['credential']}/rotate", {"grace_hours": 1})
    for more in (created(portal, base), created(portal, f"/applications/{other.id}"), rotation):
        assert (more.status, more.body["code"]) == (429, "too_many_requests")
    assert created(portal, base, headers={"idempotency-key": "the-twentieth"}).body == last.body
    portal.later(int(more.headers["retry-after"]))
    assert created(portal, base).status == 201


def test_last_use_and_state_are_shown(portal: PortalApi, ours: Side, base: str):
    portal.usage.used = {ours["credential"]: "2026-03-12T11:00:00Z"}
    portal.registry.keys.suspend(ours["credential"])
    shown = listed(portal, base)[ours["credential"]]
    assert (shown["last_used"], shown["state"]) == ("2026-03-12T11:00:00Z", "suspended")


def test_a_pasted_key_is_refused_as_a_name_and_not_repeated(portal: PortalApi, base: str):
    text = created(portal, base).body["key"]
    refused = created(portal, base, {"name": text})
    assert set(refused.fields) == {"name"}
    assert text not in str(refused.body)


def test_a_self_service_plan_is_had_at_once(portal: PortalApi, ours: Side, base: str):
    made = portal.call("POST", f"{base}/subscriptions", {"product": "old", "plan": "odd"}, by=DEVELOPER)
    assert (made.status, made.body["plan"], made.body["request"]) == (201, "odd", None)
    shown = portal.call("GET", f"{base}/subscriptions").body["items"]
    assert [each["product"] for each in shown] == ["old", "retail"]
    assert shown[0] == made.body
    path = f"{base}/subscriptions/{made.body['id']}"
    changed = portal.call("PATCH", path, {"plan": "tiny"}, headers={"if-match": made.headers["etag"]})
    assert (changed.status, changed.body["plan"]) == (200, "tiny")
    assert portal.call("DELETE", path, headers={"if-match": changed.headers["etag"]}).status == 204
    assert len(portal.call("GET", base).body["subscriptions"]) == 1


def test_another_plan_waits_for_approval(portal: PortalApi, ours: Side):
    registry = portal.registry
    application = registry.applications.create("acme", "Other")
    base = f"/applications/{application.id}"
    asked = portal.call("POST", f"{base}/subscriptions", {"product": "retail", "plan": "vast", "note": "We\ngrow"})
    assert (asked.status, asked.body["state"], asked.body["from"]) == (202, "waiting", None)
    assert (asked.body["note"], asked.body["asked_by"]) == ("We grow", OWNER.mail)
    assert portal.call("GET", f"{base}/upgrade-requests/retail").body == asked.body
    twice = portal.call("POST", f"{base}/subscriptions", {"product": "retail", "plan": "vast"})
    assert (twice.status, twice.body["code"]) == (409, "taken")
    registry.upgrades.approve(application.id, "retail", "vast", reason="welcome")
    (subscription,) = portal.call("GET", f"{base}/subscriptions").body["items"]
    assert (subscription["plan"], subscription["request"]["state"]) == ("vast", "approved")
    assert subscription["request"]["reason"] == "welcome"


def test_a_change_to_another_plan_waits_and_changes_nothing_yet(portal: PortalApi, ours: Side, base: str):
    assert portal.call("DELETE", f"{base}/upgrade-requests/retail").status == 204
    gone = portal.call("DELETE", f"{base}/upgrade-requests/retail")
    assert (gone.status, gone.body["code"]) == (409, "request_decided")
    path, seen = f"{base}/subscriptions/{ours['subscription']}", portal.call("GET", base)
    assert seen.body["subscriptions"][0]["request"] is None
    asked = portal.call("PATCH", path, {"plan": "vast"}, headers={"if-match": seen.headers["etag"]})
    assert (asked.status, asked.body["from"], asked.body["to"]) == (202, "tiny", "vast")
    shown = portal.call("GET", base).body["subscriptions"][0]
    assert (shown["plan"], shown["request"]["state"]) == ("tiny", "waiting")
    (one,) = portal.call("GET", "/organizations/acme/upgrade-requests").body["items"]
    assert one == asked.body


def test_what_is_not_on_offer_is_told_at_its_field(portal: PortalApi, base: str):
    path = f"{base}/subscriptions"
    assert set(portal.call("POST", path, {"product": "none", "plan": "no"}).fields) == {"product", "plan"}
    assert set(portal.call("POST", path, {"product": "old", "plan": "roomy"}).fields) == {"plan"}
    second = portal.call("POST", path, {"product": "retail", "plan": "tiny"})
    assert (second.status, second.body["code"]) == (409, "not_possible")
    assert "tiergate" not in str(second.body)


def test_an_override_is_shown(portal: PortalApi, ours: Side, base: str):
    until = portal.gateway.now + HOUR * SECOND
    portal.registry.subscriptions.override(ours["subscription"], {"hour": 500}, until=until)
    shown = portal.call("GET", base).body["subscriptions"][0]
    assert shown["override"] == {"limits": {"hour": 500}, "until": "2026-03-12T13:00:30Z"}


def test_a_deleted_application_is_gone_with_all_it_has(portal: PortalApi, base: str):
    assert portal.call("DELETE", base, by=DEVELOPER).status == 204
    assert portal.call("GET", base).status == 404
    assert portal.call("GET", "/organizations/acme/applications").body["items"] == []


def test_an_application_of_a_suspended_organization_is_shown_as_suspended(portal: PortalApi, base: str):
    assert portal.call("GET", base).body["state"] == "active"
    portal.registry.organizations.suspend("acme")
    assert portal.call("GET", base).body["state"] == "suspended"


def test_two_changes_at_once_are_told_as_a_conflict(portal: PortalApi, ours: Side, base: str):
    racing = Interleaved(portal.gateway.client)
    racing.meanwhile = lambda: portal.registry.applications.rename(ours["application"], "Faster")
    portal.module.PORTAL = portal.module.PORTAL._replace(dynamodb=racing)
    reply = portal.call("PATCH", base, {"name": "Slower"}, headers={"if-match": "*"})
    assert (reply.status, reply.body["code"]) == (409, "conflict")
