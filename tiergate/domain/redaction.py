"""Finds keys in texts that are not meant to hold any: all keys at once, wherever in a text they stand."""

from collections.abc import Iterable
from typing import Any

MASK = "(a key)"
SHORTEST = 8
"""Characters of a value: shorter ones are words of everyday names too."""


class Redaction:
    """``values``: what no text may hold. Those under ``SHORTEST`` characters are not looked for."""

    def __init__(self, values: Iterable[str]) -> None:
        found = {each for each in values if len(each) >= SHORTEST}
        self._length = min(map(len, found), default=SHORTEST)
        self._by_beginning: dict[str, list[str]] = {}
        for each in sorted(found, key=len, reverse=True):
            self._by_beginning.setdefault(each[: self._length], []).append(each)

    def holds(self, text: str) -> bool:
        return any(self._at(text, place) for place in range(len(text) - self._length + 1))

    def masked(self, text: str) -> str:
        """The text with ``MASK`` for each value."""
        made, end, place = [], 0, 0
        while place <= len(text) - self._length:
            found = self._at(text, place)
            if found:
                made += [text[end:place], MASK]
                end = place + len(found)
            place += len(found) or 1
        return "".join([*made, text[end:]])

    def without(self, document: Any) -> Any:
        """The same document, with an empty text for each that holds a value, and without names that do."""
        if isinstance(document, str):
            return "" if self.holds(document) else document
        if isinstance(document, dict):
            return {name: self.without(value) for name, value in document.items() if not self.holds(name)}
        return [self.without(each) for each in document] if isinstance(document, list) else document

    def _at(self, text: str, place: int) -> str:
        """The longest value that begins there; empty where none does."""
        known = self._by_beginning.get(text[place : place + self._length], ())
        return next((each for each in known if text.startswith(each, place)), "")
