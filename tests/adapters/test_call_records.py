"""What the access log tells of calls: counted once whatever comes twice, and bounded."""

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.usage_records import Racing, create_usage_records_table
from tiergate.adapters.call_records import CallRecords, last_of
from tiergate.adapters.usage_records import ATTEMPTS, RecordConflict, RecordUnreadable
from tiergate.domain.call_records import BUCKET, MOST_KEPT, Call, Failure, Share, shares

AT = 1_795_392_610_123
DAY = "2026-11-23"
HOUR = 3_600_000


@pytest.fixture
def client(dynamodb: Any) -> Iterator[Racing]:
    create_usage_records_table(dynamodb)
    yield Racing(dynamodb)
    dynamodb.delete_table(TableName="usage-records")


@pytest.fixture
def records(client: Racing) -> CallRecords:
    return CallRecords(client, "usage-records")


def batch(*ids: int, at: int = AT, key: str = "key", status: int = 200, subscription: str = "sub_1") -> Share:
    """Calls of one subscription, in one hour."""
    failed = status >= 400
    calls = []
    for id_ in ids:
        failure = Failure(at, f"r{id_}", "GET", "list", "bank/v1", status, "quota_exceeded", key) if failed else None
        calls.append((f"id{id_}", Call(at, subscription, key, status, failure)))
    (share,) = shares(calls)
    return share


def counted(records: CallRecords, day: str = DAY) -> tuple[dict[str, Any], dict[str, Any]]:
    (found,) = records.days("sub_1", day, day)
    return {**found.keys}, {**found.statuses}


def item(client: Racing, period: str) -> dict[str, Any]:
    key = {"subscription": {"S": "sub_1"}, "period": {"S": period}}
    return client.get_item(TableName="usage-records", Key=key)["Item"]


def put(client: Racing, period: str, **values: Any) -> None:
    client.put_item(TableName="usage-records", Item={"subscription": {"S": "sub_1"}, "period": {"S": period}, **values})


def test_calls_are_counted_by_credential_and_by_status_in_their_hour(records: CallRecords):
    records.keep(batch(1, 2))
    records.keep(batch(3, key="other", status=429))
    records.keep(batch(4, at=AT + 5 * HOUR))
    keys, statuses = counted(records)
    assert keys == {"key": {0: 2, 5: 1}, "other": {0: 1}}
    assert statuses == {"200": {0: 2, 5: 1}, "429": {0: 1}}


def test_a_batch_that_comes_again_changes_nothing(records: CallRecords, client: Racing):
    for again in range(3):
        records.keep(batch(1, 2, status=429))
        records.keep(batch(3))
        assert counted(records)[1] == {"200": {0: 1}, "429": {0: 2}}, again
        assert len(records.failures("sub_1", MOST_KEPT)) == 2


@pytest.mark.parametrize("seed", range(3))
def test_batches_in_any_order_and_number_add_up_to_their_calls(records: CallRecords, seed: int):
    chosen = random.Random(seed)  # noqa: S311 - of a test
    calls = [
        (
            f"id{number}",
            Call(AT + chosen.randrange(3 * HOUR), "sub_1", chosen.choice("ab"), chosen.choice([200, 404, 429]), None),
        )
        for number in range(24)
    ]
    parts = [shares(calls[first : first + 8]) for first in range(0, 24, 8)]
    deliveries = [share for part in parts for share in part for _ in range(chosen.randint(1, 2))]
    chosen.shuffle(deliveries)
    recent = sorted(deliveries, key=lambda each: each.bucket // 5)  # none later than digests are kept
    for share in recent:
        records.keep(share)
    keys, statuses = counted(records)
    assert {key: sum(hours.values()) for key, hours in keys.items()} == Counter(each.credential for _, each in calls)
    assert {int(status): sum(hours.values()) for status, hours in statuses.items()} == Counter(
        each.status for _, each in calls
    )
    assert records.last_used(["sub_1"]) == {
        key: max(each.at for _, each in calls if each.credential == key) for key in "ab"
    }


def test_the_same_lines_of_two_subscriptions_count_for_each(records: CallRecords):
    records.keep(batch(1))
    records.keep(batch(1, subscription="sub_2"))
    (other,) = records.days("sub_2", DAY, DAY)
    assert counted(records)[0] == {**other.keys} == {"key": {0: 1}}


def test_a_batch_that_crashed_half_way_is_completed_when_it_comes_again(records: CallRecords, client: Racing):
    class Crashed(Exception):
        pass

    def crash() -> None:
        raise Crashed

    share = batch(1, status=500)
    client.meanwhile = crash
    with pytest.raises(Crashed):
        records.keep(share)
    client.meanwhile = None
    assert [each.request_id for each in records.failures("sub_1", 10)] == ["r1"]
    assert [*records.days("sub_1", DAY, DAY)] == []
    records.keep(share)
    assert counted(records)[1] == {"500": {0: 1}}
    assert len(records.failures("sub_1", 10)) == 1


def test_digests_are_kept_while_a_batch_may_come_again_and_removed_then(records: CallRecords, client: Racing):
    begin = AT // BUCKET * BUCKET
    for number in range(30):
        records.keep(batch(number, at=begin + number * BUCKET))
        records.keep(batch(number, at=begin + number * BUCKET))
    assert sum(sum(hours.values()) for hours in counted(records)[0].values()) == 30
    kept = sorted(name for name in item(client, f"CALLS#{DAY}") if name.startswith("d"))
    assert kept == [f"d{begin // BUCKET + number}" for number in range(23, 30)]


def test_the_newest_failures_of_a_day_are_kept_and_no_more(records: CallRecords):
    for number in range(12):
        records.keep(batch(*range(number * 10, number * 10 + 10), at=AT + number, status=429))
    found = records.failures("sub_1", 500)
    assert len(found) == MOST_KEPT
    assert {each.at for each in found} == {AT + number for number in range(2, 12)}
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    assert [each.at for each in records.failures("sub_1", 3)] == [AT + 11] * 3


def test_failures_of_days_past_follow_those_of_today(records: CallRecords):
    for number in range(5):
        records.keep(batch(number, at=AT + number * 24 * HOUR, status=429))
    assert [each.request_id for each in records.failures("sub_1", 4)] == ["r4", "r3", "r2", "r1"]
    assert records.failures("sub_2", 4) == []


def test_failures_that_somebody_else_writes_meanwhile_are_kept(dynamodb: Any, records: CallRecords, client: Racing):
    other = CallRecords(dynamodb, "usage-records")
    reading = client.get_item
    raced = []

    def slow(**request: Any) -> Any:
        answer = reading(**request)
        if len(raced) < 2:
            raced.append(len(raced))
            other.keep(batch(100 + len(raced), status=503))
        return answer

    client.get_item = slow  # type: ignore[attr-defined]
    records.keep(batch(1, status=429))
    assert {each.request_id for each in records.failures("sub_1", 10)} == {"r1", "r101", "r102"}


def test_it_gives_up_when_others_are_faster_each_time(dynamodb: Any, records: CallRecords, client: Racing):
    other = CallRecords(dynamodb, "usage-records")
    reading = client.get_item
    raced = []

    def slow(**request: Any) -> Any:
        answer = reading(**request)
        raced.append(len(raced))
        other.keep(batch(100 + len(raced), status=503))
        return answer

    client.get_item = slow  # type: ignore[attr-defined]
    with pytest.raises(RecordConflict, match="sub_1"):
        records.keep(batch(1, status=429))
    assert len(raced) == ATTEMPTS


def test_a_last_call_only_moves_forward(records: CallRecords):
    records.keep(batch(1, at=AT + 9))
    records.keep(batch(2, at=AT))
    records.keep(batch(3, at=AT + 1, key="other"))
    assert records.last_used(["sub_1", "sub_2"]) == {"key": AT + 9, "other": AT + 1}


def test_of_a_batch_that_is_older_for_one_key_the_other_keys_move(records: CallRecords):
    records.keep(batch(1, at=AT + 9))
    calls = [
        ("a", Call(AT, "sub_1", "key", 200, None)),
        ("b", Call(AT, "sub_1", "new", 200, None)),
    ]
    records.keep(shares(calls)[0])
    assert records.last_used(["sub_1"]) == {"key": AT + 9, "new": AT}


def test_more_credentials_than_one_condition_takes_are_all_kept(records: CallRecords):
    calls = [(str(number), Call(AT, "sub_1", f"key{number}", 200, None)) for number in range(130)]
    records.keep(shares(calls)[0])
    assert len(records.last_used(["sub_1"])) == 130


@pytest.mark.parametrize("name", ["ttl", "subscription", "period", "version", "a@b", "#", ":n0", "ü", "x" * 256])
def test_a_client_may_be_called_anything(records: CallRecords, name: str):
    records.keep(batch(1, key=name, status=500))
    assert records.last_used(["sub_1"]) == {name: AT}
    assert counted(records)[0] == {name: {0: 1}}
    assert records.failures("sub_1", 1)[0].credential == name


def test_all_is_kept_for_as_long_as_the_records(records: CallRecords, client: Racing):
    records.keep(batch(1, status=500))
    for period in (f"CALLS#{DAY}", f"REFUSALS#{DAY}", "LAST_USED"):
        assert item(client, period)["ttl"] == {"N": "1830297600"}, period


@pytest.mark.parametrize("calls", [{"S": "x"}, {"L": [{"S": "x"}]}, {"L": [{"M": {"at": {"N": "1"}}}]}, {"NULL": True}])
def test_what_is_no_list_of_failures_is_told_and_stays(records: CallRecords, client: Racing, calls: dict[str, Any]):
    put(client, f"REFUSALS#{DAY}", calls=calls, version={"N": "1"})
    with pytest.raises(RecordUnreadable, match="REFUSALS#2026-11-23"):
        records.failures("sub_1", 1)
    with pytest.raises(RecordUnreadable, match="REFUSALS#2026-11-23"):
        records.keep(batch(1, status=500))
    assert item(client, f"REFUSALS#{DAY}")["calls"] == calls


def test_what_is_no_count_is_told(records: CallRecords, client: Racing):
    put(client, f"CALLS#{DAY}", **{"k1@key": {"S": "x"}})
    with pytest.raises(RecordUnreadable, match="CALLS#2026-11-23"):
        [*records.days("sub_1", DAY, DAY)]


def test_what_is_no_last_call_is_passed_over():
    assert last_of({"c@a": {"N": "7"}, "c@b": {"S": "x"}, "c@c": {"N": "-1"}, "ttl": {"N": "9"}}) == {"a": 7}
