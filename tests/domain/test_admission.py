"""Exact admission: many instances on one store, against a model; and each answer by itself."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.fakes import FakeCounters
from tiergate.domain.admission import Admission
from tiergate.domain.counters import bucket
from tiergate.domain.leases import EPOCHS, attribute
from tiergate.domain.limits import LEASED, SECOND, WINDOWS, Limits, Quota, Rate, window_number, window_start
from tiergate.domain.store import StoreUnavailable

HOUR = 3600 * SECOND
START = window_start("month", 2026 * 12 + 10) - 2 * HOUR
"""Two hours before a month ends: hour, day and month roll over in a run."""

LIMITS = Limits(Rate(5, 10), (Quota("hour", 12), Quota("day", 18), Quota("month", 20)))


class Instances(RuleBasedStateMachine):
    """Instances whose clocks differ, whose replies get lost, that die and come back."""

    @initialize()
    def begin(self):
        self.store = FakeCounters()
        self.now = START
        self.instances = [Admission(self.store) for _ in range(3)]
        self.skew = [0, 15_000, -15_000]
        self.admitted = Counter()
        self.times = []
        self.lost = 0

    @rule(milliseconds=st.one_of(st.integers(0, 400), st.integers(0, 3 * 3600 * 1000)))
    def time_passes(self, milliseconds):
        self.now += milliseconds * 1000

    @rule(which=st.integers(0, 2))
    def an_instance_is_replaced(self, which):
        self.instances[which] = Admission(self.store)

    @rule(
        which=st.integers(0, 2),
        units=st.integers(1, 3),
        fault=st.sampled_from(["", "", "", "before", "after"]),
    )
    def a_call(self, which, units, fault):
        self.store.fault = lambda: self.fails(fault, units)
        now = self.now + self.skew[which]
        try:
            verdict = self.instances[which].admit("sub", LIMITS, units, now)
        except StoreUnavailable:
            assert fault
            return
        if not verdict.granted:
            assert verdict.violated
            assert verdict.wait > 0
            return
        self.times.append((now, units))
        for window in WINDOWS:
            self.admitted[window, window_number(window, max(now, verdict.item["w"] * HOUR))] += units

    def fails(self, fault, units):
        self.lost += units * (fault == "after")
        return fault

    @invariant()
    def no_window_is_ever_exceeded(self):
        for quota in LIMITS.quotas:
            for (window, _), units in self.admitted.items():
                if window == quota.window:
                    assert units <= quota.limit

    @invariant()
    def no_stretch_of_time_exceeds_the_rate(self):
        for first, (begin, _) in enumerate(self.times):
            units = 0
            for now, taken in self.times[first:]:
                units += taken
                span = max(0, now - begin) + 2 * 20_000
                assert units <= LIMITS.rate.burst + LIMITS.rate.per_second * span / SECOND

    @invariant()
    def only_lost_replies_waste(self):
        for name, counted in self.store.items.get("sub", {}).items():
            if name[0] == "m":
                assert counted <= self.admitted["month", int(name[1:])] + self.lost


Instances.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestInstances = Instances.TestCase


@pytest.fixture
def store():
    return FakeCounters()


def admit(admission, limits, *, times=1, units=1, now=START):
    return [admission.admit("sub", limits, units, now) for _ in range(times)]


def test_the_hours_quota_is_admitted_to_the_unit(store):
    limits = Limits(None, (Quota("hour", 450),))
    verdicts = admit(Admission(store), limits, times=460)
    assert [verdict.granted for verdict in verdicts] == [True] * 450 + [False] * 10


def test_a_refusal_waits_until_the_last_window_in_the_way_ends(store):
    limits = Limits(None, (Quota("hour", 1), Quota("day", 1)))
    _, refused = admit(Admission(store), limits, times=2)
    assert refused.violated == ("hour", "day")
    assert refused.wait == 2 * HOUR
    assert Admission(store).admit("sub", limits, 1, START + refused.wait).granted


def test_a_burst_is_admitted_and_then_the_rate(store):
    limits = Limits(Rate(5, 10), ())
    admission = Admission(store)
    granted = [verdict.granted for verdict in admit(admission, limits, times=12)]
    assert granted == [True] * 9 + [False] * 3  # the tenth is what two clocks may differ
    refused = admission.admit("sub", limits, 1, START)
    assert refused.violated == ("burst",)
    assert not admission.admit("sub", limits, 1, START + refused.wait - 1).granted
    assert admission.admit("sub", limits, 1, START + refused.wait).granted


def test_one_write_is_enough_when_the_bucket_is_as_it_was_left(store):
    limits = Limits(Rate(5, 10), (Quota("hour", 450),))
    admission = Admission(store)
    admit(admission, limits, times=5)
    admit(admission, limits, now=START + 60 * SECOND)
    assert store.calls == 6


def test_a_bucket_that_another_instance_filled_costs_one_write_more(store):
    limits = Limits(Rate(5, 10), ())
    admit(Admission(store), limits)
    store.calls = 0
    admit(Admission(store), limits)
    assert store.calls == 2


def test_a_dear_call_takes_its_units_from_every_limit(store):
    limits = Limits(Rate(5, 10), (Quota("hour", 12),))
    (verdict,) = admit(Admission(store), limits, units=5)
    assert verdict.item[f"u{START // HOUR}"] == 5
    assert verdict.item["t200000"] == START + 5 * 200_000


def test_an_ended_window_is_removed_with_the_next_write(store):
    limits = Limits(None, (Quota("hour", 5), Quota("day", 50)))
    admission = Admission(store)
    admit(admission, limits)
    (verdict,) = admit(admission, limits, now=START + HOUR)
    assert sorted(name[0] for name in verdict.item) == ["d", "u", "w"]
    assert verdict.item[f"u{START // HOUR + 1}"] == 1


def test_a_clock_that_is_a_little_behind_counts_in_the_stores_newest_hour(store):
    limits = Limits(None, (Quota("hour", 1),))
    edge = START + HOUR
    admit(Admission(store), limits, now=edge)
    (verdict,) = admit(Admission(store), limits, now=edge - SECOND)
    assert verdict.violated == ("hour",)


def test_a_clock_far_behind_refuses_to_guess(store):
    limits = Limits(None, (Quota("hour", 9),))
    admit(Admission(store), limits, now=START + HOUR)
    with pytest.raises(StoreUnavailable):
        admit(Admission(store), limits, now=START + HOUR - 3 * SECOND)


def test_a_lost_reply_counts_as_not_granted_and_is_repeated_once(store):
    store.fault = lambda: "after"
    with pytest.raises(StoreUnavailable):
        admit(Admission(store), Limits(None, (Quota("hour", 9),)))
    assert store.calls == 2
    assert store.items["sub"][f"u{START // HOUR}"] == 2


def test_a_call_is_admitted_though_each_of_five_attempts_finds_the_item_changed(store):
    """A bucket to be removed is filled; the lot is taken; the call's bucket is filled; an hour begins; it is empty."""
    limits = Limits.of({"mode": LEASED, "rate": {"per_second": 100, "burst": 400}})
    admission, now = Admission(store), START + HOUR - SECOND
    other, own, ahead = bucket(Rate(3, 10)), bucket(limits.rate), attribute(0, now // EPOCHS[0])
    for each in range(40):
        admission.admit("sub", limits, 1, now - 2 * SECOND + each * 1_000)
    store.items["sub"] = {**store.items["sub"], other: 0}
    admission.admit("sub", limits, 1, now - SECOND)
    found = iter([{other: now}, {ahead: 50}, {own: now + SECOND}, {"w": START // HOUR + 1}, {own: 0}])

    def change():
        store.items["sub"] = {**store.items["sub"], **next(found, {})}
        return ""

    store.fault, before = change, store.calls
    assert admission.admit("sub", limits, 1, now).granted
    assert store.calls - before == 6


def test_a_lowered_limit_holds_at_the_next_write(store):
    admission = Admission(store)
    admit(admission, Limits(None, (Quota("hour", 9),)), times=5)
    (verdict,) = admit(admission, Limits(None, (Quota("hour", 5),)))
    assert verdict.violated == ("hour",)


@pytest.mark.parametrize(
    ("limits", "violated"),
    [
        (Limits(None, (Quota("hour", 4), Quota("day", 50))), ("hour",)),
        (Limits(Rate(5, 3), ()), ("burst",)),
        (Limits(Rate(5, 3), (Quota("day", 4),)), ("day", "burst")),
    ],
)
def test_a_call_dearer_than_a_limit_is_never_admitted_and_never_written(store, limits, violated):
    """A fresh counter has nothing to compare with: the plan's own size must say no."""
    (verdict,) = admit(Admission(store), limits, units=5)
    assert (verdict.granted, verdict.violated, store.calls) == (False, violated, 0)
    assert verdict.wait > 0
