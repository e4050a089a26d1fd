"""Texts that grow when they are read, nest too deeply or name what is none of theirs: bounds hold, and are told."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tiergate.policy.check import checked
from tiergate.policy.source import Faults, parse

MANY = "1,000,000 keys and values"
ALIASES = "with its aliases written out, more than {} up to here, the most that is read; use fewer of them, or $ref"
DEEP = "nested more than 100 levels deep, the most that is read; refer by $ref instead"


def fault(text: str) -> str:
    with pytest.raises(Faults) as found:
        parse(text, "f")
    return str(found.value)


def test_aliases_of_aliases_are_refused_where_they_pass_the_bound() -> None:
    """Written out, these would hold 9 to the 40th values; 9 to the 7th are more than a million."""
    levels = [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]\n" for level in range(1, 41)]
    assert fault("a0: &a0 [x]\n" + "".join(levels)) == f"f:7: {ALIASES.format(MANY)}"


def test_merges_of_merges_are_refused_where_they_pass_the_bound() -> None:
    levels = [f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * 9)}]}}\n" for level in range(1, 41)]
    assert fault("a0: &a0 {x: 1}\n" + "".join(levels)) == f"f:7: {ALIASES.format(MANY)}"


def test_a_large_mapping_merged_very_often_is_refused() -> None:
    """Each merge would copy all of its keys."""
    base = "a: &a {" + ", ".join(f"k{number}: 1" for number in range(5000)) + "}\n"
    assert fault(base + "b:\n" + "- {<<: *a}\n" * 5000) == f"f:101: {ALIASES.format(MANY)}"


def test_a_long_text_aliased_very_often_is_refused() -> None:
    text = f"a: &a {'x' * 100_000}\nb:\n" + "- *a\n" * 200
    assert fault(text) == f"f:161: {ALIASES.format('16,000,000 characters')}"
    assert len(parse(text[: -5 * 50], "f").data["b"]) == 150


def test_aliases_and_merges_within_the_bound_are_read() -> None:
    source = parse("a: &a {x: [1]}\n" + "".join(f"b{number}: {{<<: *a}}\n" for number in range(10_000)), "f")
    assert source.data["b9999"] == {"x": [1]}
    assert source.line("b9999", "x") == 1


@pytest.mark.parametrize(
    "text", ["\na: &a\n  b: *a\n", "\n&a [1,\n*a]", "a: &a\n  <<: &b\n    <<: *a\n", "a:\n\n  - &a {*a : 1}"]
)
def test_an_alias_that_contains_itself_is_a_fault(text: str) -> None:
    assert fault(text) == "f:3: an alias that contains itself"


def test_an_anchor_is_named_once() -> None:
    assert fault("a: &a 1\nb: &a 2\n") == "f:2: not YAML: the anchor a is defined twice"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: " + "[" * 100_000, 1),
        ("- " * 100_000 + "x", 1),
        ("a: " + "{a: " * 100_000, 1),
        ('{"a":\n' * 100_000 + "1" + "}" * 100_000, 101),
        ('{"a":\n' * 101 + "1" + "}" * 101, 101),
        ("".join(f"{' ' * level}a:\n" for level in range(101)) + " " * 101 + "b: 1\n", 101),
    ],
)
def test_a_text_nested_too_deeply_is_a_fault(text: str, line: int) -> None:
    assert fault(text) == f"f:{line}: {DEEP}"


@pytest.mark.parametrize("text", ["a: " + "[" * 99 + "]" * 99, '{"a":' * 100 + "1" + "}" * 100])
def test_a_text_nested_as_deeply_as_is_read_is_read(text: str) -> None:
    assert "a" in parse(text, "f").data


def test_aliases_nested_too_deeply_are_a_fault() -> None:
    """Each level stands on its own line; whoever walks through the values goes down all of them."""
    levels = "".join(f"a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 200))
    assert fault("a0: &a0 [x]\n" + levels) == f"f:100: {DEEP}"


def size(value: Any) -> int:
    """How many values it holds, written out."""
    if isinstance(value, dict):
        return 1 + sum(1 + size(each) for each in value.values())
    return 1 + sum(map(size, value)) if isinstance(value, list) else 1


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


@given(st.lists(st.lists(st.integers(-3, 6), max_size=4), min_size=1, max_size=8), st.booleans())
def test_what_is_counted_is_what_would_be_written_out(levels: list[list[int]], mapped: bool) -> None:
    """A number that is an earlier level is an alias of it; at the bound it is read, one below it is not."""
    lines = []
    for number, items in enumerate(levels):
        texts = [f"*a{item}" if 0 <= item < number else "7" for item in items]
        texts = [f"k{place}: {text}" for place, text in enumerate(texts)] if mapped else texts
        lines.append(f"a{number}: &a{number} {'{' if mapped else '['}{', '.join(texts)}{'}' if mapped else ']'}\n")
    text = "".join(lines)
    whole = parse(text, "f").data
    for bound, count in (("MOST_VALUES", size(whole)), ("DEEPEST", depth(whole))):
        with patch(f"tiergate.policy.extent.{bound}", count):
            assert parse(text, "f").data == whole
        with patch(f"tiergate.policy.extent.{bound}", count - 1), pytest.raises(Faults):
            parse(text, "f")


@pytest.mark.parametrize("text", ["a: 1\nb: {}\n", '{{"a": 1,\n"b": {}}}'])
@pytest.mark.parametrize("number", ["9" * 1_000_000, "-" + "9" * 400, "1e999", "1" * 400 + ".5"])
def test_numbers_beyond_all_bounds_are_told(text: str, number: str) -> None:
    kind = "int" if text[0] == "{" and number.lstrip("-").isdigit() else "float"
    assert (
        fault(text.format(number))
        == f"f:2: {number if len(number) <= 40 else number[:39] + '…'} cannot be read as {kind}"
    )


def test_large_numbers_are_read() -> None:
    assert parse("a: " + "9" * 300, "f").data["a"] == 10**300 - 1
    assert parse('{"a": ' + "9" * 300 + "}", "f").data["a"] == 10**300 - 1


@pytest.mark.parametrize(
    "tag",
    ["!!python/object/apply:os.system", "!!python/name:os.system", "!include", "!Ref", "!<tag:x.example,2000:a>"],
)
@pytest.mark.parametrize("value", ["x", "[x]", "{a: b}"])
def test_tags_that_name_code_or_files_are_refused(tag: str, value: str) -> None:
    told = tag.removeprefix("!<").removesuffix(">")
    assert fault(f"a: 1\nb: {tag} {value}\n") == (
        f"f:2: the tag {told} is not read; write the value itself, without a tag"
    )


def test_the_tags_of_yaml_itself_are_read() -> None:
    text = "a: !!map {b: !!seq [!!null '', !!bool 'true', !!float 1, !!timestamp 2024-01-01, !!binary aGk=]}\n"
    assert parse(text, "f").data == {"a": {"b": [None, True, 1.0, "2024-01-01", "aGk="]}}


def test_a_long_key_is_told_in_short() -> None:
    key = "x" * 1_000
    assert fault(f"a: 1\n{key}: 1\n{key}: 2\n") == f'f:3: key "{"x" * 56}… is already on line 2'


def test_a_fault_stays_on_its_line_whatever_it_quotes(folder: Path) -> None:
    with (folder / "plans/basic.yaml").open("a", encoding="utf-8") as file:
        file.write('"a\\n::error::b\\e[31m": 1\n')
    with pytest.raises(Faults) as found:
        checked(folder)
    (told,) = str(found.value).splitlines()
    assert 'unknown key "a?::error::b?[31m"' in told


def test_more_values_than_are_read_are_told_where_the_bound_is_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tiergate.policy.extent.MOST_VALUES", 10)
    assert parse("[1, 2,\n 3, 4, 5, 6, 7, 8, 9]", "f").data[-1] == 9
    for text in ("[1, 2,\n 3, 4, 5, 6, 7, 8, 9,\n 0]", '{"a": [1,\n 2, 3, 4, 5, 6, 7,\n 8, 9]}', "a: b\n" * 20):
        assert fault(text).endswith(": more than 10 keys and values up to here, the most that is read; split it")
        assert fault(text).startswith("f:3:" if "[" in text else "f:5:")
