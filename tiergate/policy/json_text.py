"""JSON text → nodes like YAML's, so that every value knows its line."""

import json
import re
from bisect import bisect
from typing import Any

import yaml

from tiergate.policy.nodes import Malformed

_SPACE = re.compile(r"[ \t\r\n]*")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TAGS = {"t": "bool", "f": "bool", "n": "null"}


def compose(text: str) -> yaml.Node:
    """The root node.

    Raises
    ------
    Malformed
        It is not JSON, or nested too deeply.
    """
    try:
        _DECODER.decode(text)
        return _Scanner(text).value(_space(text, 0))[0]
    except json.JSONDecodeError as error:
        raise Malformed(error.lineno, f"not JSON: {error.msg}") from error
    except RecursionError:
        raise Malformed(1, "nested too deeply") from None


_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


class _Scanner:
    """Walks a text that is known to be JSON. ``value`` and its like give the node and where it ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._breaks = [found.start() for found in re.finditer("\n", text)]

    def value(self, at: int) -> tuple[yaml.Node, int]:
        first = self._text[at]
        if first == "{":
            return self._mapping(at)
        if first == "[":
            return self._sequence(at)
        return self._scalar(at)

    def _mapping(self, begin: int) -> tuple[yaml.Node, int]:
        pairs, at = [], _space(self._text, begin + 1)
        while self._text[at] != "}":
            key, at = self._scalar(at)
            value, at = self.value(_space(self._text, _space(self._text, at) + 1))
            pairs.append((key, value))
            at = self._next(at)
        return yaml.MappingNode(_tag("map"), pairs, self._mark(begin), self._mark(at + 1), flow_style=True), at + 1

    def _sequence(self, begin: int) -> tuple[yaml.Node, int]:
        items, at = [], _space(self._text, begin + 1)
        while self._text[at] != "]":
            item, at = self.value(at)
            items.append(item)
            at = self._next(at)
        return yaml.SequenceNode(_tag("seq"), items, self._mark(begin), self._mark(at + 1), flow_style=True), at + 1

    def _next(self, at: int) -> int:
        """Where the next item or the closing bracket stands."""
        at = _space(self._text, at)
        return _space(self._text, at + 1) if self._text[at] == "," else at

    def _scalar(self, at: int) -> tuple[yaml.Node, int]:
        value, end = _DECODER.raw_decode(self._text, at)
        kind, text = "str", value
        if self._text[at] != '"':
            text = self._text[at:end]
            kind = _TAGS.get(text[0]) or ("int" if text.lstrip("-").isdigit() else "float")
            if text.lstrip("-")[0] in "NI":
                raise Malformed(self._mark(at).line + 1, f"not JSON: {text} is no number of JSON")
        elif _LONE_SURROGATE.search(text):
            raise Malformed(self._mark(at).line + 1, "not text: half of a surrogate pair; write both halves")
        style = '"' if kind == "str" else None
        return yaml.ScalarNode(_tag(kind), text, self._mark(at), self._mark(end), style=style), end

    def _mark(self, at: int) -> Any:
        line = bisect(self._breaks, at - 1)
        return yaml.Mark("", at, line, at - (self._breaks[line - 1] + 1 if line else 0), None, 0)


def _space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _tag(kind: str) -> str:
    return f"tag:yaml.org,2002:{kind}"
