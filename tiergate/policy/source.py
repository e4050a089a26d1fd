"""YAML and JSON files whose every value knows its line.

A text that begins with a brace is JSON, any other YAML.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tiergate.policy import json_text, yaml_text
from tiergate.policy.nodes import Entries, Malformed, entries, line_of, repeated, values

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
    _entries: dict[int, Entries] = field(default_factory=dict, repr=False, compare=False)

    def line(self, *path: Key) -> int:
        """The line of a key or item; of the nearest enclosing one where the path leads nowhere."""
        return self._place(path)[0]

    def bare(self, *path: Key) -> list[str]:
        """The texts without quotes of a list in brackets, each of which a comma ended, whatever was meant."""
        _, node = self._place(path)
        if not isinstance(node, yaml.SequenceNode) or not node.flow_style:
            return []
        return [str(each.value) for each in node.value if isinstance(each, yaml.ScalarNode) and not each.style]

    def _place(self, path: tuple[Key, ...]) -> tuple[int, yaml.Node | None]:
        node, line = self.root, 1
        for step in path:
            if isinstance(node, yaml.MappingNode):
                entry = entries(node, self._entries).get(str(step))
                if entry is None:
                    break
                line, node = line_of(entry[0]), entry[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = line_of(node)
            else:
                break
        return line, node

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
    try:
        root = json_text.compose(text) if text.lstrip()[:1] == "{" else yaml_text.compose(text)
        faults = [
            Fault(file, line_of(key), f'key "{key.value}" is already on line {first}') for key, first in repeated(root)
        ]
        if faults:
            raise Faults(faults)
        return Source(file, text, values(root), root)
    except Malformed as error:
        raise Faults([Fault(file, error.line, error.message)]) from error
    except RecursionError:
        raise Faults([Fault(file, 1, "nested too deeply")]) from None


def listed_twice(source: Source, listed: object, *path: Key, meant: Callable[[str], str] = str) -> Iterator[Fault]:
    """Texts of a list that mean the same as one before them; ``meant`` raises ValueError where one means nothing."""
    seen: set[str] = set()
    for index, text in enumerate(listed if isinstance(listed, list) else ()):
        try:
            meaning = meant(text) if isinstance(text, str) else None
        except ValueError:
            continue
        if meaning in seen:
            yield source.fault(f"{'.'.join(map(str, path))}: {shown(text)} is listed twice", *path, index)
        elif meaning is not None:
            seen.add(meaning)


def shown(value: object) -> str:
    """A value as faults quote it, on one line and not long."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "keys and values"
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    text = str(value).lower() if isinstance(value, bool) else " ".join(str(value).split())
    text = f'"{text}"' if isinstance(value, str) else text
    return text if len(text) <= 60 else text[:57] + "…"
