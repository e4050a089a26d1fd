"""The RateLimit fields say what is left and when there is more, never too early."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeCounters
from tiergate.domain.admission import Admission, Verdict
from tiergate.domain.counters import bucket, counter
from tiergate.domain.limits import LARGEST, SECOND, Limits, Quota, Rate, window_number
from tiergate.domain.ratelimit import policy_field, seconds, state_field

ENTERPRISE = Limits(Rate(200, 400), (Quota("hour", 45000),))
FREE = Limits(Rate(5, 10), (Quota("hour", 450),))
NOW = 1_795_392_610 * SECOND  # 2026-11-23 10:10:10 UTC


def test_policies_read_as_the_draft_writes_them():
    assert policy_field(ENTERPRISE, NOW) == '"hour";q=45000;w=3600, "burst";q=400;w=2'


def test_a_months_window_is_as_long_as_that_month():
    assert policy_field(Limits(None, (Quota("month", 9),)), NOW) == f'"month";q=9;w={30 * 86400}'


def test_a_first_call_leaves_the_rest():
    verdict = Admission(FakeCounters()).admit("sub", FREE, 1, NOW)
    left = 3600 - NOW // SECOND % 3600
    assert state_field(FREE, verdict, NOW) == f'"hour";r=449;t={left}, "burst";r=8;t=1'


def test_a_refusal_shows_only_the_limits_in_the_way():
    assert state_field(FREE, Verdict(False, {}, ("hour",)), NOW).count('"') == 2


@given(st.integers(0, 3_599_999_999), st.integers(1, 500))
def test_what_is_left_can_be_used_at_once_and_no_more(offset, calls):
    now = NOW - NOW % (3600 * SECOND) + offset
    admission = Admission(FakeCounters())
    for _ in range(calls % 10):
        verdict = admission.admit("sub", FREE, 1, now)
    if calls % 10 == 0:
        return
    left = int(re.search(r'"burst";r=(\d+)', state_field(FREE, verdict, now))[1])
    assert [admission.admit("sub", FREE, 1, now).granted for _ in range(left + 1)] == [True] * left + [False]


def test_what_is_left_of_the_burst_is_counted_in_the_bucket_of_the_rate_in_force():
    slow = Limits(Rate(0.001, 5), ())
    verdict = Admission(FakeCounters()).admit("sub", slow, 4, NOW)
    assert state_field(slow, verdict, NOW) == '"burst";r=0;t=1'
    assert state_field(Limits(Rate(200, 400), ()), verdict, NOW) == '"burst";r=392;t=0'


def test_what_an_instance_holds_of_a_lease_is_left_too():
    leased = Limits(Rate(200, 400, 100), (Quota("hour", 45000),), "leased")
    number = window_number("hour", NOW)
    verdict = Verdict(True, {f"u{number}": 100, "t5000": NOW + 100 * 5000}, units=20, ready=10)
    assert state_field(leased, verdict, NOW).startswith('"hour";r=44920;')
    assert '"burst";r=202;' in state_field(leased, verdict, NOW)  # 400 - 100 - 8 - 100 + 10


@given(
    st.floats(0.001, 1_000_000),
    st.integers(1, 2**60),
    st.integers(1, 2**60),
    st.integers(-(2**70), 2**70),
    st.integers(0, 2**80),
)
def test_no_integer_has_more_digits_than_a_structured_field_allows(per_second, burst, quota, used, ahead):
    """RFC 9651, 3.3.1."""
    limits = Limits(Rate(per_second, burst), (Quota("month", quota),))
    item = {counter("month", window_number("month", NOW)): used, bucket(limits.rate): NOW + ahead}
    fields = policy_field(limits, NOW) + state_field(limits, Verdict(True, item), NOW)
    numbers = [int(number) for number in re.findall(r"=(\d+)", fields)]
    assert len(numbers) == 8
    assert max(numbers) <= LARGEST == 10**15 - 1


@given(st.integers(0, 10 * SECOND))
def test_durations_are_rounded_up(duration):
    assert (seconds(duration) - 1) * SECOND < duration <= seconds(duration) * SECOND
