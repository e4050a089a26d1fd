"""How a write is shaped before anybody knows what the store holds."""

import random

import pytest

from tests.fakes import FakeCounters
from tiergate.domain.admission import Admission
from tiergate.domain.limits import OFF, SECOND, Limits, Quota, Rate, window_start

START = window_start("hour", 498_720)
LIMITS = Limits(Rate(100, 400), ())


@pytest.mark.parametrize(("pace", "most"), [(5, 1.1), (50, 1.6), (90, 1.3), (99, 1.1)])
def test_a_bucket_that_many_share_costs_little_more_than_one_write_a_call(pace, most):
    """Twenty instances in turn, each long after it last saw the bucket: it expects what it found the last times."""
    store, chance, now = FakeCounters(), random.Random(7), START  # noqa: S311 - the same calls each time
    instances = [Admission(store, jitter=lambda: 0.5) for _ in range(20)]
    for each in range(2_000):
        now += int(chance.expovariate(pace) * SECOND)
        assert instances[each % 20].admit("sub", LIMITS, 1, now).granted
    assert store.calls < 2_000 * most


def test_a_count_that_cannot_be_written_is_not_tried_for_ever():
    """Somebody wrote a number into the item that is above all limits."""
    store, limits = FakeCounters(), Limits(None, (Quota("hour", 5),), OFF)
    store.items["sub"] = {"w": 498_720, "u498720": 10**16}
    assert Admission(store).admit("sub", limits, 1, START, api="echo/v1").granted
    assert store.calls < 10


def test_an_instance_alone_never_takes_its_own_bucket_for_a_crowd():
    store = FakeCounters()
    admission = Admission(store)
    for each in range(200):
        admission.admit("sub", LIMITS, 1, START + each * (20_000 if each % 3 else 5_000))
    assert store.calls == 200
