"""Identifiers made of names."""

import re
import unicodedata

_OTHERS = re.compile(r"[^a-z0-9]+")


def ascii_slug(name: str, longest: int) -> str:
    """At most ``longest`` lower-case ASCII letters, digits and hyphens; empty where the name has none of them."""
    plain = _taken_apart(name).encode("ascii", "ignore").decode().lower()
    return _OTHERS.sub("-", plain).strip("-")[:longest].rstrip("-")


def spelled_in_ascii(name: str) -> bool:
    """Whether no letter and no digit is missing from what is made of it in ASCII, but what is over and under them."""
    return all(each.isascii() or not each.isalnum() for each in _taken_apart(name))


def _taken_apart(name: str) -> str:
    return unicodedata.normalize("NFKD", name)
