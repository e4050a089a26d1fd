"""The table of usage records: raised by merging, never lowered, whoever else writes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.fakes.usage_records import Racing, create_usage_records_table
from tiergate.adapters.usage_records import ATTEMPTS, RecordConflict, RecordUnreadable, UsageRecords
from tiergate.domain.usage import Record

DAY = Record(
    "2026-11-23", {"bank/v1": {0: 3, 23: 5}}, {"quota_exceeded": {9: 1}}, "acme", "app_1", "retail", plan="free"
)


@pytest.fixture
def client(dynamodb: Any) -> Iterator[Racing]:
    create_usage_records_table(dynamodb)
    yield Racing(dynamodb)
    dynamodb.delete_table(TableName="usage-records")


@pytest.fixture
def records(client: Racing) -> UsageRecords:
    return UsageRecords(client, "usage-records")


def stored(client: Racing, period: str = "DAY#2026-11-23") -> dict[str, Any]:
    key = {"subscription": {"S": "sub_1"}, "period": {"S": period}}
    return client.get_item(TableName="usage-records", Key=key)["Item"]


def test_what_was_merged_is_read_back_whole(records: UsageRecords):
    assert records.record("sub_1", "2026-11-23") is None
    assert records.merge("sub_1", DAY).record == DAY
    assert records.record("sub_1", "2026-11-23") == DAY
    assert records.record("sub_2", "2026-11-23") is None
    assert records.record("sub_1", "2026-11") is None


def test_merging_raises_numbers_and_lowers_none(records: UsageRecords):
    records.merge("sub_1", DAY)
    more = Record("2026-11-23", {"bank/v1": {0: 2, 1: 9}, "cards/v1": {4: 4}}, {})
    kept = records.merge("sub_1", more).record
    assert kept.units == {"bank/v1": {0: 3, 1: 9, 23: 5}, "cards/v1": {4: 4}}
    assert kept.refusals == DAY.refusals
    assert records.record("sub_1", "2026-11-23") == kept


def test_merging_again_writes_nothing(records: UsageRecords, client: Racing):
    records.merge("sub_1", DAY)
    assert records.merge("sub_1", DAY).record == DAY
    assert client.writes == 1


@pytest.mark.parametrize("first", [True, False], ids=["the first record", "a later one"])
def test_what_another_wrote_meanwhile_is_kept(records: UsageRecords, client: Racing, dynamodb: Any, first):
    if not first:
        records.merge("sub_1", Record("2026-11-23", {"bank/v1": {0: 1}}, {}))
    faster = [Record("2026-11-23", {"bank/v1": {0: 9, 7: 7}}, {})]

    def meanwhile() -> None:
        if faster:
            UsageRecords(dynamodb, "usage-records").merge("sub_1", faster.pop())

    client.meanwhile = meanwhile
    kept = records.merge("sub_1", DAY).record
    assert kept.units == {"bank/v1": {0: 9, 7: 7, 23: 5}}
    assert records.record("sub_1", "2026-11-23") == kept


def test_who_is_never_fast_enough_is_told_so(records: UsageRecords, client: Racing, dynamodb: Any):
    others = iter(range(1, 100))

    def meanwhile() -> None:
        seen = Record("2026-11-23", {"bank/v1": {7: next(others)}}, {})
        UsageRecords(dynamodb, "usage-records").merge("sub_1", seen)

    client.meanwhile = meanwhile
    with pytest.raises(RecordConflict, match=r"sub_1 DAY#2026-11-23"):
        records.merge("sub_1", DAY)
    assert client.writes == ATTEMPTS


def test_marks_stay_whatever_is_merged_later(records: UsageRecords):
    records.merge("sub_1", DAY)
    records.mark("sub_1", "2026-11-23", "u1:80")
    records.mark("sub_1", "2026-11-23", "u1:80")
    records.mark("sub_1", "2026-11-23", "u1:100")
    more = Record("2026-11-23", {"bank/v1": {0: 4}}, {})
    assert records.merge("sub_1", more).marks == {"u1:80", "u1:100"}
    assert records.merge("sub_1", more).marks == {"u1:80", "u1:100"}


def test_a_mark_that_comes_before_the_record_hinders_nothing(records: UsageRecords, client: Racing):
    records.mark("sub_1", "2026-11", "m1:80")
    assert "ttl" in stored(client, "MONTH#2026-11")
    kept = records.merge("sub_1", Record("2026-11", {"bank/v1": {1: 1}}, {}))
    assert (kept.record.total, kept.marks) == (1, {"m1:80"})


@pytest.mark.parametrize("period", ["2026-11-23", "2026-11"])
def test_every_record_says_when_dynamodb_may_delete_it(records: UsageRecords, client: Racing, period):
    records.merge("sub_1", Record(period, {}, {}))
    item = stored(client, f"{'DAY' if len(period) == 10 else 'MONTH'}#{period}")
    assert int(item["ttl"]["N"]) == datetime(2028, 1, 1, tzinfo=UTC).timestamp()


def test_each_record_is_of_its_own_period_and_subscription(records: UsageRecords):
    written = [("sub_1", "2026-11-01"), ("sub_1", "2026-11"), ("sub_2", "2026-11-01")]
    for units, (subscription, period) in enumerate(written, start=1):
        records.merge(subscription, Record(period, {"bank/v1": {1: units}}, {}))
    assert [records.record(*each).total for each in written] == [1, 2, 3]
    assert records.record("sub_1", "2026-11-02") is None
    assert records.record("sub_2", "2026-11") is None


@pytest.mark.parametrize(
    "broken",
    [{"units": {"S": "many"}}, {"units": {"M": {"bank/v1": {"M": {"x": {"N": "1"}}}}}}, {"refusals": {"N": "1"}}],
)
def test_a_record_that_cannot_be_read_is_named_and_not_overwritten(records: UsageRecords, client: Racing, broken):
    records.merge("sub_1", DAY)
    client.put_item(TableName="usage-records", Item=stored(client) | broken)
    for ask in (
        lambda: records.record("sub_1", "2026-11-23"),
        lambda: records.merge("sub_1", DAY),
    ):
        with pytest.raises(RecordUnreadable, match=r"^the usage record sub_1 DAY#2026-11-23 cannot be read$"):
            ask()
    assert client.writes == 1
