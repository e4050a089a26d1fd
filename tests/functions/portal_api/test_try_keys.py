"""Keys to try an API: for anybody, few, and not for long."""

import json

import pytest

from lambdas.portal_api import limits
from tests.events import authorizer_event
from tests.functions.portal_api.portal import TRY, PortalApi, Reply

SHOP = {"api": "shop/v1"}
EDGE = "198.51.100.7"


def tried(portal: PortalApi, viewer: str = "", source: str = EDGE) -> Reply:
    headers = {"tiergate-viewer-address": viewer} if viewer else {}
    return portal.call("POST", "/try-keys", SHOP, by=None, headers=headers, source=source)


def test_anybody_has_a_key_that_calls_at_once_and_ends_soon(portal: PortalApi):
    made = tried(portal)
    assert (made.status, made.headers["cache-control"]) == (201, "no-store")
    assert made.body["limits"] == {"rate": 2, "burst": 5, "hour": 60}
    assert (made.body["apis"], made.body["expires"]) == (["shop/v1"], "2026-03-12T12:15:30Z")
    authorizer = portal.gateway.authorizer()
    event = authorizer_event(key=made.body["key"])
    assert authorizer.handler(event, None)["context"]["decision"] == "allow"
    portal.later(15 * 60)
    assert authorizer.handler(event, None)["context"]["reason"] == "credential_expired"


def test_one_viewer_has_five_in_ten_minutes(portal: PortalApi):
    for _ in range(5):
        assert tried(portal, "192.0.2.1").status == 201
    refused = tried(portal, "192.0.2.1")
    assert (refused.status, refused.body["code"]) == (429, "too_many_requests")
    assert tried(portal, "192.0.2.2").status == 201
    portal.later(int(refused.headers["retry-after"]))
    assert tried(portal, "192.0.2.1").status == 201


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("junk", "other junk", True),
    ],
)
def test_a_household_is_one_viewer(portal: PortalApi, one: str, other: str, same: bool):
    for _ in range(5):
        assert tried(portal, one).status == 201
    assert (tried(portal, other).status == 429) is same


def test_a_site_has_ten_however_many_networks_it_has(portal: PortalApi):
    made = [tried(portal, f"2001:db8:0:{number:x}::1").status for number in range(11)]
    assert made == [201] * 10 + [429]
    assert tried(portal, "2001:db8:1::1").status == 201


def test_made_up_viewers_of_one_source_leave_others_their_part(portal: PortalApi):
    made = [tried(portal, f"192.0.2.{number}").status for number in range(65)]
    assert made == [201] * 60 + [429] * 5
    assert [tried(portal, "192.0.2.64", source="198.51.100.8").status for _ in range(6)] == [201] * 5 + [429]


def test_all_together_have_so_many_an_hour(portal: PortalApi, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(limits, "IN_ALL", 7)
    answers = [tried(portal, f"192.0.2.{number}", f"198.51.100.{number}").status for number in range(8)]
    assert answers == [201] * 7 + [429]


def test_refused_tries_count_for_nobody_else(portal: PortalApi):
    for _ in range(100):
        tried(portal, "192.0.2.1")
    assert tried(portal, "192.0.2.2").status == 201


def test_only_what_can_be_tried_is_given(portal: PortalApi):
    for api in ("stock/v1", "hidden/v1", "shop", ""):
        refused = portal.call("POST", "/try-keys", {"api": api}, by=None)
        assert set(refused.fields) == {"api"}


@pytest.mark.parametrize("terms", [{}, TRY | {"product": "gone"}])
def test_a_portal_without_tries_says_so(portal: PortalApi, terms: object):
    portal.gateway.monkeypatch.setenv("TRY", json.dumps(terms))
    portal.rebuilt()
    refused = tried(portal)
    assert (refused.status, refused.body["code"]) == (404, "try_keys_off")


def test_what_takes_no_keys_cannot_be_tried(portal: PortalApi):
    catalogue = portal.module.PORTAL.catalogue
    shop = catalogue.apis["shop/v1"]._replace(accepts="token")
    portal.module.PORTAL = portal.module.PORTAL._replace(catalogue=catalogue._replace(apis={"shop/v1": shop}))
    assert tried(portal).body["code"] == "try_keys_off"


def test_a_try_belongs_to_nobody(portal: PortalApi):
    portal.settle()
    before = portal.call("GET", "/organizations/acme").body
    tried(portal)
    assert portal.call("GET", "/organizations/acme").body == before
    (application,) = [each["pk"]["S"] for each in portal.stored() if each["pk"]["S"].startswith("APP#try_")]
    assert portal.call("GET", f"/applications/{application.removeprefix('APP#')}").status == 404
