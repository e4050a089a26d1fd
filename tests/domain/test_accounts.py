"""What one instance remembers of subscriptions, and what it tells of their use: all of it, once, in bounded writes."""

import pytest

from tests.fakes import FakeCounters
from tiergate.domain import admission as module
from tiergate.domain.accounts import MOST_TOLD
from tiergate.domain.admission import METERED, Admission
from tiergate.domain.counters import counts
from tiergate.domain.debits import MOST_ENDED
from tiergate.domain.limits import LEASED, OFF, SECOND, Limits, Quota, Rate, window_start
from tiergate.domain.store import StoreUnavailable

HOUR = 3600 * SECOND
NOW = window_start("day", 20_780) + 9 * HOUR + 10 * SECOND
NUMBER = NOW // HOUR
PLAN = Limits(Rate(50, 100), (Quota("hour", 45_000),))
UNLIMITED = Limits.of({"mode": OFF})


class Watched(FakeCounters):
    """Knows how many counts each write added to."""

    def __init__(self):
        super().__init__()
        self.told = []

    def debit(self, debit):
        self.told.append(len(debit.counts))
        return super().debit(debit)


@pytest.fixture
def store():
    return Watched()


def admit(admission, limits=PLAN, *, now=NOW, api="echo/v1", open_units=0, subscription="sub"):
    return admission.admit(subscription, limits, 1, now, api=api, open_units=open_units)


def recorded(store, name="echo/v1"):
    return sum(number for counted, _, number in counts(store.items["sub"]) if counted == name)


@pytest.mark.parametrize(("fault", "lost"), [("throttled", 0), ("before", 0), ("after", 2)])
def test_what_passed_unchecked_in_an_outage_is_all_told_after_it(store, fault, lost):
    """A store that is slow may have heard of a call that it did not answer; nothing else is told twice, or never."""
    admission = Admission(store)
    admit(admission)
    store.fault = lambda: fault
    assert all(admit(admission, now=NOW + each * 100_000, open_units=200).granted for each in range(1, 201))
    store.fault = None
    for second in (60, 61):
        admit(admission, now=NOW + second * SECOND)
    assert 203 <= recorded(store) <= 203 + 200 * lost


@pytest.mark.parametrize(("fault", "lost"), [("throttled", 0), ("before", 101)])
def test_what_was_only_counted_in_an_outage_is_all_told_after_it(store, fault, lost):
    """But for the batch that was under way when the store fell silent."""
    admission, calls = Admission(store), 3_000
    for each in range(calls):
        now = NOW + each * 100_000
        store.fault = (lambda: fault) if SECOND < now - NOW < 120 * SECOND else None
        assert admit(admission, UNLIMITED, now=now).granted
    assert admit(admission, UNLIMITED, now=now + METERED).granted
    assert calls + 1 - lost <= recorded(store) <= calls + 1


def test_a_call_that_is_tried_once_more_is_recorded(store):
    faults = iter(["before"])
    store.fault = lambda: next(faults, "")
    assert admit(Admission(store)).granted
    assert recorded(store) == 1


def test_more_counts_than_a_write_takes_are_told_by_the_next_ones(store):
    admission, names = Admission(store), [f"api-{each}/v1" for each in range(2 * MOST_TOLD + 50)]
    store.fault = lambda: "throttled"
    for name in names:
        assert admit(admission, api=name, open_units=len(names)).granted
    store.fault = None
    for second in range(3):
        admit(admission, now=NOW + second * SECOND)
    assert store.told[-3:] == [101, 101, 51]
    assert all(recorded(store, name) == 1 for name in names)


def test_more_counts_than_a_write_takes_are_told_in_one_batch_of_writes_where_nothing_is_limited(store):
    admission, names = Admission(store), [f"api-{each}/v1" for each in range(2 * MOST_TOLD + 50)]
    for name in names:
        admit(admission, UNLIMITED, api=name)
    admit(admission, UNLIMITED, now=NOW + METERED)
    assert max(store.told) <= MOST_TOLD
    assert all(recorded(store, name) == 1 for name in names)


def test_an_item_of_a_hundred_apis_an_hour_stays_as_small_on_the_third_day(store):
    admission, sizes = Admission(store), []
    for hour in range(72):
        for each in range(100):
            admit(admission, now=NOW + hour * HOUR + each * 100_000, api=f"api-{each}/v1")
        sizes.append(len(store.items["sub"]))
    assert max(sizes) <= 2 * 100 + 5


def test_a_write_removes_few_of_what_ended_and_the_next_ones_the_rest(store):
    """Also where none of them is for another hour."""
    ended = {f"api-{each}/v1@{NUMBER - 5}": 1 for each in range(2 * MOST_ENDED + 30)}
    store.items["sub"] = {"w": NUMBER, **ended}
    admission, left = Admission(store), []
    for each in range(5):
        admit(admission, now=NOW + each)
        left.append(len(ended.keys() & store.items["sub"].keys()))
    assert left == [150, 90, 30, 0, 0]


def test_use_of_an_hour_that_has_not_begun_for_the_store_is_told_under_its_own(store):
    """A clock that went back had counted it ahead; a write adds to its hour and the one before."""
    admission = Admission(store)
    admit(admission)
    admission.refused("sub", "scope_missing", NOW + 3 * HOUR)
    admit(admission)
    assert list(counts(store.items["sub"])) == [("echo/v1", NUMBER, 2), ("scope_missing", NUMBER, 1)]


def test_what_is_only_counted_is_told_though_the_clock_went_back(store):
    admission = Admission(store)
    admit(admission, UNLIMITED, now=NOW + SECOND)
    admit(admission, UNLIMITED)
    assert recorded(store) == 2


def test_the_subscription_that_called_longest_ago_is_forgotten_first(store, monkeypatch):
    """A refusal that is remembered costs no write; one that was forgotten does."""
    monkeypatch.setattr(module, "MOST_REMEMBERED", 2)
    spent, admission = Limits(None, (Quota("hour", 1),)), Admission(store)
    for subscription in ("first", "second"):
        assert [admit(admission, spent, subscription=subscription).granted for _ in range(2)] == [True, False]
    admit(admission, spent, subscription="first")
    admit(admission, subscription="third")
    writes = store.calls
    assert not admit(admission, spent, subscription="first").granted
    assert store.calls == writes
    assert not admit(admission, spent, subscription="second").granted
    assert store.calls == writes + 1


def test_no_more_than_ten_thousand_subscriptions_are_remembered(store):
    """A refusal of another reason is told by the next write of a subscription that is remembered."""
    admission = Admission(store)
    for each in range(10_001):
        admit(admission, subscription=f"sub-{each}")
    for subscription in ("sub-0", "sub-1"):
        admission.refused(subscription, "scope_missing", NOW)
        admit(admission, subscription=subscription)
    told = [f"scope_missing@{NUMBER}" in store.items[subscription] for subscription in ("sub-0", "sub-1")]
    assert told == [False, False]


def test_leased_units_are_recorded_with_the_write_after_the_outage(store):
    admission, leased = Admission(store), Limits.of({"mode": LEASED, "quota": {"hour": 45_000}})
    for each in range(40):
        passed = each + 1
        verdict = admit(admission, leased, now=NOW + each * 1_000)
    store.fault = lambda: "throttled"
    while verdict.units:
        verdict = admit(admission, leased, now=NOW + 40_000)
        passed += 1
    with pytest.raises(StoreUnavailable):
        admit(admission, leased, now=NOW + 40_000)
    store.fault = None
    admit(admission, leased, now=NOW + 50_000)
    assert recorded(store) == passed + 1
