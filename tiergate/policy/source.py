"""YAML and JSON files whose every value knows its line.

YAML as its 1.2 core schema reads it (``on`` and ``2024-01-01`` are text), with merge keys; JSON is read by its own
rules. Aliases are shared, never copied, so that no document grows by them.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Key = str | int


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """One mistake in one place. ``line`` counts from 1."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


class Faults(Exception):
    """All mistakes found, in the order of files and lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(set(faults))
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its data as plain values, and where each of them stands."""

    file: str
    text: str
    data: Any
    root: yaml.Node | None

    def line(self, *path: Key) -> int:
        """The line of a key or item; of the nearest enclosing one where the path leads nowhere."""
        node, line = self.root, 1
        for step in path:
            if isinstance(node, yaml.MappingNode):
                entry = dict(_entries(node)).get(str(step))
                if entry is None:
                    break
                line, node = entry[0].start_mark.line + 1, entry[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = node.start_mark.line + 1
            else:
                break
        return line

    def fault(self, message: str, *path: Key) -> Fault:
        return Fault(self.file, self.line(*path), message)


def read(path: Path, name: str | None = None) -> Source:
    """Read a file; ``name`` is what faults call it.

    Raises
    ------
    Faults
        It is not there, not UTF-8, not well-formed, or repeats keys.
    """
    file = name or str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise Faults([Fault(file, 1, f"cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Faults([Fault(file, line, "not UTF-8 text; save the file as UTF-8")]) from error
    return parse(text, file)


def parse(text: str, file: str) -> Source:
    """See ``read``."""
    if text.lstrip()[:1] == "{":
        data = _json(text, file)
        root = _positions(text.replace("\t", " "))
    else:
        root = _compose(text, file)
        try:
            data = _Values(file).of(root) if root is not None else None
        except RecursionError:
            raise Faults([Fault(file, 1, "nested too deeply")]) from None
    repeated = [
        Fault(file, key.start_mark.line + 1, f'key "{key.value}" stands here a second time') for key in _repeated(root)
    ]
    if repeated:
        raise Faults(repeated)
    return Source(file, text, data, root)


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


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Composes nodes with the tags of YAML 1.2's core schema."""

    yaml_implicit_resolvers: dict[str, list[Any]] = {}  # noqa: RUF012 - PyYAML's own class attribute


def _resolver(kind: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(pattern), list(first))


_resolver("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF")
_resolver("null", r"^(?:~|null|Null|NULL|)$", "~nN\0")
_resolver("int", r"^(?:[-+]?[0-9]{1,300}|0o[0-7]{1,300}|0x[0-9a-fA-F]{1,300})$", "-+0123456789")
_resolver("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789")
_resolver("merge", r"^<<$", "<")
_Loader.yaml_implicit_resolvers.setdefault("", []).extend(_Loader.yaml_implicit_resolvers.get("\0", []))


def _compose(text: str, file: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Faults([Fault(file, mark.line + 1 if mark else 1, f"not YAML: {error.problem}")]) from error
    except yaml.YAMLError as error:
        raise Faults([Fault(file, 1, f"not YAML: {error}")]) from error
    except RecursionError:
        raise Faults([Fault(file, 1, "nested too deeply")]) from None


def _positions(text: str) -> yaml.Node | None:
    """The nodes of a JSON text that YAML can read too; nothing, where it cannot."""
    try:
        return _compose(text, "")
    except Faults:
        return None


def _json(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise Faults([Fault(file, error.lineno, f"not JSON: {error.msg}")]) from error
    except RecursionError:
        raise Faults([Fault(file, 1, "nested too deeply")]) from None


def _entries(node: yaml.MappingNode) -> Iterator[tuple[str, tuple[yaml.Node, yaml.Node]]]:
    """Key, key node and value node; merged ones first, so that a later own key wins."""
    own = []
    for key, value in node.value:
        if key.tag.endswith(":merge"):
            merged = value.value if isinstance(value, yaml.SequenceNode) else [value]
            for each in reversed(merged):
                if isinstance(each, yaml.MappingNode) and each is not node:
                    yield from _entries(each)
        else:
            own.append((str(key.value), (key, value)))
    yield from own


def _repeated(root: yaml.Node | None) -> Iterator[yaml.Node]:
    for node in nodes(root):
        if isinstance(node, yaml.MappingNode):
            seen = set()
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode) and not key.tag.endswith(":merge"):
                    if key.value in seen:
                        yield key
                    seen.add(key.value)


class _Values:
    """Plain values of nodes; mapping keys as text."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._done: dict[int, Any] = {}
        self._open: set[int] = set()

    def of(self, node: yaml.Node) -> Any:
        if id(node) in self._done:
            return self._done[id(node)]
        if id(node) in self._open:
            raise Faults([self._fault(node, "an alias that contains itself")])
        self._open.add(id(node))
        value = self._value(node)
        self._open.discard(id(node))
        self._done[id(node)] = value
        return value

    def _value(self, node: yaml.Node) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node)
        if isinstance(node, yaml.SequenceNode):
            return [self.of(item) for item in node.value]
        kind = node.tag.rpartition(":")[2]
        if kind == "null":
            return None
        if kind == "bool":
            return node.value.lower() == "true"
        if kind == "int":
            return int(node.value, 0) if node.value[:2] in {"0o", "0x"} else int(node.value)
        if kind == "float":
            return float(node.value)
        return node.value

    def _mapping(self, node: yaml.MappingNode) -> Mapping[str, Any]:
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise Faults([self._fault(key, "a key must be a single word or text")])
        return {key: self.of(value) for key, (_, value) in _entries(node)}

    def _fault(self, node: yaml.Node, message: str) -> Fault:
        return Fault(self._file, node.start_mark.line + 1, message)
