"""Which limit is reached first, at the pace so far."""

import pytest

from tiergate.domain.forecast import Forecast, forecast
from tiergate.domain.limits import SECOND
from tiergate.domain.standing import Standing

MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def hour(used: int, limit: int = 60) -> Standing:
    return Standing("hour", limit, used, 0, HOUR)


def day(used: int, limit: int) -> Standing:
    return Standing("day", limit, used, 0, DAY)


def month(used: int, limit: int) -> Standing:
    return Standing("month", limit, used, 0, 30 * DAY)


def test_the_pace_so_far_goes_on_to_the_end_of_the_window():
    assert forecast([hour(40)], 30 * MINUTE) == Forecast("hour", 80, 60, 45 * MINUTE)


def test_a_pace_that_the_limit_allows_is_nothing_to_tell():
    assert forecast([hour(30)], 30 * MINUTE) is None
    assert forecast([], 30 * MINUTE) is None


@pytest.mark.parametrize(("used", "minutes", "told"), [(30, 5, False), (30, 6, True), (19, 6, False), (20, 6, True)])
def test_nothing_is_said_before_a_tenth_of_the_window_is_over_and_twenty_units_are_used(used, minutes, told):
    assert (forecast([hour(used)], minutes * MINUTE) is not None) is told


def test_what_is_used_up_is_no_forecast():
    assert forecast([hour(60)], 30 * MINUTE) is None
    assert forecast([hour(61)], 30 * MINUTE) is None


def test_the_limit_that_comes_first_is_told_wherever_it_stands():
    at = 12 * HOUR
    later = day(60, 100)
    sooner = Standing("hour", 60, 40, at - 30 * MINUTE, at + 30 * MINUTE)
    for standings in ([sooner, later], [later, sooner]):
        found = forecast(standings, at)
        assert found
        assert found.window == "hour"
    assert forecast([later], at) == Forecast("day", 120, 100, 20 * HOUR)


def test_a_months_pace_is_that_of_the_days_since_calls_began():
    at, began = 21 * DAY, 18 * DAY
    assert forecast([month(300, 1000)], at) is None
    assert forecast([month(300, 1000)], at, began=began) == Forecast("month", 1200, 1000, 28 * DAY)
    assert forecast([month(300, 1000)], at, began=at - HOUR) is None, "an hour says nothing of nine days"
    assert forecast([day(60, 100)], 12 * HOUR, began=11 * HOUR) == forecast([day(60, 100)], 12 * HOUR)


def test_a_month_that_calls_began_before_has_the_pace_of_all_of_it():
    assert forecast([month(300, 400)], 20 * DAY, began=-DAY) == forecast([month(300, 400)], 20 * DAY)
