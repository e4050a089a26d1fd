"""Every way that the portal refuses, as ``application/problem+json``: the one place where errors become answers."""

import traceback
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.event_handler import Response
from botocore.exceptions import BotoCoreError, ClientError

from tiergate.adapters.people import NotSignedIn
from tiergate.adapters.portal_requests import Expired, Reused
from tiergate.adapters.registry import (
    Conflict,
    Deleted,
    Ended,
    Full,
    Invalid,
    LastOwner,
    Missing,
    NotOffered,
    RegistryError,
    Stale,
    Taken,
)
from tiergate.adapters.telemetry import log
from tiergate.domain.problems import document
from tiergate.domain.refusals import Refusal
from tiergate.domain.registry import RecordMalformed

AGAIN = "Look at it again, and send the request again."
THERE_IS_NONE = "There is no such thing, or it belongs to an organization that you are no member of."
MEND = "Mend what `errors` lists."


class Refused(Exception):
    """Nothing was changed. ``faults``: what is wrong, by field. ``wait``: seconds until it can succeed."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        next_: str,
        *,
        faults: Mapping[str, str] | None = None,
        wait: int = 0,
    ) -> None:
        super().__init__(code)
        self.refusal = Refusal(code, status, detail, next_)
        self.faults = faults or {}
        self.wait = wait


class Exhausted(RegistryError):
    """A limit of the portal is used up for ``wait`` seconds."""

    def __init__(self, text: str, wait: int) -> None:
        super().__init__(text)
        self.wait = wait


MEANT: Mapping[type[RegistryError], tuple[int, str, str]] = {
    Stale: (412, "version_stale", "Read it again, and send the change with its new ETag."),
    Conflict: (409, "conflict", AGAIN),
    Taken: (409, "taken", "Use the one that is there, or choose another."),
    NotOffered: (422, "offer_unknown", "Choose among the products and plans of the catalogue."),
    Full: (409, "full", "Delete what is no longer used. Help: {support}"),
    LastOwner: (409, "last_owner", "Make somebody else an owner first."),
    Ended: (410, "invitation_expired", "Ask an owner of the organization to invite you again."),
    RegistryError: (409, "not_possible", "Look at it again. Help: {support}"),
}
"""What the registry's errors are to partners: status, code and advice. Of several the first that fits."""


def not_found() -> Refused:
    """The same for what is not there and what is not the caller's to see."""
    return Refused(404, "not_found", THERE_IS_NONE, "Check the address; GET /me lists the organizations you belong to.")


def not_signed_in() -> Refused:
    return Refused(401, "token_invalid", "This is no access token of the portal.", "Sign in again.")


def invalid(faults: Mapping[str, str]) -> Refused:
    """``faults``: what to send instead, by field."""
    return Refused(422, "invalid", "Some fields are not as they must be.", MEND, faults=faults)


def public(error: Exception) -> str:
    """What partners may read of an error of the registry, whose advice is for those who have its command line."""
    clauses = str(error).split("; ")
    ours = next((at for at, clause in enumerate(clauses) if "tiergate " in clause or "--" in clause), len(clauses))
    text = "; ".join(clauses[: max(ours, 1)])
    return f"{text[:1].upper()}{text[1:]}."


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
    words = {"support": support, "wait": refused.wait}
    plain = refused.refusal._replace(detail=_unformatted(refused.refusal.detail))
    body = document(plain, words, request_id=request_id, **members).decode()
    return Response(refused.refusal.status, "application/problem+json", body, headers)


def _refused(error: Exception, if_match: bool) -> Refused:
    match error:
        case Refused():
            return error
        case NotSignedIn():
            return not_signed_in()
        case Missing() | Deleted():
            return not_found()
        case Exhausted():
            return Refused(429, "too_many_requests", public(error), "Try again in {wait} s.", wait=error.wait)
        case Reused():
            advice = "Send another Idempotency-Key with each creation."
            return Refused(
                422, "idempotency_key_reused", "This Idempotency-Key came with another request before.", advice
            )
        case Expired():
            advice = "Look whether it is there; send a new Idempotency-Key to make another."
            return Refused(409, "request_expired", "This request was made more than 24 hours ago.", advice)
        case Invalid():
            return Refused(422, "invalid", public(error), "Mend it, and send the request again.")
        case RegistryError() if not isinstance(error.__cause__, RecordMalformed):
            return _meant(error, if_match)
        case ClientError() | BotoCoreError():
            advice = "Look whether it was done; send a creation again with the same Idempotency-Key. Help: {support}"
            return Refused(503, "portal_unavailable", "A store of the portal did not answer.", advice, wait=2)
    advice = "Look whether it was done; send a creation again with the same Idempotency-Key. Help: {support}"
    return Refused(500, "portal_failed", "Something is wrong with the portal.", advice)


def _meant(error: RegistryError, if_match: bool) -> Refused:
    kind = Conflict if isinstance(error, Stale) and not if_match else type(error)
    status, code, advice = next(meant for base, meant in MEANT.items() if issubclass(kind, base))
    return Refused(status, code, public(error), advice)


def _unformatted(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _tell(error: Exception, request_id: str) -> None:
    """Without the error's text, which may repeat what somebody sent."""
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    trace = "".join(traceback.format_tb(error.__traceback__))
    log("ERROR", "portal failed", request_id=request_id, error=type(error).__name__, code=code, trace=trace)
