"""The counter store's contract, on the fake, on moto and on MiniStack; races on MiniStack only, moto loses updates."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

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


def moto_client() -> Any:
    return boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")


@pytest.fixture(params=["fake", "moto", pytest.param("ministack", marks=pytest.mark.ministack)])
def store(request: pytest.FixtureRequest) -> Iterator[CounterStore]:
    if request.param == "fake":
        yield FakeCounters()
    elif request.param == "moto":
        with mock_aws():
            client = moto_client()
            client.create_table(**TABLE)
            yield DynamoCounters(client, "usage")
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
    return Debit(subscription, 1, HOUR, (), BucketDebit(now, step, now + reach - step, busy))


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
    assert store.debit(bucket(subscription, 100, busy=False)).item["t"] == 110
    assert store.debit(bucket(subscription, 111, busy=False)).item["t"] == 121


@pytest.mark.parametrize(("now", "busy"), [(110, False), (111, True)])
def test_a_debit_of_the_wrong_shape_is_refused_and_says_so(store, now, busy):
    subscription = random_id()
    store.debit(bucket(subscription, 100, busy=False))
    refused = store.debit(bucket(subscription, now, busy=busy))
    assert (refused.granted, refused.item["t"]) == (False, 110)


def test_a_busy_bucket_runs_ahead_as_far_as_its_reach(store):
    subscription = random_id()
    store.debit(bucket(subscription, 100, busy=False))
    assert store.debit(bucket(subscription, 100, busy=True)).item["t"] == 120
    assert store.debit(bucket(subscription, 100, busy=True)).item["t"] == 130
    assert not store.debit(bucket(subscription, 100, busy=True)).granted
    assert store.debit(bucket(subscription, 110, busy=True)).item["t"] == 140


def test_a_busy_debit_needs_a_bucket(store):
    assert not store.debit(bucket(random_id(), 100, busy=True)).granted


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(1, 4), st.integers(0, 90), st.booleans(), st.booleans()), max_size=30
    )
)
def test_any_run_of_debits_is_answered_as_the_fake_answers_it(store, run):
    fake, subscription = FakeCounters(), random_id()
    for hour, units, now, busy, drop in run:
        debit = Debit(
            subscription,
            units,
            hour,
            (WindowDebit(f"u{hour}", 10 - units), WindowDebit("m1", 25 - units)),
            BucketDebit(now, 10 * units, now + 60 - 10 * units, busy),
            tuple(f"u{ended}" for ended in range(hour)) if drop else (),
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


def test_a_store_that_refuses_the_call_is_unavailable(make):
    with mock_aws(), pytest.raises(StoreUnavailable, match="ResourceNotFoundException"):
        DynamoCounters(moto_client(), "no-such-table").debit(make())
