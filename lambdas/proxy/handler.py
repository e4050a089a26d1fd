"""The managed proxy: forwards what was allowed, renders every refusal."""

import os
import traceback
from dataclasses import replace
from typing import Any

from tiergate.adapters.http_api import Event, proxy_response, read_decision, read_request, request_id
from tiergate.adapters.settings import ProxySettings, load_catalogue
from tiergate.adapters.telemetry import log
from tiergate.adapters.upstreams import Upstreams
from tiergate.domain.decision import Decision
from tiergate.domain.messages import UpstreamFailure, inbound
from tiergate.domain.problems import problem
from tiergate.domain.refusals import FAULT

CATALOGUE = load_catalogue(os.environ)
UPSTREAMS = Upstreams(ProxySettings.of(os.environ).functions)


def handler(event: Event, _context: object) -> dict[str, Any]:
    """Answers with a response of payload format 2.0, an upstream's or a problem."""
    decision = Decision(FAULT)
    try:
        decision = read_decision(event)
        if decision.allowed:
            return _forward(event, decision)
    except UpstreamFailure as failure:
        log(
            "WARNING",
            "upstream failed",
            request_id=request_id(event),
            api=decision.api,
            code=failure.code,
            cause=failure,
        )
        decision = replace(decision, reason=failure.code)
    except Exception:
        log("ERROR", "proxy failed", request_id=request_id(event), trace=traceback.format_exc())
        decision = replace(decision, reason=FAULT)
    return proxy_response(
        problem(decision, request_id=request_id(event), platform=CATALOGUE.platform, support=CATALOGUE.support)
    )


def _forward(event: Event, decision: Decision) -> dict[str, Any]:
    api = CATALOGUE.apis[decision.api]
    answer = UPSTREAMS.send(api.upstream, read_request(event, decision), api.timeout)
    return proxy_response(inbound(answer, decision, request_id(event)))
