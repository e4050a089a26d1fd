"""JSON text → nodes like YAML's, so that every value knows its line."""

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from tiergate.policy.extent import Extent
from tiergate.policy.nodes import Malformed

_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'"([^"\\\x00-\x1f]*)"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD = re.compile(r"true|false|null")
_NO_NUMBER = re.compile(r"-?(?:Infinity|NaN)")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MAP, _SEQ, _STR, _INT, _FLOAT = (f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float"))
_TAGS = {"true": "tag:yaml.org,2002:bool", "false": "tag:yaml.org,2002:bool", "null": "tag:yaml.org,2002:null"}


def compose(text: str) -> yaml.Node:
    """The root node.

    Raises
    ------
    Malformed
        It is not JSON, or holds more than is read.
    """
    scanner = _Scanner(text)
    try:
        root, at = scanner.value(_space(text, 0))
        if _space(text, at) == len(text):
            return root
    except (IndexError, json.JSONDecodeError, _Unexpected):
        pass
    raise _told(text)


def _told(text: str) -> Malformed:
    """What is wrong, in the words of the standard library, which comes no further than the scanner did."""
    try:
        json.loads(text, parse_int=str)
    except json.JSONDecodeError as error:
        return Malformed(error.lineno, f"not JSON: {error.msg}")
    return Malformed(1, "not JSON")


class _Unexpected(Exception):
    """Something else stands where a value, a comma or a closing bracket should."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A place as nodes have it; ``line`` counts from 0."""

    index: int
    line: int


class _Scanner:
    """Reads on from a place. ``value`` and its like give the node and where it ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._extent = Extent()
        self._line = 0
        self._break = text.find("\n")
        """Where the line ends; -1: with the text."""

    def value(self, at: int) -> tuple[yaml.Node, int]:
        first = self._text[at]
        if first == '"':
            return self._string(at)
        if first == "{":
            return self._mapping(at)
        if first == "[":
            return self._sequence(at)
        return self._other(at)

    def _mapping(self, begin: int) -> tuple[yaml.Node, int]:
        pairs, start, at = [], self._begin(begin), _space(self._text, begin + 1)
        while self._text[at] != "}":
            key, at = self._string(at)
            at = _space(self._text, at)
            if self._text[at] != ":":
                raise _Unexpected
            value, at = self.value(_space(self._text, at + 1))
            pairs.append((key, value))
            at = self._next(at, "}")
        self._extent.end()
        return yaml.MappingNode(_MAP, pairs, start, self._mark(at + 1), flow_style=True), at + 1

    def _sequence(self, begin: int) -> tuple[yaml.Node, int]:
        items, start, at = [], self._begin(begin), _space(self._text, begin + 1)
        while self._text[at] != "]":
            item, at = self.value(at)
            items.append(item)
            at = self._next(at, "]")
        self._extent.end()
        return yaml.SequenceNode(_SEQ, items, start, self._mark(at + 1), flow_style=True), at + 1

    def _begin(self, at: int) -> Any:
        mark = self._mark(at)
        self._extent.begin(mark.line + 1)
        return mark

    def _next(self, at: int, closing: str) -> int:
        """Where the next item or the closing bracket stands."""
        at = _space(self._text, at)
        if self._text[at] == closing:
            return at
        behind = _space(self._text, at + 1)
        if self._text[at] != "," or self._text[behind] == closing:
            raise _Unexpected
        return behind

    def _string(self, at: int) -> tuple[yaml.ScalarNode, int]:
        plain = _PLAIN.match(self._text, at)
        if plain:
            return self._scalar(_STR, plain[1], at, plain.end())
        if self._text[at] != '"':
            raise _Unexpected
        text, end = _DECODER.raw_decode(self._text, at)
        if _LONE_SURROGATE.search(text):
            raise Malformed(self._mark(at).line + 1, "not text: half of a surrogate pair; write both halves")
        return self._scalar(_STR, text, at, end)

    def _other(self, at: int) -> tuple[yaml.ScalarNode, int]:
        number = _NUMBER.match(self._text, at)
        if number:
            return self._scalar(_FLOAT if number.lastindex else _INT, number[0], at, number.end())
        word = _WORD.match(self._text, at)
        if word:
            return self._scalar(_TAGS[word[0]], word[0], at, word.end())
        no_number = _NO_NUMBER.match(self._text, at)
        if no_number:
            raise Malformed(self._mark(at).line + 1, f"not JSON: {no_number[0]} is no number of JSON")
        raise _Unexpected

    def _scalar(self, tag: str, text: str, begin: int, end: int) -> tuple[yaml.ScalarNode, int]:
        mark = self._mark(begin)
        self._extent.scalar(mark.line + 1, text)
        style = '"' if tag is _STR else None
        return yaml.ScalarNode(tag, text, mark, self._mark(end), style=style), end

    def _mark(self, at: int) -> Any:
        """Of a place that lies no further ahead than those asked for before."""
        while 0 <= self._break < at:
            self._line += 1
            self._break = self._text.find("\n", self._break + 1)
        return _Mark(at, self._line)


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
