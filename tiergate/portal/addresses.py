"""Addresses that come from documents, and those of the portal's own pages."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from tiergate.policy.markdown import nodes

OUTWARD = re.compile(r"https?://[^\s\\<>\"]+|mailto:[^\s\\<>\"]+", re.IGNORECASE)


def safe(address: Any) -> str | None:
    """An address that a link may lead to; None for any other."""
    return address if isinstance(address, str) and OUTWARD.fullmatch(address) else None


def outward(stated: Any) -> Any:
    """``externalDocs``; None where it leads nowhere that a link may lead."""
    url = safe(stated.get("url")) if isinstance(stated, Mapping) else None
    description = stated.get("description") if isinstance(stated, Mapping) else None
    return {"url": url, "description": nodes(description) if isinstance(description, str) else []} if url else None


class Slugs:
    """Names as parts of addresses, each unlike those before it."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken, self._latest = set(taken), dict[str, int]()

    def of(self, name: str) -> str:
        """The same for a name wherever it stands, but for a number where others are like it.

        A name without any letter of ASCII gets a digest, so that it stays what it is when others come.
        """
        ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
        stem = re.sub(r"[^a-z0-9]+", "-", ascii_.lower()).strip("-")[:60].strip("-") or _digest(name)
        slug, number = stem, self._latest.get(stem, 1)
        while slug in self._taken:
            number += 1
            slug = f"{stem}-{number}"
        self._latest[stem] = number
        self._taken.add(slug)
        return slug


def _digest(name: str) -> str:
    return f"tag-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


def page_of(api: str, tag: str = "", operation: str = "") -> str:
    """``/apis/bank/v1/accounts#listAccounts``."""
    parts = "/".join(["/apis", api, *([tag] if tag else [])])
    return f"{parts}#{quote(operation, safe='')}" if operation else parts
