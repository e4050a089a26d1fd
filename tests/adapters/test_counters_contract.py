"""The counter store's contract, on the fake, on moto and on MiniStack.

Every test that takes nothing but a store is also what ``test_counters_mutations.py`` breaks the write against.
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deployment import Deployment
from tests.dynamodb_server import DynamoServer
from tests.fakes import FakeCounters
from tiergate.adapters.counters import DynamoCounters
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.domain.counters import AheadDebit, BucketDebit, CounterStore, Debit, WindowDebit
from tiergate.domain.keys import random_id
from tiergate.domain.store import StoreUnavailable

HOUR = 498_720

TABLE = {
    "TableName": "usage",
    "KeySchema": [{"AttributeName": "subscription", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "subscription", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}

PATIENCE = 30
"""Seconds: an answer is slow on a busy machine, and how slow is not what is tested here."""


def subscription_id() -> str:
    """A new one, as the registry makes them: they are left in the table of a whole deployment."""
    return f"sub_{random_id()}"


@pytest.fixture(scope="module")
def moto_client(dynamodb: Any, dynamodb_server: DynamoServer) -> DynamoDB:
    dynamodb.create_table(**TABLE)
    return DynamoDB(dynamodb_server.environment, timeout=PATIENCE)


@pytest.fixture(params=["fake", "moto", pytest.param("ministack", marks=pytest.mark.ministack)])
def store(request: pytest.FixtureRequest) -> CounterStore:
    if request.param == "fake":
        return FakeCounters()
    if request.param == "moto":
        return DynamoCounters(request.getfixturevalue("moto_client"), TABLE["TableName"])
    deployment: Deployment = request.getfixturevalue("deployment")
    return DynamoCounters(DynamoDB(deployment.environment, timeout=PATIENCE), deployment.usage_table)


def quota(subscription: str, units: int = 1, *, hour: int = HOUR, limit: int = 10, drop: tuple[str, ...] = ()) -> Debit:
    return Debit(subscription, units, hour, (WindowDebit(f"u{hour}", limit - units),), None, drop)


def bucket(subscription: str, now: int, *, busy: bool, step: int = 10, reach: int = 30) -> Debit:
    return Debit(subscription, 1, HOUR, (), BucketDebit(f"t{step}", now, step, now + reach - step, busy))


def ahead(subscription: str, units: int, *absent: str, name: str = "o0.7", most: int = 10) -> Debit:
    return Debit(subscription, 1, HOUR, (), None, ahead=AheadDebit(name, units, most - units, absent))


def counted(subscription: str, **counts: int) -> Debit:
    return Debit(subscription, 0, HOUR, (), None, counts=counts)


def holds(store: CounterStore, subscription: str) -> dict[str, int]:
    """What is stored: what a write that is always refused tells of it."""
    return dict(store.debit(Debit(subscription, 0, 0, (), None)).item)


def assert_refused(store: CounterStore, debit: Debit) -> None:
    """Refused, with what stood there, which stays."""
    before = holds(store, debit.subscription)
    reply = store.debit(debit)
    assert (reply.granted, dict(reply.item)) == (False, before)
    assert holds(store, debit.subscription) == before


def test_the_first_debit_makes_the_item(store):
    reply = store.debit(quota(subscription_id(), 3))
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, f"u{HOUR}": 3})


def test_units_add_up_to_the_limit_and_not_beyond(store):
    subscription = subscription_id()
    assert store.debit(quota(subscription, 6)).granted
    assert_refused(store, quota(subscription, 5))
    assert store.debit(quota(subscription, 4)).item[f"u{HOUR}"] == 10
    assert_refused(store, quota(subscription, 1))


def test_a_new_hour_begins_at_nothing_and_drops_what_ended(store):
    subscription = subscription_id()
    store.debit(quota(subscription, 10))
    store.debit(counted(subscription, **{"bank/v1@5": 1}))
    reply = store.debit(quota(subscription, 1, hour=HOUR + 1, drop=(f"u{HOUR}", "bank/v1@5")))
    assert dict(reply.item) == {"w": HOUR + 1, f"u{HOUR + 1}": 1}


def test_what_another_write_dropped_already_can_be_dropped_again(store):
    reply = store.debit(quota(subscription_id(), 1, drop=("u1", "u2")))
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, f"u{HOUR}": 1})


def test_an_hour_that_has_ended_is_never_written_again(store):
    subscription = subscription_id()
    store.debit(quota(subscription, 1, hour=HOUR + 1))
    assert_refused(store, quota(subscription))
    assert store.debit(quota(subscription, 1, hour=HOUR + 1)).granted


def test_any_window_in_the_way_holds_back_all(store):
    subscription = subscription_id()
    both = quota(subscription, 5)
    both = both._replace(windows=(*both.windows, WindowDebit("d7", 2)))
    assert dict(store.debit(both).item) == {"w": HOUR, f"u{HOUR}": 5, "d7": 5}
    assert_refused(store, both)
    assert_refused(store, both._replace(windows=(both.windows[0], WindowDebit("d7", 4))))
    assert_refused(store, both._replace(windows=(WindowDebit(f"u{HOUR}", 4), WindowDebit("d7", 5))))
    both = both._replace(windows=(WindowDebit(f"u{HOUR}", 5), WindowDebit("d7", 5)))
    assert dict(store.debit(both).item) == {"w": HOUR, f"u{HOUR}": 10, "d7": 10}


def test_a_debit_of_no_units_is_held_to_the_limit_too(store):
    subscription = subscription_id()
    assert dict(store.debit(quota(subscription, 0)).item) == {"w": HOUR, f"u{HOUR}": 0}
    store.debit(quota(subscription, 10))
    assert store.debit(quota(subscription, 0)).granted
    assert_refused(store, quota(subscription, 0, limit=9))


def test_an_idle_bucket_starts_from_now(store):
    subscription = subscription_id()
    assert dict(store.debit(bucket(subscription, 100, busy=False)).item) == {"w": HOUR, "t10": 110}
    assert store.debit(bucket(subscription, 111, busy=False)).item["t10"] == 121


@pytest.mark.parametrize(("now", "busy"), [(110, False), (111, True)])
def test_a_debit_of_the_wrong_shape_is_refused_and_says_so(store, now, busy):
    subscription = subscription_id()
    store.debit(bucket(subscription, 100, busy=False))
    refused = store.debit(bucket(subscription, now, busy=busy))
    assert (refused.granted, refused.item["t10"]) == (False, 110)


def test_a_bucket_is_idle_the_moment_after_its_time_and_busy_until_then(store):
    subscription = subscription_id()
    store.debit(bucket(subscription, 100, busy=False))
    assert_refused(store, bucket(subscription, 110, busy=False))
    assert_refused(store, bucket(subscription, 111, busy=True))
    assert store.debit(bucket(subscription, 110, busy=True)).item["t10"] == 120
    assert store.debit(bucket(subscription, 121, busy=False)).item["t10"] == 131


def test_a_busy_bucket_runs_ahead_as_far_as_its_reach(store):
    subscription = subscription_id()
    store.debit(bucket(subscription, 100, busy=False))
    assert store.debit(bucket(subscription, 100, busy=True)).item["t10"] == 120
    assert_refused(store, bucket(subscription, 99, busy=True))
    assert store.debit(bucket(subscription, 100, busy=True)).item["t10"] == 130
    assert_refused(store, bucket(subscription, 109, busy=True))
    assert store.debit(bucket(subscription, 110, busy=True)).item["t10"] == 140


def test_a_busy_debit_needs_a_bucket(store):
    assert_refused(store, bucket(subscription_id(), 100, busy=True))


def test_a_reach_shorter_than_the_step_is_refused_and_no_error(store):
    subscription = subscription_id()
    store.debit(bucket(subscription, 100, busy=False))
    assert_refused(store, bucket(subscription, 105, busy=True, reach=5))


def test_each_rate_has_a_bucket_of_its_own(store):
    subscription = subscription_id()
    store.debit(bucket(subscription, 100, busy=False, step=10))
    reply = store.debit(bucket(subscription, 100, busy=False, step=7))
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, "t10": 110, "t7": 107})


def test_buckets_of_other_rates_are_removed_only_while_all_of_them_are_idle(store):
    """What was idle a moment ago may have been filled meanwhile: then nothing is written."""
    subscription = subscription_id()
    store.debit(bucket(subscription, 100, busy=False, step=10))
    store.debit(bucket(subscription, 100, busy=False, step=20))
    tidying = bucket(subscription, 200, busy=False, step=7)._replace(idle=("t10", "t20"))
    assert_refused(store, tidying._replace(idle_before=115))
    reply = store.debit(tidying._replace(idle_before=121))
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, "t7": 207})


def test_a_bucket_is_idle_enough_to_be_removed_up_to_one_moment(store):
    for step in (10, 20):
        subscription = subscription_id()
        store.debit(bucket(subscription, 120 - step, busy=False, step=step))
        tidying = bucket(subscription, 200, busy=False, step=7)._replace(idle=("t10", "t20"))
        assert_refused(store, tidying._replace(idle_before=120))
        assert dict(store.debit(tidying._replace(idle_before=121)).item) == {"w": HOUR, "t7": 207}


def test_a_bucket_that_is_removed_already_holds_nothing_back(store):
    tidying = bucket(subscription_id(), 200, busy=False, step=7)._replace(idle=("t10", "t20"), idle_before=1)
    reply = store.debit(tidying)
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, "t7": 207})


def test_units_bought_ahead_add_up_to_the_most_of_their_epoch_and_not_beyond(store):
    subscription = subscription_id()
    assert dict(store.debit(ahead(subscription, 6)).item) == {"w": HOUR, "o0.7": 6}
    assert_refused(store, ahead(subscription, 5))
    assert store.debit(ahead(subscription, 4)).item["o0.7"] == 10
    assert_refused(store, ahead(subscription, 1))
    assert dict(store.debit(ahead(subscription, 1, name="o0.8")).item) == {"w": HOUR, "o0.7": 10, "o0.8": 1}


def test_nothing_is_bought_ahead_beside_any_epoch_that_must_be_absent(store):
    subscription = subscription_id()
    store.debit(ahead(subscription, 1))
    assert_refused(store, ahead(subscription, 1, "o0.7", "o0.8", name="o1.3"))
    assert_refused(store, ahead(subscription, 1, "o0.8", "o0.7", name="o1.3"))
    assert store.debit(ahead(subscription, 1, "o0.8", "o0.9", name="o1.3")).item["o1.3"] == 1


def test_an_epoch_that_a_write_removes_is_there_all_the_same(store):
    subscription = subscription_id()
    store.debit(ahead(subscription, 1))
    assert_refused(store, ahead(subscription, 1, "o0.7", name="o1.3")._replace(drop=("o0.7",)))


def test_counts_are_added_as_they_are(store):
    subscription = subscription_id()
    store.debit(counted(subscription, **{"bank/v1@5": 2, "quota_exceeded@5": 1}))
    reply = store.debit(counted(subscription, **{"bank/v1@5": 3, "bank/v1@6": 1}))
    assert dict(reply.item) == {"w": HOUR, "bank/v1@5": 5, "bank/v1@6": 1, "quota_exceeded@5": 1}


def test_an_item_is_kept_as_long_as_the_last_granted_write_says(store):
    name = f"address#bank/v1#{random_id()}"
    assert dict(store.debit(quota(name, 6)._replace(expires=70)).item) == {"w": HOUR, f"u{HOUR}": 6, "ttl": 70}
    assert_refused(store, quota(name, 5)._replace(expires=80))
    assert store.debit(quota(name, 4)._replace(expires=90)).item["ttl"] == 90


def test_a_debit_makes_all_of_its_changes_or_none(store):
    subscription = subscription_id()
    store.debit(counted(subscription, **{"bank/v1@5": 1}))
    all_of_it = quota(subscription, 4, drop=("u1",))._replace(
        bucket=BucketDebit("t10", 100, 10, 120, busy=False),
        idle=("t20",),
        idle_before=90,
        ahead=AheadDebit("o0.7", 3, 7, ("o1.3",)),
        counts={"bank/v1@5": 2, "scope_missing@5": 1},
    )
    after = {"w": HOUR, f"u{HOUR}": 4, "t10": 110, "o0.7": 3, "bank/v1@5": 3, "scope_missing@5": 1}
    assert dict(store.debit(all_of_it).item) == after
    assert_refused(store, all_of_it)
    again = all_of_it._replace(bucket=BucketDebit("t10", 100, 10, 120, busy=True))
    for in_the_way in (
        again._replace(hour=HOUR - 1),
        again._replace(windows=(WindowDebit(f"u{HOUR}", 3),)),
        again._replace(bucket=BucketDebit("t10", 100, 10, 109, busy=True)),
        again._replace(idle=("t10",), bucket=None),
        again._replace(ahead=AheadDebit("o0.7", 3, 2, ("o1.3",))),
        again._replace(ahead=AheadDebit("o0.8", 3, 7, ("o0.7",))),
    ):
        assert_refused(store, in_the_way)
    assert store.debit(again).item["bank/v1@5"] == 5


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(0, 4),
            st.integers(0, 90),
            st.sampled_from([None, 5, 10, 20]),
            st.booleans(),
            st.integers(0, 3),
            st.integers(0, 2),
            st.sets(st.sampled_from(["windows", "drop", "idle"])),
        ),
        max_size=30,
    )
)
def test_any_run_of_debits_is_answered_as_the_fake_answers_it(store, run):
    fake, subscription = FakeCounters(), subscription_id()
    for hour, units, now, interval, busy, bought, kinds, parts in run:
        step = (interval or 0) * units
        debit = Debit(
            subscription,
            units,
            hour,
            (WindowDebit(f"u{hour}", 10 - units), WindowDebit("m1", 25 - units)) if "windows" in parts else (),
            BucketDebit(f"t{interval}", now, step, now + 80 - step, busy) if interval else None,
            tuple(f"u{ended}" for ended in range(hour)) if "drop" in parts else (),
            tuple(f"t{other}" for other in (5, 10, 20) if other != interval) if "idle" in parts else (),
            now - 10,
            AheadDebit(f"o{kinds}.1", bought, 5 - bought, tuple(f"o{n}.1" for n in range(kinds))) if bought else None,
            {f"{name}@{hour}": units for name in ("bank/v1", "cards/v2")[:kinds]},
            hour * units,
        )
        assert store.debit(debit)[:2] == fake.debit(debit)[:2]


def test_a_store_without_a_table_is_unavailable_and_untouched(moto_client):
    with pytest.raises(StoreUnavailable, match="refused: ResourceNotFoundException") as raised:
        DynamoCounters(moto_client, "no-such-table").debit(quota(subscription_id()))
    assert raised.value.untouched
