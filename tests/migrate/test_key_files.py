"""Files of keys: every faulty line is told, and nothing of a key is repeated."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.migrate.key_files import hashed_keys, native_keys, offer_of, plans_named
from tiergate.policy.source import Faults

KEY = "Zk3vQ9sT7wXy1bN5mR8pL2dF6hJ4cG0a"
OTHER = "Pp0oI9iU8uY7yT6tR5rE4eW3wQ2q"
OFFERS = {"gold01": ("orders", "gold"), "stock1": ("stock", "free")}
HEADER = "Name,key,description,Enabled,usageplanIds\n"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def faults(text: str) -> list[str]:
    with pytest.raises(Faults) as raised:
        native_keys(text, "keys.csv", OFFERS, None)
    assert KEY not in str(raised.value)
    return [str(fault) for fault in raised.value.faults]


def test_the_example_of_api_gateways_documentation_is_read() -> None:
    text = HEADER + f'MyFirstApiKey,{KEY},An imported key,TRUE,"gold01,stock1"\nSecond,{OTHER},,false,gold01\n'
    first, second = native_keys(text, "keys.csv", OFFERS, None)
    assert (first.name, first.fingerprint, first.active, first.offers) == (
        "MyFirstApiKey",
        sha(KEY),
        True,
        (("orders", "gold"), ("stock", "free")),
    )
    assert (second.ref, second.active, second.organization) == ("line 3", False, "")


def test_other_columns_are_ignored_and_plans_may_stand_in_single_quotes() -> None:
    text = f"Enabled,Name,colour,key,UsageplanIds\ntrue,App,red,{KEY},'gold01,stock1'\n"
    (found,) = native_keys(text, "keys.csv", OFFERS, None)
    assert (found.name, len(found.offers)) == ("App", 2)


def test_columns_may_be_fewer_in_another_order_and_case() -> None:
    text = f"\ufeffKEY,NAME\r\n{KEY},App\r\n\r\n{OTHER},Other\r\n"
    found = native_keys(text, "keys.csv", {}, ("orders", "gold"))
    assert [(each.ref, each.name, each.offers) for each in found] == [
        ("line 2", "App", (("orders", "gold"),)),
        ("line 4", "Other", (("orders", "gold"),)),
    ]


def test_all_faulty_lines_are_told_with_their_numbers_and_without_the_keys() -> None:
    text = (
        HEADER
        + f"ok,{KEY},,true,gold01\n"
        + f",{OTHER},,true,gold01\n"
        + f"a,{KEY[:10]},,true,gold01\n"
        + f"b,{KEY}x,,perhaps,gold01\n"
        + f"c,{KEY}y,,true,\n"
        + f"d,{KEY}z,,true,{KEY}\n"
        + f"{KEY}w of us,{KEY}w,,true,gold01\n"
        + f"e,{KEY},,true,gold01\n"
        + f"f,{KEY}v\n"
    )
    told = faults(text)
    assert [each.split(": ")[0] for each in told] == [f"keys.csv:{line}" for line in range(3, 11)]
    wanted = ["name: is empty", "key:", "enabled:", "names no plan"]
    wanted += ["migrated: 1 of them", "holds a key", "as line 2", "columns"]
    assert [words in each for words, each in zip(wanted, told, strict=True)] == [True] * len(wanted)


@pytest.mark.parametrize("text", ["", "\n\n", "a,b\n", f"{KEY},name\n", "name\n", "name,key,key\n", "nam,key,secret\n"])
def test_a_file_without_its_columns_is_told_and_not_repeated(text: str) -> None:
    (told,) = faults(text)
    assert "Name".lower() in told


def test_a_name_that_is_the_key_of_another_line_is_refused() -> None:
    (told,) = faults(HEADER + f"a,{KEY},,true,gold01\n{KEY},{OTHER},,true,gold01\n")
    assert told.startswith("keys.csv:3: name: holds a key")


def test_a_quote_that_does_not_end_is_told() -> None:
    assert any("not CSV" in each for each in faults(HEADER + f'a,"{KEY}'))


def test_hashes_are_read_with_their_organizations_and_plans() -> None:
    text = f"name,sha256,organization,plan\nApp,{sha(KEY).upper()},Acme,orders/gold\nB,{sha(OTHER)},,\n"
    first, second = hashed_keys(text, "hashes.csv", ("stock", "free"))
    assert (first.organization, first.fingerprint, first.offers) == ("Acme", sha(KEY), (("orders", "gold"),))
    assert (second.organization, second.offers) == ("", (("stock", "free"),))


def test_a_key_in_place_of_a_hash_is_refused_and_not_repeated() -> None:
    with pytest.raises(Faults, match=r"hashes\.csv:2: sha256: must be 64 hexadecimal digits") as raised:
        hashed_keys(f"name,sha256\nApp,{KEY}\n", "hashes.csv", ("orders", "gold"))
    assert KEY not in str(raised.value)


def test_plans_of_a_file_are_known_before_it_is_read() -> None:
    assert plans_named(HEADER + f'a,{KEY},,true,"gold01, x1"\nb,{OTHER},,true,\n', "keys.csv") == {"gold01", "x1"}


@pytest.mark.parametrize("text", ["gold", "a/b/c", "/gold", "Orders/gold", ""])
def test_an_offer_is_a_product_and_a_plan(text: str) -> None:
    with pytest.raises(ValueError, match="product/plan"):
        offer_of(text)


@given(
    st.lists(st.lists(st.sampled_from([KEY, "a", "", "true", "gold01", '"', ",", "\n", "é"]), max_size=7), max_size=5)
)
def test_whatever_a_file_holds_no_key_is_told(rows: list[list[str]]) -> None:
    text = HEADER + "\n".join(",".join(row) for row in rows)
    told = ""
    try:
        native_keys(text, "keys.csv", OFFERS, ("orders", "gold"))
    except Faults as faulty:
        told = str(faulty)
    assert KEY not in told


QUOTED = [
    (f"App,{KEY},\"old,'x',new\",true,gold01", 1),
    (f"App,{KEY},'old, new',true,'gold01,stock1'", 2),
    (f"App,{KEY},,true,'gold01'", 1),
    (f'App,{KEY},it\'s,true,"gold01,stock1"', 2),
]


@pytest.mark.parametrize(("row", "count"), QUOTED)
def test_quotes_of_either_kind_hold_commas_together_and_are_left_alone_elsewhere(row: str, count: int) -> None:
    (found,) = native_keys(f"{HEADER}{row}\n", "keys.csv", OFFERS, None)
    assert (found.name, found.fingerprint, len(found.offers)) == ("App", sha(KEY), count)


def test_a_key_keeps_its_quotes() -> None:
    text = f"name,key\nApp,'{KEY}'\n"
    (found,) = native_keys(text, "keys.csv", {}, ("orders", "gold"))
    assert found.fingerprint == sha(f"'{KEY}'")


def test_a_row_with_too_many_cells_and_a_stray_quote_is_told() -> None:
    (told,) = faults(f"{HEADER}App,'{KEY},,true,gold01,x\n")
    assert "has 6 columns and the header 5" in told


def test_a_name_that_holds_the_key_of_another_line_anywhere_in_it_is_refused() -> None:
    (told,) = faults(HEADER + f"of {KEY} x,{OTHER},,true,gold01\nb,{KEY},,true,gold01\n")
    assert told.startswith("keys.csv:2: name: holds a key")


@pytest.mark.parametrize(
    ("key", "told"),
    [("tg_" + KEY, "made here"), (KEY * 9, "16 to 256 characters; found 288"), (f"{KEY}é", "signs of ASCII")],
)
def test_each_kind_of_text_that_can_be_no_key_is_told_as_what_it_is(key: str, told: str) -> None:
    (fault,) = faults(f"{HEADER}App,{key},,true,gold01\n")
    assert told in fault


def test_the_hash_of_nothing_is_no_keys() -> None:
    with pytest.raises(Faults, match="is that of an empty text, and of no key"):
        hashed_keys(f"name,sha256\nApp,{sha('')}\n", "hashes.csv", ("orders", "gold"))
