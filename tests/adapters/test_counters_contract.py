"""The counter store's contract, on the fake, on moto and on MiniStack; races on MiniStack only, moto loses updates."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.deployment import Deployment
from tests.fakes import FakeCounters
from tiergate.adapters.counters import DynamoCounters
from tiergate.domain.admission import BucketDebit, CounterStore, Debit, ExactAdmission, StoreUnavailable, WindowDebit
from tiergate.domain.keys import random_id
from tiergate.domain.limits import SECOND, Limits, Quota, Rate

NOW = 1_795_392_610 * SECOND
HOUR = NOW // (3600 * SECOND)

TABLE = {
    "TableName": "usage",
    "KeySchema": [{"AttributeName": "subscription", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "subscription", "AttributeType": "S"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture(scope="module")
def moto_counters(dynamodb: Any) -> DynamoCounters:
    dynamodb.create_table(**TABLE)
    return DynamoCounters(dynamodb, TABLE["TableName"])


@pytest.fixture(params=["fake", "moto", pytest.param("ministack", marks=pytest.mark.ministack)])
def store(request: pytest.FixtureRequest) -> Iterator[CounterStore]:
    if request.param == "fake":
        yield FakeCounters()
    elif request.param == "moto":
        yield request.getfixturevalue("moto_counters")
    else:
        deployment: Deployment = request.getfixturevalue("deployment")
        table = deployment.running.outputs["tiergate-dev-data"]["UsageTable"]
        yield DynamoCounters(deployment.client("dynamodb"), table)


@pytest.fixture
def make() -> Callable[..., Debit]:
    """Debits of one subscription of this test's own."""
    subscription = f"sub_{random_id()}"

    def make(units: int = 1, *, hour: int = HOUR, limit: int = 10, drop: tuple[str, ...] = ()) -> Debit:
        return Debit(subscription, units, hour, (WindowDebit(f"u{hour}", limit - units),), None, drop)

    return make


def bucket(subscription: str, now: int, *, busy: bool, step: int = 10, reach: int = 30) -> Debit:
    return Debit(subscription, 1, HOUR, (), BucketDebit(f"t{step}", now, step, now + reach - step, busy))


def test_the_first_debit_makes_the_item(store, make):
    reply = store.debit(make(3))
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, f"u{HOUR}": 3})


def test_units_add_up_to_the_limit_and_not_beyond(store, make):
    assert store.debit(make(6)).granted
    refused = store.debit(make(5))
    assert (refused.granted, refused.item[f"u{HOUR}"]) == (False, 6)
    assert store.debit(make(4)).item[f"u{HOUR}"] == 10
    assert not store.debit(make(1)).granted


def test_a_refusal_changes_nothing_and_tells_what_stood_there(store, make):
    before = store.debit(make(10)).item
    assert store.debit(make(1)).item == before
    assert store.debit(make(1)).item == before


def test_a_new_hour_begins_at_nothing_and_drops_the_ended_one(store, make):
    store.debit(make(10))
    reply = store.debit(make(1, hour=HOUR + 1, drop=(f"u{HOUR}",)))
    assert dict(reply.item) == {"w": HOUR + 1, f"u{HOUR + 1}": 1}


def test_an_hour_that_has_ended_is_never_written_again(store, make):
    store.debit(make(1, hour=HOUR + 1))
    refused = store.debit(make(1))
    assert (refused.granted, refused.item["w"]) == (False, HOUR + 1)


def test_one_window_in_the_way_holds_back_all(store, make):
    debit = make(5)
    day = WindowDebit("d7", 2)
    both = Debit(debit.subscription, 5, HOUR, (*debit.windows, day), None)
    assert store.debit(both).granted
    assert not store.debit(both).granted
    assert store.debit(debit).item == {"w": HOUR, f"u{HOUR}": 10, "d7": 5}


def test_an_idle_bucket_starts_from_now(store):
    subscription = random_id()
    assert store.debit(bucket(subscription, 100, busy=False)).item["t10"] == 110
    assert store.debit(bucket(subscription, 111, busy=False)).item["t10"] == 121


@pytest.mark.parametrize(("now", "busy"), [(110, False), (111, True)])
def test_a_debit_of_the_wrong_shape_is_refused_and_says_so(store, now, busy):
    subscription = random_id()
    store.debit(bucket(subscription, 100, busy=False))
    refused = store.debit(bucket(subscription, now, busy=busy))
    assert (refused.granted, refused.item["t10"]) == (False, 110)


def test_a_busy_bucket_runs_ahead_as_far_as_its_reach(store):
    subscription = random_id()
    store.debit(bucket(subscription, 100, busy=False))
    assert store.debit(bucket(subscription, 100, busy=True)).item["t10"] == 120
    assert store.debit(bucket(subscription, 100, busy=True)).item["t10"] == 130
    assert not store.debit(bucket(subscription, 100, busy=True)).granted
    assert store.debit(bucket(subscription, 110, busy=True)).item["t10"] == 140


def test_a_busy_debit_needs_a_bucket(store):
    assert not store.debit(bucket(random_id(), 100, busy=True)).granted


def test_each_rate_has_a_bucket_of_its_own(store):
    subscription = random_id()
    store.debit(bucket(subscription, 100, busy=False, step=10))
    reply = store.debit(bucket(subscription, 100, busy=False, step=7))
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, "t10": 110, "t7": 107})


def test_a_bucket_of_another_rate_is_removed_only_while_it_is_idle(store):
    """What was idle a moment ago may have been filled meanwhile: then nothing is written."""
    subscription = random_id()
    store.debit(bucket(subscription, 100, busy=False, step=10))
    store.debit(bucket(subscription, 100, busy=False, step=20))
    tidying = replace(bucket(subscription, 200, busy=False, step=7), idle=("t10", "t20"), idle_before=120)
    refused = store.debit(tidying)
    assert (refused.granted, dict(refused.item)) == (False, {"w": HOUR, "t10": 110, "t20": 120})
    reply = store.debit(replace(tidying, idle_before=121))
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, "t7": 207})


def test_a_bucket_that_is_removed_already_holds_nothing_back(store):
    reply = store.debit(replace(bucket(random_id(), 200, busy=False, step=7), idle=("t10",), idle_before=1))
    assert (reply.granted, dict(reply.item)) == (True, {"w": HOUR, "t7": 207})


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.integers(1, 4),
            st.integers(0, 90),
            st.booleans(),
            st.booleans(),
            st.sampled_from([5, 10, 20]),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_any_run_of_debits_is_answered_as_the_fake_answers_it(store, run):
    fake, subscription = FakeCounters(), random_id()
    for hour, units, now, busy, drop, interval, idle in run:
        debit = Debit(
            subscription,
            units,
            hour,
            (WindowDebit(f"u{hour}", 10 - units), WindowDebit("m1", 25 - units)),
            BucketDebit(f"t{interval}", now, interval * units, now + 80 - interval * units, busy),
            tuple(f"u{ended}" for ended in range(hour)) if drop else (),
            tuple(f"t{other}" for other in (5, 10, 20) if other != interval) if idle else (),
            now - 10,
        )
        assert store.debit(debit) == fake.debit(debit)


@pytest.mark.ministack
def test_twenty_instances_at_once_admit_the_limit_exactly(deployment: Deployment):
    table = deployment.running.outputs["tiergate-dev-data"]["UsageTable"]
    subscription, limits = f"sub_{random_id()}", Limits(Rate(10_000, 10_000), (Quota("day", 100),))
    begin = threading.Barrier(20)

    def instance(_: int) -> int:
        admission = ExactAdmission(DynamoCounters(deployment.client("dynamodb"), table))
        begin.wait()
        return sum(admission.admit(subscription, limits, 1, NOW + call).granted for call in range(10))

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(instance, range(20))) == 100


def test_a_store_that_refuses_the_call_is_unavailable(dynamodb, make):
    with pytest.raises(StoreUnavailable, match="ResourceNotFoundException"):
        DynamoCounters(dynamodb, "no-such-table").debit(make())
