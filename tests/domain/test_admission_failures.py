"""What admission does when the store fails, when a clock is off, and what it remembers instead of asking."""

import pytest

from tests.fakes import FakeCounters
from tiergate.domain.admission import METERED, Admission
from tiergate.domain.limits import OFF, SECOND, Limits, Quota, Rate, window_start
from tiergate.domain.store import FAILURES, StoreUnavailable

HOUR = 3600 * SECOND
NOW = window_start("day", 20_780) + HOUR + 10 * SECOND
QUOTA = Limits(None, (Quota("hour", 5),))
NUMBER = NOW // HOUR


@pytest.fixture
def store():
    return FakeCounters()


@pytest.fixture
def admission(store):
    return Admission(store, jitter=lambda: 0.5)


def admit(admission, limits=QUOTA, *, units=1, now=NOW, open_units=0, api="echo/v1"):
    return admission.admit("sub", limits, units, now, api=api, open_units=open_units)


class Broken:
    """A store that fails in one way until it is mended."""

    def __init__(self, store, *failures):
        self.store, self.failures = store, list(failures)
        self.calls = 0

    def debit(self, debit):
        self.calls += 1
        if self.failures:
            raise self.failures.pop(0)
        return self.store.debit(debit)


def failure(reason):
    return StoreUnavailable(reason, untouched=reason in {"throttled", "refused"})


def test_an_exhausted_window_is_refused_from_memory_until_it_ends(store, admission):
    verdicts = [admit(admission) for _ in range(20)]
    assert [verdict.granted for verdict in verdicts] == [True] * 5 + [False] * 15
    assert store.calls == 6
    assert {verdict.wait for verdict in verdicts[5:]} == {HOUR - 10 * SECOND}
    assert admit(admission, now=NOW + HOUR).granted


def test_a_cheaper_call_is_not_refused_for_a_dear_one(store, admission):
    admit(admission, units=3)
    assert not admit(admission, units=3).granted
    assert admit(admission, units=2).granted
    assert not admit(admission, units=4).granted
    assert store.calls == 3


def test_a_raised_limit_holds_at_once_over_a_remembered_refusal(admission):
    for _ in range(7):
        admit(admission)
    assert not admit(admission).granted
    assert admit(admission, Limits(None, (Quota("hour", 6),))).granted
    assert not admit(admission, Limits(None, (Quota("hour", 6),))).granted


def test_an_empty_bucket_is_refused_from_memory_until_it_has_a_unit_again(store, admission):
    limits = Limits(Rate(5, 10), ())
    verdicts = [admit(admission, limits) for _ in range(20)]
    assert sum(verdict.granted for verdict in verdicts) == 9
    calls, wait = store.calls, verdicts[-1].wait
    assert not admit(admission, limits, now=NOW + wait - 1).granted
    assert store.calls == calls
    assert admit(admission, limits, now=NOW + wait).granted


def test_instances_do_not_come_back_to_a_bucket_all_at_once(store):
    waits = set()
    for jitter in (0.0, 0.25, 0.5, 0.99):
        admission = Admission(store, jitter=lambda jitter=jitter: jitter)
        for _ in range(10):
            verdict = admit(admission, Limits(Rate(5, 10), ()))
        waits.add(verdict.wait)
    assert len(waits) == 4
    assert max(waits) - min(waits) <= 1_960_000 / 8


def test_refusals_are_told_with_the_next_write(store, admission):
    for _ in range(8):
        admit(admission)
    admission.refused("sub", "scope_missing", NOW)
    assert f"quota_exceeded@{NUMBER}" not in store.items["sub"]
    admit(admission, now=NOW + HOUR)
    item = store.items["sub"]
    assert (item[f"quota_exceeded@{NUMBER}"], item[f"scope_missing@{NUMBER}"]) == (3, 1)
    assert (item[f"echo/v1@{NUMBER}"], item[f"echo/v1@{NUMBER + 1}"]) == (5, 1)


def test_refusals_of_the_rate_have_a_name_of_their_own(store, admission):
    for _ in range(12):
        admit(admission, Limits(Rate(5, 10), ()))
    admit(admission, Limits(Rate(5, 10), ()), now=NOW + SECOND)
    assert store.items["sub"][f"rate_exceeded@{NUMBER}"] == 3


@pytest.mark.parametrize("reason", sorted({*FAILURES} - {"refused", "skew"}))
def test_a_failure_is_tried_once_more(store, reason):
    broken = Broken(store, failure(reason))
    assert admit(Admission(broken)).granted
    assert broken.calls == 2


@pytest.mark.parametrize("reason", ["refused", "skew"])
def test_what_would_fail_again_is_not_tried_again(store, reason):
    broken = Broken(store, failure(reason))
    with pytest.raises(StoreUnavailable):
        admit(Admission(broken))
    assert broken.calls == 1


def test_nobody_passes_unchecked_by_default(store):
    with pytest.raises(StoreUnavailable) as raised:
        admit(Admission(Broken(store, *[failure("slow")] * 2)))
    assert raised.value.reason == "slow"


def test_as_many_units_pass_unchecked_as_the_rule_says_and_no_more(store):
    broken = Broken(store, *[failure("unreachable")] * 100)
    admission = Admission(broken)
    verdicts = [admit(admission, units=2, open_units=5) for _ in range(2)]
    assert all(verdict.granted and verdict.error.reason == "unreachable" for verdict in verdicts)
    with pytest.raises(StoreUnavailable):
        admit(admission, units=2, open_units=5)
    assert admit(admission, units=1, open_units=5).granted
    assert admit(admission, units=2, open_units=5, now=NOW + HOUR).granted


def test_an_exhausted_window_stays_exhausted_while_the_store_is_down(store):
    admission = Admission(store)
    for _ in range(6):
        admit(admission)
    store.fault = lambda: "before"
    assert not admit(admission, open_units=50).granted


def test_what_passed_unchecked_is_told_with_the_next_write(store):
    admission = Admission(Broken(store, *[failure("throttled")] * 4))
    admit(admission, open_units=5)
    admit(admission, open_units=5)
    assert admit(admission, open_units=5).error is None
    assert store.items["sub"][f"echo/v1@{NUMBER}"] == 3
    assert store.items["sub"][f"u{NUMBER}"] == 1


def test_a_lost_reply_counts_no_use_twice(store):
    admission = Admission(store)
    for _ in range(6):
        admit(admission)
    faults = iter(["after", "after"])
    store.fault = lambda: next(faults, "")
    with pytest.raises(StoreUnavailable):
        admit(admission, now=NOW + HOUR)
    for _ in range(2):
        admit(admission, now=NOW + HOUR)
    assert store.items["sub"][f"quota_exceeded@{NUMBER}"] == 1


@pytest.mark.parametrize("limits", [Limits(None, ()), Limits(Rate(1, 2), (Quota("hour", 3),), OFF)])
def test_without_limits_everything_passes_and_is_told_in_batches(store, limits):
    admission = Admission(store)
    for each in range(100):
        assert admit(admission, limits, now=NOW + each * 1_000).granted
    assert store.calls == 1
    assert admit(admission, limits, now=NOW + METERED).granted
    assert store.calls == 2
    assert store.items["sub"][f"echo/v1@{NUMBER}"] == 101


def test_a_quota_that_is_only_counted_is_counted_beyond_its_limit(store):
    limits = Limits(None, (Quota("hour", 3),), OFF)
    admission = Admission(store)
    for each in range(5):
        admit(admission, limits, units=2, now=NOW + each * METERED)
    assert store.items["sub"][f"u{NUMBER}"] == 10


def test_a_plan_without_limits_passes_while_the_store_is_down(store):
    admission = Admission(Broken(store, *[failure("unreachable")] * 2))
    verdict = admit(admission, Limits(None, ()))
    assert (verdict.granted, verdict.error.reason) == (True, "unreachable")


def test_what_could_not_be_told_is_told_later_where_it_was_surely_not_told_before(store):
    admission = Admission(Broken(store, *[failure("throttled")] * 2))
    admit(admission, Limits(None, ()))
    admit(admission, Limits(None, ()), now=NOW + METERED)
    assert store.items["sub"][f"echo/v1@{NUMBER}"] == 2


def test_attributes_that_nobody_here_writes_are_left_alone(store):
    strange = {"usage": 1, "day": 2, "o": 3, "o9.1": 4, "o.": 5, "@": 6, "x@y": 7, "w": 0}
    store.items["sub"] = strange
    admission = Admission(store)
    for _ in range(3):
        assert admit(admission).granted
    assert strange.items() - {("w", 0)} <= store.items["sub"].items()
