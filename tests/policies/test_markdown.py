"""Markdown becomes nodes that can do nothing but show text, whoever wrote it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tiergate.policy import markdown
from tiergate.policy.markdown import HREF, TAGS, first_sentence, inline, links, nodes, plain

PIECES = [
    "# ", "## ", "- ", "1. ", "> ", "    ", "```js\n", "`", "*", "**", "_", "~~", "|", "\n", "\n\n", "a", " ", "[x](",
    "](", ")",
    "<script>alert(1)</script>", "</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)", "data:text/html,x",
    "vbscript:x", "![alt](https://x.example/a.png)", "[x][y]\n\n[y]: javascript:alert(1)\n", "<https://x.example>",
    "<javascript:alert(1)>", "&lt;", "&#106;avascript:", "//evil.example", "/\\evil.example", "https://x.example", "#a",
    "---\n", "\\", "é", "\u2028", "\0", "| a | b |\n|:-:|--|\n| 1 | 2 |\n", "[a](JaVaScRiPt&colon;alert(1))", "\t",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=4), max_size=25).map("".join)


def parts(found: list[Any]) -> Iterator[list[Any]]:
    for each in found:
        if not isinstance(each, str):
            yield each
            yield from parts(each[2:])


@given(TEXTS)
@example("[a](javascript:alert(1)) [b]( java\nscript:alert(1)) <a href='javascript:alert(1)'>c</a>")
@example('[a](https://x.example/"onmouseover=alert(1))')
def test_nodes_have_only_tags_attributes_and_addresses_that_are_harmless(text: str) -> None:
    found = nodes(text)
    assert json.loads(json.dumps(found)) == found
    for tag, attributes, *_ in parts(found):
        assert tag in TAGS
        assert attributes.keys() <= {"href", "class", "align"}
        if "href" in attributes:
            assert tag == "a"
            assert HREF.fullmatch(attributes["href"])
            assert not attributes["href"].lower().startswith(("javascript", "data", "vbscript", "//", "/\\"))
        assert tag != "a" or "href" in attributes
        assert attributes.get("align", "left") in {"left", "center", "right"}


@given(TEXTS | st.text(max_size=40))
def test_a_text_without_marks_is_read_as_markdown_would_be(text: str) -> None:
    """The short way gives what the long one gives."""
    stripped = text.strip()
    assert nodes(text) == (markdown._parsed(stripped) if stripped else [])


def test_html_is_text() -> None:
    assert nodes("<b onclick='x()'>a</b>") == [["p", {}, "<b onclick='x()'>a</b>"]]
    assert nodes("<script>\nalert(1)\n</script>") == [["p", {}, "<script>\nalert(1)\n</script>"]]


def test_what_markdown_has_becomes_nodes() -> None:
    text = "# T\n\na *b* **c** `d` ~~e~~ [f](https://x.example 't')  \ng\n\n- h\n- i\n"
    text += "\n1. j\n\n> k\n\n```js\nl\n```\n\n---"
    assert nodes(text) == [
        ["h2", {}, "T"],
        ["p", {}, "a ", ["em", {}, "b"], " ", ["strong", {}, "c"], " ", ["code", {}, "d"], " ", ["del", {}, "e"], " ",
         ["a", {"href": "https://x.example"}, "f"], ["br", {}], "g"],
        ["ul", {}, ["li", {}, "h"], ["li", {}, "i"]],
        ["ol", {}, ["li", {}, "j"]],
        ["blockquote", {}, ["p", {}, "k"]],
        ["pre", {}, ["code", {"class": "language-js"}, "l\n"]],
        ["hr", {}],
    ]  # fmt: skip


def test_a_table_keeps_its_alignment_and_a_picture_becomes_its_words() -> None:
    ((_, _, head, body),) = nodes("| a | b |\n|:-:|--|\n| 1 | ![two](https://x.example/2.png) |")
    assert head == ["thead", {}, ["tr", {}, ["th", {"align": "center"}, "a"], ["th", {}, "b"]]]
    assert body == ["tbody", {}, ["tr", {}, ["td", {"align": "center"}, "1"], ["td", {}, "two"]]]


@pytest.mark.parametrize("href", ["guide.html", "./a", "ftp://x.example", "//x.example", "tel:1"])
def test_a_link_that_may_lead_nowhere_is_its_text(href: str) -> None:
    assert nodes(f"see [this]({href}) now") == [["p", {}, "see this now"]]


def test_an_address_is_a_link_but_not_in_code_nor_in_a_link() -> None:
    told = nodes("See https://a.example/x_y?a=1. [https://b.example](https://c.example) `https://d.example`")[0][2:]
    assert [each for each in told if isinstance(each, list)] == [
        ["a", {"href": "https://a.example/x_y?a=1"}, "https://a.example/x_y?a=1"],
        ["a", {"href": "https://c.example"}, "https://b.example"],
        ["code", {}, "https://d.example"],
    ]
    assert nodes("https://a.example") == [["p", {}, ["a", {"href": "https://a.example"}, "https://a.example"]]]


def test_one_line_has_no_blocks() -> None:
    assert inline("# not a heading, *but* text") == ["# not a heading, ", ["em", {}, "but"], " text"]


def test_the_first_sentence_is_without_marks_and_is_not_ended_by_an_abbreviation() -> None:
    assert (
        first_sentence("# Title\n\nReads *accounts*, e.g. of a household. More.")
        == "Reads accounts, e.g. of a household."
    )
    assert first_sentence("One line without an end") == "One line without an end"
    assert first_sentence("") == ""
    assert first_sentence("word " * 100, 20) == "word word word word …"


def test_a_sentence_that_is_too_long_is_cut_at_a_word() -> None:
    words = "word " * 39 + "words"
    assert len(words) == 200
    assert first_sentence(words) == words
    assert first_sentence(f"{words}s") == "word " * 39 + "…"


def test_words_of_blocks_do_not_run_together() -> None:
    assert plain(nodes("a\n\n- b\n- **c**d")) == "a b cd"


def test_every_link_is_told_with_its_line_also_those_that_lead_nowhere() -> None:
    text = "One [a](/x),\n[b](javascript:y)\n\n- [c](d.md)\n\n```\n[not](one)\n```\n[r][r]\n\n[r]: https://x.example"
    assert list(links(text)) == [("/x", 1), ("javascript:y", 2), ("d.md", 4), ("https://x.example", 9)]


def test_a_text_that_is_very_long_or_nested_is_read_all_the_same() -> None:
    assert nodes("*" * 300_000) == [["p", {}, "*" * 300_000]]
    assert "deep" in plain(nodes("> " * 30 + "deep"))
    assert nodes("[" * 50_000)[0][0] == "p"
    assert nodes("- " * 5_000 + "x")


def test_a_text_is_read_up_to_its_limit() -> None:
    assert nodes("*a*" + "b" * 99_997)[0][2] == ["em", {}, "a"]
    assert nodes("*a*" + "b" * 99_998)[0][2].startswith("*a*")


def test_a_text_of_brackets_which_would_take_minutes_is_shown_as_it_is_written() -> None:
    for text in ("![" * 50_000, "[a](" * 25_000, "[" * 2_001):
        assert nodes(text) == [["p", {}, text]]
        assert inline(text) == [text]
        assert list(links(text)) == []
    assert nodes("[a](/b)" * 2_000)[0][2] == ["a", {"href": "/b"}, "a"]
