"""Refusals as ``application/problem+json`` (RFC 9457), with what to do next."""

import json
from collections.abc import Mapping

from tiergate.domain.decision import Decision
from tiergate.domain.messages import Response, gateway_fields
from tiergate.domain.refusals import FAULT, REFUSALS, Refusal


def problem(decision: Decision, *, request_id: str, platform: str, support: str) -> Response:
    """The answer to a call that is not let through, or that the upstream could not answer.

    ``platform`` is the realm of a 401 (RFC 6750 §3: no error code where no credential was sent).
    """
    refusal = REFUSALS.get(decision.reason) or REFUSALS[FAULT]
    headers = [("content-type", "application/problem+json"), ("cache-control", "no-store")]
    if decision.wait:
        headers.append(("retry-after", str(decision.wait)))
    if decision.methods:
        headers.append(("allow", ", ".join(decision.methods)))
    if refusal.status == 401:
        headers.append(("www-authenticate", f'ApiKey realm="{platform}"'))
    headers += gateway_fields(decision, request_id)
    members = {"violated-policies": list(decision.violated)} if decision.violated else {}
    words = {"support": support, "wait": decision.wait}
    return Response(refusal.status, headers, document(refusal, words, request_id=request_id, **members))


def document(refusal: Refusal, words: Mapping[str, object], *, request_id: str, **members: object) -> bytes:
    """The problem document of a refusal; ``words`` go into its ``next``."""
    problem = {
        "type": refusal.type,
        "title": refusal.title,
        "status": refusal.status,
        "code": refusal.code,
        "detail": refusal.detail,
        "next": refusal.next.format(**words),
        "request_id": request_id,
    }
    return json.dumps(problem | members, ensure_ascii=False).encode(errors="replace")
