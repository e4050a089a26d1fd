"""Limits: what a bucket allows, when windows begin, which limits no request could pass."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tiergate.domain.limits import (
    LARGEST,
    SECOND,
    WINDOWS,
    Limits,
    Quota,
    Rate,
    impossible,
    replaced,
    too_small,
    window_number,
    window_start,
    wrong_limits,
)
from tiergate.domain.registry import Override, effective

TIMES = st.integers(0, 4_000_000_000 * SECOND)


@pytest.mark.parametrize(
    ("rate", "interval", "reach"),
    [
        (Rate(5, 10), 200_000, 1_960_000),
        (Rate(200, 400), 5_000, 1_960_000),
        (Rate(3, 2), 333_334, 626_667),
        (Rate(0.5, 2), 2_000_000, 3_960_000),
    ],
)
def test_a_rate_is_a_bucket_shortened_by_what_clocks_may_differ(rate, interval, reach):
    assert rate.interval == interval
    assert rate.reach == reach


@given(st.floats(0.01, 1_000_000), st.integers(1, 10**6))
def test_a_bucket_never_gives_more_than_its_burst_nor_refills_faster_than_its_rate(per_second, burst):
    rate = Rate(per_second, burst)
    assert rate.interval * per_second >= SECOND * (1 - 1e-9)
    assert rate.reach + 40_000 <= burst * rate.interval


@given(st.sampled_from(WINDOWS), TIMES)
def test_every_moment_lies_in_exactly_the_window_of_its_number(window, now):
    number = window_number(window, now)
    assert window_start(window, number) <= now < window_start(window, number + 1)


@given(TIMES)
def test_windows_are_those_of_the_utc_calendar(now):
    date = datetime.fromtimestamp(now // SECOND, UTC)
    hour = date.replace(minute=0, second=0)
    day = hour.replace(hour=0)
    month = day.replace(day=1)
    for window, start in (("hour", hour), ("day", day), ("month", month)):
        assert window_start(window, window_number(window, now)) == int(start.timestamp()) * SECOND


def test_quotas_stand_in_the_order_of_the_windows():
    limits = Limits.of({"quota": {"month": 3, "hour": 1, "day": 2}})
    assert [quota.window for quota in limits.quotas] == ["hour", "day", "month"]


@given(st.floats(0.01, 100_000), st.integers(1, 1000), st.integers(1, 50))
def test_the_number_that_a_message_asks_for_is_enough_and_the_least(per_second, burst, cost):
    faults = impossible(Limits(Rate(per_second, burst), ()), cost)
    if not faults:
        return
    asked = int(faults[0][1].split("raise burst to ")[1].split()[0])
    assert asked > burst
    assert not impossible(Limits(Rate(per_second, asked), ()), cost)
    assert impossible(Limits(Rate(per_second, asked - 1), ()), cost)


@given(st.floats(0.01, 5_000), st.integers(1, 200), st.integers(1, 100), st.integers(0, 1000))
@example(per_second=1, burst=1, cost=47, more=16)
@example(per_second=1, burst=1, cost=48, more=0)
@example(per_second=1100, burst=64, cost=5, more=0)
def test_the_number_that_a_message_asks_for_counts_what_a_leased_plan_holds_ahead(per_second, burst, cost, more):
    """Also where raising the burst to 64 takes a quarter of it away; and no greater burst fails again."""

    def faults(burst):
        limits = Limits.of({"mode": "leased", "rate": {"per_second": per_second, "burst": burst}})
        return impossible(limits, cost)

    found = faults(burst)
    if not found:
        return
    asked = int(found[0][1].split("raise burst to ")[1].split()[0])
    assert asked > burst
    assert not faults(asked)
    assert not faults(asked + more)
    assert faults(asked - 1)


def test_limits_that_are_not_held_to_are_never_impossible():
    raw = {"rate": {"per_second": 5, "burst": 1}, "quota": {"hour": 1}}
    assert len(impossible(Limits.of(raw), 5)) == 2
    assert not impossible(Limits.of(raw | {"mode": "off"}), 5)


def test_a_quota_below_the_dearest_request_is_impossible():
    limits = Limits.of({"quota": {"hour": 4, "day": 5}})
    assert [place for place, _ in impossible(limits, 5)] == [("quota", "hour")]
    assert not impossible(limits, 4)


PLAN = Limits(Rate(5, 10), (Quota("hour", 450), Quota("month", 9000)))


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ({"hour": 900}, Limits(Rate(5, 10), (Quota("hour", 900), Quota("month", 9000)))),
        ({"day": 7}, Limits(Rate(5, 10), (Quota("hour", 450), Quota("day", 7), Quota("month", 9000)))),
        ({"rate": 8.5}, Limits(Rate(8.5, 10), PLAN.quotas)),
        ({"rate": 240}, Limits(Rate(240, 10), PLAN.quotas)),
        ({"burst": 99}, Limits(Rate(5, 99), PLAN.quotas)),
        ({"rate": 1, "burst": 2, "month": 1}, Limits(Rate(1, 2), (Quota("hour", 450), Quota("month", 1)))),
    ],
)
def test_named_limits_stand_in_place_of_the_plans_and_the_others_stay(named, expected):
    assert replaced(PLAN, named) == expected


def test_limits_are_added_where_the_plan_has_none():
    assert replaced(Limits(None, ()), {"month": 3, "hour": 1, "rate": 7}) == Limits(
        Rate(7, 14), (Quota("hour", 1), Quota("month", 3))
    )


def test_a_burst_without_any_rate_limits_nothing():
    assert replaced(Limits(None, ()), {"burst": 7}) == Limits(None, ())


RATES = st.floats(0.001, 1_000_000)
PLANS = st.builds(
    lambda mode, per_second, burst: Limits.of({"mode": mode, "rate": {"per_second": per_second, "burst": burst}}),
    st.sampled_from(["exact", "leased"]),
    RATES,
    st.integers(1, 10**6),
).filter(lambda plan: not too_small(plan, 1))


@given(RATES)
def test_a_rate_where_the_plan_has_none_lets_calls_pass(per_second):
    assert not too_small(replaced(Limits(None, ()), {"rate": per_second}), 1)


@given(PLANS, st.fixed_dictionaries({}, optional={"rate": RATES, "burst": st.integers(1, 1000)}))
@example(PLAN, {"rate": 240})
@example(PLAN, {"burst": 1})
def test_a_stored_override_locks_no_call_out_that_the_plan_lets_pass(plan, named):
    """A burst that suits 5 a second admits nothing at 240; a deploy may lower it under an override that was right."""
    found, asked = effective(plan, Override(named), 0), replaced(plan, named)
    if not too_small(asked, 1):
        assert found == asked
        return
    dearest = plan.rate.reach // plan.rate.interval
    assert found.rate.per_second == asked.rate.per_second
    assert not too_small(found, dearest)
    burst = found.rate.burst - 1
    assert too_small(replaced(plan, named | {"burst": burst}), dearest) or burst == asked.rate.burst


def test_a_burst_is_told_in_plain_numbers_however_great_the_rate():
    [(_, told)] = impossible(Limits(Rate(1_000_000, 10), ()), 1)
    assert told.startswith("burst 10 at 1000000 a second never admits")
    [(_, told)] = impossible(Limits(Rate(100_000.5, 10), ()), 1)
    assert told.startswith("burst 10 at 100000.5 a second never admits")


@given(st.dictionaries(st.sampled_from(["hour", "day", "month", "burst"]), st.integers(1, LARGEST), min_size=1))
def test_whatever_may_be_stored_can_be_counted_against(named):
    assert wrong_limits(named) == ""
    limits = replaced(PLAN, named)
    assert {quota.window: quota.limit for quota in limits.quotas} == {"hour": 450, "month": 9000} | {
        name: number for name, number in named.items() if name != "burst"
    }


@pytest.mark.parametrize("name", ["hour", "day", "month", "burst"])
def test_no_limit_is_stored_that_a_ratelimit_field_could_not_show(name):
    """RFC 9651 integers have at most 15 digits."""
    assert wrong_limits({name: 10**15 - 1}) == ""
    assert wrong_limits({name: 10**15}) == f"{name} must be a whole number from 1 to 999999999999999"


def test_an_override_holds_until_its_moment_and_without_one_for_good():
    assert effective(PLAN, Override({"hour": 9}, until=7), 6).quotas[0] == Quota("hour", 9)
    assert effective(PLAN, Override({"hour": 9}, until=7), 7) is PLAN
    assert effective(PLAN, Override({"hour": 9}), 2**60).quotas[0] == Quota("hour", 9)
    assert effective(PLAN, None, 0) is PLAN
