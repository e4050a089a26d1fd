"""Notices of a deprecation: announced once, again for another sunset, and as the sunset comes near."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import ANNOUNCED, DAY, REMINDER, REMINDERS, Notice, Told, due

SUNSET = 1_814_313_600
LIFE = Lifecycle(1_796_083_200, SUNSET, SUNSET, "bank/v2")


def before(days: float) -> int:
    """So many days before the sunset, in microseconds."""
    return SUNSET * SECOND - int(days * DAY)


def told(days: int, sunset: int = SUNSET) -> Told:
    return Told(sunset, days, before(days), 1)


@pytest.mark.parametrize(("days", "left"), [(200, 200), (199.5, 200), (1, 1), (0.001, 1), (0, 0), (-0.5, 0), (-10, 0)])
def test_who_was_told_nothing_is_told_with_the_days_that_are_left(days, left):
    assert due(LIFE, None, before(days)) == Notice(ANNOUNCED, left, 1)


@pytest.mark.parametrize("days", [200, 31, 30.5, 20])
def test_who_was_told_is_not_told_again_until_a_reminder(days):
    assert due(LIFE, told(200 if days > 30 else 30), before(days)) is None


@pytest.mark.parametrize("sunset", [SUNSET - 1, SUNSET + 86_400])
def test_another_sunset_is_announced_anew(sunset):
    assert due(LIFE, told(100, sunset), before(90)) == Notice(ANNOUNCED, 90, 2)


def told_by_day(*lives: Lifecycle) -> list[str]:
    """The ids of what is told where a day has each of these lives."""
    kept: Told | None = None
    ids = []
    for day, life in enumerate(lives):
        if notice := due(life, kept, before(100 - day)):
            ids.append(notice.id("sub_1", "bank/v1", str(life.sunset)))
            kept = notice.told(life, before(100 - day))
    return ids


def test_a_sunset_that_moves_back_is_told_under_an_id_of_its_own():
    later = LIFE._replace(sunset=SUNSET + 86_400)
    ids = told_by_day(LIFE, later, LIFE, LIFE, later)
    assert len(ids) == len({*ids}) == 4


def brownouts(*days: int) -> Lifecycle:
    """With one so many days before the sunset, each."""
    return LIFE._replace(brownouts=tuple((SUNSET - each * 86_400, SUNSET - each * 86_400 + 900) for each in days))


def test_a_brownout_that_was_not_told_is_told_anew_and_under_another_id():
    ids = told_by_day(LIFE, brownouts(50), brownouts(50), brownouts(50, 40), brownouts(50, 30))
    assert len(ids) == len({*ids}) == 4


def test_a_brownout_that_passes_is_taken_away_or_added_when_it_is_over_is_no_news():
    first = brownouts(99, 98, 40)
    assert len(told_by_day(*[first] * 5, brownouts(40), brownouts(99, 40), LIFE)) == 1


@pytest.mark.parametrize(("days", "reminder"), [(30, 30), (29, 30), (7, 7), (6.5, 7), (1, 1), (0.1, 1)])
def test_a_reminder_comes_thirty_seven_and_one_day_before(days, reminder):
    notice = due(LIFE, told(200), before(days))
    assert notice is not None
    assert (notice.kind, notice.reminder) == (REMINDER, reminder)


def test_no_reminder_follows_an_announcement_that_came_later_than_it_would_have():
    assert due(LIFE, told(25), before(24)) is None
    assert due(LIFE, told(7), before(7)) is None
    assert due(LIFE, told(25), before(7)) == Notice(REMINDER, 7, 1, 7)


@pytest.mark.parametrize("days", [0, -1, -100])
def test_nobody_is_reminded_of_what_has_passed(days):
    assert due(LIFE, told(200), before(days)) is None


@given(first=st.integers(-50, 400), hours=st.integers(1, 72))
def test_running_at_any_interval_tells_once_and_each_reminder_at_most_once(first, hours):
    kept: Told | None = None
    ids = []
    for hour in range(0, 24 * (first + 60), hours):
        now = before(first) + hour * 3600 * SECOND
        if notice := due(LIFE, kept, now):
            ids.append(notice.id("sub_1", "bank/v1", "2027-06-30"))
            kept = notice.told(LIFE, now)
    assert len(ids) == len(set(ids))
    assert ids[:1] == ["sub_1/bank/v1/2027-06-30/1"]
    reminders = [int(each.rsplit("/", 1)[1]) for each in ids[1:]]
    assert reminders == sorted(reminders, reverse=True)
    assert reminders == [days for days in REMINDERS if days in reminders]
    if hours <= 24:
        assert reminders == [days for days in REMINDERS if days < first]
