"""Addresses that come from documents, and those of the portal's own pages."""

import re
import unicodedata
from collections.abc import Collection, Mapping
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


def slug(name: str, taken: Collection[str] = (), fallback: str = "tag") -> str:
    """A name as a part of an address, unlike those that are taken."""
    ascii_ = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    first = re.sub(r"[^a-z0-9]+", "-", ascii_.lower()).strip("-")[:60].strip("-") or fallback
    chosen, number = first, 2
    while chosen in taken:
        chosen, number = f"{first}-{number}", number + 1
    return chosen


def page_of(api: str, tag: str = "", operation: str = "") -> str:
    """``/apis/bank/v1/accounts#listAccounts``."""
    parts = "/".join(["/apis", api, *([tag] if tag else [])])
    return f"{parts}#{quote(operation, safe='')}" if operation else parts
