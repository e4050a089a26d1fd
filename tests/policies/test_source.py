"""What is read from YAML and JSON, and where each value stands."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.policy.source import Fault, Faults, parse, read


def data(text: str) -> Any:
    return parse(text, "f").data


def fault(text: str) -> str:
    with pytest.raises(Faults) as found:
        parse(text, "f")
    return str(found.value)


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("true", True),
        ("False", False),
        ("yes", "yes"),
        ("on", "on"),
        ("n", "n"),
        ("null", None),
        ("~", None),
        ("", None),
        ("010", 10),
        ("0o10", 8),
        ("0x1F", 31),
        ("+1", 1),
        ("-1", -1),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("2024-01-01", "2024-01-01"),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        (".inf", ".inf"),
        ("3.1.0", "3.1.0"),
        ("=", "="),
        ("'1'", "1"),
        ("!!str 1", "1"),
        ('!!int "7"', 7),
    ],
)
def test_scalars_are_those_of_yaml_1_2(scalar: str, value: Any) -> None:
    found = data(f"key: {scalar}\n")["key"]
    assert (found, type(found)) == (value, type(value))


def test_mapping_keys_are_text() -> None:
    assert data("200: a\nnull: b\non: c\n1.5: d\n") == {"200": "a", "null": "b", "on": "c", "1.5": "d"}


@pytest.mark.parametrize("value", ["!!int abc", "!!float x", "!!int 1.5"])
def test_a_value_that_its_tag_belies_is_a_fault(value: str) -> None:
    assert fault(f"a: 1\nb: {value}").startswith(f"f:2: {value.split()[1]} cannot be read as ")


def test_own_keys_win_over_merged_ones_and_the_first_merged_over_the_next() -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, y: 2, z: 2}\nc:\n  x: 3\n  <<: [*a, *b]\n"
    assert data(text)["c"] == {"x": 3, "y": 1, "z": 2}


def test_a_merged_key_stands_where_it_was_written() -> None:
    source = parse("a: &a\n  x: 1\nb:\n  <<: *a\n  y: 2\n", "f")
    assert (source.line("b", "x"), source.line("b", "y")) == (2, 5)


def test_merging_what_is_no_mapping_is_a_fault() -> None:
    message = "<< takes keys and values from an alias, or from a list of aliases"
    assert fault("a:\n  <<: text\n") == f"f:2: {message}"
    assert fault("a: &a [1]\nb:\n  <<: [{x: 1}, *a]\n") == f"f:1: {message}"


def test_aliases_are_shared_and_not_copied() -> None:
    found = data("a: &a {x: [1]}\nb: *a\nc: [*a]\n")
    assert found["b"] is found["a"]
    assert found["c"][0] is found["a"]


def test_json_is_read_by_its_own_rules() -> None:
    text = '{\n\t"a":\t"\\ud83d\\ude80 \\/ \x7f",\n\t"on" : [true, null, -1.5e2, 10]\n}'
    assert data(text) == {"a": "🚀 / \x7f", "on": [True, None, -150.0, 10]}


def test_json_knows_its_lines_where_yaml_could_not_read_it() -> None:
    source = parse('{\n\t"\\ud83d\\ude80":\n\t{"x": [1,\n 2]},\n"y"\n:3}', "f")
    assert [source.line("🚀"), source.line("🚀", "x", 1), source.line("y")] == [2, 4, 5]


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        ),
        max_size=5,
    ),
    st.sampled_from([None, 1, "\t"]),
    st.booleans(),
)
def test_any_json_object_is_read_as_json_reads_it(document: Any, indent: int | str | None, ascii_only: bool) -> None:
    try:
        text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
        text.encode()
    except UnicodeEncodeError:
        return
    assert data(text) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1,\n "b": 2,\n "a": 3}', 'f:3: key "a" is already on line 1'),
        ('{"\\ud83d\\ude80": {"b": 1,\n "b": 2}}', 'f:2: key "b" is already on line 1'),
        ('{"a": 1,\n "b": Infinity}', "f:2: not JSON: Infinity is no number of JSON"),
        ('{"a":\n "\\ud83d"}', "f:2: not text: half of a surrogate pair; write both halves"),
        ('{"a": 1,\n "b" 2}', "f:2: not JSON: Expecting ':' delimiter"),
        ('{"a": 1}\n{}', "f:2: not JSON: Extra data"),
    ],
)
def test_faults_of_json_have_their_line(text: str, message: str) -> None:
    assert fault(text) == message


def test_every_repeated_key_is_told() -> None:
    assert fault("a: 1\nb: {c: 1,\n  c: 2}\na: 2\na: 3\n") == (
        'f:3: key "c" is already on line 2\nf:4: key "a" is already on line 1\nf:5: key "a" is already on line 1'
    )


def test_a_path_that_leads_nowhere_has_the_line_of_the_nearest_place() -> None:
    source = parse("a:\n  b:\n    - 1\n    - 2\n", "f")
    lines = [source.line(), source.line("a", "b", 1), source.line("a", "b", 9), source.line("a", "x"), source.line("y")]
    assert lines == [1, 4, 2, 1, 1]


def test_a_byte_order_mark_is_not_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read(tmp_path / "f.json").data == {"a": 1}


def test_faults_are_sorted_by_number_and_told_once() -> None:
    found = Faults([Fault("b", 1, "x"), Fault("a", 10, "x"), Fault("a", 9, "x"), Fault("a", 9, "x")])
    assert str(found) == "a:9: x\na:10: x\nb:1: x"
