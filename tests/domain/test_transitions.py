"""Moves of an API version's life: one step ahead at a time, nothing before the day that callers were told."""

from itertools import pairwise, product

import pytest

from tiergate.domain.consumers import DAYS
from tiergate.domain.lifecycle import DEPRECATED, DRAFT, PUBLISHED, RETIRED, STATES, Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.transitions import DAY, NOTICE_DAYS, refused_move

DATED = (DEPRECATED, RETIRED)
SUNSET = 1_814_313_600
"""2027-06-30"""
GONE = SUNSET + 90 * 86_400
TOLD = Lifecycle(1_796_083_200, SUNSET, GONE, "bank/v2")
PAST_SUNSET, PAST_GONE = SUNSET * SECOND, GONE * SECOND


def move(old: str | None, new: str | None, now: int = PAST_GONE) -> str:
    return refused_move(old, new, TOLD if old in DATED else None, TOLD if new in DATED else None, now)


@pytest.mark.parametrize("state", STATES)
def test_a_version_may_stay_as_it_is(state):
    assert move(state, state) == ""


@pytest.mark.parametrize(("old", "new"), [*pairwise(STATES)])
def test_a_version_may_move_to_the_next_state(old, new):
    assert move(old, new, PAST_SUNSET if new == RETIRED else PAST_SUNSET - DAY) == ""


@pytest.mark.parametrize("state", STATES)
def test_a_version_that_was_not_there_may_begin_in_any_state(state):
    assert move(None, state) == ""


@pytest.mark.parametrize(("old", "new"), [*product(STATES, STATES)])
def test_every_move_back_is_refused_as_one_and_no_other_is(old, new):
    assert move(old, new).startswith(f"from {old} back to {new}: ") is (STATES.index(new) < STATES.index(old))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            PUBLISHED,
            DRAFT,
            "from published back to draft: it is served and cannot become a draft again; deprecate it, or keep state: "
            "published",
        ),
        (
            DEPRECATED,
            PUBLISHED,
            "from deprecated back to published: callers were told that it ends; keep state: deprecated and move the "
            "sunset later, or publish the API as a new version beside it",
        ),
        (
            RETIRED,
            DEPRECATED,
            "from retired back to deprecated: its callers were sent away; publish the API as a new version beside it",
        ),
        (
            DRAFT,
            DEPRECATED,
            "from draft to deprecated in one move: publish it first, or remove it: nobody calls a draft",
        ),
        (
            PUBLISHED,
            RETIRED,
            "from published to retired in one move: set state: deprecated with a sunset first, and retire it when that "
            "has passed",
        ),
        (
            PUBLISHED,
            None,
            "removed: it is published, and its callers would find nothing; set state: deprecated with a sunset first",
        ),
        (
            DEPRECATED,
            None,
            "removed: it is deprecated, and its callers would find nothing; set state: retired once its sunset has "
            "passed",
        ),
    ],
)
def test_backwards_and_skipping_is_refused_with_the_reason_and_what_to_do(old, new, told):
    assert move(old, new) == told


def test_a_version_is_retired_at_its_sunset_and_not_a_moment_before():
    assert move(DEPRECATED, RETIRED, PAST_SUNSET) == ""
    assert move(DEPRECATED, RETIRED, PAST_SUNSET - 1) == (
        "retired before its sunset: callers were told 2027-06-30; keep state: deprecated until then"
    )


@pytest.mark.parametrize(("old", "new"), [(DEPRECATED, RETIRED), (RETIRED, RETIRED), (None, RETIRED)])
def test_another_sunset_in_the_same_move_retires_nothing_earlier(old, new):
    before = TOLD if old else None
    earlier, later = TOLD._replace(sunset=SUNSET - 86_400), TOLD._replace(sunset=SUNSET + 86_400)
    if old == DEPRECATED:
        assert "2027-06-30" in refused_move(old, new, before, earlier, PAST_SUNSET - 1)
    assert "2027-07-01" in refused_move(old, new, before, later, PAST_SUNSET)


def test_a_retired_version_is_removed_once_its_410s_have_ended():
    assert move(RETIRED, None, PAST_GONE) == ""
    assert move(RETIRED, None, PAST_GONE - 1) == (
        "removed: its callers are told by 410 what to call instead until 2027-09-28; keep its files until then"
    )


def test_a_draft_may_be_removed():
    assert move(DRAFT, None) == ""


@pytest.mark.parametrize("days", [-1, 0, 1, 1000])
def test_a_sunset_may_move_later_at_any_time(days):
    later = TOLD._replace(sunset=SUNSET + 1)
    assert refused_move(DEPRECATED, DEPRECATED, TOLD, later, PAST_SUNSET + days * DAY) == ""


def test_an_earlier_sunset_must_leave_callers_thirty_days():
    earlier = TOLD._replace(sunset=SUNSET - 10 * 86_400)
    enough = earlier.sunset * SECOND - NOTICE_DAYS * DAY
    assert refused_move(DEPRECATED, DEPRECATED, TOLD, earlier, enough) == ""
    assert refused_move(DEPRECATED, DEPRECATED, TOLD, earlier, enough + 1) == (
        "the sunset moves from 2027-06-30 to 2027-06-20: callers were told the later day, so that an earlier one must "
        "be at least 30 days ahead; keep it, or set 2027-06-21 or later"
    )


def test_whoever_is_told_of_an_earlier_sunset_has_as_long_as_notices_look_back():
    assert NOTICE_DAYS == DAYS


def test_a_first_sunset_must_lie_ahead_and_no_more():
    assert refused_move(PUBLISHED, DEPRECATED, None, TOLD, PAST_SUNSET - 1) == ""
    assert refused_move(PUBLISHED, DEPRECATED, None, TOLD, PAST_SUNSET) == (
        "its sunset, 2027-06-30, has passed before callers were told of it; set one that lies ahead"
    )
    assert refused_move(None, DEPRECATED, None, TOLD, PAST_SUNSET) == ""


def test_an_older_bundle_without_dates_holds_nothing_up():
    assert refused_move(DEPRECATED, RETIRED, None, TOLD, PAST_SUNSET) == ""
    assert refused_move(RETIRED, None, None, None, 0) == ""
