"""The notices function: exactly those who call a deprecated version are told, once, whatever fails or repeats."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas.notices import run
from tests.fakes.event_bus import FakeEventBus
from tests.fakes.registry import create_registry_table
from tests.fakes.usage_records import create_usage_records_table
from tests.functions.conftest import NOON, Gateway, fresh
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import DAY
from tiergate.domain.usage import Record
from tiergate.policy.bundle import serialized

API, MONTH = "shop/v1", "2026-03"
SUNSET = 1_788_220_800
"""2026-09-01"""
PASSED, LAST = [NOON // SECOND - 900, NOON // SECOND - 60], [SUNSET - 900, SUNSET]
PLENTY = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)
NOTHING = {"told": 0, "notices": [], "unreadable": 0, "left_over": 0}


class Watched:
    """The tables' client: counts what is asked of it, and fails as it is told to."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls = Counter[str]()
        self.failing: Callable[[str, Mapping[str, Any]], bool] = lambda *_: False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=lambda **request: [self._asked(name, request)])

    def get_item(self, **request: Any) -> Any:
        return self._asked("get_item", request)

    def update_item(self, **request: Any) -> Any:
        return self._asked("update_item", request)

    def _asked(self, name: str, request: dict[str, Any]) -> Any:
        self.calls[name] += 1
        if self.failing(name, request):
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": "not now"}}, name)
        return getattr(self._client, name)(**request)


class Function:
    """The function as it is deployed, with its tables, and a bus that tests can ask."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.bus = FakeEventBus()
        self.client = Watched(gateway.client)
        clients = {"dynamodb": self.client, "events": self.bus}
        with gateway.monkeypatch.context() as starting:
            starting.setattr(boto3, "client", lambda service, **_: clients[service])
            self.module: ModuleType = fresh("lambdas.notices.handler")
        self.module.time = SimpleNamespace(time_ns=lambda: gateway.now * 1000)

    def __call__(self, context: Any = PLENTY) -> dict[str, Any]:
        answer: dict[str, Any] = self.module.handler({}, context)
        json.dumps(answer)
        return answer

    def told(self) -> list[str]:
        """The subscriptions that were told, in order."""
        return [detail["subscription"] for detail in self.bus.accepted]


@pytest.fixture
def deprecate(gateway: Gateway) -> Callable[..., Function]:
    """``deprecate(sunset)``: the function, deployed with a deprecated API version."""
    for name, value in {"USAGE_RECORDS_TABLE": "usage-records", "STAGE": "dev"}.items():
        gateway.monkeypatch.setenv(name, value)
    gateway.client.delete_table(TableName="registry")
    create_registry_table(gateway.client)
    create_usage_records_table(gateway.client)
    published = gateway.bundle.read_text()

    def deploy(sunset: int = SUNSET, state: str = "deprecated", added: Sequence[int] = ()) -> Function:
        bundle = json.loads(published)
        bundle["apis"][API]["state"] = state
        if state != "published":
            bundle["apis"][API]["lifecycle"] = {
                "deprecated": NOON // SECOND,
                "sunset": sunset,
                "gone": sunset,
                "successor": "shop/v2",
                "guide": "https://help.example/v2",
                "brownouts": [each for each in (PASSED, added, LAST) if each],
            }
        gateway.bundle.write_text(serialized(bundle))
        return Function(gateway)

    return deploy


@pytest.fixture
def notices(deprecate: Callable[..., Function]) -> Function:
    return deprecate()


@pytest.fixture
def caller(gateway: Gateway, deprecate: Callable[..., Function]) -> Callable[..., str]:
    """``caller("Acme", units=3)``: a new partner's subscription that used so many units of the API today."""

    def make(name: str, *, units: int = 3, api: str = API, product: str = "retail") -> str:
        subscription = gateway.partner(name=name, product=product).subscription.id
        if units:
            use(gateway, subscription, units, api)
        return subscription

    return make


def use(gateway: Gateway, subscription: str, units: int, api: str = API) -> None:
    UsageRecords(gateway.client, "usage-records").merge(subscription, Record(MONTH, {api: {12: units}}, {}))


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def some_time(visits: int) -> SimpleNamespace:
    """Time for so many organizations."""
    left = iter([300_000] * visits)
    return SimpleNamespace(get_remaining_time_in_millis=lambda: next(left, 1_000))


def test_exactly_those_who_called_are_told(notices: Function, caller):
    called = {caller("Acme"), caller("Globex", units=1)}
    caller("Silent", units=0)
    caller("Elsewhere", api="other/v1")
    caller("Unsold", product="other")
    answer = notices()
    assert {*notices.told()} == called
    assert (answer["told"], answer["unreadable"], answer["left_over"]) == (2, 0, 0)
    assert {each["subscription"] for each in answer["notices"]} == called


def test_the_event_says_who_what_until_when_and_where_to_go(gateway: Gateway, notices: Function, caller):
    subscription = caller("Acme", units=7)
    notices()
    (entry,), (detail,) = notices.bus.entries, notices.bus.accepted
    assert (entry["Source"], entry["DetailType"]) == ("tiergate", "API version deprecated")
    application, _ = gateway.registry.subscriptions.get(subscription)
    assert detail == {
        "id": f"{subscription}/shop/v1/2026-09-01T00:00:00Z/1",
        "stage": "dev",
        "organization": "acme",
        "application": application.id,
        "subscription": subscription,
        "product": "retail",
        "plan": "roomy",
        "api": "shop/v1",
        "notice": "announced",
        "deprecated": "2026-03-12T12:00:30Z",
        "sunset": "2026-09-01T00:00:00Z",
        "days_left": 173,
        "successor": "/shop/v2",
        "guide": "https://help.example/v2",
        "brownouts": [{"start": "2026-08-31T23:45:00Z", "end": "2026-09-01T00:00:00Z"}],
        "units": 7,
        "last_day": "2026-03-12",
    }


def test_nobody_is_told_twice_and_who_begins_later_is_told_then(gateway: Gateway, notices: Function, caller):
    first, later = caller("Acme"), caller("Globex", units=0)
    for _ in range(3):
        notices()
        gateway.now += DAY
    use(gateway, later, 1)
    notices()
    assert notices.told() == [first, later]


def test_another_sunset_is_told_anew_under_another_id(gateway: Gateway, deprecate, caller):
    caller("Acme")
    ids = []
    for sunset in (SUNSET, SUNSET, SUNSET + 86_400, SUNSET + 86_400, SUNSET):
        function = deprecate(sunset)
        function()
        ids += [detail["id"] for detail in function.bus.accepted]
    assert len(ids) == len(set(ids)) == 3


def test_brownouts_that_are_added_are_told_to_who_was_told_before(deprecate, caller):
    subscription = caller("Acme")
    deprecate()()
    added = [NOON // SECOND + 7 * 86_400, NOON // SECOND + 7 * 86_400 + 900]
    for _ in range(2):
        notices = deprecate(added=added)
        notices()
        if notices.bus.accepted:
            (detail,) = notices.bus.accepted
    assert notices.told() == []
    assert (detail["subscription"], detail["notice"]) == (subscription, "announced")
    assert detail["id"].endswith("/2")
    assert {"start": "2026-03-19T12:00:30Z", "end": "2026-03-19T12:15:30Z"} in detail["brownouts"]


def test_who_still_calls_is_reminded_and_who_left_is_not(gateway: Gateway, deprecate, caller):
    notices = deprecate(NOON // SECOND + 40 * 86_400)
    stays, leaves = caller("Acme"), caller("Globex")
    notices()
    gateway.now += 33 * DAY
    UsageRecords(gateway.client, "usage-records").merge(stays, Record("2026-04", {API: {13: 1}}, {}))
    notices()
    assert [(each["subscription"], each["notice"], each["days_left"]) for each in notices.bus.accepted[2:]] == [
        (stays, "reminder", 7)
    ]
    assert leaves in notices.told()
    notices()
    assert len(notices.told()) == 3


@pytest.mark.parametrize("state", ["published", "retired", "draft"])
def test_nothing_is_read_where_nothing_is_deprecated(deprecate, caller, state):
    caller("Acme")
    notices = deprecate(state=state)
    assert notices() == NOTHING
    assert not notices.client.calls


def test_reads_grow_with_the_subscriptions_that_may_call(notices: Function, caller):
    for name in ("Acme", "Globex"):
        caller(name)
    for name in ("Unsold", "Unsold too"):
        caller(name, product="other")
    notices()
    listed, applications, subscriptions = 1, 4, 2
    assert notices.client.calls == {
        "query": listed + applications + subscriptions,
        "get_item": 1 + subscriptions,
        "update_item": subscriptions,
    }


def test_a_crash_after_the_event_tells_again_with_the_same_id(notices: Function, caller, capsys):
    caller("Acme")
    notices.client.failing = lambda name, request: "NOTICE#" in json.dumps(request) and name == "update_item"
    with pytest.raises(notices.module.NoticesFailed, match="0 told; 1 organizations failed"):
        notices()
    notices.client.failing = lambda *_: False
    notices()
    notices()
    first, again = (detail["id"] for detail in notices.bus.accepted)
    assert first == again
    (line,) = lines(capsys)
    assert (line["level"], line["organization"]) == ("ERROR", "acme")


def test_an_event_that_the_bus_refuses_is_told_by_the_next_run(notices: Function, caller):
    subscription = caller("Acme")
    notices.bus.refusals = ["ThrottlingException"] * 2
    with pytest.raises(notices.module.NoticesFailed):
        notices()
    assert notices.told() == []
    assert notices()["told"] == 1
    assert notices.told() == [subscription]


def test_one_organization_that_fails_holds_no_other_back(notices: Function, caller):
    caller("Acme")
    others = {caller(f"Partner {number}") for number in range(12)}
    notices.client.failing = lambda _, request: "ORG#acme" in json.dumps(request)
    with pytest.raises(notices.module.NoticesFailed, match="12 told; 1 organizations failed"):
        notices()
    assert {*notices.told()} == others


def test_a_record_that_cannot_be_read_is_told_of_and_stops_no_other(
    gateway: Gateway, notices: Function, caller, capsys
):
    period = f"MONTH#{MONTH}"
    broken, other = caller("Acme"), caller("Globex")
    item = {"subscription": {"S": broken}, "period": {"S": period}, "units": {"S": "many tg_dev_secret"}}
    gateway.client.put_item(TableName="usage-records", Item=item)
    assert notices()["unreadable"] == 1
    assert notices.told() == [other]
    line, metric = lines(capsys)
    assert (line["message"], line["cause"]) == (
        "usage unreadable",
        f"the usage record {broken} {period} cannot be read",
    )
    assert (metric["UsageUnreadable"], metric["Stage"]) == (1, "dev")
    assert "secret" not in json.dumps([line, metric])


def test_who_has_a_notice_that_cannot_be_read_is_told_anew_and_that_is_mended(
    gateway: Gateway, notices: Function, caller, capsys
):
    subscription = caller("Acme")
    item = {"subscription": {"S": subscription}, "period": {"S": f"NOTICE#{API}"}, "sunset": {"S": "tg_dev_secret"}}
    gateway.client.put_item(TableName="usage-records", Item=item)
    first, second = notices(), notices()
    assert (first["unreadable"], first["told"], second["unreadable"], second["told"]) == (1, 1, 0, 0)
    assert lines(capsys)[0]["cause"] == f"the usage record {subscription} NOTICE#{API} cannot be read"


def test_an_application_that_cannot_be_read_stops_no_other(gateway: Gateway, notices: Function, caller, capsys):
    broken, other = caller("Acme"), caller("Globex")
    application, _ = gateway.registry.subscriptions.get(broken)
    gateway.client.update_item(
        TableName="registry",
        Key={"pk": {"S": f"APP#{application.id}"}, "sk": {"S": "-"}},
        UpdateExpression="REMOVE subscriptions",
    )
    assert notices()["unreadable"] == 1
    assert notices.told() == [other]
    assert lines(capsys)[0]["cause"] == f"the registry's record APP#{application.id} cannot be read"


def test_when_time_runs_out_the_next_runs_go_on_until_all_are_told(notices: Function, caller, monkeypatch):
    monkeypatch.setattr(run, "WORKERS", 1)
    subscriptions = [caller(f"Partner {number:02}") for number in range(10)]
    for number in range(1, 5):
        assert notices(some_time(3))["left_over"] == max(0, 10 - 3 * number)
    assert sorted(notices.told()) == sorted(subscriptions)
    late = caller("Aardvark")
    notices()
    assert notices.told()[-1] == late, "once all are told it begins anew"


def test_who_failed_is_told_by_the_next_run_though_others_are_left_over(notices: Function, caller, monkeypatch):
    monkeypatch.setattr(run, "WORKERS", 1)
    failed, *others = (caller(name) for name in ("Aaa", "Bbb", "Ccc", "Ddd"))
    notices.client.failing = lambda _, request: "ORG#aaa" in json.dumps(request)
    with pytest.raises(notices.module.NoticesFailed):
        notices(some_time(2))
    notices.client.failing = lambda *_: False
    assert notices(some_time(2))["left_over"] == 1
    assert notices.told() == [others[0], failed, others[1]]
    assert notices()["left_over"] == 0
    assert notices.told() == [others[0], failed, *others[1:]]


def test_who_fails_all_the_time_keeps_nobody_from_being_told(notices: Function, caller, monkeypatch):
    monkeypatch.setattr(run, "WORKERS", 1)
    caller("Aaa")
    others = [caller(name) for name in ("Bbb", "Ccc", "Ddd", "Eee")]
    notices.client.failing = lambda _, request: "ORG#aaa" in json.dumps(request)
    for _ in others:
        with pytest.raises(notices.module.NoticesFailed):
            notices(some_time(2))
    assert notices.told() == others


def test_the_answer_shows_a_bounded_part_of_what_was_told(notices: Function, caller, monkeypatch):
    monkeypatch.setattr(notices.module, "SHOWN", 2)
    for number in range(3):
        caller(f"Partner {number}")
    answer = notices()
    assert (answer["told"], len(answer["notices"])) == (3, 2)


def test_a_mark_stays_as_long_as_the_records_of_the_sunset(gateway: Gateway, notices: Function, caller):
    subscription = caller("Acme")
    notices()
    key = {"subscription": {"S": subscription}, "period": {"S": f"NOTICE#{API}"}}
    item = gateway.client.get_item(TableName="usage-records", Key=key)["Item"]
    assert {name: int(item[name]["N"]) for name in ("sunset", "days_left", "at")} == {
        "sunset": SUNSET,
        "days_left": 173,
        "at": NOON,
    }
    assert int(item["ttl"]["N"]) > SUNSET + 365 * 86_400


def test_an_ordinary_run_writes_no_log_line(notices: Function, caller, capsys):
    caller("Acme")
    notices()
    assert lines(capsys) == []
