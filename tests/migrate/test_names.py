"""Names made of what an account has: safe, unique, the same every time."""

import re

from hypothesis import given
from hypothesis import strategies as st

from tiergate.adapters.registry import slug
from tiergate.migrate.names import file_name, file_names, organization_names
from tiergate.policy.parts import ID

IDS = st.text("abcdefghij0123456789", min_size=6, max_size=10)


@given(st.text(max_size=80), IDS)
def test_every_text_gives_a_name_that_policies_take(text: str, id_: str) -> None:
    assert re.fullmatch(ID, file_name(text, id_))


@given(st.dictionaries(IDS, st.text("aA äß-_", max_size=50), max_size=8))
def test_names_are_unique_and_the_order_does_not_matter(texts: dict[str, str]) -> None:
    names = file_names(texts.items(), {})
    assert len({*names.values()}) == len(texts)
    assert all(re.fullmatch(ID, each) for each in names.values())
    assert file_names(reversed(texts.items()), {}) == names


def test_a_given_name_is_taken_as_it_is() -> None:
    assert file_names([("a1", "Gold"), ("b2", "Gold")], {"b2": "silver"}) == {"a1": "gold", "b2": "silver"}


def test_equal_texts_are_told_apart_by_their_ids() -> None:
    assert file_names([("a1b2c3", "Gold"), ("d4e5f6", "gold")], {}) == {
        "a1b2c3": "gold-a1b2c3",
        "d4e5f6": "gold-d4e5f6",
    }


@given(st.lists(st.text(min_size=1, max_size=60).filter(lambda text: any(map(str.isalnum, text))), max_size=8))
def test_every_organization_has_an_id_of_its_own_and_the_same_every_time(names: list[str]) -> None:
    made = organization_names(names)
    ids = [slug(made[name]) for name in {*names}]
    assert len({*ids}) == len({*names})
    assert not any(id_.startswith("org-") for id_ in ids if not any(n.lower().startswith("org") for n in made.values()))
    assert organization_names(reversed(names)) == made


def test_a_name_that_was_told_apart_is_not_another_ones_own() -> None:
    names = file_names([("gold01", "x"), ("a1", "x"), ("zz", "x-gold01")], {})
    assert len({*names.values()}) == 3
    assert names == file_names([("zz", "x-gold01"), ("a1", "x"), ("gold01", "x")], {})


def test_no_name_that_is_made_is_one_that_is_given() -> None:
    names = file_names([("a1", "x"), ("b2", "x"), ("c3", "y")], {"c3": "x-a1"})
    assert names["c3"] == "x-a1"
    assert len({*names.values()}) == 3


@given(st.dictionaries(st.sampled_from(["a1", "b2", "a1/x_y", "a1/x-y", "c" * 30]), st.sampled_from("xy"), max_size=5))
def test_ids_that_look_alike_still_tell_names_apart(texts: dict[str, str]) -> None:
    crowded = {**texts, "d4": "x-a1", "e5": "x-a1-x-y", "f6": "x-a1-a1"}
    assert len({*file_names(crowded.items(), {}).values()}) == len(crowded)
