"""Trees of YAML nodes: what they hold, and where each part of it stands."""

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Any

import yaml

Entries = Mapping[str, tuple[yaml.ScalarNode, yaml.Node]]

LONGEST_NUMBER = 310
"""Characters of a whole number; the largest that a float holds has 309."""


class Malformed(Exception):
    """A text is not what it should be. ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        self.line, self.message = line, message
        super().__init__(message)


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def mappings(root: yaml.Node | None) -> Iterator[yaml.MappingNode]:
    """Every mapping once, however often it is aliased, in the order of the text."""
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        parts: Iterable[yaml.Node] = ()
        if isinstance(node, yaml.MappingNode):
            yield node
            parts = (part for pair in reversed(node.value) for part in reversed(pair))
        elif isinstance(node, yaml.SequenceNode):
            parts = reversed(node.value)
        stack.extend(part for part in parts if type(part) is not yaml.ScalarNode)


def entries(node: yaml.MappingNode, done: dict[int, Entries] | None = None) -> Entries:
    """Key node and value node by key. Own keys win over merged ones; ``done`` spares a mapping merged twice.

    Raises
    ------
    Malformed
        A key is not a word or text, or what is merged is no mapping.
    """
    done = {} if done is None else done
    if id(node) in done:
        return done[id(node)]
    merged: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
    own: dict[str, tuple[yaml.ScalarNode, yaml.Node]] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Malformed(line_of(key), "a key must be a single word or text")
        if not _merges(key):
            own[str(key.value)] = (key, value)
            continue
        for each in reversed(value.value if isinstance(value, yaml.SequenceNode) else [value]):
            if not isinstance(each, yaml.MappingNode):
                raise Malformed(line_of(each), "<< takes keys and values from an alias, or from a list of aliases")
            merged |= entries(each, done)
    done[id(node)] = merged | own
    return done[id(node)]


def repeated(root: yaml.Node | None) -> Iterator[tuple[yaml.ScalarNode, int]]:
    """Keys that their mapping has already, each with the first one's line."""
    for node in mappings(root):
        keys = [key for key, _ in node.value if type(key) is yaml.ScalarNode]
        if len({key.value for key in keys}) < len(keys):
            yield from _repeated(key for key in keys if not _merges(key))


def _repeated(keys: Iterable[yaml.ScalarNode]) -> Iterator[tuple[yaml.ScalarNode, int]]:
    first: dict[str, int] = {}
    for key in keys:
        if key.value in first:
            yield key, first[key.value]
        first.setdefault(key.value, line_of(key))


def values(root: yaml.Node | None) -> Any:
    """Plain values; mapping keys as text. What is aliased is shared, never copied.

    Raises
    ------
    Malformed
        A key is no text, or a value is not what its tag says.
    """
    return _Values().of(root) if root is not None else None


class _Values:
    def __init__(self) -> None:
        self._done: dict[int, Any] = {}
        self._entries: dict[int, Entries] = {}

    def of(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        if id(node) not in self._done:
            self._done[id(node)] = self._contents(node)
        return self._done[id(node)]

    def _contents(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {key: self.of(value) for key, (_, value) in entries(node, self._entries).items()}
        return [self.of(item) for item in node.value]


def _scalar(node: yaml.ScalarNode) -> Any:
    text, kind = node.value, node.tag.rpartition(":")[2]
    try:
        return _read(kind, text)
    except ValueError:
        shown = text if len(text) <= 40 else text[:39] + "…"
        raise Malformed(line_of(node), f"{shown} cannot be read as {kind}") from None


def _read(kind: str, text: str) -> Any:
    """
    Raises
    ------
    ValueError
        The text is no such value, or a number that JSON cannot write or that takes long to read.
    """
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        if len(text) > LONGEST_NUMBER:
            raise ValueError
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if kind == "float":
        number = float(text)
        if not isfinite(number):
            raise ValueError
        return number
    return text


def _merges(key: yaml.ScalarNode) -> bool:
    return str(key.tag).endswith(":merge")
