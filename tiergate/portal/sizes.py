"""How large a reference becomes: a short document can refer to a long part very often."""

from collections.abc import Mapping
from typing import Any

LARGEST_PART, LARGEST = 10_000_000, 50_000_000
"""Bytes of what one page of a reference needs, and of all pages of one, about."""


class Sizes:
    """Bytes of values as JSON, about. Each is looked at once, however often it is used, if the caller keeps it."""

    def __init__(self) -> None:
        self._known: dict[int, int] = {}

    def of(self, value: Any) -> int:
        """At most some hundred levels deep."""
        if isinstance(value, str):
            return len(value.encode("utf-8", "replace")) + 3
        if not isinstance(value, Mapping | list):
            return 8
        if id(value) not in self._known:
            parts = value if isinstance(value, list) else [each for pair in value.items() for each in pair]
            self._known[id(value)] = 2 + sum(map(self.of, parts))
        return self._known[id(value)]
