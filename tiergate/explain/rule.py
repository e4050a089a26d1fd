"""One rule that a call meets, and where it comes from."""

from datetime import UTC, datetime
from typing import NamedTuple

from tiergate.domain.limits import SECOND
from tiergate.policy.source import Key, Source

DEFAULT, THE_CALL, TAKEN, THE_LOG = "default", "the call", "assumed", "the access log"
"""Where a rule comes from that is in no file and no record."""


class Rule(NamedTuple):
    """One rule and what it says of the call. ``origin``: the ``file:line`` or the record that it comes from.

    ``refusal``: the code of the refusal where it refuses.
    """

    name: str
    says: str
    origin: str
    refusal: str = ""


def moment(time: int) -> str:
    """Microseconds as ``2027-01-31T12:00:00Z``."""
    return datetime.fromtimestamp(time // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def said(source: Source, *path: Key) -> str:
    """Where a value comes from."""
    return str(source.origin(*path) or DEFAULT)


def registry(record: str, *, offline: bool) -> str:
    """A record by its key in the registry; where none was looked at, it is assumed."""
    return TAKEN if offline else f"registry {record}"
