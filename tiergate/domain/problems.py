"""Refusals as ``application/problem+json`` (RFC 9457), with what to do next."""

import json
from collections.abc import Mapping

from tiergate.domain import deprecation
from tiergate.domain.catalogue import KEY
from tiergate.domain.challenges import challenges, wanted
from tiergate.domain.decision import FAULT, Decision
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.messages import Response, gateway_fields
from tiergate.domain.refusals import REFUSALS, Refusal

REPEATED = "x-www-authenticate"
"""Says what ``WWW-Authenticate`` does, in case API Gateway gives that another name."""


ENDING = frozenset({"api_retired", "api_brownout"})
"""Refusals for the end of an API version, which say what comes after it."""


def problem(
    decision: Decision,
    *,
    request_id: str,
    platform: str,
    support: str,
    accepts: str = KEY,
    lifecycle: Lifecycle | None = None,
    now: int = 0,
) -> Response:
    """The answer to a call that is not let through, or that the upstream could not answer, at ``now`` (microseconds).

    ``platform`` is the realm of its challenges; ``accepts``: the credentials that the API does (``ApiVersion``).
    ``lifecycle``: the API's.
    """
    refusal = REFUSALS.get(decision.reason) or REFUSALS[FAULT]
    headers = [("content-type", "application/problem+json"), ("cache-control", "no-store")]
    if decision.wait:
        headers.append(("retry-after", str(decision.wait)))
    if decision.methods:
        headers.append(("allow", ", ".join(decision.methods)))
    for challenge in challenges(decision, refusal, platform, accepts):
        headers += [("www-authenticate", challenge), (REPEATED, challenge)]
    headers += gateway_fields(decision, request_id)
    more = {"violated-policies": list(decision.violated), "cause": decision.cause}
    members: dict[str, object] = {name: value for name, value in more.items() if value}
    needed, sent_in = wanted(decision, accepts)
    words = {"support": support, "wait": decision.wait, "credentials": needed, "credentials_in": sent_in}
    if decision.reason in ENDING:
        words |= deprecation.words(lifecycle, decision.wait, now)
        members |= deprecation.members(lifecycle)
    return Response(refusal.status, headers, document(refusal, words, request_id=request_id, **members))


def document(refusal: Refusal, words: Mapping[str, object], *, request_id: str, **members: object) -> bytes:
    """The problem document of a refusal; ``words`` go into its ``detail`` and ``next``."""
    problem = {
        "type": refusal.type,
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail.format(**words),
        "next": refusal.next.format(**words),
        "request_id": request_id,
    }
    return json.dumps(problem | members, ensure_ascii=False).encode(errors="replace")
