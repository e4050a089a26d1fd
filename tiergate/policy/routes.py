"""Operations → the tree that ``tiergate.domain.operations`` walks."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from tiergate.domain.operations import split
from tiergate.policy.openapi import PARAMETER, Operation


def tree(found: Sequence[Operation]) -> dict[str, Any]:
    """The routes of one API version; an operation's index is its place in ``found``."""
    root: dict[str, Any] = {}
    for index, operation in enumerate(found):
        node = root
        for segment in split(operation.template):
            node = _child(node, segment)
        node.setdefault("methods", {})[operation.method] = index
    _order(root)
    return root


def _child(node: dict[str, Any], segment: str) -> dict[str, Any]:
    if PARAMETER.fullmatch(segment):
        child: dict[str, Any] = node.setdefault("any", {})
        return child
    if "{" not in segment:
        literal: dict[str, Any] = node.setdefault("literal", {}).setdefault(unquote(segment), {})
        return literal
    regex = _regex(segment)
    for known, child in node.setdefault("pattern", []):
        if known == regex:
            return child
    child = {}
    node["pattern"].append([regex, child])
    return child


def _regex(segment: str) -> str:
    """A segment such as ``{name}.{ext}``. A parameter ends at the first literal behind it: no backtracking."""
    parts = PARAMETER.split(segment)
    literals = [re.escape(unquote(part)) for part in parts[::2]]
    regex = literals[0]
    for literal in literals[1:]:
        regex += f"(?:(?!{literal}).)+{literal}" if literal else ".+"
    return regex


def _order(node: dict[str, Any]) -> None:
    """The more literal pattern first, whatever the order in the document."""
    if "pattern" in node:
        node["pattern"].sort(key=lambda entry: (-len(entry[0]), entry[0]))
    children = [*node.get("literal", {}).values(), *(child for _, child in node.get("pattern", ()))]
    if "any" in node:
        children.append(node["any"])
    for child in children:
        _order(child)
