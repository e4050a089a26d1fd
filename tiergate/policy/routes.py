"""Operations → the tree that ``tiergate.domain.operations`` walks."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from tiergate.domain.operations import plainly, split
from tiergate.policy.openapi import PARAMETER, Operation


def tree(found: Sequence[Operation]) -> dict[str, Any]:
    """The routes of one API version; an operation's index is its place in ``found``."""
    root: dict[str, Any] = {}
    literals: dict[str, int] = {}
    for index, operation in enumerate(found):
        node = root
        for segment in split(operation.template):
            node = _child(node, segment, literals)
        node.setdefault("methods", {})[operation.method] = index
    _order(root, literals)
    return root


def _child(node: dict[str, Any], segment: str, literals: dict[str, int]) -> dict[str, Any]:
    """The node that a segment leads to; ``literals`` takes how many characters of a pattern are literal."""
    if PARAMETER.fullmatch(segment):
        child: dict[str, Any] = node.setdefault("any", {})
        return child
    if "{" not in segment:
        literal: dict[str, Any] = node.setdefault("literal", {}).setdefault(unquote(segment), {})
        return literal
    regex = _regex(segment)
    literals[regex] = len(unquote(PARAMETER.sub("", segment)))
    pattern: dict[str, Any] = node.setdefault("pattern", {}).setdefault(regex, {})
    return pattern


def _regex(segment: str) -> str:
    """A segment such as ``{name}.{ext}``: matching takes steps in proportion to the segment's length.

    A parameter ends at the first literal behind it, the last parameter at the end; neighbours without a literal between
    them count as one. So nothing is tried twice.
    """
    regex, least = "", 0
    *literals, last = [re.escape(unquote(part)) for part in PARAMETER.split(segment)[::2]]
    for literal in literals:
        if literal and least:
            regex += f"(?:(?!{literal}).){{{least},}}"
            least = 0
        regex += literal
        least += 1
    return f"{regex}.{{{least},}}{last}"


def _order(node: dict[str, Any], literals: dict[str, int]) -> None:
    """The more literal pattern first, and what no parameter may pass for, whatever the order in the document."""
    if "literal" in node and ("any" in node or "pattern" in node):
        node["plain"] = sorted({plainly(literal) for literal in node["literal"]})
    if "pattern" in node:
        patterns = sorted(node["pattern"].items(), key=lambda entry: (-literals[entry[0]], entry[0]))
        node["pattern"] = [list(entry) for entry in patterns]
    children = [*node.get("literal", {}).values(), *(child for _, child in node.get("pattern", ()))]
    if "any" in node:
        children.append(node["any"])
    for child in children:
        _order(child, literals)
