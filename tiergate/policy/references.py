"""References within a document."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote


def resolve(document: Any, reference: str) -> Any:
    """What a local reference (``#/components/…``) points at; None for any other, and where there is nothing."""
    if not reference.startswith("#/"):
        return None
    for part in reference[2:].split("/"):
        step = unquote(part).replace("~1", "/").replace("~0", "~")
        if isinstance(document, Mapping):
            document = document.get(step)
        elif isinstance(document, list) and step.isdecimal() and int(step) < len(document):
            document = document[int(step)]
        else:
            return None
    return document
