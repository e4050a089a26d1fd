"""Leased admission: many instances on one store that crash, freeze, lose replies; and each rule by itself."""

from collections import Counter

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.fakes import FakeCounters
from tiergate.domain.admission import Admission
from tiergate.domain.counters import counter, counts
from tiergate.domain.leases import EPOCHS, attribute
from tiergate.domain.limits import LEASED, SECOND, SKEW, Limits, window_number, window_start
from tiergate.domain.store import StoreUnavailable

HOUR = 3600 * SECOND
START = window_start("day", 20_780) + 23 * HOUR
"""An hour before a day ends."""

LIMITS = Limits.of({"mode": LEASED, "rate": {"per_second": 50, "burst": 80}, "quota": {"hour": 400, "day": 700}})
FAULTS = st.sampled_from(["", "", "", "", "before", "after", "late", "twice", "throttled"])
PAUSES = (10_000, 100_000, *EPOCHS)
MOST = 4
"""Instances."""


class Bucket:
    """What a rate promises by one clock: never more than the burst at once, and the rate after that."""

    def __init__(self, rate):
        self.rate, self.level, self.time = rate, 0.0, 0

    def admit(self, units, now):
        self.level = max(0.0, self.level - (now - self.time) * self.rate.per_second / SECOND) + units
        self.time = now
        assert self.level <= self.rate.burst + 1e-6


class Instances(RuleBasedStateMachine):
    """Instances whose clocks differ; time is the world's own."""

    limits = LIMITS

    @initialize(skews=st.lists(st.integers(-SKEW, SKEW), min_size=MOST, max_size=MOST), begin=st.integers(0, 2 * HOUR))
    def begin(self, skews, begin):
        self.store = FakeCounters()
        self.now = START + begin
        self.skews = skews
        self.instances = [Admission(self.store, jitter=lambda: 0.5) for _ in skews]
        self.passed = []
        self.admitted, self.used, self.debited = Counter(), 0, {}
        self.recorded, self.unsure = {}, 0

    @rule(milliseconds=st.one_of(st.integers(0, 30), st.integers(0, 1500), st.integers(0, 2 * 3600 * 1000)))
    def time_passes(self, milliseconds):
        self.now += milliseconds * 1000

    @rule(which=st.integers(0, MOST - 1))
    def an_instance_is_killed(self, which):
        self.instances[which] = Admission(self.store, jitter=lambda: 0.5)

    @rule(before=st.sampled_from([3 * SKEW, 3 * SKEW, 700_000]))
    def an_hour_is_about_to_end(self, before):
        """And whoever holds a lease wakes up right after it."""
        self.now = max(self.now, window_start("hour", window_number("hour", self.now) + 1) - before)

    @rule(
        which=st.integers(0, MOST - 1),
        calls=st.integers(1, 40),
        gap=st.sampled_from([0, 100, 2_000, 20_000, 70_000]),
        units=st.integers(1, 3),
        fault=FAULTS,
    )
    def calls_come(self, which, calls, gap, units, fault):
        faults = iter([fault] * 2)
        self.store.fault = lambda: next(faults, "")
        self.unsure += {"after": 2, "late": 2, "twice": 200}.get(fault, 0) * units
        for _ in range(calls):
            self.now += gap
            self.call(which, units)

    @rule(calls=st.sampled_from([4, 8, 12]), gap=st.sampled_from([1_000, 20_000]), pause=st.sampled_from(PAUSES))
    def each_fills_up_in_its_turn(self, calls, gap, pause):
        """Busy for a moment, so that each one's next call takes as much as it can, and leaves it in hand."""
        for number in (calls, 1):
            for which in range(MOST):
                self.run(which, number, gap)
                self.now += pause

    @rule(busy=st.integers(0, MOST - 1), other=st.integers(1, MOST - 1))
    def one_is_busy_and_then_another_is_slow(self, busy, other):
        """So that they differ on which length of epoch is best, when the first comes back."""
        self.run(busy, 130, 18_000)
        self.run((busy + other) % MOST, 16, 320_000)
        for _ in range(3):
            self.run(busy, 1, 250_000)

    def run(self, which, number, gap):
        self.store.fault = None
        for _ in range(number):
            self.now += gap
            self.call(which, 1)

    @rule(
        which=st.integers(0, MOST - 1),
        others=st.lists(st.integers(1, MOST - 1), min_size=1, max_size=8),
        took=st.sampled_from([5_000, 60_000, 180_000, 290_000]),
        units=st.integers(1, 5),
    )
    def a_write_is_overtaken(self, which, others, took, units):
        """It is under way for so long, and others' calls come first."""

        def overtake():
            self.store.fault = self.is_fast
            for other in others:
                self.now += took // len(others)
                self.call((which + other) % MOST, 1)
            self.store.took = took
            return ""

        self.store.fault = overtake
        self.call(which, units)

    def is_fast(self):
        self.store.took = 0
        return ""

    def call(self, which, units):
        begun, writes = self.now, self.store.calls
        now = begun + self.skews[which]
        try:
            verdict = self.instances[which].admit("sub", self.limits, units, now, api="echo/v1")
        except StoreUnavailable:
            return
        finally:
            self.look()
        if not verdict.granted:
            assert verdict.violated
            assert verdict.wait > 0
            return
        self.passed.append((begun, units))
        self.used += units
        if self.store.calls > writes:
            now = max(now, verdict.item["w"] * HOUR)
        for quota in self.limits.quotas:
            name = counter(quota.window, window_number(quota.window, now))
            self.admitted[name] += units
            assert self.admitted[name] <= self.debited.get(name, 0) <= quota.limit

    def look(self):
        """What the store counts is remembered, as it removes what ended."""
        item = self.store.items.get("sub", {})
        self.debited |= {name: number for name, number in item.items() if name[0] in "ud"}
        self.recorded |= {hour: number for name, hour, number in counts(item) if name == "echo/v1"}
        if self.limits.rate is not None:
            assert sum(self.held(which) for which in range(MOST)) <= self.limits.rate.ahead

    def held(self, which):
        account = self.instances[which]._accounts.get("sub")
        if account is None or not account.lease.spend(0, self.now + self.skews[which]):
            return 0
        return account.lease.ready

    @invariant()
    def no_use_is_counted_that_was_none(self):
        assert sum(self.recorded.values()) <= self.used + self.unsure

    def teardown(self):
        """A call counts for the rate when it begins, however late its write is."""
        if self.limits.rate is not None:
            bucket = Bucket(self.limits.rate)
            for begun, units in sorted(self.passed):
                bucket.admit(units, begun)


class QuotaOnly(Instances):
    """Without a rate, nothing but the windows' ends voids a lease."""

    limits = Limits.of({"mode": LEASED, "quota": {"hour": 150, "day": 250}})


class RateOnly(Instances):
    limits = Limits.of({"mode": LEASED, "rate": {"per_second": 50, "burst": 64}})


for machine in (Instances, QuotaOnly, RateOnly):
    machine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestInstances, TestQuotaOnly, TestRateOnly = Instances.TestCase, QuotaOnly.TestCase, RateOnly.TestCase

ENTERPRISE = Limits.of({"mode": LEASED, "rate": {"per_second": 200, "burst": 400}, "quota": {"hour": 45_000}})
NOW = START + HOUR // 2 + 10_000


@pytest.fixture
def store():
    return FakeCounters()


def calls(admission, number, *, now=NOW, every=0, limits=ENTERPRISE, units=1, api="echo/v1"):
    """How many of a run of calls are admitted."""
    return sum(admission.admit("sub", limits, units, now + each * every, api=api).granted for each in range(number))


def test_a_hot_key_costs_few_writes(store):
    """At 200 a second for ten seconds, on one instance."""
    assert calls(Admission(store), 2_000, every=5_000) == 2_000
    assert store.calls < 2_000 * 0.05


def test_a_slow_key_costs_few_writes_too(store):
    """At the pace of its quota, 12.5 a second, for a minute."""
    assert calls(Admission(store), 750, every=80_000) == 750
    assert store.calls < 750 * 0.1


def test_a_first_call_takes_its_own_units_alone(store):
    calls(Admission(store), 1)
    assert store.items["sub"][f"u{NOW // HOUR}"] == 1


def test_a_lot_grows_while_it_is_spent_in_time_and_shrinks_when_it_is_not(store):
    admission = Admission(store)
    calls(admission, 40, every=1_000)
    busy = store.items["sub"][f"u{NOW // HOUR}"] - 40
    assert busy >= 10
    later = NOW + 60 * SECOND
    calls(admission, 1, now=later)
    assert store.items["sub"][f"u{NOW // HOUR}"] - 40 <= busy  # units in hand cover it


def test_units_of_windows_outlive_those_of_the_bucket(store):
    admission = Admission(store)
    calls(admission, 40, every=1_000)
    held = store.items["sub"][f"u{NOW // HOUR}"] - 40
    for each in range(held):
        calls(admission, 1, now=NOW + (each + 1) * 60 * SECOND)
    assert store.items["sub"][f"u{NOW // HOUR}"] == 40 + held


def test_no_lease_outlives_its_window(store):
    admission, end = Admission(store), (NOW // HOUR + 1) * HOUR
    calls(admission, 40, now=end - 100_000, every=100)
    before = store.calls
    calls(admission, 1, now=end + 1_000)
    assert store.calls == before + 1
    assert store.items["sub"][f"echo/v1@{end // HOUR}"] == 1


def test_an_instance_that_was_frozen_for_an_hour_spends_nothing_of_its_lease(store):
    admission, later = Admission(store), NOW + HOUR
    calls(admission, 40, every=1_000)
    calls(admission, 1, now=later)
    assert store.items["sub"][f"u{later // HOUR}"] == 1


def test_a_clock_that_went_back_voids_a_lease(store):
    admission = Admission(store)
    calls(admission, 40, every=1_000)
    before = store.calls
    calls(admission, 1, now=NOW - SECOND)
    assert store.calls > before


def test_leases_shrink_to_nothing_before_the_quota_is_gone(store):
    """Ten instances in turn: not one unit of the quota is left over, and not one too many is given."""
    limits = Limits.of({"mode": LEASED, "quota": {"hour": 1_000}})
    instances = [Admission(store) for _ in range(10)]
    assert sum(calls(instances[each % 10], 1, limits=limits, now=NOW + each * 1_000) for each in range(1_500)) == 1_000
    assert store.items["sub"][f"u{NOW // HOUR}"] == 1_000


def test_only_one_length_of_epoch_is_in_use_at_a_time(store):
    hot = Admission(store)
    calls(hot, 400, every=5_000)
    now = NOW + 400 * 5_000
    long = attribute(2, now // EPOCHS[2])
    store.items["sub"] = {**store.items["sub"], long: 1}
    before = store.calls
    calls(hot, 40, now=now, every=5_000)
    assert store.items["sub"][long] == 1
    assert store.calls - before > 10  # exact, until the long epoch is over


def test_what_ended_is_removed_so_that_an_item_stays_small(store):
    admission = Admission(store)
    calls(admission, 3_000, every=20_000)
    assert sum(name.startswith("o") for name in store.items["sub"]) <= 4
    assert len(store.items["sub"]) < 12


def test_a_lowered_limit_voids_what_is_held(store):
    admission = Admission(store)
    calls(admission, 40, every=1_000)
    lowered = Limits.of({"mode": LEASED, "rate": {"per_second": 200, "burst": 400}, "quota": {"hour": 40}})
    assert calls(admission, 5, now=NOW + 40_000, limits=lowered) == 0


def test_a_lease_is_spent_while_the_store_is_down(store):
    admission = Admission(store)
    calls(admission, 40, every=1_000)
    store.fault = lambda: "before"
    assert admission.admit("sub", ENTERPRISE, 1, NOW + 40_000).granted


def test_use_is_told_with_the_next_write(store):
    admission = Admission(store)
    calls(admission, 40, every=1_000)
    told = store.items["sub"][f"echo/v1@{NOW // HOUR}"]
    assert told < 40
    calls(admission, 1, now=NOW + 30 * SECOND)
    assert store.items["sub"][f"echo/v1@{NOW // HOUR}"] == 41


def test_use_of_an_hour_before_the_last_is_told_under_the_last(store):
    """No write adds to an hour that another may have removed."""
    admission, later = Admission(store), NOW + 5 * HOUR
    calls(admission, 40, every=1_000)
    untold = 40 - store.items["sub"][f"echo/v1@{NOW // HOUR}"]
    calls(admission, 1, now=later)
    assert store.items["sub"][f"echo/v1@{later // HOUR - 1}"] == untold
    assert store.items["sub"][f"echo/v1@{later // HOUR}"] == 1
