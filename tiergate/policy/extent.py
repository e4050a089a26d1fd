"""How much of a file is read: more than any real document has, and no more than a small machine carries."""

from typing import NamedTuple

from tiergate.policy.nodes import Malformed

LARGEST = 16_000_000
"""Bytes of a file, and characters of its texts with all aliases written out."""

MOST_VALUES = 1_000_000
"""Keys, values, lists and mappings of a file, with all aliases written out."""

DEEPEST = 100
"""Lists and mappings within each other, with all aliases written out."""


class Part(NamedTuple):
    """What an anchor's value holds: ``height`` in levels."""

    values: int
    characters: int
    height: int


class Extent:
    """What was composed so far. An alias counts as what it stands for, each time that it is used.

    So whoever copies or writes out what was read is bounded too, though aliases share their values here.
    """

    def __init__(self) -> None:
        self._values = self._characters = self._level = self._deepest = 0

    def scalar(self, line: int, text: str) -> None:
        """
        Raises
        ------
        Malformed
            The file holds more than is read; so the other methods.
        """
        self._values += 1
        self._characters += len(text)
        if self._values > MOST_VALUES:
            raise Malformed(
                line, f"more than {MOST_VALUES:,} keys and values up to here, the most that is read; split it"
            )

    def begin(self, line: int) -> None:
        """A list or mapping begins."""
        self.scalar(line, "")
        self._level += 1
        if self._level > self._deepest:
            self._deepest = self._level
            self._bounded_depth(line, self._level)

    def end(self) -> None:
        """It ends."""
        self._level -= 1

    def anchored(self) -> Part:
        """What is to be given to ``part`` when the value that an anchor names has ended."""
        outer = Part(self._values, self._characters, self._deepest)
        self._deepest = self._level
        return outer

    def part(self, outer: Part) -> Part:
        """What the anchor's value holds."""
        part = Part(self._values - outer.values, self._characters - outer.characters, self._deepest - self._level)
        self._deepest = max(self._deepest, outer.height)
        return part

    def alias(self, line: int, part: Part) -> None:
        """An anchor's value stands here once more."""
        self._values += part.values
        self._characters += part.characters
        self._deepest = max(self._deepest, self._level + part.height)
        told = "with its aliases written out, {} up to here, the most that is read; use fewer of them, or $ref"
        if self._values > MOST_VALUES:
            raise Malformed(line, told.format(f"more than {MOST_VALUES:,} keys and values"))
        if self._characters > LARGEST:
            raise Malformed(line, told.format(f"more than {LARGEST:,} characters"))
        self._bounded_depth(line, self._level + part.height)

    @staticmethod
    def _bounded_depth(line: int, level: int) -> None:
        if level > DEEPEST:
            raise Malformed(
                line, f"nested more than {DEEPEST} levels deep, the most that is read; refer by $ref instead"
            )
