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

BLANKS = (
    "".join(map(chr, range(0x21)))
    + "\x85\xa0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b"
    + "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What one upstream or another trims off a text: Unicode's white space, U+0000 to U+0020, and three of no width."""


def split(path: str) -> list[str]:
    """The segments of a path that begins with a slash; a trailing slash is an empty last segment."""
    return path[1:].split("/")


def plainly(segment: str) -> str:
    """A segment as lenient upstreams read it: without case, what follows a semicolon, blanks, and dots at its end."""
    return segment.partition(";")[0].strip(BLANKS).rstrip(BLANKS + ".").casefold()


def match(root: Node, method: str, path: str) -> tuple[int | None, tuple[str, ...]]:
    """The index of the operation, and the methods that the path has.

    A literal segment goes before a parameter, as OpenAPI asks; a more general template is tried where the nearest
    lacks the method. HEAD is answered by a template's GET where that has no HEAD, before any more general template is
    tried. No methods: the path is unknown.
    """
    allowed: dict[str, int] = {}
    for methods in _ends(root, split(path), 0):
        for name in (method, "GET") if method == "HEAD" else (method,):
            if name in methods:
                return methods[name], ()
        for name, index in methods.items():
            allowed.setdefault(name, index)
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
