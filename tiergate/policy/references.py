"""References within a document. What lies in another file or on another host is never opened."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote

LONGEST = 2000
"""Characters of a reference that is followed."""

MOST_STEPS = 10
"""References to references that are followed before the last one counts as leading nowhere."""

_MOST_DIGITS = 9


class References:
    """The local references of one document, each looked up once however often it is made."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self._found: dict[str, tuple[Any, Sequence[str | int]]] = {}
        self._circular: dict[str, bool] = {}

    def resolve(self, reference: str) -> Any:
        """See the function of this name."""
        return self.located(reference)[0]

    def located(self, reference: str) -> tuple[Any, Sequence[str | int]]:
        """See the function of this name."""
        if reference not in self._found:
            self._found[reference] = located(self._document, reference)
        return self._found[reference]

    def followed(self, item: Any) -> tuple[Any, str]:
        """What an item stands for, and the last reference on the way there; empty where it is none.

        The item is None where a reference leads nowhere, and still a reference where it leads out of the document, in
        a circle or through too many others.
        """
        last = ""
        for _ in range(MOST_STEPS):
            if not refers(item) or not item["$ref"].startswith("#/"):
                break
            last = item["$ref"]
            item = self.resolve(last)
        return item, (item["$ref"] if refers(item) else last)

    def circular(self, reference: str) -> bool:
        """Whether it leads from reference to reference in a circle, however many there are."""
        way: dict[str, None] = {}
        while reference.startswith("#/") and reference not in way and reference not in self._circular:
            way[reference] = None
            item = self.resolve(reference)
            reference = item["$ref"] if refers(item) else ""
        known = self._circular.get(reference, reference in way)
        self._circular |= dict.fromkeys(way, known)
        return known


def refers(item: Any) -> bool:
    """Whether an item is a reference."""
    return isinstance(item, Mapping) and isinstance(item.get("$ref"), str)


def resolve(document: Any, reference: str) -> Any:
    """What a local reference (``#/components/…``) points at; None for any other, and where there is nothing."""
    return located(document, reference)[0]


def located(document: Any, reference: str) -> tuple[Any, Sequence[str | int]]:
    """What `resolve` finds, and the keys and indexes that lead there."""
    path: list[str | int] = []
    if not reference.startswith("#/") or len(reference) > LONGEST:
        return None, path
    for part in reference[2:].split("/"):
        step = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping):
            path.append(step)
            document = document.get(step)
        elif isinstance(document, list) and _index(step) < len(document):
            path.append(_index(step))
            document = document[_index(step)]
        else:
            return None, path
    return document, path


def _index(step: str) -> int:
    """One that no list has where the step is no index."""
    return int(step) if step.isascii() and step.isdigit() and len(step) <= _MOST_DIGITS else 10**_MOST_DIGITS
