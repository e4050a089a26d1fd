"""Matching a method and a path to an operation of an OpenAPI document.

The compiled routes are a tree of path segments, plain data so that it ships as JSON. A node has, where it needs
them, ``literal`` (segment → node), ``pattern`` ([regex, node], for segments such as ``{id}.pdf``), ``any``
(a node for one whole ``{parameter}``) and ``methods`` (method → index of the operation); ``plain`` lists how its
literals read to a lenient upstream: a segment that reads like one of them, and is not it, is no parameter either.
"""

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Node = Mapping[str, Any]


def split(path: str) -> list[str]:
    """The segments of a path that begins with a slash; a trailing slash is an empty last segment."""
    return path[1:].split("/")


def plainly(segment: str) -> str:
    """A segment as lenient upstreams read it: case, what follows a semicolon, and dots and spaces at its end aside."""
    return segment.partition(";")[0].rstrip(". ").casefold()


def match(root: Node, method: str, path: str) -> tuple[int | None, tuple[str, ...]]:
    """The index of the operation, and the methods that the path has.

    A literal segment goes before a parameter, as OpenAPI asks; a more general template is tried where the nearest
    lacks the method. HEAD falls back on GET. No methods: the path is unknown.
    """
    allowed: dict[str, int] = {}
    for methods in _ends(root, split(path), 0):
        if method in methods:
            return methods[method], ()
        for name, index in methods.items():
            allowed.setdefault(name, index)
    if method == "HEAD" and "GET" in allowed:
        return allowed["GET"], ()
    return None, tuple(sorted(allowed))


def _ends(node: Node, segments: Sequence[str], depth: int) -> Iterator[Mapping[str, int]]:
    """The methods of every node that the whole path leads to, nearest first; each node is visited once."""
    if depth == len(segments):
        if "methods" in node:
            yield node["methods"]
        return
    segment = segments[depth]
    literal = node.get("literal", {})
    if segment in literal:
        yield from _ends(literal[segment], segments, depth + 1)
    elif "plain" in node and plainly(segment) in node["plain"]:
        return
    for pattern, child in node.get("pattern", ()):
        if _compiled(pattern).fullmatch(segment):
            yield from _ends(child, segments, depth + 1)
    if segment and "any" in node:
        yield from _ends(node["any"], segments, depth + 1)


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """One for each pattern of the bundle; ``re``'s own cache is too small for many."""
    return re.compile(pattern)
