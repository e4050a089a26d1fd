"""Moves of an API version's life: one step ahead at a time, nothing before the day that callers were told."""

import re
from itertools import pairwise, product

import pytest

from tiergate.domain.consumers import DAYS
from tiergate.domain.lifecycle import DEPRECATED, DRAFT, PUBLISHED, RETIRED, STATES, Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.transitions import DAY, GRACE_DAYS, NOTICE_DAYS, Refused, refused_move

DATED = (DEPRECATED, RETIRED)
SUNSET = 1_814_313_600
"""2027-06-30"""
GONE = SUNSET + 90 * 86_400
TOLD = Lifecycle(1_796_083_200, SUNSET, GONE, "bank/v2")
BROWNOUT = (1_809_421_200, 1_809_422_100)
"""2027-05-04, from 9:00 to 9:15"""
MOVED = (BROWNOUT[0] - 86_400, BROWNOUT[1] - 86_400)
DARK = TOLD._replace(brownouts=(BROWNOUT,))
PAST_SUNSET, PAST_GONE = SUNSET * SECOND, GONE * SECOND


def move(old: str | None, new: str | None, now: int = PAST_GONE) -> Refused | None:
    return refused_move(old, new, TOLD if old in DATED else None, TOLD if new in DATED else None, now)


@pytest.mark.parametrize("state", STATES)
def test_a_version_may_stay_as_it_is(state):
    assert move(state, state) is None


@pytest.mark.parametrize(("old", "new"), [*pairwise(STATES)])
def test_a_version_may_move_to_the_next_state(old, new):
    assert move(old, new, PAST_SUNSET if new == RETIRED else PAST_SUNSET - NOTICE_DAYS * DAY) is None


@pytest.mark.parametrize("state", STATES)
def test_a_version_that_was_not_there_may_begin_in_any_state(state):
    assert move(None, state) is None


@pytest.mark.parametrize(("old", "new"), [*product(STATES, STATES)])
def test_every_move_back_is_refused_as_one_and_no_other_is(old, new):
    refused = move(old, new)
    back = refused is not None and refused.reason.startswith(f"from {old} back to {new}: ")
    assert back is (STATES.index(new) < STATES.index(old))


@pytest.mark.parametrize(
    ("old", "new", "reason", "mend"),
    [
        (
            PUBLISHED,
            DRAFT,
            "from published back to draft: it is served and cannot become a draft again",
            "deprecate it, or keep state: published",
        ),
        (
            DEPRECATED,
            PUBLISHED,
            "from deprecated back to published: callers were told that it ends",
            "keep state: deprecated and move the sunset later, or publish the API as a new version beside it",
        ),
        (
            RETIRED,
            DEPRECATED,
            "from retired back to deprecated: its callers were sent away",
            "publish the API as a new version beside it",
        ),
        (
            DRAFT,
            DEPRECATED,
            "from draft to deprecated in one move",
            "publish it first, or remove it: nobody calls a draft",
        ),
        (
            PUBLISHED,
            RETIRED,
            "from published to retired in one move",
            "set state: deprecated with a sunset first, and retire it when that has passed",
        ),
        (
            PUBLISHED,
            None,
            "removed: it is published, and its callers would find nothing",
            "set state: deprecated with a sunset first",
        ),
        (
            DEPRECATED,
            None,
            "removed: it is deprecated, and its callers would find nothing",
            "set state: retired once its sunset has passed",
        ),
    ],
)
def test_backwards_and_skipping_is_refused_with_the_reason_and_what_to_do(old, new, reason, mend):
    assert move(old, new) == Refused(reason, mend)


def test_a_version_is_retired_at_its_sunset_and_not_a_moment_before():
    assert move(DEPRECATED, RETIRED, PAST_SUNSET) is None
    assert move(DEPRECATED, RETIRED, PAST_SUNSET - 1) == (
        "retired before its sunset: callers were told 2027-06-30",
        "keep state: deprecated until then",
    )


@pytest.mark.parametrize(("old", "new"), [(DEPRECATED, RETIRED), (RETIRED, RETIRED), (None, RETIRED)])
def test_another_sunset_in_the_same_move_retires_nothing_earlier(old, new):
    before = TOLD if old else None
    earlier, later = TOLD._replace(sunset=SUNSET - 86_400), TOLD._replace(sunset=SUNSET + 86_400)
    if old == DEPRECATED:
        assert "2027-06-30" in refused_move(old, new, before, earlier, PAST_SUNSET - 1).reason
    assert "2027-07-01" in refused_move(old, new, before, later, PAST_SUNSET).reason


def test_who_retires_late_leaves_callers_thirty_days_of_410s():
    last = PAST_GONE - GRACE_DAYS * DAY
    assert move(DEPRECATED, RETIRED, last) is None
    assert move(DEPRECATED, RETIRED, last + 1) == (
        "retired with 410s until 2027-09-28 only: who still calls needs 30 days to read them",
        "set grace_days: 91 or more, counted from the sunset",
    )
    assert move(None, RETIRED, last + 1) is None


@pytest.mark.parametrize("late", [1, 29 * DAY, 145 * DAY + 1, 500 * DAY])
def test_the_grace_days_that_a_late_retirement_is_told_are_enough_and_no_less_is(late):
    now = PAST_SUNSET + late
    none = TOLD._replace(gone=SUNSET)
    told = re.fullmatch(r"set grace_days: (\d+) or more, .*", refused_move(DEPRECATED, RETIRED, none, none, now).mend)
    least = TOLD._replace(gone=SUNSET + int(told[1]) * 86_400)
    assert refused_move(DEPRECATED, RETIRED, TOLD, least, now) is None
    assert refused_move(DEPRECATED, RETIRED, TOLD, least._replace(gone=least.gone - 86_400), now) is not None


def test_an_earlier_sunset_in_the_move_that_retires_does_not_skip_the_410s():
    earlier = TOLD._replace(sunset=SUNSET - 300 * 86_400, gone=SUNSET - 210 * 86_400)
    assert refused_move(DEPRECATED, RETIRED, TOLD, earlier, PAST_SUNSET) is not None


def test_the_410s_of_a_retired_version_end_no_sooner_than_was_said():
    sooner = TOLD._replace(gone=GONE - 86_400)
    assert refused_move(RETIRED, RETIRED, TOLD, sooner, PAST_GONE - 1) == (
        "its 410s would end on 2027-09-27 and not on 2027-09-28, as was said when it was retired",
        "keep its sunset and grace_days until then",
    )
    assert refused_move(RETIRED, RETIRED, TOLD, sooner, PAST_GONE) is None
    assert refused_move(RETIRED, RETIRED, sooner, TOLD, PAST_GONE - 1) is None


def test_a_retired_version_is_removed_once_its_410s_have_ended():
    assert move(RETIRED, None, PAST_GONE) is None
    assert move(RETIRED, None, PAST_GONE - 1) == (
        "removed: its callers are told by 410 what to call instead until 2027-09-28",
        "keep its files until then",
    )


def test_a_draft_may_be_removed():
    assert move(DRAFT, None) is None


@pytest.mark.parametrize("days", [-1, 0, 1, 1000])
def test_a_sunset_may_move_later_at_any_time(days):
    later = TOLD._replace(sunset=SUNSET + 1)
    assert refused_move(DEPRECATED, DEPRECATED, TOLD, later, PAST_SUNSET + days * DAY) is None


def test_an_earlier_sunset_must_leave_callers_thirty_days():
    earlier = TOLD._replace(sunset=SUNSET - 10 * 86_400)
    enough = earlier.sunset * SECOND - NOTICE_DAYS * DAY
    assert refused_move(DEPRECATED, DEPRECATED, TOLD, earlier, enough) is None
    assert refused_move(DEPRECATED, DEPRECATED, TOLD, earlier, enough + 1) == (
        "the sunset moves from 2027-06-30 to 2027-06-20: callers were told the later day, so that an earlier one must "
        "be at least 30 days ahead",
        "keep it, or set 2027-06-21 or later",
    )


def test_whoever_is_told_of_an_earlier_sunset_has_as_long_as_notices_look_back():
    assert NOTICE_DAYS == DAYS


@pytest.mark.parametrize("state", [PUBLISHED, DEPRECATED])
def test_a_first_sunset_must_leave_callers_thirty_days(state):
    enough = PAST_SUNSET - NOTICE_DAYS * DAY
    assert refused_move(state, DEPRECATED, None, TOLD, enough) is None
    assert refused_move(state, DEPRECATED, None, TOLD, enough + 1) == (
        "its sunset, 2027-06-30, leaves those who are told of it now less than 30 days",
        "set 2027-07-01 or later",
    )
    assert refused_move(None, DEPRECATED, None, TOLD, PAST_SUNSET) is None


@pytest.mark.parametrize(
    ("old", "told"), [(PUBLISHED, None), (DEPRECATED, TOLD), (DEPRECATED, TOLD._replace(brownouts=(MOVED,)))]
)
def test_a_brownout_that_callers_were_not_told_of_is_a_week_ahead(old, told):
    enough = BROWNOUT[0] * SECOND - 7 * DAY
    assert refused_move(old, DEPRECATED, told, DARK, enough) is None
    assert refused_move(old, DEPRECATED, told, DARK, enough + 1) == (
        "its brownout on 2027-05-04 leaves callers less than 7 days to hear of it",
        "let it begin on 2027-05-05 or later, or take it away",
    )
    assert refused_move(old, DEPRECATED, told, DARK, BROWNOUT[1] * SECOND - 1) is not None


def test_a_brownout_that_was_told_is_shorter_or_passed_or_of_a_new_stage_needs_no_week():
    start, end = BROWNOUT
    shorter = DARK._replace(brownouts=((start + 60, end),))
    longer = DARK._replace(brownouts=((start, end + 60),))
    now = start * SECOND - 1
    assert refused_move(DEPRECATED, DEPRECATED, DARK, DARK, now) is None
    assert refused_move(DEPRECATED, DEPRECATED, DARK, shorter, now) is None
    assert refused_move(DEPRECATED, DEPRECATED, DARK, longer, now) is not None
    assert refused_move(DEPRECATED, DEPRECATED, TOLD, DARK, end * SECOND) is None
    assert refused_move(None, DEPRECATED, None, DARK, now) is None


def test_an_older_bundle_without_dates_holds_nothing_up():
    assert refused_move(DEPRECATED, RETIRED, None, TOLD, PAST_SUNSET) is None
    assert refused_move(RETIRED, None, None, None, 0) is None
