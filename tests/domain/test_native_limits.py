"""What API Gateway's usage plans can hold of a plan's limits: examples, and what holds of any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.limits import Limits
from tiergate.domain.native_limits import BEST_EFFORT, DAYS, LARGEST, NativeLimits, native_limits

QUOTAS = st.fixed_dictionaries({}, optional={name: st.integers(1, 10**12) for name in ("hour", "day", "month")})
RATES = st.none() | st.builds(
    lambda rate, burst: {"per_second": rate, "burst": burst}, st.floats(0.001, 1e6), st.integers(1, 10**12)
)


def _native(hourly: bool = False, **raw: object) -> tuple[NativeLimits, tuple[str, ...]]:
    native, told = native_limits(Limits.of(raw), hourly=hourly)
    return native, tuple(each for each in told if each != BEST_EFFORT)


def test_a_rate_and_one_quota_are_mirrored_as_they_are() -> None:
    native, told = _native(rate={"per_second": 0.5, "burst": 20}, quota={"month": 1000})
    assert native == NativeLimits(0.5, 20, 1000, "MONTH")
    assert told == ()


def test_what_is_limited_is_said_to_be_best_effort() -> None:
    assert native_limits(Limits.of({"quota": {"day": 1}}), hourly=False)[1] == (BEST_EFFORT,)


@pytest.mark.parametrize("raw", [{}, {"mode": "off", "quota": {"day": 5}, "rate": {"per_second": 1, "burst": 9}}])
def test_a_plan_that_only_counts_has_no_native_limits_and_nothing_to_tell(raw: dict[str, object]) -> None:
    assert native_limits(Limits.of(raw), hourly=True) == (NativeLimits(), ())


def test_an_hourly_quota_is_not_mirrored_without_the_setting() -> None:
    native, told = _native(quota={"hour": 300})
    assert native == NativeLimits()
    assert told == ("300 an hour is not mirrored: say hourly: day at its entry of rest_apis",)


def test_an_hourly_quota_is_24_of_it_a_day_with_the_setting() -> None:
    native, told = _native(hourly=True, quota={"hour": 450})
    assert native == NativeLimits(quota=10_800, period="DAY")
    assert told == ("450 an hour is mirrored as 10,800 a day: all of it can be used within one hour",)


@pytest.mark.parametrize(
    ("quota", "kept"),
    [
        ({"day": 1000, "month": 20_000}, (20_000, "MONTH")),
        ({"day": 100, "month": 20_000}, (100, "DAY")),
        ({"day": 100, "month": 3100}, (100, "DAY")),
        ({"hour": 1, "day": 25, "month": 745}, (24, "DAY")),
    ],
)
def test_of_several_quotas_the_one_that_allows_fewest_calls_in_a_month_is_mirrored(
    quota: dict[str, int], kept: tuple[int, str]
) -> None:
    native, told = _native(hourly=True, quota=quota)
    assert (native.quota, native.period) == kept
    assert any("as a usage plan has one quota" in each for each in told)


def test_the_quotas_that_are_left_out_are_told() -> None:
    _, told = _native(quota={"day": 1000, "month": 20_000})
    assert told == (
        "both 1,000 a day and 20,000 a month: only 20,000 a month is mirrored, as a usage plan has one quota",
    )
    _, told = _native(hourly=True, quota={"hour": 1, "day": 25, "month": 745})
    assert told[0].startswith("1 an hour (24 a day), 25 a day and 745 a month: only 1 an hour (24 a day) is mirrored")


def test_what_api_gateway_cannot_count_is_told() -> None:
    native, told = _native(rate={"per_second": 5, "burst": 10**10}, quota={"month": 10**10})
    assert native == NativeLimits(5, LARGEST)
    assert told == (
        "10,000,000,000 a month is not mirrored: it is more than API Gateway can count (2,147,483,647)",
        "a burst of 10,000,000,000 is mirrored as 2,147,483,647, the most that API Gateway takes",
    )


@given(QUOTAS, RATES, st.booleans())
def test_any_limits_give_what_api_gateway_takes_and_allow_no_more_than_one_of_them(
    quota: dict[str, int], rate: dict[str, float] | None, hourly: bool
) -> None:
    limits = Limits.of({"quota": quota, "rate": rate})
    native, told = native_limits(limits, hourly=hourly)
    assert 0 <= native.quota <= LARGEST
    assert 0 <= native.burst <= LARGEST
    assert bool(native.quota) == bool(native.period) == (native.period in {"DAY", "MONTH"})
    assert bool(native.rate) == bool(native.burst) == bool(rate)
    a_month = {"hour": 24 * DAYS, "day": DAYS, "month": 1}
    if native.quota:
        allowed = native.quota * (DAYS if native.period == "DAY" else 1)
        assert allowed in {each.limit * a_month[each.window] for each in limits.quotas}
    exact = not quota or (len(quota) == 1 and native.quota == next(iter(quota.values())))
    assert exact or len(told) > (1 if native != NativeLimits() else 0), "a difference that is not told"
