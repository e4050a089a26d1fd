"""Identifiers made of names."""

import re
import unicodedata

_OTHERS = re.compile(r"[^a-z0-9]+")


def ascii_slug(name: str, longest: int) -> str:
    """At most ``longest`` lower-case ASCII letters, digits and hyphens; empty where the name has none of them."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return _OTHERS.sub("-", plain).strip("-")[:longest].rstrip("-")
