"""Calls made up from the templates of a document, and a plain reading of which templates a path fits."""

import re
from collections.abc import Iterable

from tiergate.policy.openapi import PARAMETER, Operation

NOWHERE = "/zq7-nowhere"
"""Behind a path, one that most documents lack."""

COMMON = frozenset({"GET", "PUT", "POST", "DELETE", "PATCH"})


def made(template: str) -> str:
    """A call's path of a template, each parameter with a value of its own."""
    count = iter(range(1000))
    return PARAMETER.sub(lambda _: f"Zq{next(count)}", template)


def fitting(operations: Iterable[Operation], path: str) -> set[str]:
    """The methods of a path: a parameter takes one or more characters."""
    return {
        operation.method
        for operation in operations
        if re.fullmatch("[^/]+".join(map(re.escape, PARAMETER.split(operation.template)[::2])), path)
    }
