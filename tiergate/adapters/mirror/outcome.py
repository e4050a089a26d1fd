"""What a run did, and what kept it from doing the rest."""

import re
import traceback
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from tiergate.adapters.registry import RegistryError
from tiergate.adapters.telemetry import log
from tiergate.domain.store import StoreUnavailable

FAULTS = (ClientError, BotoCoreError)
"""What an AWS client raises where a call was not answered as it should be."""

THROTTLED = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
FULL = "LimitExceededException"
"""The code where the account may have no more of something, which no waiting mends."""

STALE = frozenset({"ConflictException", "NotFoundException"})
"""Codes which say that somebody else was faster."""

OF_STAGES = frozenset({"CreateUsagePlan", "UpdateUsagePlan"})
"""Operations that find nothing where a stage is not there, however often they are tried."""

ADVICE = {
    "CreateApiKey": "where this stays, somebody took its tags off an API key named tiergate/…: delete that one",
    "CreateUsagePlanKey": "where this stays, the API key is in somebody's usage plan with the same stage: take it out",
}
"""What to do about a conflict, by operation."""

VALUES = re.compile(r"[0-9a-fA-F]{32,}")
"""What may be the value of an API key."""


class Failure(NamedTuple):
    """``what`` is not in step, e.g. ``application app_…``, and why. ``application``: its id, empty where it is none.
    ``again``: whether trying again may help."""

    what: str
    application: str
    reason: str
    again: bool

    @classmethod
    def of(cls, what: str, error: Exception, application: str = "", *, advice: str = "") -> "Failure":
        """What an error makes of it. Of one that nobody foresaw the log has where it came from, without what it says
        itself, which may be anything."""
        if isinstance(error, RegistryError):
            return cls(what, application, str(error), again=False)
        reason = reason_of(error)
        if not isinstance(error, (*FAULTS, StoreUnavailable)):
            trace = "".join(traceback.format_tb(error.__traceback__))
            log("ERROR", "not in step, to be tried again", what=what, reason=reason, trace=trace)
        return cls(what, application, f"{reason}; {advice}" if advice else reason, worth_again(error))


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

    @classmethod
    def of_fault(cls, what: str, error: Exception, application: str = "") -> "Outcome":
        """Nothing but one failure."""
        return cls(failed=(Failure.of(what, error, application),))

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
    """Whether the same may succeed later: throttling, conflicts, AWS's own faults, no answer, what nobody foresaw."""
    if not isinstance(error, ClientError):
        return True
    code, status = code_of(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code == FULL or (code == "NotFoundException" and error.operation_name in OF_STAGES):
        return False
    return code in THROTTLED | STALE or status >= 500 or status == 429


def reason_of(error: Exception) -> str:
    """What AWS said and what to do about it, without anything that may be a key's value."""
    if isinstance(error, StoreUnavailable):
        return f"KMS gives no root of native keys: {error}"
    if isinstance(error, BotoCoreError):
        return f"no answer ({type(error).__name__})"
    if not isinstance(error, ClientError):
        return f"unforeseen: {type(error).__name__}; the log has where"
    told = error.response.get("Error", {})
    said = VALUES.sub("…", f"{error.operation_name}: {told.get('Code', 'no code')}: {told.get('Message', '')}")
    if code_of(error) == FULL:
        return f"{said}; ask for a higher limit in Service Quotas, or take away what nobody uses"
    advice = ADVICE.get(error.operation_name) if code_of(error) == "ConflictException" else None
    return f"{said}; {advice}" if advice else said
