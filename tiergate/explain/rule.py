"""One rule that a call meets, and where it comes from."""

from typing import NamedTuple

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


def said(source: Source, *path: Key) -> str:
    """Where a value comes from."""
    return str(source.origin(*path) or DEFAULT)


def registry(record: str, *, offline: bool) -> str:
    """A record by its key in the registry; where none was looked at, it is assumed."""
    return TAKEN if offline else f"registry {record}"
