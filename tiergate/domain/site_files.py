"""Files of the portal's site: what they are, by their names, and how long browsers keep them."""

import mimetypes
import posixpath
import re

PAGE = "index.html"
"""Answered at every address that is a page's."""

FEED, ADDRESS = "changelog.xml", "https://portal.invalid"
"""The one file that has the portal's own address in it, and what stands for that until the site is served."""

LASTING, FRESH = "public, max-age=31536000, immutable", "no-cache"
"""How long browsers keep what has its content's hash in its name, and all else, which they ask for each time."""

HASHED = re.compile(r"assets/[^/]+-[0-9A-Z]{8}\.[a-z0-9]+")

TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/rss+xml",
}
"""By the end of a name; what machines say of names differs."""


def kind_of(name: str) -> str:
    """The media type of a file, text in UTF-8."""
    end = posixpath.splitext(name)[1].lower()
    kind = TYPES.get(end) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") or kind.endswith(("json", "xml")) else kind


def lasting(name: str) -> bool:
    """Whether a file, named from the site's folder on, never changes under its name."""
    return HASHED.fullmatch(name) is not None


def cache_control(name: str) -> str:
    """`LASTING` or `FRESH`."""
    return LASTING if lasting(name) else FRESH
