"""No key stays in a text, wherever it stands and however many there are."""

from hypothesis import given
from hypothesis import strategies as st

from tiergate.domain.redaction import MASK, Redaction

KEY, LONGER = "Zk3vQ9sT7wXy1bN5", "Zk3vQ9sT7wXy1bN5mR8pL2dF6h"


@given(st.lists(st.text("abc", min_size=8, max_size=12), max_size=6), st.text("abc", max_size=60))
def test_what_is_masked_holds_none_of_them(values: list[str], text: str) -> None:
    redaction = Redaction(values)
    assert redaction.holds(text) == any(each in text for each in values)
    assert not any(each in redaction.masked(text) for each in values)
    assert redaction.masked(text) == text or redaction.holds(text)


def test_the_longest_is_masked_whole() -> None:
    assert Redaction([KEY, LONGER]).masked(f"a {LONGER} b {KEY}{KEY}") == f"a {MASK} b {MASK}{MASK}"


def test_a_document_is_emptied_of_texts_and_names_with_keys_alone() -> None:
    document = {"name": f"my {KEY}", KEY: 1, "tags": [{"a": KEY}, "b"], "rate": 5.0, "none": None}
    assert Redaction([KEY]).without(document) == {"name": "", "tags": [{"a": ""}, "b"], "rate": 5.0, "none": None}


def test_what_is_short_is_a_word() -> None:
    assert not Redaction(["", "gold"]).holds("gold")
