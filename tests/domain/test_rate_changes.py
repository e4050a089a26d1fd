"""What a bucket remembers when the rate changes, and what two rates in force at once can admit."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.fakes import FakeCounters
from tiergate.domain.admission import Admission
from tiergate.domain.counters import MOST_SKEW, bucket
from tiergate.domain.debits import MOST_IDLE
from tiergate.domain.limits import SECOND, SKEW, Limits, Quota, Rate

START = 1_795_392_610 * SECOND
FAST, SLOW = Limits(Rate(200, 400), ()), Limits(Rate(0.001, 5), ())
RATES = [Rate(50, 20), Rate(5, 10), Rate(0.5, 3)]


class Changes(RuleBasedStateMachine):
    """Instances whose clocks differ and whose records do: each call may be judged by another rate."""

    @initialize()
    def begin(self):
        self.store = FakeCounters()
        self.now = START
        self.instances = [Admission(self.store, jitter=lambda: 0.5) for _ in range(3)]
        self.times = {rate: [] for rate in RATES}

    @rule(milliseconds=st.one_of(st.integers(0, 100), st.integers(0, 4000)))
    def time_passes(self, milliseconds):
        self.now += milliseconds * 1000

    @rule(which=st.integers(0, 2))
    def an_instance_is_replaced(self, which):
        self.instances[which] = Admission(self.store, jitter=lambda: 0.5)

    @rule(which=st.integers(0, 2), rate=st.sampled_from(RATES), units=st.integers(1, 2), calls=st.integers(1, 5))
    def calls(self, which, rate, units, calls):
        now = self.now + (0, 20_000, -20_000)[which]
        for _ in range(calls):
            verdict = self.instances[which].admit("sub", Limits(rate, ()), units, now)
            if verdict.granted:
                self.times[rate].append((now, units))
            else:
                assert verdict.violated == ("burst",)
                assert 0 < verdict.wait <= (units + 1) * rate.interval + 40_000 + rate.reach // 8

    @invariant()
    def no_stretch_of_time_exceeds_a_rate_whatever_the_others_did(self):
        for rate, times in self.times.items():
            for first, (begin, _) in enumerate(times):
                units = 0
                for now, taken in times[first:]:
                    units += taken
                    span = max(0, now - begin) + 2 * 20_000
                    assert units <= rate.burst + rate.per_second * span / SECOND


Changes.TestCase.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)
TestChanges = Changes.TestCase


@pytest.fixture
def store():
    return FakeCounters()


def granted(admission, limits, *, times=1, now=START):
    return sum(admission.admit("sub", limits, 1, now).granted for _ in range(times))


def test_a_raised_rate_admits_its_whole_burst_at_once(store):
    admission = Admission(store)
    assert granted(admission, SLOW, times=5) == 4
    assert granted(admission, FAST, times=500) == 392


def test_a_lowered_rate_admits_its_whole_burst_and_no_more(store):
    admission = Admission(store)
    granted(admission, FAST, times=500)
    assert granted(admission, SLOW, times=10) == 4


@pytest.mark.parametrize("fresh", [False, True])
def test_no_alternating_between_two_rates_gives_a_fresh_burst(store, fresh):
    admission, admitted = Admission(store), 0
    for turn in range(40):
        admission = Admission(store) if fresh else admission
        admitted += granted(admission, (SLOW, FAST)[turn % 2], times=400, now=START + turn * 5_000)
    assert admitted == 4 + 392 + 39  # both bursts, and what the fast one refilled until its last turn


def test_a_burst_under_another_rate_takes_from_the_same_quotas(store):
    admission, quota = Admission(store), (Quota("hour", 6),)
    assert granted(admission, Limits(SLOW.rate, quota), times=5) == 4
    assert granted(admission, Limits(FAST.rate, quota), times=5) == 2


def test_a_bucket_of_another_rate_is_removed_with_the_next_write_once_it_is_idle(store):
    admission = Admission(store)
    granted(admission, FAST)
    idle = START + FAST.rate.interval + MOST_SKEW
    granted(admission, SLOW, now=idle)
    assert store.items["sub"].keys() == {"w", bucket(FAST.rate), bucket(SLOW.rate)}
    granted(admission, SLOW, now=idle + 1)
    assert store.items["sub"].keys() == {"w", bucket(SLOW.rate)}
    assert store.calls == 3


def test_a_bucket_is_removed_though_there_was_no_other_one_before_the_change_of_rate(store):
    admission = Admission(store)
    granted(admission, FAST, times=3)
    granted(admission, SLOW, now=START + 10 * SECOND)
    assert bucket(FAST.rate) not in store.items["sub"]


def test_buckets_are_removed_by_a_plan_that_has_no_rate_too(store):
    admission = Admission(store)
    granted(admission, FAST)
    granted(admission, Limits(None, (Quota("hour", 6),)), now=START + 10 * SECOND)
    assert not any(name[0] == "t" for name in store.items["sub"])


def test_a_bucket_that_another_instance_filled_meanwhile_is_kept(store):
    """The first instance remembers it as idle; the second still goes by the old record."""
    first, second, later = Admission(store), Admission(store), START + 3600 * SECOND
    granted(first, SLOW)
    assert granted(second, SLOW, times=9, now=later) == 4
    assert granted(first, FAST, now=later) == 1
    assert granted(first, SLOW, times=9, now=later) == 0


def test_a_write_removes_few_buckets_however_many_there_are(store):
    admission = Admission(store)
    for per_second in range(1, 12):
        granted(admission, Limits(Rate(per_second, 100), ()))
    counts = []
    for turn in range(4):
        granted(admission, FAST, now=START + (10 + turn) * SECOND)
        counts.append(sum(name[0] == "t" for name in store.items["sub"]))
    assert counts == [12 - MOST_IDLE, 12 - 2 * MOST_IDLE, 1, 1]
    assert store.calls == 15


def test_removing_a_bucket_gives_nothing_to_an_instance_whose_clock_is_behind(store):
    ahead, behind = Admission(store), Admission(store)
    admitted = 0
    for _ in range(400):
        admitted += granted(behind, FAST)
        granted(ahead, Limits(None, (Quota("hour", 1000),)), now=START + 2 * SKEW)
    assert admitted == 392
