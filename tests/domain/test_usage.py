"""Records of use: the same whatever the order, the repetitions and the delays in which a counter's images come."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.counters import count, counter
from tiergate.domain.limits import SECOND, WINDOWS, window_number
from tiergate.domain.usage import (
    HOUR,
    Image,
    Record,
    by_name,
    by_time,
    days,
    expires,
    fold,
    merged,
    month_of,
    period_of,
)

NINE = int(datetime(2026, 11, 30, 21, tzinfo=UTC).timestamp()) * SECOND // HOUR
"""Three hours before a month ends."""


def image(hour: int, item: dict[str, int], before: dict[str, int] | None = None) -> Image:
    return Image("sub_1", hour * HOUR, hour, {"w": hour, **item}, before or {})


def recorded(batches: list[list[Image]]) -> dict[str, Record]:
    """What the records hold after the batches, each rolled up on its own."""
    records: dict[str, Record] = {}
    for batch in batches:
        for seen in days(fold(batch)):
            day = merged(records.get(seen.period, Record(seen.period, {}, {})), seen)
            month = month_of(day)
            known = records.get(month.period, Record(month.period, {}, {}))
            records |= {day.period: day, month.period: merged(known, month)}
    return records


WRITES = st.lists(
    st.tuples(
        st.integers(0, 2),  # hours since the write before
        st.sampled_from(["bank/v1", "cards/v2", "quota_exceeded"]),
        st.integers(0, 50),
        st.booleans(),  # also in the hour before
        st.booleans(),  # removes what is over
    ),
    min_size=1,
    max_size=12,
)


def history(writes: list[tuple[int, str, int, bool, bool]]) -> tuple[list[Image], dict[tuple[str, int], int]]:
    """The images of a counter item that is written so, and what was counted by name and hour."""
    hour, item, images = NINE, {"w": NINE}, []
    counted: dict[tuple[str, int], int] = {}
    for later, name, number, late, tidies in writes:
        hour += later
        before = item
        ended = [each for each in before if "@" in each and int(each.split("@")[1]) < hour - 1] if tidies else []
        at = hour - late
        item = {each: number for each, number in before.items() if each not in ended}
        item |= {"w": hour, count(name, at): before.get(count(name, at), 0) + number}
        counted[name, at] = counted.get((name, at), 0) + number
        images.append(Image("sub_1", hour * HOUR, hour, item, before if images else {}))
    return images, counted


def expected(counted: dict[tuple[str, int], int]) -> dict[tuple[str, str], int]:
    """Sums by day or month, and name."""
    sums: dict[tuple[str, str], int] = {}
    for (name, hour), number in counted.items():
        day = period_of("hour", hour)
        for each in (day, day[:7]):
            sums[each, name] = sums.get((each, name), 0) + number
    return sums


def sums(records: dict[str, Record]) -> dict[tuple[str, str], int]:
    return {
        (record.period, name): total
        for record in records.values()
        for name, total in (by_name(record.units) | by_name(record.refusals)).items()
    }


@given(WRITES, st.data())
def test_any_order_of_any_batches_with_repetitions_records_what_was_counted(writes, data):
    images, counted = history(writes)
    again = data.draw(st.lists(st.sampled_from(images), max_size=6))
    shuffled = data.draw(st.permutations([*images, *again]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4)))
    batches = [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    assert sums(recorded(batches)) == expected(counted)


@given(WRITES, st.data())
def test_a_batch_that_was_lost_costs_nothing_once_the_next_write_is_seen(writes, data):
    images, counted = history([*writes, (0, "bank/v1", 1, False, True)])
    lost = data.draw(st.integers(0, len(images) - 2))
    assert sums(recorded([images[:lost], images[lost + 1 :]])) == expected(counted)


@given(WRITES)
def test_rolling_up_everything_again_changes_nothing(writes):
    images, _ = history(writes)
    assert recorded([images, images]) == recorded([images])


def test_a_days_record_is_by_hour_and_a_months_by_day_with_refusals_apart():
    item = {
        count("bank/v1", NINE): 5,
        count("bank/v1", NINE - 1): 2,
        count("quota_exceeded", NINE): 3,
        counter("hour", NINE): 9,
        "t200000": 1,
        "o1.7": 4,
    }
    records = recorded([[image(NINE, item)]])
    assert records["2026-11-30"] == Record("2026-11-30", {"bank/v1": {20: 2, 21: 5}}, {"quota_exceeded": {21: 3}})
    assert records["2026-11"] == Record("2026-11", {"bank/v1": {30: 7}}, {"quota_exceeded": {30: 3}})


def test_an_image_of_two_days_is_recorded_in_both():
    midnight = NINE + 3
    records = recorded([[image(midnight, {count("bank/v1", midnight): 1, count("bank/v1", midnight - 1): 6})]])
    assert records["2026-11-30"].units == {"bank/v1": {23: 6}}
    assert records["2026-12-01"].units == {"bank/v1": {0: 1}}
    assert (records["2026-11"].total, records["2026-12"].total) == (6, 1)


def test_what_a_write_removed_is_read_from_the_image_before_it():
    gone = {count("bank/v1", NINE - 5): 8, counter("hour", NINE - 5): 10}
    use = fold([image(NINE, {counter("hour", NINE): 1}, gone)])
    assert use.counts == {("bank/v1", NINE - 5): 8}


def test_windows_that_had_ended_when_they_were_written_are_no_news():
    item = {counter("hour", NINE): 3, counter("hour", NINE - 2): 450}
    use = fold([image(NINE, item)])
    assert use.windows["hour", NINE] == 3
    assert ("hour", NINE - 2) not in use.windows


def test_a_window_is_the_counters_own_whatever_the_streams_clock_says():
    use = fold([Image("sub_1", NINE * HOUR - SECOND, NINE, {"w": NINE, counter("hour", NINE): 3})])
    assert use.windows["hour", NINE] == 3


def test_windows_are_the_greatest_number_seen_at_the_newest_time():
    day, month = (window_number(window, NINE * HOUR) for window in ("day", "month"))
    first = {counter("hour", NINE): 7, counter("day", day): 70, counter("month", month): 700}
    use = fold([image(NINE + 1, {counter("day", day): 71}), image(NINE, first)])
    assert use.windows == {("hour", NINE): 7, ("hour", NINE + 1): 0, ("day", day): 71, ("month", month): 700}
    assert use.at == (NINE + 1) * HOUR


def test_whose_it_is_is_as_last_seen_and_kept_where_nobody_knows_any_more():
    known = Record("2026-11-30", {}, {}, "acme", "app_1", "retail", "free")
    changed = Record("2026-11-30", {}, {}, "acme", "app_1", "retail", "large")
    assert merged(known, changed) == changed
    assert merged(known, Record("2026-11-30", {"bank/v1": {1: 1}}, {})).plan == "free"


def test_totals_are_by_name_by_time_and_in_all():
    record = Record("2026-11-30", {"bank/v1": {9: 5, 8: 1}, "cards/v1": {9: 2}}, {"rate_exceeded": {9: 4}})
    assert by_name(record.units) == {"bank/v1": 6, "cards/v1": 2}
    assert list(by_time(record.units).items()) == [(8, 1), (9, 7)]
    assert (record.total, record.refused) == (8, 4)


@pytest.mark.parametrize(
    ("of", "end"), [("2026-11-23", "2028-01-01"), ("2026-11", "2028-01-01"), ("2026-12", "2028-02-01")]
)
def test_a_record_is_kept_for_thirteen_months_after_its_own(of, end):
    assert datetime.fromtimestamp(expires(of) // SECOND, UTC).date().isoformat() == end


@given(st.sampled_from(WINDOWS), st.integers(0, 4_000_000_000 * SECOND))
def test_every_window_lies_in_the_period_of_its_time(window, now):
    date = datetime.fromtimestamp(now // SECOND, UTC).date().isoformat()
    assert period_of(window, window_number(window, now)) == (date[:7] if window == "month" else date)
