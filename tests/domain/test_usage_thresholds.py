"""Soft thresholds: told by the units debited, of each quota's window, at 80 and 100 percent."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.limits import LARGEST, OFF, SECOND, Limits, Quota
from tiergate.domain.thresholds import Reached, reached
from tiergate.domain.usage import HOUR, Use

NOW = int(datetime(2026, 11, 23, 13, 30, tzinfo=UTC).timestamp()) * SECOND
THIS_HOUR = NOW // HOUR
THIS_MONTH = 2026 * 12 + 10


def use(used: int, window: str = "hour", number: int = THIS_HOUR) -> Use:
    return Use(NOW, {}, {(window, number): used})


def told(used: int, limit: int) -> list[int]:
    return [each.threshold for each in reached(use(used), Limits(None, (Quota("hour", limit),)))]


@pytest.mark.parametrize(
    ("used", "limit", "thresholds"),
    [
        (0, 10, []),
        (7, 10, []),
        (8, 10, [80]),
        (9, 10, [80]),
        (10, 10, [80, 100]),
        (11, 10, [80, 100]),
        (1, 1, [80, 100]),
        (2, 3, []),
        (3, 3, [80, 100]),
        (LARGEST - 1, LARGEST, [80]),
    ],
)
def test_a_threshold_is_reached_at_its_share_of_the_limit_and_not_a_unit_before(used, limit, thresholds):
    assert told(used, limit) == thresholds


@given(st.integers(1, LARGEST), st.integers(0, LARGEST))
def test_all_is_reached_exactly_when_the_limit_is(limit, used):
    assert (100 in told(used, limit)) is (used >= limit)
    assert (80 in told(used, limit)) is (used * 5 >= limit * 4)


def test_each_window_is_judged_by_its_own_quota():
    limits = Limits(None, (Quota("hour", 10), Quota("month", 1000)))
    both = Use(NOW, {}, {("hour", THIS_HOUR): 5, ("day", THIS_HOUR // 24): 999, ("month", THIS_MONTH): 800})
    assert list(reached(both, limits)) == [Reached("month", THIS_MONTH, 80, 1000, 800)]


def test_a_quota_that_is_only_counted_is_told_of_too():
    limits = Limits(None, (Quota("hour", 10),), OFF)
    assert [each.used for each in reached(use(30), limits)] == [30, 30]


def test_no_quota_no_threshold():
    assert not list(reached(use(30), Limits(None, ())))


def test_a_window_has_its_mark_in_the_record_of_its_day_or_month():
    hour, month = Reached("hour", THIS_HOUR, 80, 10, 8), Reached("month", THIS_MONTH, 100, 10, 10)
    assert (hour.period, hour.mark) == ("2026-11-23", f"u{THIS_HOUR}:80")
    assert (month.period, month.mark) == ("2026-11", f"m{THIS_MONTH}:100")
    assert (hour.start, hour.end) == (THIS_HOUR * HOUR, (THIS_HOUR + 1) * HOUR)
    assert month.end == int(datetime(2026, 12, 1, tzinfo=UTC).timestamp()) * SECOND
