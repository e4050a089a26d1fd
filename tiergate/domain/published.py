"""The published catalogue: what a portal shows of the policies, as one document and as the entries it is kept in.

``docs/catalogue.md`` tells the entries' fields.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

FILE = "catalogue.json"
"""The document's name at the root of a function's package."""

PLATFORM = "PLATFORM"
KINDS = {"products": "PRODUCT#", "plans": "PLAN#", "apis": "API#", "rest_apis": "REST_API#"}
"""The parts of a document, and what the names of their entries begin with; ``PLATFORM`` has no name of its own."""

MOST_BYTES = 390_000
"""Of an entry: an item of DynamoDB takes 400 KB, with its keys and attributes' names."""

Entry = Mapping[str, Any]


def entries(document: Mapping[str, Any]) -> dict[str, Entry]:
    """A document's entries by name, ``PLATFORM`` last."""
    named = {f"{prefix}{name}": entry for kind, prefix in KINDS.items() for name, entry in document[kind].items()}
    return {**named, PLATFORM: document["platform"]}


def assembled(named: Mapping[str, Entry]) -> dict[str, Any]:
    """The document of entries, of which ``PLATFORM`` must be one; the reverse of `entries`."""
    kinds = {
        kind: {name.removeprefix(prefix): named[name] for name in sorted(named) if name.startswith(prefix)}
        for kind, prefix in KINDS.items()
    }
    return {"platform": named[PLATFORM], **kinds}


def digest(named: Mapping[str, Entry]) -> str:
    """SHA-256 of all entries, in hexadecimal digits."""
    return hashlib.sha256(_text(named)).hexdigest()


def packed(operations: Sequence[Entry]) -> bytes:
    """An API version's operations as its entry keeps them: JSON, compressed by gzip. 2,000 take some 50 KB."""
    return gzip.compress(_text(operations), mtime=0)


def unpacked(stored: bytes) -> Any:
    """The reverse of `packed`.

    Raises
    ------
    OSError, EOFError, zlib.error, ValueError
        It is something else.
    """
    return json.loads(gzip.decompress(stored))


def size(entry: Entry) -> int:
    """Bytes of an entry as it is kept, at most."""
    whole = len(_text(entry))
    if whole <= MOST_BYTES or "operations" not in entry:
        return whole
    rest = {name: value for name, value in entry.items() if name != "operations"}
    return len(_text(rest)) + len(packed(entry["operations"]))


def _text(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
