"""The roll-up function: what calls used is recorded and told, once, whatever fails, repeats or comes late."""

import json
from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.events import authorizer_event
from tests.events.stream import written
from tests.fakes.event_bus import FakeEventBus
from tests.fakes.usage_records import Racing, create_usage_records_table
from tests.functions.conftest import NOON, Gateway, fresh
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.limits import SECOND
from tiergate.domain.usage import HOUR, Record, period_of
from tiergate.policy.bundle import serialized

THIS_HOUR = NOON // HOUR
DAY, MONTH = "2026-03-12", "2026-03"
PLENTY = SimpleNamespace(get_remaining_time_in_millis=lambda: 180_000)


class Function:
    """The function as it is deployed, with its tables, and a bus that tests can ask."""

    def __init__(self, gateway: Gateway) -> None:
        gateway.monkeypatch.setenv("USAGE_RECORDS_TABLE", "usage-records")
        gateway.monkeypatch.setenv("STAGE", "dev")
        self.gateway = gateway
        self.bus = FakeEventBus()
        self.client = Racing(gateway.client)
        self.module = self._started({"dynamodb": self.client, "events": self.bus})

    def _started(self, clients: Mapping[str, Any]) -> ModuleType:
        with self.gateway.monkeypatch.context() as starting:
            starting.setattr(boto3, "client", lambda service, **_: clients[service])
            module = fresh("lambdas.roll_up.handler")
        module.time = SimpleNamespace(time_ns=lambda: self.gateway.now * 1000)
        return module

    def __call__(self, *records: Mapping[str, Any], context: Any = PLENTY) -> list[str]:
        """The sequence numbers that it wants to see again."""
        answer = self.module.handler({"Records": [*records]}, context)
        assert answer.keys() == {"batchItemFailures"}
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    @property
    def records(self) -> UsageRecords:
        return UsageRecords(self.gateway.client, "usage-records")

    def told(self) -> list[tuple[str, int]]:
        return [(detail["window"], detail["threshold"]) for detail in self.bus.accepted]


@pytest.fixture
def roll_up(gateway: Gateway) -> Function:
    create_usage_records_table(gateway.client)
    return Function(gateway)


@pytest.fixture
def subscription(gateway: Gateway) -> str:
    """One with the plan tiny: 3 units an hour, 9 a month."""
    return gateway.partner(plan="tiny").subscription.id


def used(subscription: str, units: int, *, sequence: str = "1", at: int = NOON, **more: int) -> dict[str, Any]:
    """A write in this hour, with so many units debited and admitted in it."""
    hour = at // HOUR
    item = {"w": hour, f"u{hour}": units, f"m{2026 * 12 + 2}": units, f"shop/v1@{hour}": units, **more}
    return written(subscription, item, at=at, sequence=sequence)


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_what_the_gateway_admitted_and_refused_is_recorded_by_api_and_reason(gateway: Gateway, roll_up: Function):
    partner = gateway.partner(plan="slow")
    authorizer = gateway.authorizer()
    for _ in range(2):
        authorizer.handler(authorizer_event(key=partner.key.text), None)
    refused = authorizer.handler(authorizer_event(method="POST", key=partner.key.text), None)
    assert refused["context"]["reason"] == "rate_exceeded"
    gateway.now += 10 * SECOND
    authorizer.handler(authorizer_event(key=partner.key.text), None)
    item = gateway.client.get_item(TableName="usage", Key={"subscription": {"S": partner.subscription.id}})["Item"]
    numbers = {name: int(value["N"]) for name, value in item.items() if "N" in value}
    assert roll_up(written(partner.subscription.id, numbers, at=gateway.now)) == []
    owner = ("acme", partner.application, "retail", "slow")
    day, month = (
        Record(period, {"shop/v1": {time: 3}}, {"rate_exceeded": {time: 1}}, *owner)
        for period, time in ((DAY, 12), (MONTH, 12))
    )
    assert roll_up.records.record(partner.subscription.id, DAY) == day
    assert roll_up.records.record(partner.subscription.id, MONTH) == month


def test_a_batch_that_comes_again_changes_writes_and_tells_nothing(roll_up: Function, subscription: str):
    batch = [used(subscription, 1), used(subscription, 3, sequence="2")]
    roll_up(*batch)
    before, writes = roll_up.records.record(subscription, DAY), roll_up.client.writes
    assert roll_up(*reversed(batch)) == []
    assert roll_up.records.record(subscription, DAY) == before
    assert roll_up.client.writes == writes
    assert roll_up.told() == [("hour", 80), ("hour", 100)]


def test_an_older_image_that_comes_late_lowers_nothing_and_adds_what_only_it_has(roll_up: Function, subscription: str):
    roll_up(used(subscription, 2, at=NOON + HOUR))
    roll_up(used(subscription, 3))
    roll_up(used(subscription, 1))
    assert roll_up.records.record(subscription, DAY).units == {"shop/v1": {12: 3, 13: 2}}
    assert roll_up.records.record(subscription, MONTH).units == {"shop/v1": {12: 5}}


def test_days_of_one_month_add_up(roll_up: Function, subscription: str):
    roll_up(used(subscription, 2))
    roll_up(used(subscription, 1, at=NOON + 24 * HOUR))
    assert roll_up.records.record(subscription, MONTH).units == {"shop/v1": {12: 2, 13: 1}}


def test_a_subscription_that_nobody_knows_is_recorded_all_the_same(roll_up: Function):
    assert roll_up(used("sub_gone", 900)) == []
    assert roll_up.records.record("sub_gone", DAY) == Record(DAY, {"shop/v1": {12: 900}}, {})
    assert roll_up.told() == []


def test_whose_it_was_is_kept_when_the_subscription_is_deleted(gateway: Gateway, roll_up: Function, subscription: str):
    roll_up(used(subscription, 1))
    gateway.registry.subscriptions.delete(subscription)
    roll_up(used(subscription, 2))
    record = roll_up.records.record(subscription, MONTH)
    assert (record.organization, record.plan, record.total) == ("acme", "tiny", 2)


def test_each_threshold_of_each_window_is_told_once(roll_up: Function, subscription: str):
    roll_up(used(subscription, 2))
    assert roll_up.told() == []
    for _ in range(2):
        roll_up(used(subscription, 3))
    assert roll_up.told() == [("hour", 80), ("hour", 100)]
    roll_up(used(subscription, 1, at=NOON + HOUR, **{f"m{2026 * 12 + 2}": 8}))
    assert roll_up.told()[2:] == [("month", 80)]
    roll_up(used(subscription, 3, at=NOON + HOUR, **{f"m{2026 * 12 + 2}": 9}))
    assert sorted(roll_up.told()[3:]) == [("hour", 80), ("hour", 100), ("month", 100)]
    assert len({detail["id"] for detail in roll_up.bus.accepted}) == 6


def test_an_event_names_the_limit_that_held_and_whose_it_was(gateway: Gateway, roll_up: Function, subscription: str):
    until = NOON + 60 * SECOND
    gateway.registry.subscriptions.override(subscription, {"hour": 10, "month": 1000}, until=until)
    roll_up(used(subscription, 7))
    assert roll_up.told() == []
    roll_up(used(subscription, 8))
    (event,) = roll_up.bus.accepted
    assert (event["limit"], event["used"], event["plan"], event["organization"]) == (10, 8, "tiny", "acme")
    roll_up(used(subscription, 8, at=until))
    assert roll_up.told() == [("hour", 80), ("hour", 100), ("month", 80)]


def test_a_plan_that_is_not_deployed_has_no_thresholds_but_records(
    gateway: Gateway, roll_up: Function, subscription: str
):
    bundle = json.loads(gateway.bundle.read_text())
    del bundle["plans"]["tiny"]
    gateway.bundle.write_text(serialized(bundle))
    roll_up = Function(gateway)
    assert roll_up(used(subscription, 9)) == []
    assert roll_up.records.record(subscription, DAY).total == 9
    assert roll_up.told() == []


def test_an_event_that_the_bus_refused_comes_with_the_next_try_and_alone(roll_up: Function, subscription: str):
    roll_up.bus.refusals = [None, "ThrottlingException", "ThrottlingException"]
    assert roll_up(used(subscription, 3, sequence="7")) == ["7"]
    assert roll_up.told() == [("hour", 80)]
    assert roll_up.records.record(subscription, DAY).total == 3
    assert roll_up(used(subscription, 3, sequence="7")) == []
    assert roll_up.told() == [("hour", 80), ("hour", 100)]


def test_a_crash_after_an_event_repeats_it_with_the_same_id(
    roll_up: Function, subscription: str, monkeypatch: pytest.MonkeyPatch
):
    with monkeypatch.context() as crashing:
        crashing.setattr(UsageRecords, "mark", _fails)
        assert roll_up(used(subscription, 3, sequence="7")) == ["7"]
    assert roll_up(used(subscription, 3, sequence="7")) == []
    first, again, other = (detail["id"] for detail in roll_up.bus.accepted)
    assert first == again != other


def test_a_crash_between_day_and_month_is_mended_by_the_next_try(roll_up: Function, subscription: str):
    fails_from(roll_up, write=2)
    assert roll_up(used(subscription, 2, sequence="7")) == ["7"]
    assert roll_up.records.record(subscription, DAY).total == 2
    assert roll_up.records.record(subscription, MONTH) is None
    roll_up.client.meanwhile = None
    roll_up(used(subscription, 2, sequence="7"))
    assert roll_up.records.record(subscription, MONTH).total == 2


def test_a_crash_between_day_and_month_is_mended_by_the_next_batch_too(roll_up: Function, subscription: str):
    roll_up(used(subscription, 1))
    fails_from(roll_up, write=2)
    roll_up(used(subscription, 2))
    roll_up.client.meanwhile = None
    roll_up(used(subscription, 1, at=NOON + HOUR))
    assert roll_up.records.record(subscription, MONTH).total == 3


def test_one_subscription_that_fails_holds_no_other_back(
    roll_up: Function, subscription: str, monkeypatch: pytest.MonkeyPatch, capsys
):
    real = UsageRecords.merge
    monkeypatch.setattr(
        UsageRecords, "merge", lambda self, id_, seen: _fails() if id_ == "sub_bad" else real(self, id_, seen)
    )
    others = [used(f"sub_{number}", 1, sequence=str(10 + number)) for number in range(20)]
    batch = [*others[:5], used("sub_bad", 1, sequence="30"), *others[5:], used("sub_bad", 2, sequence="31")]
    assert roll_up(*batch) == ["30"]
    assert all(roll_up.records.record(f"sub_{number}", MONTH).total == 1 for number in range(20))
    (line,) = lines(capsys)
    assert (line["level"], line["error"], line["subscription"]) == ("ERROR", "ClientError", "sub_bad")
    assert "InternalServerError" in line["trace"]


def test_every_subscription_that_failed_is_answered_with_its_first_record(roll_up: Function, capsys):
    fails_from(roll_up, write=1)
    batch = [used(id_, 1, sequence=str(number)) for number, id_ in enumerate(["a", "b", "a", "c", "b"], start=1)]
    assert roll_up(*batch) == ["1", "2", "4"]
    (line,) = lines(capsys)
    assert (line["subscription"], line["subscriptions"]) == ("a", 3)


def test_a_record_that_others_write_all_the_time_is_tried_again_later(
    gateway: Gateway, roll_up: Function, subscription: str
):
    numbers = iter(range(1, 100))
    roll_up.client.meanwhile = lambda: roll_up.records.merge(
        subscription, Record(DAY, {"shop/v1": {1: next(numbers)}}, {})
    )
    assert roll_up(used(subscription, 1, sequence="7")) == ["7"]


def test_an_image_that_is_none_of_ours_is_told_and_not_tried_again(roll_up: Function, subscription: str, capsys):
    poison = used(subscription, 9, sequence="8")
    poison["dynamodb"]["NewImage"]["note"] = {"S": "tg_dev_secret"}
    worse = used("sub_other", 9, sequence="9")
    worse["dynamodb"]["NewImage"]["w"] = {"N": "99999999999999"}
    assert roll_up(used(subscription, 1, sequence="7"), poison, used(subscription, 2, sequence="9"), worse) == []
    assert roll_up.records.record(subscription, DAY).total == 2
    assert roll_up.records.record("sub_other", DAY) is None
    first, second, metric = lines(capsys)
    assert {first["subscription"], second["subscription"]} == {subscription, "sub_other"}
    assert first["message"] == second["message"] == "usage unreadable"
    assert (metric["UsageUnreadable"], metric["Stage"]) == (2, "dev")
    assert "secret" not in json.dumps([first, second, metric])


def test_a_stored_record_that_is_none_of_ours_is_told_and_not_tried_again(
    gateway: Gateway, roll_up: Function, subscription: str, capsys
):
    key = {"subscription": {"S": subscription}, "period": {"S": f"DAY#{DAY}"}}
    gateway.client.put_item(TableName="usage-records", Item=key | {"units": {"S": "many"}})
    assert roll_up(used(subscription, 1), used("sub_other", 1)) == []
    assert roll_up.records.record("sub_other", DAY).total == 1
    line, metric = lines(capsys)
    assert line["cause"] == f"the usage record {subscription} DAY#{DAY} cannot be read"
    assert metric["UsageUnreadable"] == 1


def test_what_is_older_than_records_are_kept_is_not_recorded_again(roll_up: Function, subscription: str):
    old = THIS_HOUR - 24 * 500
    item = {"w": THIS_HOUR, f"shop/v1@{THIS_HOUR}": 1, f"shop/v1@{old}": 5}
    assert roll_up(written(subscription, item, at=NOON)) == []
    assert roll_up.records.record(subscription, DAY).total == 1
    for period in (period_of("hour", old), period_of("hour", old)[:7]):
        assert roll_up.records.record(subscription, period) is None


def test_when_time_runs_out_the_rest_comes_again_and_nothing_is_half_done(roll_up: Function):
    left = iter([180_000] * 3)
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: next(left, 1_000))
    batch = [used(f"sub_{number}", 1, sequence=str(number)) for number in range(10)]
    failed = roll_up(*batch, context=context)
    assert len(failed) == 7
    for number in range(10):
        for record in (roll_up.records.record(f"sub_{number}", DAY), roll_up.records.record(f"sub_{number}", MONTH)):
            assert (record is None) is (str(number) in failed)
    assert roll_up(*batch) == []
    assert all(roll_up.records.record(f"sub_{number}", MONTH).total == 1 for number in range(10))


def test_an_ordinary_batch_writes_no_log_line(roll_up: Function, subscription: str, capsys):
    roll_up(used(subscription, 3))
    assert lines(capsys) == []


def fails_from(roll_up: Function, *, write: int) -> None:
    """The table refuses every write from the ``write``-th of the next ones on."""
    last = roll_up.client.writes + write

    def refuse() -> None:
        if roll_up.client.writes + 1 >= last:
            _fails()

    roll_up.client.meanwhile = refuse


def _fails(*_: object) -> Any:
    raise ClientError({"Error": {"Code": "InternalServerError", "Message": "not now"}}, "UpdateItem")


@pytest.mark.parametrize("address", ["address#shop/v1#203.0.113.77", "try_4nlFGTR5dqkL"])
def test_what_is_counted_for_nobody_is_nobodys_use_and_its_end_is_no_failure(
    roll_up: Function, subscription: str, capsys: pytest.CaptureFixture[str], address: str
):
    ended = written(address, {}, {"w": THIS_HOUR, f"u{THIS_HOUR}": 3, "ttl": 1}, at=NOON, sequence="3")
    del ended["dynamodb"]["NewImage"]
    batch = (used(address, 3, ttl=NOON // SECOND), ended | {"eventName": "REMOVE"}, used(subscription, 1, sequence="4"))
    assert roll_up(*batch) == []
    assert roll_up.records.record(subscription, DAY) is not None
    assert roll_up.records.record(address, DAY) is None
    assert (roll_up.told(), lines(capsys)) == ([], [])
