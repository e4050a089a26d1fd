"""Limits of usage plans as ours: never looser than a difference says."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.limits import Limits, impossible
from tiergate.domain.rest_account import AccountUsagePlan
from tiergate.migrate.limits import mapped_limits

RATES = st.none() | st.floats(0, 20_000_000, allow_nan=False)
COUNTS = st.none() | st.integers(0, 2**31 - 1)
PLANS = st.builds(
    AccountUsagePlan,
    id=st.just("a1b2c3"),
    name=st.just("Gold"),
    rate=RATES,
    burst=COUNTS,
    quota=COUNTS,
    period=st.sampled_from(["DAY", "WEEK", "MONTH"]),
    offset=st.integers(0, 10),
)


def plan(**values: object) -> AccountUsagePlan:
    return AccountUsagePlan("a1b2c3", "Gold", **values)  # type: ignore[arg-type]


def test_a_daily_quota_and_a_throttle_are_carried_over_as_they_are() -> None:
    mapped = mapped_limits(plan(rate=50.0, burst=100, quota=1000, period="DAY"))
    assert mapped.limits == {"rate": {"per_second": 50.0, "burst": 100}, "quota": {"day": 1000}}
    assert mapped.differences == ()


@pytest.mark.parametrize(("week", "expected"), [("month", {"month": 3100}), ("day", {"day": 100})])
def test_a_weekly_quota_becomes_the_window_that_was_asked_for_and_says_so(week: str, expected: dict[str, int]) -> None:
    mapped = mapped_limits(plan(quota=700, period="WEEK"), week=week)
    assert mapped.limits == {"quota": expected}
    assert "there are no weekly quotas: 700 a week becomes" in mapped.differences[0]


def test_rates_of_single_methods_and_an_offset_are_told() -> None:
    told = " ".join(mapped_limits(plan(quota=5, period="MONTH", offset=2, throttled=("a1b2c3d4e5/prod",))).differences)
    assert "offset" in told
    assert "rates of single methods (a1b2c3d4e5/prod)" in told


def test_a_plan_without_limits_says_that_it_limits_nothing() -> None:
    mapped = mapped_limits(plan())
    assert mapped.limits == {}
    assert mapped.differences == ("it limits nothing: calls are counted only",)


@given(PLANS, st.sampled_from(["day", "month"]))
def test_no_limit_is_looser_or_stricter_unless_a_difference_names_the_new_number(
    native: AccountUsagePlan, week: str
) -> None:
    mapped = mapped_limits(native, week=week)
    numbers = {float(each) for each in re.findall(r"\d+(?:\.\d+)?(?:e[+-]?\d+)?", " ".join(mapped.differences))}
    rate = mapped.limits.get("rate")
    assert (rate is None) == (native.rate is None)
    if rate is not None and rate["per_second"] != native.rate:
        assert float(f"{rate['per_second']:.15g}") in numbers
    if rate is not None and rate["burst"] != native.burst:
        assert rate["burst"] in numbers
    quota = mapped.limits.get("quota", {})
    assert bool(quota) == (native.quota is not None)
    for window, limit in quota.items():
        assert window in {"DAY": ["day"], "MONTH": ["month"], "WEEK": [week]}[native.period]
        if native.period == "WEEK" or limit != native.quota:
            assert limit in numbers


@given(PLANS, st.sampled_from(["day", "month"]))
def test_every_plan_admits_a_call_so_that_the_policies_pass_their_check(native: AccountUsagePlan, week: str) -> None:
    assert impossible(Limits.of(mapped_limits(native, week=week).limits), 1) == []


@given(st.integers(7, 2**31 - 1))
def test_a_seventh_a_day_is_never_more_than_the_week_had(week: int) -> None:
    daily = mapped_limits(plan(quota=week, period="WEEK"), week="day").limits["quota"]["day"]
    assert 7 * daily <= week < 7 * (daily + 1)


@given(st.integers(1, 2**31 - 1))
def test_a_month_of_weeks_never_refuses_who_uses_the_weeks_evenly(week: int) -> None:
    monthly = mapped_limits(plan(quota=week, period="WEEK"), week="month").limits["quota"]["month"]
    assert monthly >= week * 31 // 7
    assert monthly <= week * 31 / 7
