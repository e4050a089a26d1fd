"""Markdown → nodes: text, or ``[tag, attributes, child, …]``, of a few tags that can do nothing but show text.

Raw HTML stays text, pictures become the words that stand for them, and links lead only where links may lead.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

Node = Any
"""A text, or a list of a tag's name, its attributes, and what is in it."""
Nodes = list[Node]

TAGS = frozenset(
    {"p", "h2", "h3", "h4", "h5", "h6", "a", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote"}
    | {"table", "thead", "tbody", "tr", "th", "td", "hr", "br", "del"}
)
"""All that there are."""

HREF = re.compile(r"https?://[^\s\\<>\"]+|mailto:[^\s\\<>\"]+|/(?![/\\])[^\s\\<>\"]*|#[^\s\\<>\"]+", re.IGNORECASE)
BARE = re.compile(r"https?://[^\s\\<>\"'`]*[^\s\\<>\"'`.,;:!?*_)\]}]", re.IGNORECASE)
"""An address in a text, without the marks that end a sentence."""
LANGUAGE = re.compile(r"[A-Za-z0-9+#-]{1,20}")
ALIGN = re.compile(r"text-align:(left|center|right)")

LONGEST, MOST_BRACKETS = 100_000, 2_000
"""Characters of a text that is read as Markdown, and its opening brackets, for each of which all that follow may be
looked at; a text with more is shown as it is written."""

PLAIN = re.compile(r"[^\\`*_\[\]<>#|~&\r\n\t\0!]*")
"""What no Markdown can be in, but for what `LEADING` finds at its beginning, and spaces around it."""
LEADING = re.compile(r"\s|[-+=]|\d+[.)]")

SENTENCE = re.compile(r".+?(?<!\be\.g)(?<!\bi\.e)[.!?](?=\s+[^\sa-z]|$)")

OPTIONS = {"html": False, "linkify": False, "maxNesting": 40}
PARSER = MarkdownIt("js-default", OPTIONS)


class _AsWritten(MarkdownIt):
    """Takes for links also what leads where no link may lead."""

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802
        return True


AS_WRITTEN = _AsWritten("js-default", OPTIONS)


def nodes(text: str) -> Nodes:
    """The nodes of a text."""
    text = text.strip()
    if not text:
        return []
    if _as_written(text) or (PLAIN.fullmatch(text) and not LEADING.match(text) and not BARE.search(text)):
        return [["p", {}, text]]
    return _parsed(text)


def inline(text: str) -> Nodes:
    """The nodes of one line: no paragraphs, headings or lists."""
    return [text.strip()] if _as_written(text) else _tree(PARSER.parseInline(text.strip()))


def plain(parts: Sequence[Node]) -> str:
    """The text of nodes, blocks apart by a space, on one line."""
    return " ".join(_text(parts).split())


def first_sentence(text: str, most: int = 200) -> str:
    """Of what Markdown says, without marks: the first sentence of its first paragraph, cut at a word."""
    paragraph = next((each for each in nodes(text) if isinstance(each, list) and each[0] == "p"), None)
    words = plain(paragraph[2:]) if paragraph else ""
    sentence = SENTENCE.match(words)
    told = sentence[0] if sentence else words
    return told if len(told) <= most else f"{told[:most].rsplit(' ', 1)[0]} …"


def links(text: str) -> Iterator[tuple[str, int]]:
    """Addresses of the links in a text, each with the line (from 1) on which its block begins or it is found."""
    lines = text.split("\n")
    for token, _ in _inline(text):
        first, last = token.map or (0, 0)
        for child in token.children or ():
            if child.type == "link_open":
                href = str(child.attrGet("href") or "")
                found = (at for at in range(first, last) if href in lines[at])
                yield href, next(found, first) + 1


def slips(text: str) -> Iterator[tuple[str, int]]:
    """What is written under a title and not shown as it was meant, each with the line on which its block begins."""
    for token, block in _inline(text):
        line = (token.map or (0, 0))[0] + 1
        if block == "h1":
            yield 'a second title; begin a heading with "## "', line
        if any(child.type == "image" and not child.content.strip() for child in token.children or ()):
            yield "a picture without words, of which nothing is shown; write between its brackets what it tells", line


def _inline(text: str) -> Iterator[tuple[Token, str]]:
    """What blocks hold, each with its block's tag."""
    block = ""
    for token in () if _as_written(text) else AS_WRITTEN.parse(text):
        if token.type == "inline":
            yield token, block
        block = token.tag


def _as_written(text: str) -> bool:
    return len(text) > LONGEST or text.count("[") > MOST_BRACKETS


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Nodes:
    return _tree(PARSER.parse(text))


def _tree(tokens: Sequence[Token]) -> Nodes:
    root: Nodes = []
    _Tree(root).add(tokens)
    return root


class _Tree:
    """Builds nodes from tokens, without a step down in the program for one in the text."""

    def __init__(self, root: Nodes) -> None:
        self._open: list[Nodes] = [root]
        self._linked: list[bool] = []

    def add(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.type == "inline":
                self.add(token.children or ())
            elif token.nesting == 1:
                self._begin(token)
            elif token.nesting == -1:
                self._end(token)
            else:
                LEAVES.get(token.type, _as_text)(self, token)

    def linked(self, text: str) -> None:
        """A text with the addresses in it as links, where it is none itself."""
        end = 0
        for found in () if any(self._linked) else BARE.finditer(text):
            self.text(text[end : found.start()])
            self.leaf(["a", {"href": found[0]}, found[0]])
            end = found.end()
        self.text(text[end:])

    def text(self, text: str) -> None:
        """Text beside text is one."""
        inner = self._open[-1]
        if inner and isinstance(inner[-1], str):
            inner[-1] += text
        elif text:
            inner.append(text)

    def leaf(self, node: Node) -> None:
        self._open[-1].append(node)

    def _begin(self, token: Token) -> None:
        if token.hidden:  # a paragraph of a tight list
            return
        tag, attributes = _tag(token.tag), _attributes(token)
        if tag == "a":
            self._linked.append("href" in attributes)
            if not self._linked[-1]:
                return
        node: Nodes = [tag, attributes]
        self._open[-1].append(node)
        self._open.append(node)

    def _end(self, token: Token) -> None:
        if token.hidden or (token.tag == "a" and not self._linked.pop()):
            return
        self._open.pop()


def _tag(tag: str) -> str:
    """The page has one heading of the first rank, which is its own."""
    tag = {"h1": "h2", "s": "del"}.get(tag, tag)
    return tag if tag in TAGS else "p"


def _attributes(token: Token) -> Mapping[str, str]:
    if token.tag == "a":
        href = str(token.attrGet("href") or "")
        return {"href": href} if HREF.fullmatch(href) else {}
    aligned = ALIGN.match(str(token.attrGet("style") or "")) if token.tag in {"th", "td"} else None
    return {"align": aligned[1]} if aligned else {}


def _as_text(tree: _Tree, token: Token) -> None:
    tree.linked(token.content)


def _code(tree: _Tree, token: Token) -> None:
    tree.leaf(["code", {}, token.content])


def _block(tree: _Tree, token: Token) -> None:
    language = LANGUAGE.match(token.info.strip())
    attributes = {"class": f"language-{language[0].lower()}"} if language else {}
    tree.leaf(["pre", {}, ["code", attributes, token.content]])


LEAVES: Mapping[str, Callable[[_Tree, Token], None]] = {
    "code_inline": _code,
    "code_block": _block,
    "fence": _block,
    "softbreak": lambda tree, _: tree.text("\n"),
    "hardbreak": lambda tree, _: tree.leaf(["br", {}]),
    "hr": lambda tree, _: tree.leaf(["hr", {}]),
    "image": lambda tree, token: tree.text(token.content),
}


def _text(parts: Sequence[Node]) -> str:
    told, left = list[str](), list(reversed(parts))
    while left:
        each = left.pop()
        if isinstance(each, str):
            told.append(each)
            continue
        if each[0] not in {"a", "em", "strong", "code", "del"}:
            told.append(" ")
            left.append(" ")
        left += reversed(each[2:])
    return "".join(told)
