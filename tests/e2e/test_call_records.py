"""Calls through a deployed gateway come to be known by credential and status, the refused ones one by one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.deployment import Deployment
from tests.e2e.conftest import Call
from tests.e2e.test_usage import eventually
from tiergate.adapters.usage_report import UsageReport
from tiergate.domain.catalogue import Plan
from tiergate.domain.limits import Limits, Quota

pytestmark = pytest.mark.ministack

ACCOUNTS = "/bank/v1/accounts"
PLANS = {"tiny": Plan(Limits(None, (Quota("hour", 20),)))}


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(scope="module")
def report(deployment: Deployment) -> UsageReport:
    data = deployment.running.outputs["tiergate-dev-data"]
    return UsageReport(
        deployment.client("dynamodb"),
        usage_table=data["UsageTable"],
        records_table=data["UsageRecordsTable"],
        plans=PLANS,
        clock=now,
    )


def totals(document: dict[str, Any]) -> dict[str, int]:
    return {each["name"]: each["total"] for each in document["series"]}


def test_calls_are_told_by_key_and_status_with_each_refusal_and_the_last_use(
    deployment: Deployment, call: Call, report: UsageReport
):
    partner = deployment.partner(plan="tiny")
    application = deployment.registry.applications.get(partner.application)
    began, month = now(), f"{now():%Y-%m}"
    paths = [ACCOUNTS] * 3 + [f"{ACCOUNTS}/none"]
    assert [call(path, key=partner.key.text).status for path in paths] == [200, 200, 200, 404]

    def by_status() -> dict[str, int] | None:
        found = totals(report.usage([application], "status", month))
        return found if sum(found.values()) >= len(paths) else None

    assert eventually(by_status) == {"200": 3, "404": 1}
    key = partner.key.id
    assert totals(report.usage([application], "key", month)) == {key: 4}
    last = datetime.fromisoformat(report.last_used(application)[key])
    assert began.replace(microsecond=0) <= last <= now()


def test_a_refused_call_is_told_with_its_reason_and_the_id_that_the_caller_was_given(
    deployment: Deployment, call: Call, report: UsageReport
):
    partner = deployment.partner(plan="tiny")
    application = deployment.registry.applications.get(partner.application)
    answers = [call(ACCOUNTS, key=partner.key.text) for _ in range(45)]  # of which two hours have 40
    refused = [each for each in answers if each.status == 429]
    assert refused
    found = eventually(lambda: told if len(told := report.refusals(application)) >= len(refused) else None)
    assert {each["request_id"] for each in found} == {each.json["request_id"] for each in refused}
    assert {(each["status"], each["reason"], each["api"]) for each in found} == {(429, "quota_exceeded", "bank/v1")}
    assert {each["credential"] for each in found} == {partner.key.id}
    document = report.usage([application], "api", f"{now():%Y-%m}")
    assert document["subscriptions"][0]["windows"][0]["limit"] == 20
