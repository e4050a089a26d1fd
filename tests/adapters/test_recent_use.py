"""Who called lately is read from months alone; what was told of it, and how far a run came, is kept beside them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.fakes.usage_records import create_usage_records_table
from tiergate.adapters.notice_book import Cursor, NoticeBook
from tiergate.adapters.usage_records import RecordUnreadable, UsageRecords
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import Told
from tiergate.domain.usage import Record

NOW = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp()) * SECOND
SUNSET = int(datetime(2027, 6, 30, tzinfo=UTC).timestamp())
TOLD = Told(SUNSET, 200, NOW, 3, ((SUNSET - 900, SUNSET - 60), (SUNSET - 30, SUNSET)))
SINCE = date(2026, 11, 1)


@pytest.fixture
def records(dynamodb: Any) -> Iterator[UsageRecords]:
    create_usage_records_table(dynamodb)
    yield UsageRecords(dynamodb, "usage-records")
    dynamodb.delete_table(TableName="usage-records")


@pytest.fixture
def book(records: UsageRecords, dynamodb: Any) -> NoticeBook:
    return NoticeBook(dynamodb, "usage-records")


def key(subscription: str, period: str) -> dict[str, Any]:
    return {"subscription": {"S": subscription}, "period": {"S": period}}


def test_the_months_since_a_day_are_read_and_nothing_else(records: UsageRecords, book: NoticeBook):
    months = [Record(period, {"bank/v1": {1: 1}}, {}, "acme") for period in ("2026-09", "2026-10", "2026-11")]
    for record in (*months, Record("2026-11-23", {"bank/v1": {1: 1}}, {})):
        records.merge("sub_1", record)
    records.merge("sub_2", months[2])
    book.keep("sub_1", "bank/v1", TOLD)
    book.keep_cursor(Cursor("acme"))
    assert records.months("sub_1", date(2026, 10, 24)) == months[1:]
    assert records.months("sub_2", SINCE) == months[2:]
    assert records.months("sub_3", SINCE) == []


def test_months_are_read_across_the_turn_of_a_year(records: UsageRecords):
    for period in ("2026-11", "2026-12", "2027-01"):
        records.merge("sub_1", Record(period, {"bank/v1": {1: 1}}, {}))
    assert [each.period for each in records.months("sub_1", date(2026, 12, 31))] == ["2026-12", "2027-01"]


def test_each_subscription_and_version_has_its_last_notice(book: NoticeBook):
    assert book.told("sub_1", "bank/v1") is None
    for told in (TOLD, TOLD._replace(days_left=7, brownouts=())):
        book.keep("sub_1", "bank/v1", told)
        assert book.told("sub_1", "bank/v1") == told
    assert book.told("sub_1", "bank/v2") is book.told("sub_2", "bank/v1") is None


@pytest.mark.parametrize(("sunset", "until"), [(SUNSET, (2028, 8)), (NOW // SECOND - 1, (2028, 1))])
def test_dynamodb_may_delete_it_13_months_after_the_sunset_or_after_it_was_told(
    book: NoticeBook, dynamodb: Any, sunset, until
):
    book.keep("sub_1", "bank/v1", Told(sunset, 0, NOW, 1))
    kept = dynamodb.get_item(TableName="usage-records", Key=key("sub_1", "NOTICE#bank/v1"))["Item"]["ttl"]["N"]
    assert int(kept) == datetime(*until, 1, tzinfo=UTC).timestamp()


def test_a_month_that_cannot_be_read_is_named_and_nothing_of_it_repeated(records: UsageRecords, dynamodb: Any):
    dynamodb.put_item(TableName="usage-records", Item=key("sub_1", "MONTH#2026-11") | {"units": {"S": "secret"}})
    with pytest.raises(RecordUnreadable, match=r"^the usage record sub_1 MONTH#2026-11 cannot be read$"):
        records.months("sub_1", SINCE)


@pytest.mark.parametrize("more", [{}, {"sunset": {"S": "secret"}}, {"brownouts": {"L": [{"N": "1"}]}}])
def test_a_notice_that_cannot_be_read_is_named_and_loses_no_month(
    records: UsageRecords, book: NoticeBook, dynamodb: Any, more
):
    month = Record("2026-11", {"bank/v1": {1: 1}}, {})
    records.merge("sub_1", month)
    book.keep("sub_1", "bank/v1", TOLD)
    kept = dynamodb.get_item(TableName="usage-records", Key=key("sub_1", "NOTICE#bank/v1"))["Item"]
    broken = (kept | more) if more else key("sub_1", "NOTICE#bank/v1")
    dynamodb.put_item(TableName="usage-records", Item=broken)
    with pytest.raises(RecordUnreadable, match=r"^the usage record sub_1 NOTICE#bank/v1 cannot be read$"):
        book.told("sub_1", "bank/v1")
    assert records.months("sub_1", SINCE) == [month]


def test_the_cursor_is_kept_until_it_is_another(book: NoticeBook):
    assert book.cursor() == Cursor()
    for cursor in (Cursor("acme", ("zebra", "globex")), Cursor("zebra"), Cursor("", ("acme",)), Cursor()):
        book.keep_cursor(cursor)
        assert book.cursor() == cursor


def test_a_cursor_that_cannot_be_read_is_as_none(book: NoticeBook, dynamodb: Any):
    dynamodb.put_item(TableName="usage-records", Item=key("NOTICES", "CURSOR") | {"again": {"N": "1"}})
    assert book.cursor() == Cursor()
