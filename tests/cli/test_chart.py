"""Bars fit, and show what the numbers say."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.cli.chart import EIGHTHS, LEAST_WIDTH, PLAIN_BLOCK, Bar, Gauge, bars, gauges, writable
from tiergate.domain.limits import LARGEST

PARTS = {character: number for number, character in enumerate(EIGHTHS, start=1)} | {PLAIN_BLOCK: len(EIGHTHS)}

widths = st.integers(-5, 300)
numbers = st.integers(0, LARGEST) | st.integers(0, 20)
labels = st.text(string.ascii_lowercase + string.digits + "/_-", min_size=1, max_size=80)
notes = st.sampled_from(["", "resets in 12m 4s", "resets in 30d 23h, and a long word about it"])
bar_rows = st.lists(st.builds(Bar, labels, numbers), max_size=40)
gauge_rows = st.lists(st.builds(Gauge, labels, numbers, st.integers(1, LARGEST), notes), max_size=4)


def length(line: str) -> int:
    """Eighths of a cell that are filled."""
    return sum(PARTS.get(character, 0) for character in line)


@given(bar_rows, gauge_rows, widths, st.booleans(), st.booleans())
def test_no_line_is_longer_than_the_terminal_is_wide(
    compared: list[Bar], used: list[Gauge], width: int, plain: bool, share: bool
) -> None:
    lines = bars(compared, width, plain=plain, share=share) + gauges(used, width, plain=plain)
    assert all(len(line) <= max(width, LEAST_WIDTH) for line in lines)
    assert all(line.strip() and line == line.rstrip() for line in lines)


@given(bar_rows, gauge_rows, widths)
def test_plain_bars_are_ascii(compared: list[Bar], used: list[Gauge], width: int) -> None:
    assert "".join(bars(compared, width, plain=True) + gauges(used, width, plain=True)).isascii()


@given(st.lists(numbers, min_size=1), st.integers(80, 300), st.booleans())
def test_a_bar_is_longer_only_for_more_and_empty_only_for_nothing(values: list[int], width: int, plain: bool) -> None:
    lines = bars([Bar("day", value) for value in values], width, plain=plain)
    drawn = sorted(zip(values, map(length, lines), strict=True))
    assert [bar for _, bar in drawn] == sorted(bar for _, bar in drawn)
    assert all((value == 0) == (bar == 0) for value, bar in drawn)
    assert all(len(line) == width for line, value in zip(lines, values, strict=True) if value and value == max(values))


@given(numbers, st.integers(1, LARGEST), widths, st.booleans())
def test_a_gauge_is_full_when_nothing_is_left_and_not_before(used: int, limit: int, width: int, plain: bool) -> None:
    lines = gauges([Gauge("now", used, limit, ""), Gauge("then", limit, limit, "")], width, plain=plain)
    second = next(index for index, line in enumerate(lines) if line.startswith("then"))
    drawn, full = length("".join(lines[:second])), length("".join(lines[second:]))
    assert (drawn == 0) == (used == 0)
    assert (drawn == full) == (used >= limit)


@given(bar_rows, gauge_rows, widths)
def test_every_number_is_told_whole(compared: list[Bar], used: list[Gauge], width: int) -> None:
    told = set(" ".join(bars(compared, width) + gauges(used, width)).split())
    assert {f"{number:,}" for row in compared + used for number in row if isinstance(number, int)} <= told


def test_numbers_stand_one_below_the_other() -> None:
    assert bars([Bar("bank/v1", 12_345), Bar("orders/v1", 1_000), Bar("cards/v2", 0)], 40, share=True) == [
        "bank/v1    12,345  92.5 %  █████████████",
        "orders/v1   1,000   7.5 %  █",
        "cards/v2        0   0.0 %",
    ]


def test_gauges_say_what_is_used_of_what_and_the_note() -> None:
    rows = [Gauge("hour", 412, 450, "resets in 12m 4s"), Gauge("day", 3_204, 10_800, "resets in 5h 12m")]
    assert gauges(rows, 60) == [
        "hour    412 /     450  █████████████████▍·  resets in 12m 4s",
        "day   3,204 /  10,800  █████▋·············  resets in 5h 12m",
    ]
    assert gauges(rows, 60, plain=True)[1] == "day   3,204 /  10,800  #####..............  resets in 5h 12m"


def test_what_does_not_fit_beside_stands_below() -> None:
    assert gauges([Gauge("hour", 412, 450, "resets in 12m 4s")], 24) == [
        "hour",
        "412 /  450",
        "█████████████████████▉··",
        "resets in 12m 4s",
    ]


def test_a_long_name_keeps_its_beginning_and_its_end() -> None:
    assert bars([Bar("payment-initiation-services/v2", 1)], 60)[0].startswith("payment-i…ervices/v2  1  █")


def test_a_part_too_small_for_its_digits_is_not_told_as_none() -> None:
    assert "<0.1 %" in bars([Bar("bank/v1", 999_999), Bar("orders/v1", 1)], 60, share=True)[1]


@pytest.mark.parametrize(
    ("encoding", "is_writable"),
    [("utf-8", True), ("ascii", False), ("cp1252", False), ("latin-1", False), ("?", False)],
)
def test_blocks_are_drawn_only_where_they_can_be_written(encoding: str, is_writable: bool) -> None:
    assert writable(encoding) is is_writable
