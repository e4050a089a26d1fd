"""The one place where errors become answers, as ``application/problem+json``."""

import traceback
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.portal_api.refusals import Refused, sentence
from tiergate.adapters.people import NotSignedIn
from tiergate.adapters.registry import (
    Conflict,
    Decided,
    Deleted,
    Ended,
    Full,
    Invalid,
    LastOwner,
    Missing,
    NotOffered,
    RegistryError,
    Stale,
    Suspended,
    Taken,
    Withheld,
)
from tiergate.adapters.repeatable import Expired, Reused
from tiergate.adapters.telemetry import log
from tiergate.domain.problems import document
from tiergate.domain.registry import RecordMalformed

MEANT: Mapping[type[RegistryError], str] = {
    Stale: "version_stale",
    Conflict: "conflict",
    Taken: "taken",
    NotOffered: "offer_unknown",
    Full: "full",
    LastOwner: "last_owner",
    Ended: "invitation_expired",
    Decided: "request_decided",
    Suspended: "organization_suspended",
    Withheld: "withheld",
    Invalid: "invalid",
    RegistryError: "not_possible",
}
"""What the registry's errors are to partners, by code. Of several the first that fits."""


class Exhausted(RegistryError):
    """A limit of the portal is used up for ``wait`` seconds."""

    def __init__(self, text: str, wait: int) -> None:
        super().__init__(text)
        self.wait = wait


def problem(error: Exception, *, request_id: str, support: str, if_match: bool) -> Response[str]:
    """The answer to a request that raised; what was not foreseen goes to the log, without what it was about.

    ``if_match``: whether the request named a version.
    """
    refused = _refused(error, if_match)
    if refused.refusal.status >= 500:
        _tell(error, request_id)
    members: dict[str, object] = {}
    if refused.faults:
        members["errors"] = [{"field": field, "detail": detail} for field, detail in refused.faults.items()]
    headers: dict[str, Any] = {"cache-control": "no-store"}
    if refused.wait:
        headers["retry-after"] = str(refused.wait)
    words = {**refused.words, "support": support, "wait": refused.wait}
    body = document(refused.refusal, words, request_id=request_id, **members).decode()
    return Response(refused.refusal.status, "application/problem+json", body, headers)


def _refused(error: Exception, if_match: bool) -> Refused:
    match error:
        case Refused():
            return error
        case NotSignedIn():
            return Refused("token_invalid")
        case Missing() | Deleted():
            return Refused("not_found")
        case Exhausted():
            return Refused("too_many_requests", text=sentence(error.text), wait=error.wait)
        case Reused():
            return Refused("idempotency_key_reused")
        case Expired():
            return Refused("request_expired")
        case RegistryError() if not isinstance(error.__cause__, RecordMalformed):
            kind = Conflict if isinstance(error, Stale) and not if_match else type(error)
            code = next(code for base, code in MEANT.items() if issubclass(kind, base))
            return Refused(code, text=sentence(error.text))
        case ClientError() | BotoCoreError():
            return Refused("portal_unavailable", wait=2)
    return Refused("portal_failed")


def _tell(error: Exception, request_id: str) -> None:
    """Without the error's text, which may repeat what somebody sent."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    trace = "".join(traceback.format_tb(error.__traceback__))
    log("ERROR", "portal failed", request_id=request_id, error=type(error).__name__, code=code, trace=trace)
