"""What keeps a file from being written or restored."""

from typing import NamedTuple

MOST_TOLD = 50
"""Faults of which the text is kept; of more only how many there are."""


class ArchiveError(Exception):
    """The text says what is wrong and what to do."""


class Fault(NamedTuple):
    """What is wrong with a line, counted from 1; 0: with the file as a whole."""

    line: int
    text: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.text}" if self.line else self.text


class Faults:
    """Those that were found, at most ``MOST_TOLD`` of them by their texts."""

    def __init__(self) -> None:
        self._told: list[Fault] = []
        self._count = 0

    def add(self, line: int, text: str) -> None:
        self._count += 1
        if len(self._told) < MOST_TOLD:
            self._told.append(Fault(line, text))

    def settle(self, mend: str) -> None:
        """Raises ``ArchiveError`` with all of them and ``mend``, what to do, where there are any."""
        if not self._count:
            return
        lines = [str(each) for each in self._told]
        if self._count > len(lines):
            lines.append(f"and {self._count - len(lines)} more")
        raise ArchiveError("\n".join([*lines, mend]))
