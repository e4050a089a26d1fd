"""What is read of a subscription in one query: its last months, and what it was told."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.fakes.usage_records import create_usage_records_table
from tiergate.adapters.usage_records import Recent, RecordUnreadable, UsageRecords
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import Told
from tiergate.domain.usage import Record

NOW = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp()) * SECOND
SUNSET = int(datetime(2027, 6, 30, tzinfo=UTC).timestamp())
TOLD = Told(SUNSET, 200, NOW)


@pytest.fixture
def records(dynamodb: Any) -> Iterator[UsageRecords]:
    create_usage_records_table(dynamodb)
    yield UsageRecords(dynamodb, "usage-records")
    dynamodb.delete_table(TableName="usage-records")


def stored(client: Any, subscription: str, period: str) -> dict[str, Any]:
    key = {"subscription": {"S": subscription}, "period": {"S": period}}
    return client.get_item(TableName="usage-records", Key=key)["Item"]


def test_the_months_since_a_day_and_all_notices_are_read_and_nothing_else(records: UsageRecords):
    months = [Record(period, {"bank/v1": {1: 1}}, {}, "acme") for period in ("2026-09", "2026-10", "2026-11")]
    for record in (*months, Record("2026-11-23", {"bank/v1": {1: 1}}, {})):
        records.merge("sub_1", record)
    records.merge("sub_2", months[2])
    records.keep_told("sub_1", "bank/v1", TOLD)
    records.keep_told("sub_1", "cards/v1", Told(1, 0, 2))
    records.keep_place("acme")
    told = {"bank/v1": TOLD, "cards/v1": Told(1, 0, 2)}
    assert records.recent("sub_1", date(2026, 10, 24)) == Recent((months[1], months[2]), told)
    assert records.recent("sub_2", date(2026, 11, 1)) == Recent((months[2],), {})
    assert records.recent("sub_3", date(2026, 11, 1)) == Recent((), {})


def test_months_are_read_across_the_turn_of_a_year(records: UsageRecords):
    for period in ("2026-11", "2026-12", "2027-01"):
        records.merge("sub_1", Record(period, {"bank/v1": {1: 1}}, {}))
    assert [each.period for each in records.recent("sub_1", date(2026, 12, 31)).months] == ["2026-12", "2027-01"]


def test_what_is_told_later_takes_the_place_of_what_was(records: UsageRecords):
    records.keep_told("sub_1", "bank/v1", TOLD)
    records.keep_told("sub_1", "bank/v1", TOLD._replace(days_left=7))
    assert records.recent("sub_1", date(2026, 11, 1)).told == {"bank/v1": TOLD._replace(days_left=7)}


@pytest.mark.parametrize(("sunset", "until"), [(SUNSET, (2028, 8)), (NOW // SECOND - 1, (2028, 1))])
def test_dynamodb_may_delete_it_13_months_after_the_sunset_or_after_it_was_told(
    records: UsageRecords, dynamodb: Any, sunset, until
):
    records.keep_told("sub_1", "bank/v1", Told(sunset, 0, NOW))
    kept = int(stored(dynamodb, "sub_1", "NOTICE#bank/v1")["ttl"]["N"])
    assert kept == datetime(*until, 1, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("period", ["MONTH#2026-11", "NOTICE#bank/v1"])
def test_what_cannot_be_read_is_named_and_nothing_of_it_repeated(records: UsageRecords, dynamodb: Any, period):
    item = {"subscription": {"S": "sub_1"}, "period": {"S": period}, "units": {"S": "secret"}, "sunset": {"S": "x"}}
    dynamodb.put_item(TableName="usage-records", Item=item)
    with pytest.raises(RecordUnreadable, match=rf"^the usage record sub_1 {period} cannot be read$"):
        records.recent("sub_1", date(2026, 11, 1))


def test_the_place_is_kept_until_it_is_another(records: UsageRecords):
    assert records.place() == ""
    for after in ("acme", "zebra", ""):
        records.keep_place(after)
        assert records.place() == after
