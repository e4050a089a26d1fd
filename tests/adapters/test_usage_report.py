"""How applications use their subscriptions, as partners see it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.usage_records import create_usage_records_table
from tiergate.adapters.call_records import CallRecords
from tiergate.adapters.usage_records import RecordUnreadable, UsageRecords
from tiergate.adapters.usage_report import UsageReport
from tiergate.adapters.wire import to_wire
from tiergate.domain.call_records import Call, Failure, shares
from tiergate.domain.catalogue import Plan
from tiergate.domain.counters import NEWEST_HOUR, count, counter
from tiergate.domain.limits import SECOND, Limits, Quota, Rate, window_number
from tiergate.domain.registry import Application, Override, Subscription
from tiergate.domain.usage import HOUR, Record

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
AT = int(NOW.timestamp()) * SECOND
THIS_HOUR = AT // HOUR
DAY, MONTH = "2026-11-23", "2026-11"
PLANS = {"free": Plan(Limits(Rate(2, 5), (Quota("hour", 60), Quota("month", 1000)))), "off": Plan(Limits(None, ()))}


class Counting:
    """A client that counts requests by their operation."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.requests: list[str] = []

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._client, name)
        if name != "batch_get_item":
            return found

        def counted(**request: Any) -> Any:
            self.requests.append(name)
            return found(**request)

        return counted


@pytest.fixture
def client(dynamodb: Any) -> Iterator[Counting]:
    create_usage_records_table(dynamodb)
    dynamodb.create_table(
        TableName="usage",
        AttributeDefinitions=[{"AttributeName": "subscription", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "subscription", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield Counting(dynamodb)
    for name in ("usage-records", "usage"):
        dynamodb.delete_table(TableName=name)


@pytest.fixture
def report(client: Counting) -> UsageReport:
    return UsageReport(
        client,
        usage_table="usage",
        records_table="usage-records",
        plans=PLANS,
        clock=lambda: NOW,
        titles={"bank/v1": "Demo Bank v1"},
    )


def application(id_: str = "app_1", *subscriptions: Subscription) -> Application:
    held = subscriptions or (Subscription("sub_1", "retail", "free"),)
    return Application(id_, "acme", {each.product: each for each in held}, name=f"Name of {id_}")


def counters(client: Any, subscription: str = "sub_1", **numbers: int) -> None:
    client.put_item(TableName="usage", Item=to_wire({"subscription": subscription, **numbers}))


def now_used(hour: int = 0, month: int = 0, **counts: int) -> dict[str, int]:
    return {
        NEWEST_HOUR: THIS_HOUR,
        counter("hour", THIS_HOUR): hour,
        counter("month", window_number("month", AT)): month,
        **{count(name.replace("__", "/"), THIS_HOUR): number for name, number in counts.items()},
    }


def record(client: Any, *records: Record, subscription: str = "sub_1") -> None:
    for each in records:
        UsageRecords(client, "usage-records").merge(subscription, each)


def called(client: Any, *calls: Call) -> None:
    records = CallRecords(client, "usage-records")
    for share in shares((f"{each.at}{index}", each) for index, each in enumerate(calls)):
        records.keep(share)


def call(at: datetime = NOW, *, key: str = "key", status: int = 200, subscription: str = "sub_1") -> Call:
    milliseconds = int(at.timestamp()) * 1000
    failure = Failure(milliseconds, f"r{milliseconds}{key}", "GET", "", "bank/v1", status, "quota_exceeded", key)
    return Call(milliseconds, subscription, key, status, failure if status >= 400 else None)


def series(document: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {
        each["name"]: {point["time"]: point["value"] for point in each["points"] if point["value"]}
        for each in document["series"]
    }


def test_nothing_used_is_a_whole_document_with_every_limit(report: UsageReport):
    assert report.usage([application()], "api", MONTH) == {
        "by": "api",
        "period": MONTH,
        "subscriptions": [
            {
                "id": "sub_1",
                "application": "app_1",
                "product": "retail",
                "plan": "free",
                "windows": [
                    {"window": "hour", "limit": 60, "used": 0, "resets": "2026-11-23T10:00:00Z"},
                    {"window": "month", "limit": 1000, "used": 0, "resets": "2026-12-01T00:00:00Z"},
                ],
                "forecast": None,
                "rate": {"per_second": 2, "burst": 5},
            }
        ],
        "series": [],
        "refusals": [],
        "total": 0,
        "refused": 0,
        "until": "2026-11-23T09:30:00Z",
    }


def test_use_by_api_is_that_of_the_records_and_what_the_counters_know_of_this_hour(report, client):
    record(
        client,
        Record(MONTH, {"bank/v1": {2: 10, 23: 7}, "cards/v1": {3: 1}}, {"rate_exceeded": {2: 4}}),
        Record(DAY, {"bank/v1": {8: 5, 9: 2}}, {}),
    )
    counters(client, **now_used(hour=9, bank__v1=9, quota_exceeded=3))
    month = report.usage([application()], "api", MONTH)
    assert series(month) == {"bank/v1": {"2026-11-02": 10, "2026-11-23": 14}, "cards/v1": {"2026-11-03": 1}}
    assert [(each["label"], each["total"]) for each in month["series"]] == [("Demo Bank v1", 24), ("cards/v1", 1)]
    assert [len(each["points"]) for each in month["series"]] == [23, 23]
    assert (month["total"], month["refused"]) == (25, 7)
    assert month["refusals"] == [
        {"reason": "rate_exceeded", "total": 4},
        {"reason": "quota_exceeded", "total": 3},
    ]
    day = report.usage([application()], "api", DAY)
    assert series(day) == {"bank/v1": {"2026-11-23T08:00:00Z": 5, "2026-11-23T09:00:00Z": 9}}
    assert (day["total"], day["refused"]) == (14, 3)


def test_counters_of_an_hour_past_are_not_taken_for_todays(report, client):
    counters(client, **{NEWEST_HOUR: THIS_HOUR - 24, count("bank/v1", THIS_HOUR - 24): 8})
    assert report.usage([application()], "api", DAY)["total"] == 0


def test_use_by_key_and_by_status_is_every_call_of_the_log(report, client):
    yesterday = NOW.replace(day=22)
    called(client, call(), call(key="other", status=429), call(yesterday), call(yesterday, status=404))
    month = report.usage([application()], "key", MONTH)
    assert series(month) == {"key": {"2026-11-22": 2, "2026-11-23": 1}, "other": {"2026-11-23": 1}}
    assert month["total"] == 4
    assert "access log" in month["note"]
    day = report.usage([application()], "status", DAY)
    assert series(day) == {"200": {"2026-11-23T09:00:00Z": 1}, "429": {"2026-11-23T09:00:00Z": 1}}
    assert [each["label"] for each in day["series"]] == ["200 OK", "429 Too Many Requests"]
    assert report.usage([application()], "status", "2026-10")["series"] == []


def test_an_organizations_use_is_the_sum_and_is_told_by_application_too(report, client):
    both = [application("app_1"), application("app_2", Subscription("sub_2", "retail", "off"))]
    record(client, Record(MONTH, {"bank/v1": {2: 10}, "cards/v1": {2: 1}}, {}))
    record(client, Record(MONTH, {"bank/v1": {2: 5}}, {}), subscription="sub_2")
    assert series(report.usage(both, "api", MONTH)) == {"bank/v1": {"2026-11-02": 15}, "cards/v1": {"2026-11-02": 1}}
    by_application = report.usage(both, "application", MONTH)
    assert series(by_application) == {"app_1": {"2026-11-02": 11}, "app_2": {"2026-11-02": 5}}
    assert [each["label"] for each in by_application["series"]] == ["Name of app_1", "Name of app_2"]
    assert [each["windows"] for each in by_application["subscriptions"]][1] == []


def test_an_override_holds_while_it_does(report, client):
    until = AT + SECOND
    own = Subscription("sub_1", "retail", "free", override=Override({"hour": 90, "rate": 7}, until))
    (shown,) = report.usage([application("app_1", own)], "api", MONTH)["subscriptions"]
    assert shown["windows"][0]["limit"] == 90
    assert shown["rate"]["per_second"] == 7
    over = own._replace(override=Override({"hour": 90}, AT))
    (shown,) = report.usage([application("app_1", over)], "api", MONTH)["subscriptions"]
    assert shown["windows"][0]["limit"] == 60


def test_a_plan_that_is_not_deployed_has_no_limits_to_show(report):
    (shown,) = report.usage([application("app_1", Subscription("sub_1", "retail", "gone"))], "api", MONTH)[
        "subscriptions"
    ]
    assert (shown["windows"], shown["rate"], shown["forecast"]) == ([], None, None)


def test_the_forecast_is_of_now_whatever_period_is_shown(report, client):
    counters(client, **now_used(hour=40, month=40))
    (shown,) = report.usage([application()], "api", "2026-10")["subscriptions"]
    assert shown["windows"][0]["used"] == 40
    assert shown["forecast"] == {"window": "hour", "projected": 80, "limit": 60, "by": "2026-11-23T09:45:00Z"}


def test_a_months_forecast_begins_with_its_first_day_of_calls(report, client):
    record(client, Record(MONTH, {"bank/v1": {20: 1}}, {}))
    counters(client, **now_used(month=500))
    (shown,) = report.usage([application()], "api", DAY)["subscriptions"]
    assert shown["forecast"]["window"] == "month"
    assert shown["forecast"]["projected"] == 1619
    assert shown["forecast"]["by"].startswith("2026-11-26")


def test_a_hundred_subscriptions_are_read_with_a_few_requests(report, client):
    many = [application(f"app_{number}", Subscription(f"sub_{number}", "retail", "free")) for number in range(120)]
    for number in range(120):
        counters(client, f"sub_{number}", **now_used(hour=1, bank__v1=1))
    assert report.usage(many, "api", MONTH)["total"] == 120
    assert len(client.requests) <= 6


def test_refusals_are_the_newest_of_all_subscriptions(report, client):
    two = application("app_1", Subscription("sub_1", "retail", "free"), Subscription("sub_2", "open", "free"))
    called(
        client,
        call(NOW.replace(minute=1), status=429),
        call(NOW.replace(minute=3), status=502, key=""),
        call(NOW.replace(minute=2), status=403, subscription="sub_2"),
        call(NOW.replace(minute=4)),
    )
    found = report.refusals(two, 2)
    assert [each["time"] for each in found] == ["2026-11-23T09:03:00Z", "2026-11-23T09:02:00Z"]
    assert found[0] == {
        **{"time": "2026-11-23T09:03:00Z", "request_id": f"r{int(NOW.replace(minute=3).timestamp())}000"},
        **{"method": "GET", "operation": None, "api": "bank/v1", "status": 502, "reason": "quota_exceeded"},
        "credential": None,
    }
    assert len(report.refusals(two)) == 3


def test_the_last_use_of_a_credential_is_that_of_any_subscription(report, client):
    two = application("app_1", Subscription("sub_1", "retail", "free"), Subscription("sub_2", "open", "free"))
    called(client, call(NOW.replace(minute=5)), call(NOW.replace(minute=7), subscription="sub_2"), call(key="old"))
    assert report.last_used(two) == {"key": "2026-11-23T09:07:00Z", "old": "2026-11-23T09:30:00Z"}
    assert report.last_used(application("app_3", Subscription("sub_3", "retail", "free"))) == {}


def test_callers_are_those_of_the_last_days_across_a_months_end(client):
    report = UsageReport(
        client,
        usage_table="usage",
        records_table="usage-records",
        plans=PLANS,
        clock=lambda: datetime(2026, 12, 3, tzinfo=UTC),
    )
    record(
        client, Record("2026-11", {"bank/v1": {26: 100, 27: 1, 30: 2}}, {}), Record("2026-12", {"bank/v1": {3: 4}}, {})
    )
    record(client, Record("2026-11", {"cards/v1": {1: 9}}, {}), subscription="sub_2")
    both = [application("app_1"), application("app_2", Subscription("sub_2", "retail", "free"))]
    assert report.callers(both) == {"bank/v1": {"app_1": 7}}
    assert report.callers(both, days=1) == {"bank/v1": {"app_1": 4}}


def test_nobody_has_nothing(report):
    assert report.usage([], "key", MONTH)["series"] == []
    assert report.callers([]) == {}
    assert report.refusals(Application("app_1", "acme", {})) == []


@pytest.mark.parametrize(
    ("by", "period"),
    [("operation", MONTH), ("api", "2026"), ("api", "2026-13"), ("api", "2026-02-30"), ("api", "x" * 7), ("", MONTH)],
)
def test_another_question_is_refused(report, by, period):
    with pytest.raises(ValueError, match=r"."):
        report.usage([application()], by, period)


def test_something_else_in_a_records_place_is_told(report, client):
    client.put_item(
        TableName="usage-records", Item=to_wire({"subscription": "sub_1", "period": f"MONTH#{MONTH}", "units": "x"})
    )
    with pytest.raises(RecordUnreadable, match="sub_1"):
        report.usage([application()], "api", MONTH)
