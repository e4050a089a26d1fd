"""Contrast as WCAG 2.2 has it, and the colour that would do."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.policy.colours import GROUNDS, TEXT, contrast, nearest
from tiergate.policy.portal import ACCENTS, THEMES

COLOURS = st.integers(0, 0xFFFFFF).map("#{:06x}".format)


def test_contrast_is_that_of_the_standards_examples() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.005)


@given(COLOURS, COLOURS)
def test_contrast_does_not_hang_on_the_order(one: str, other: str) -> None:
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21


@given(COLOURS, st.sampled_from(sorted(GROUNDS.values())))
def test_the_nearest_colour_has_the_contrast_and_is_the_colour_itself_where_that_has_it(
    colour: str, ground: str
) -> None:
    found = nearest(colour, ground)
    assert contrast(found, ground) >= TEXT
    assert (found == colour) == (contrast(colour, ground) >= TEXT)


def test_the_nearest_colour_is_no_darker_than_it_must_be() -> None:
    assert nearest("#888888", "#ffffff") == "#767676"
    assert nearest("#444444", "#000000") == "#757575"


@pytest.mark.parametrize("key", THEMES)
def test_the_colours_that_a_portal_has_anyway_can_be_read(key: str) -> None:
    assert contrast(ACCENTS[key], GROUNDS[THEMES[key]]) >= TEXT


@pytest.mark.parametrize(("theme", "place"), [("light", 1), ("dark", 2)])
def test_colours_are_held_against_the_ground_of_the_portal_that_is_hardest_to_read_on(theme: str, place: int) -> None:
    tokens = (Path(__file__).parents[2] / "portal/styles/tokens.css").read_text(encoding="utf-8")
    stated = re.findall(r"--(?:ground|surface|raised|hover): light-dark\((#\w{6}), (#\w{6})\);", tokens)
    grounds = [pair[place - 1] for pair in stated]
    assert len(grounds) == 4
    farthest = "#000000" if theme == "light" else "#ffffff"
    assert GROUNDS[theme] == min(grounds, key=lambda ground: contrast(ground, farthest))
