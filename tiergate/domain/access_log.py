"""Lines of the access log (``docs/access-log.md``) as values."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from urllib.parse import unquote

from tiergate.domain.decision import UNKNOWN

LONGEST = 65_536
"""Bytes of a line; the longest that API Gateway writes has a path of 8 KB."""

LATEST = 253_370_764_800_000
"""Milliseconds: the year 9999, up to which calendars count."""

MOST_WAITED = 10_000
"""Milliseconds: the longest that API Gateway waits for an authorizer."""

UNJUDGED, FAILED, MATCH, PLACE, CREDENTIAL, STANDING, ENTITLED, SCOPES, BROWNOUT, PLAN, LIMITS = range(11)
"""How far a call came: to what refused it, in the authorizer's order; the last is where calls are admitted.

``UNJUDGED``: API Gateway answered without the authorizer. ``FAILED``: a service that the authorizer asks did.
"""

STAGES = {
    **dict.fromkeys(("path_malformed", "api_not_found", "api_retired", "operation_not_found"), MATCH),
    "method_not_allowed": MATCH,
    **dict.fromkeys(("organization_suspended", "application_suspended", "subscription_suspended"), STANDING),
    "subscription_missing": ENTITLED,
    "scope_missing": SCOPES,
    "api_brownout": BROWNOUT,
    "plan_not_deployed": PLAN,
    **dict.fromkeys(("admitted", "quota_exceeded", "rate_exceeded"), LIMITS),
}
CONDITIONS = frozenset({"address_not_allowed", "certificate_not_allowed"})
CREDENTIALS = ("credential_", "token_", "certificate_mismatch")


class NotOurs(ValueError):
    """A line that is none of the access log's; the text says why."""


class Line(NamedTuple):
    """One call and what was decided on it. ``now``: when, in microseconds; ``path`` decoded, with its API.

    Of what was not known, the text is ``decision.UNKNOWN``.
    """

    now: int
    method: str
    path: str
    admitted: bool
    reason: str
    cause: str
    stage: int
    status: str
    unchecked: bool
    """Let through without a check of limits, while they could not be checked."""
    organization: str
    application: str
    subscription: str
    credential: str
    scheme: str
    product: str
    plan: str
    address: str
    operation: str


WRITTEN = (
    *("time", "request_id", "method", "path", "api", "operation", "status", "decision", "reason", "cause", "fallback"),
    *("organization", "application", "subscription", "credential", "scheme", "product", "plan", "cost", "address"),
    *("authorizer_latency", "integration_latency", "latency", "integration_error", "gateway_error", "bytes"),
)
"""Fields of a line in the order in which a gateway writes them."""

UNREAD = frozenset({"request_id", "api", "cost", "integration_error", "gateway_error", "bytes"})
FIELDS = tuple(name for name in WRITTEN if name not in UNREAD)
_TEXT = r'[^"\\\x00-\x1f]*+'
_AS_WRITTEN = re.compile(
    r"\{" + ", ".join(f'"{name}": "{_TEXT if name in UNREAD else f"({_TEXT})"}"' for name in WRITTEN) + r"\}\s*"
)
"""A line without anything escaped, which is nearly all of them: read in less than half of the time that JSON takes."""

_texts = itemgetter(*FIELDS)


def read(raw: bytes) -> Line:
    """A line as it stands in a file; what stands before its first brace (a time, a stream's name) is passed over.

    Raises
    ------
    NotOurs
        It is no line of the access log.
    """
    if len(raw) > LONGEST:
        raise NotOurs(f"longer than {LONGEST:,} bytes")
    try:
        text = str(raw, "utf-8")
    except ValueError:
        raise NotOurs("not UTF-8") from None
    begin = text.find("{")
    if begin < 0:
        raise NotOurs("no JSON object")
    written = _AS_WRITTEN.fullmatch(text, begin)
    return _line(*(written.groups() if written else _from_json(text[begin:])))


def decoded(path: str) -> str:
    """As API Gateway hands a path on: with ``%25`` as it came."""
    return unquote(path.replace("%25", "%2525"))


def parted(path: str) -> tuple[str, str]:
    """``<api>/<version>`` of a whole path, and what is below it."""
    parts = path.lstrip("/").split("/", 2)
    return "/".join(parts[:2]), f"/{parts[2]}" if len(parts) > 2 else "/"


def from_json(text: str) -> Any:
    """What a line says, unless a name is there twice: a quote in a caller's path may have written it.

    Raises
    ------
    NotOurs
        It is no JSON, or not to be believed.
    """
    try:
        return _decode(text)
    except NotOurs:
        raise
    except (ValueError, RecursionError):
        raise NotOurs("not JSON") from None


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotOurs("a field is there twice")
    return found


_decode = json.JSONDecoder(object_pairs_hook=_once).decode


def _from_json(text: str) -> tuple[str, ...]:
    found = from_json(text)
    try:
        texts: tuple[str, ...] = _texts(found)
    except (KeyError, TypeError):
        raise NotOurs(_lacking(found)) from None
    if set(map(type, texts)) != {str}:
        raise NotOurs("a field is not text")
    return texts


def _line(
    time: str,
    method: str,
    path: str,
    operation: str,
    status: str,
    decision: str,
    reason: str,
    cause: str,
    fallback: str,
    organization: str,
    application: str,
    subscription: str,
    credential: str,
    scheme: str,
    product: str,
    plan: str,
    address: str,
    authorizer: str,
    integration: str,
    latency: str,
) -> Line:
    if not (time.isascii() and time.isdecimal() and len(time) <= 15) or int(time) >= LATEST:
        raise NotOurs("its time is no number of milliseconds since 1970")
    if "%" in path:
        path = decoded(path)
    stage = STAGES.get(reason)
    if stage is None:
        stage = _stage(reason, application, scheme)
    if decision == UNKNOWN:
        stage = UNJUDGED
    return Line(
        int(time) * 1000 + _waited(latency, integration, authorizer),
        method,
        path,
        decision == "allow",
        reason,
        cause,
        stage,
        status,
        fallback == "open",
        organization,
        application,
        subscription,
        credential,
        scheme,
        product,
        plan,
        address,
        operation,
    )


@lru_cache(maxsize=10_000)
def _waited(latency: str, integration: str, authorizer: str) -> int:
    """Microseconds from a call's coming to the authorizer's clock: all, without what came after."""
    try:
        after = float(authorizer) + (0 if integration == UNKNOWN else float(integration))
        return round(1000 * min(max(float(latency) - after, 0), MOST_WAITED))
    except (ValueError, OverflowError):
        return 0


def _stage(reason: str, application: str, scheme: str) -> int:
    """Conditions are an API's, a credential's or an application's: what was known of the caller tells them apart."""
    if reason in CONDITIONS:
        if scheme == UNKNOWN:
            return PLACE
        return CREDENTIAL if application == UNKNOWN else STANDING
    return CREDENTIAL if reason.startswith(CREDENTIALS) else FAILED


def _lacking(found: object) -> str:
    if not isinstance(found, dict):
        return "no JSON object"
    return f"it lacks {', '.join(name for name in FIELDS if name not in found)}"
