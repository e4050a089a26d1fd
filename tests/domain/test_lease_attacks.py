"""What would break leases: writes that land late or are overtaken, lengths of epoch side by side, clocks at an edge."""

import random
from itertools import pairwise

import pytest

from tests.fakes import FakeCounters
from tiergate.domain.admission import Admission
from tiergate.domain.counters import bucket
from tiergate.domain.leases import EPOCHS, LATE, attribute, over
from tiergate.domain.limits import LEASED, SECOND, SKEW, Limits, window_start

HOUR = 3600 * SECOND
START = window_start("day", 20_780) + 9 * HOUR
END = START + HOUR
NOW = START + HOUR // 2 + 10_000
QUOTA = Limits.of({"mode": LEASED, "quota": {"hour": 1_000}})
RATE = Limits.of({"mode": LEASED, "rate": {"per_second": 200, "burst": 400}})


@pytest.fixture
def store():
    return FakeCounters()


def admit(admission, limits, now, *, units=1):
    return admission.admit("sub", limits, units, now, api="echo/v1")


def holding(store, limits, now, *, gap=1_000, calls=40, least=3):
    """An instance that has units in hand just before ``now``."""
    admission = Admission(store)
    for each in range(calls):
        verdict = admit(admission, limits, now + (each - calls) * gap)
    while verdict.ready < least:
        now += gap
        verdict = admit(admission, limits, now)
    return admission, verdict


def epochs(store):
    """What is counted ahead: (class, epoch)."""
    names = [name[1:].partition(".") for name in store.items["sub"] if name[0] == "o"]
    return {(int(index), int(epoch)) for index, _, epoch in names}


def test_units_of_an_hour_do_not_pay_for_a_call_that_the_next_hour_overtook(store):
    admission, verdict = holding(store, QUOTA, END - SECOND)
    units = verdict.units + 1
    steps = iter([lambda: admit(Admission(store), QUOTA, END + 10_000)])
    store.fault = lambda: next(steps, lambda: None)() and ""
    verdict = admit(admission, QUOTA, END - 60_000, units=units)
    assert store.items["sub"][f"u{END // HOUR}"] == 1 + units + verdict.units


@pytest.mark.parametrize("units", [99, 100])
def test_a_call_that_costs_nearly_the_whole_limit_in_a_fresh_window_never_debits_above_it(store, units):
    limits = Limits.of({"mode": LEASED, "quota": {"hour": 100, "day": 100_000}})
    admission = Admission(store)
    for each in range(20):
        admit(admission, limits, END - 3 * SECOND + each * 50_000)
    assert admit(admission, limits, END + 100, units=units).granted
    assert sum(admit(admission, limits, END + 1_000 * each).granted for each in range(1, 5)) == 100 - units
    assert store.items["sub"][f"u{END // HOUR}"] == 100


def test_units_of_an_hour_are_void_before_any_clock_takes_the_next_one_for_begun(store):
    admission, _ = holding(store, QUOTA, END - SECOND)
    writes = store.calls
    admit(admission, QUOTA, END - 2 * SKEW - 1)
    assert store.calls == writes
    admit(admission, QUOTA, END - 2 * SKEW)
    assert store.calls == writes + 1


def test_units_ahead_are_void_before_any_clock_takes_the_epoch_after_the_next_for_begun(store):
    admission, _ = holding(store, RATE, NOW)
    index, epoch = max(epochs(store))
    writes, void = store.calls, (epoch + 2) * EPOCHS[index] - 2 * SKEW
    admit(admission, RATE, void - 1)
    assert store.calls == writes
    admit(admission, RATE, void)
    assert store.calls == writes + 1


@pytest.mark.parametrize(("took", "writes"), [(LATE, 0), (LATE + 1, 1)])
def test_units_ahead_that_were_granted_too_late_are_void(store, took, writes):
    """Nobody looked for them any more, so another length of epoch may be in use beside them."""
    admission, held = holding(store, RATE, NOW)
    store.took = took
    begun = NOW + EPOCHS[0]
    admit(admission, RATE, begun, units=held.ready + 1)
    before = store.calls
    admit(admission, RATE, begun + 1_000)
    assert store.calls == before + writes


@pytest.mark.parametrize(("took", "writes"), [(1_000, 0), (LATE, 1)])
def test_what_a_refused_attempt_took_makes_the_next_one_late_too(store, took, writes):
    """Both ask for units of the epoch in which the call began."""
    admission, held = holding(store, RATE, NOW)
    begun, times = NOW + 2 * EPOCHS[0], iter([took, 1_000])

    def overtaken():
        store.took = next(times, 0)
        if store.calls == before + 1:
            store.items["sub"] = {**store.items["sub"], bucket(RATE.rate): begun + 100_000}
        return ""

    store.fault, before = overtaken, store.calls
    admit(admission, RATE, begun, units=held.ready + 1)
    assert store.calls == before + 2
    admit(admission, RATE, begun + 1_000)
    assert store.calls == before + 2 + writes


def test_units_ahead_that_a_second_attempt_bought_are_void(store):
    """The first may have taken long to fail."""
    admission, held = holding(store, RATE, NOW)
    faults, begun = iter(["before"]), NOW + EPOCHS[0]
    store.fault = lambda: next(faults, "")
    verdict = admit(admission, RATE, begun, units=held.ready + 1)
    assert (verdict.granted, verdict.ready) == (True, 0)
    before = store.calls
    admit(admission, RATE, begun + 1_000)
    assert store.calls == before + 1


@pytest.mark.parametrize("near", [-1, 0, 1])
def test_nothing_is_bought_ahead_beside_another_length_of_epoch(store, near):
    """Not in those around it either: other clocks may be there."""
    admission, _ = holding(store, RATE, NOW, gap=5_000, calls=500)
    long = attribute(2, NOW // EPOCHS[2] + near)
    store.items["sub"] = {**store.items["sub"], long: 1}
    for each in range(40):
        verdict = admit(admission, RATE, NOW + 2 * EPOCHS[0] + each * 5_000)
        assert verdict.ready == 0
    assert store.items["sub"][long] == 1


@pytest.mark.parametrize("near", [-1, 0, 1])
def test_an_instance_that_is_new_joins_the_length_of_epoch_that_others_use(store, near):
    others = NOW // EPOCHS[2] + near
    store.items["sub"] = {"w": NOW // HOUR, attribute(2, others): 1}
    admission = Admission(store)
    for each in range(20):
        admit(admission, RATE, NOW + each * 5_000)
    assert epochs(store) == {(2, others), (2, NOW // EPOCHS[2])}


def test_an_epoch_counts_until_no_write_of_it_can_land_any_more():
    epoch = NOW // EPOCHS[0]
    assert not over(attribute(0, epoch), (epoch + 3) * EPOCHS[0] - 1)
    assert over(attribute(0, epoch), (epoch + 3) * EPOCHS[0])


def test_a_length_of_epoch_is_kept_while_the_pace_only_wavers(store):
    """Around 71 a second, where the two shortest are equally good."""
    admission, now, used = Admission(store), NOW, []
    for each in range(3_000):
        now += 14_000 + 800 * (-1) ** (each // 150)
        admit(admission, RATE, now)
        used += [max(epochs(store))[0]] if epochs(store) else []
    changes = sum(before != after for before, after in pairwise(used))
    assert changes <= 1


def test_a_lot_holds_at_most_a_fiftieth_of_what_is_left(store):
    admission = Admission(store)
    for passed in range(990):
        verdict = admit(admission, QUOTA, NOW + passed * 1_000)
        assert verdict.granted
        assert verdict.units <= (1_000 - passed) // 50


def test_a_lot_is_at_most_twice_as_large_as_the_one_before(store):
    limits = Limits.of({"mode": LEASED, "quota": {"hour": 100_000}})
    admission, lots = Admission(store), []
    for each in range(500):
        writes = store.calls
        verdict = admit(admission, limits, NOW + each * 1_000)
        lots += [verdict.units + 1] * (store.calls - writes)
    assert lots[:2] == [1, 1]
    assert max(lots) >= 100
    assert all(lot <= 2 * before for before, lot in pairwise(lots))


def test_a_call_asks_twice_for_units_ahead_and_then_for_its_own_alone(store):
    """Where others take them each time."""
    admission, _ = holding(store, RATE, NOW)
    begun = NOW + 2 * EPOCHS[0]
    name, before, left = attribute(0, begun // EPOCHS[0]), store.calls, iter([3, 2, 1, 0])

    def taken():
        store.items["sub"] = {**store.items["sub"], name: 50 - next(left)}
        return ""

    store.fault = taken
    verdict = admit(admission, RATE, begun)
    assert (verdict.granted, verdict.ready, store.calls - before) == (True, 0, 3)


def test_a_bucket_that_is_nearly_empty_costs_no_lot_that_would_be_refused(store):
    """At five times the rate, with the jitter that instances have: every granted write is the first attempt."""
    admission, refused = Admission(store, jitter=lambda: 0.5), 0
    for each in range(4_000):
        writes = store.calls
        verdict = admit(admission, RATE, NOW + each * 1_000)
        refused += verdict.granted and store.calls - writes > 1
    assert refused <= 2


def test_fifty_instances_that_are_called_far_above_the_rate_ask_the_store_seldom(store):
    numbers = random.Random(1)  # noqa: S311
    instances = [Admission(store, jitter=numbers.random) for _ in range(50)]
    limits = Limits.of({"mode": LEASED, "rate": {"per_second": 50, "burst": 100}})
    for each in range(4 * 50 * 50):
        admit(instances[each % 50], limits, NOW + each * SECOND // 2_500)
    assert store.calls <= 12 * 50 * 4
