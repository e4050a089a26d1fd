"""What a run did, and what kept it from doing the rest."""

import re
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

FAULTS = (ClientError, BotoCoreError)
"""What an AWS client raises where a call was not answered as it should be."""

THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})
STALE = frozenset({"ConflictException", "NotFoundException"})
"""Codes which say that somebody else was faster."""

VALUES = re.compile(r"[0-9a-fA-F]{32,}")
"""What may be the value of an API key."""


class Failure(NamedTuple):
    """``what`` is not in step, e.g. ``application app_…``, and why. ``application``: its id, empty where it is none.
    ``again``: whether trying again may help."""

    what: str
    application: str
    reason: str
    again: bool


class Outcome(NamedTuple):
    """Native usage plans and API keys by what became of them; a key that went into another usage plan is updated.

    ``planned``: in words what a dry run would do. ``differences``: limits that usage plans cannot have. ``complete``:
    False where the time did not last, and the next run goes on.
    """

    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    failed: tuple[Failure, ...] = ()
    planned: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    complete: bool = True

    def __add__(self, other: object) -> "Outcome":
        """Both together: what differs is told once."""
        if not isinstance(other, Outcome):
            return NotImplemented
        return Outcome(
            self.created + other.created,
            self.updated + other.updated,
            self.deleted + other.deleted,
            self.unchanged + other.unchanged,
            self.failed + other.failed,
            self.planned + other.planned,
            tuple(dict.fromkeys(self.differences + other.differences)),
            self.complete and other.complete,
        )

    @property
    def changed(self) -> int:
        return self.created + self.updated + self.deleted


def code_of(error: Exception) -> str:
    """AWS's, or empty where there was no answer."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def worth_again(error: Exception) -> bool:
    """Whether the same call may succeed later: throttling, conflicts, AWS's own faults, no answer."""
    if not isinstance(error, ClientError):
        return True
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return code_of(error) in THROTTLED or code_of(error) == "ConflictException" or status >= 500 or status == 429


def reason_of(error: Exception) -> str:
    """What AWS said, without anything that may be a key's value."""
    if not isinstance(error, ClientError):
        return f"no answer ({type(error).__name__})"
    told = error.response.get("Error", {})
    return VALUES.sub("…", f"{error.operation_name}: {told.get('Code', 'no code')}: {told.get('Message', '')}")
