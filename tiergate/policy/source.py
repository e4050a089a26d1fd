"""YAML and JSON files whose every value knows its line.

A text that begins with a brace is JSON, any other YAML.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tiergate.policy import json_text, yaml_text
from tiergate.policy.extent import LARGEST
from tiergate.policy.garbage import uncollected
from tiergate.policy.nodes import Entries, Malformed, entries, line_of, repeated, values
from tiergate.policy.text import text_of

Key = str | int

MOST_FAULTS = 1000
"""Told of one file at once, where a file could hold any number."""


@dataclass(frozen=True, order=True, slots=True)
class Fault:
    """One mistake in one place. ``line`` counts from 1.

    ``takers``: those that it makes faulty where the place only says what they take over. ``environments``: those in
    which it is one, where it is not one in all.
    """

    file: str
    line: int
    message: str
    takers: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The message, and whom and where it concerns."""
        others = f" and {len(self.takers) - 1} more" if len(self.takers) > 1 else ""
        taken = f" (taken over by {self.takers[0]}{others})" if self.takers else ""
        where = f" (in the environment {' and '.join(self.environments)})" if self.environments else ""
        return f"{self.message}{taken}{where}"

    def __str__(self) -> str:
        """On one line, without what would steer a terminal: files quote what others wrote."""
        return f"{self.file}:{self.line}: {''.join(each if each.isprintable() else '?' for each in self.text)}"


class Faults(Exception):
    """All mistakes found, in the order of files and lines."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(_told_once(faults))
        super().__init__("\n".join(map(str, self.faults)))


class Place(NamedTuple):
    """Where something stands; ``line`` counts from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


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
        return self.place(*path).line

    def place(self, *path: Key) -> Place:
        """The file and line of a key or item; see `line`."""
        return Place(self.file, self._node(path)[0])

    def origin(self, *path: Key) -> Place | None:
        """Where a value is said; None where none is."""
        return self.place(*path) if has(self.data, path) else None

    def bare(self, *path: Key) -> list[str]:
        """The texts without quotes of a list in brackets, each of which a comma ended, whatever was meant."""
        _, node = self._node(path)
        if not isinstance(node, yaml.SequenceNode) or not node.flow_style:
            return []
        return [str(each.value) for each in node.value if isinstance(each, yaml.ScalarNode) and not each.style]

    def fault(self, message: str, *path: Key) -> Fault:
        """At the place of a key or item; see `line`."""
        place = self.place(*path)
        return Fault(place.file, place.line, message)

    def _node(self, path: tuple[Key, ...]) -> tuple[int, yaml.Node | None]:
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


def found(data: Any, path: Sequence[Key]) -> Any:
    """The value at a path of keys and indexes; None where there is none."""
    for step in path:
        if not _in(data, step):
            return None
        data = data[step if isinstance(data, list) else str(step)]
    return data


def has(data: Any, path: Sequence[Key]) -> bool:
    """Whether there is a value at a path, though it be nothing."""
    return not path or _in(found(data, path[:-1]), path[-1])


def mapping(data: Any, *path: Key) -> Mapping[str, Any]:
    """The keys and values at a path; none where something else stands there."""
    there = found(data, path)
    return there if isinstance(there, Mapping) else {}


def _in(data: Any, step: Key) -> bool:
    if isinstance(data, list):
        return isinstance(step, int) and step < len(data)
    return isinstance(data, Mapping) and str(step) in data


def read(path: Path, name: str | None = None, *, largest: int = LARGEST) -> Source:
    """Read a file of at most so many bytes; ``name`` is what faults call it.

    Raises
    ------
    Faults
        It is not there, no file, too large, not UTF-8, not well-formed, or repeats keys.
    """
    file = name or str(path)
    try:
        return parse(text_of(path, largest), file)
    except Malformed as error:
        raise Faults([Fault(file, error.line, error.message)]) from error


def parse(text: str, file: str) -> Source:
    """See ``read``."""
    try:
        with uncollected():
            root = json_text.compose(text) if text.lstrip()[:1] == "{" else yaml_text.compose(text)
            faults = [
                Fault(file, line_of(key), f"key {shown(key.value)} is already on line {first}")
                for key, first in islice(repeated(root), MOST_FAULTS)
            ]
            if faults:
                raise Faults(faults)
            return Source(file, text, values(root), root)
    except Malformed as error:
        raise Faults([Fault(file, error.line, error.message)]) from error


def _told_once(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Faults of what several take over, as one each that names them."""
    takers: dict[Fault, set[str]] = {}
    for fault in faults:
        takers.setdefault(replace(fault, takers=()), set()).update(fault.takers)
    return (replace(fault, takers=tuple(sorted(names))) for fault, names in takers.items())


def listed_twice(source: Source, listed: object, *path: Key, meant: Callable[[str], str] = str) -> Iterator[Fault]:
    """Texts of a list that mean the same as one before them, of very many the first.

    ``meant`` raises ValueError where one means nothing.
    """
    return islice(_listed_twice(source, listed, path, meant), MOST_FAULTS)


def _listed_twice(
    source: Source, listed: object, path: tuple[Key, ...], meant: Callable[[str], str]
) -> Iterator[Fault]:
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
