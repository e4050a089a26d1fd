"""Usage, refusals and notices: asked of the report for the right applications, with names that people know."""

import pytest

from tests.functions.portal_api.portal import PortalApi, Side
from tiergate.adapters.usage_report import UsageReport


@pytest.fixture
def ours(portal: PortalApi) -> Side:
    return portal.settle()[0]


def test_usage_is_of_the_application_and_of_this_month(portal: PortalApi, ours: Side):
    shown = portal.call("GET", f"/applications/{ours['application']}/usage").body
    assert (shown["by"], shown["period"]) == ("api", "2026-03")
    assert portal.usage.asked == [([ours["application"]], "api", "2026-03")]


def test_usage_of_an_organization_is_of_its_own_applications(portal: PortalApi, ours: Side):
    other = portal.registry.applications.create("acme", "Other").id
    query = {"by": "application", "period": "2026-03-11"}
    assert portal.call("GET", "/organizations/acme/usage", query=query).status == 200
    assert portal.usage.asked == [(sorted([ours["application"], other]), "application", "2026-03-11")]


def test_series_of_keys_have_their_names(portal: PortalApi, ours: Side):
    portal.usage.names = [ours["credential"], "gone"]
    series = portal.call("GET", f"/applications/{ours['application']}/usage", query={"by": "key"}).body["series"]
    assert [(each["name"], each["label"]) for each in series] == [(ours["credential"], "Production"), ("gone", "gone")]


@pytest.mark.parametrize("period", ["", "2026", "2026-13", "2026-02-30", "2026-3", "2026-03-1", "x", "٢٠٢٦-٠٣"])
def test_a_period_that_is_none_is_told(portal: PortalApi, ours: Side, period: str):
    path = f"/applications/{ours['application']}/usage"
    refused = portal.call("GET", path, query={"by": "application", "period": period})
    assert (refused.status, set(refused.fields)) == (422, {"by", "period"})
    assert portal.usage.asked == []


def test_a_refused_call_names_the_credential_as_the_portal_does(portal: PortalApi, ours: Side):
    registry = portal.registry
    registry.clients._known = ("idp",)
    registry.clients.link(ours["application"], "idp", "batch@1")
    for credential in (ours["credential"], "batch@1", "gone", None):
        portal.usage.refused.append(
            {
                "time": "2026-03-12T11:59:00Z",
                "request_id": "r1",
                "method": "GET",
                "operation": "list",
                "api": "shop/v1",
                "status": 429,
                "reason": "quota_exceeded",
                "credential": credential,
            }
        )
    shown = portal.call("GET", f"/applications/{ours['application']}/refusals", query={"limit": "9"}).body["items"]
    assert portal.usage.asked == [(ours["application"], 9)]
    key, client, *gone = [(each["credential"], each["credential_name"]) for each in shown]
    assert (key, gone) == ((ours["credential"], "Production"), [(None, None)] * 2)
    assert client[0].startswith("client_")
    assert {each["path"] for each in shown} == {"/shop/v1/orders"}


@pytest.mark.parametrize(("api", "operation"), [("gone/v1", "list"), ("shop/v1", "gone"), (None, None)])
def test_a_refused_call_to_what_is_gone_has_no_path(portal: PortalApi, ours: Side, api: str, operation: str):
    told = {"time": "2026-03-12T11:59:00Z", "request_id": "r1", "method": "GET", "status": 404, "reason": "x"}
    portal.usage.refused.append(told | {"credential": None, "api": api, "operation": operation})
    (shown,) = portal.call("GET", f"/applications/{ours['application']}/refusals").body["items"]
    assert shown["path"] is None


def test_keys_of_all_applications_are_read_together(portal: PortalApi, ours: Side):
    def reads() -> int:
        before = len(portal.gateway.store.calls)
        assert portal.call("GET", "/organizations/acme/usage", query={"by": "key"}).status == 200
        return len(portal.gateway.store.calls) - before

    one = reads()
    for number in range(5):
        other = portal.registry.applications.create("acme", f"App {number}").id
        portal.registry.keys.create(other, name="k")
    assert reads() == one


def test_notices_are_of_what_an_organization_may_call(portal: PortalApi, ours: Side):
    assert portal.call("GET", "/organizations/acme/notices").body == {"items": []}
    portal.registry.subscriptions.create(ours["application"], "old", "tiny")
    portal.registry.applications.create("acme", "Without")
    (notice,) = portal.call("GET", "/organizations/acme/notices").body["items"]
    assert notice == {
        "api": "stock/v1",
        "title": "Stock",
        "sunset": "2026-09-01T00:00:00Z",
        "days_left": 173,
        "deprecated": "2026-01-01T00:00:00Z",
        "successor": "shop/v1",
        "guide": "https://help.example/stock",
        "brownouts": [],
        "calls": 7,
        "applications": [{"id": ours["application"], "name": "Acme shop", "calls": 7}],
    }


def test_days_are_not_below_none(portal: PortalApi, ours: Side):
    portal.registry.subscriptions.create(ours["application"], "old", "tiny")
    portal.later(400 * 24 * 3600)
    (notice,) = portal.call("GET", "/organizations/acme/notices").body["items"]
    assert notice["days_left"] == 0


def test_the_report_itself_answers_as_the_document_says(portal: PortalApi, ours: Side, records: None):
    portal.rebuilt()
    portal.module.PORTAL = portal.module.PORTAL._replace(
        usage=UsageReport(
            portal.gateway.client,
            usage_table="usage",
            records_table="records",
            plans=portal.module.PORTAL.catalogue.plans,
            clock=portal.clock,
        )
    )
    for by in ("api", "key", "status", "application"):
        for period in ("2026-03", "2026-03-12"):
            query = {"by": by, "period": period}
            assert portal.call("GET", "/organizations/acme/usage", query=query).body["by"] == by
    assert portal.call("GET", f"/applications/{ours['application']}/refusals").body == {"items": []}
    assert portal.call("GET", f"/applications/{ours['application']}/credentials").status == 200
