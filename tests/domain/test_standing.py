"""Windows of quotas, and the hours and days of a chart."""

from datetime import UTC, datetime

from tiergate.domain.counters import counter
from tiergate.domain.limits import SECOND, Limits, Quota, window_number
from tiergate.domain.standing import Standing, is_day, points, standings

NOON = int(datetime(2026, 2, 12, 12, 30, tzinfo=UTC).timestamp()) * SECOND


def test_each_quota_has_its_current_window_and_what_is_used_of_it():
    item = {counter("hour", window_number("hour", NOON)): 7, counter("hour", window_number("hour", NOON) - 1): 99}
    hour, month = standings(Limits(None, (Quota("hour", 60), Quota("month", 900))), item, NOON)
    assert hour == Standing("hour", 60, 7, NOON - 1800 * SECOND, NOON + 1800 * SECOND)
    assert (month.window, month.limit, month.used) == ("month", 900, 0)
    assert month.end - month.start == 28 * 86400 * SECOND


def test_a_past_period_is_whole_and_the_current_one_ends_with_now():
    assert [*points("2026-01", {31: 5}, NOON).items()][-1] == ("2026-01-31", 5)
    assert len(points("2026-02-11", {}, NOON)) == 24
    assert [*points("2026-02", {2: 1}, NOON)] == [f"2026-02-{day:02}" for day in range(1, 13)]
    today = points("2026-02-12", {3: 4}, NOON)
    assert ([*today][-1], today["2026-02-12T03:00:00Z"], sum(today.values())) == ("2026-02-12T12:00:00Z", 4, 4)


def test_what_another_clock_counted_ahead_of_ours_is_shown():
    assert [*points("2026-02-12", {13: 1}, NOON)][-1] == "2026-02-12T13:00:00Z"


def test_a_day_is_told_from_a_month():
    assert is_day("2026-02-12")
    assert not is_day("2026-02")
