"""Trees of YAML nodes: what they hold, and where each part of it stands."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

Entries = Mapping[str, tuple[yaml.ScalarNode, yaml.Node]]


class Malformed(Exception):
    """A text is not what it should be. ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        self.line, self.message = line, message
        super().__init__(message)


def line_of(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def nodes(root: yaml.Node | None) -> Iterator[yaml.Node]:
    """Every node once, however often it is aliased."""
    stack, seen = [root], set()
    while stack:
        node = stack.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            stack.extend(part for pair in node.value for part in pair)
        elif isinstance(node, yaml.SequenceNode):
            stack.extend(node.value)


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
    done[id(node)] = {}  # so that a mapping that merges itself gains nothing by it
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
    for node in nodes(root):
        if isinstance(node, yaml.MappingNode):
            first: dict[str, int] = {}
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and not _merges(key):
                    if key.value in first:
                        yield key, first[key.value]
                    first.setdefault(key.value, line_of(key))


def values(root: yaml.Node | None) -> Any:
    """Plain values; mapping keys as text. What is aliased is shared, never copied.

    Raises
    ------
    Malformed
        An alias contains itself, a key is no text, or a value is not what its tag says.
    """
    return _Values().of(root) if root is not None else None


class _Values:
    def __init__(self) -> None:
        self._done: dict[int, Any] = {}
        self._open: set[int] = set()
        self._entries: dict[int, Entries] = {}

    def of(self, node: yaml.Node) -> Any:
        if id(node) in self._done:
            return self._done[id(node)]
        if id(node) in self._open:
            raise Malformed(line_of(node), "an alias that contains itself")
        self._open.add(id(node))
        value = self._value(node)
        self._open.discard(id(node))
        self._done[id(node)] = value
        return value

    def _value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return {key: self.of(value) for key, (_, value) in entries(node, self._entries).items()}
        if isinstance(node, yaml.SequenceNode):
            return [self.of(item) for item in node.value]
        kind = node.tag.rpartition(":")[2]
        try:
            return _scalar(kind, str(node.value))
        except ValueError:
            shown = node.value if len(node.value) <= 40 else node.value[:39] + "…"
            raise Malformed(line_of(node), f"{shown} cannot be read as {kind}") from None


def _scalar(kind: str, text: str) -> Any:
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text, 0) if text[:2] in {"0o", "0x"} else int(text)
    if kind == "float":
        return float(text)
    return text


def _merges(key: yaml.ScalarNode) -> bool:
    return str(key.tag).endswith(":merge")
