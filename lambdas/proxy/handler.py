"""The managed proxy: forwards what was allowed, renders every refusal, answers browsers' preflights."""

import gc
import os
import time
import traceback
from dataclasses import replace
from typing import Any

from tiergate.adapters.http_api import Event, request_id, routed
from tiergate.adapters.http_integration import (
    is_options,
    origin_of,
    proxy_response,
    read_decision,
    read_options,
    read_request,
)
from tiergate.adapters.packaged import load_catalogue
from tiergate.adapters.proxy_metrics import ProxyMetrics
from tiergate.adapters.settings import ProxySettings
from tiergate.adapters.telemetry import log
from tiergate.adapters.upstreams import Upstreams
from tiergate.domain.catalogue import KEY
from tiergate.domain.cors import Cors
from tiergate.domain.decision import FAULT, Decision
from tiergate.domain.deprecation import FIELDS, announced, fields
from tiergate.domain.failures import Failure, RequestRefused, UpstreamFailure
from tiergate.domain.lifecycle import RETIRED, SERVED
from tiergate.domain.messages import Response, inbound
from tiergate.domain.problems import problem

CATALOGUE = load_catalogue(os.environ)
TIMED = {
    (name, operation.id): api._replace(timeout=operation.timeout)
    for name, api in CATALOGUE.apis.items()
    for operation in api.operations
    if operation.timeout
}
ENDING = {name: fields(api.lifecycle) for name, api in CATALOGUE.apis.items() if api.lifecycle is not None}
CORS = {
    name: Cors.of(api.cors, *(FIELDS if name in ENDING else ()))
    for name, api in CATALOGUE.apis.items()
    if api.cors is not None
}
METRICS = ProxyMetrics.of(os.environ, CATALOGUE)
UPSTREAMS = Upstreams(ProxySettings.of(os.environ))
gc.freeze()  # what is here now lives as long as the instance, so that collections need not look at it


def handler(event: Event, _context: object) -> dict[str, Any]:
    """Answers with a response of payload format 2.0, an upstream's or a problem."""
    decision = Decision(FAULT)
    try:
        if is_options(event):
            return _preflight(event)
        decision = read_decision(event)
        if decision.allowed:
            return _forward(event, decision)
    except Failure as failure:
        message = "upstream failed" if isinstance(failure, UpstreamFailure) else "request refused"
        log("WARNING", message, request_id=request_id(event), api=decision.api, code=failure.code, cause=failure)
        decision = decision._replace(reason=failure.code)
    except Exception:
        log("ERROR", "proxy failed", request_id=request_id(event), trace=traceback.format_exc())
        METRICS.faulted(decision)
        decision = decision._replace(reason=FAULT)
    return _refuse(event, decision if decision.api else decision._replace(api=routed(event)))


def _forward(event: Event, decision: Decision) -> dict[str, Any]:
    with METRICS.passage(decision) as passage:
        api = TIMED.get((decision.api, decision.operation)) or CATALOGUE.apis[decision.api]
        if api.state == RETIRED:
            raise RequestRefused("api_retired", "retired here, and not yet where it was allowed")
        request = read_request(event, decision, accepts=api.accepts)
        answer = passage.timed(UPSTREAMS.forward, api, request, decision)
        answer = inbound(answer, decision, request_id(event), method=request.method, accepts=api.accepts)
        return _answer(event, decision, answer)


def _preflight(event: Event) -> dict[str, Any]:
    call = read_options(event)
    api, cors = CATALOGUE.apis.get(call.api), CORS.get(call.api)
    if api is None or cors is None or not _speaks(call.api):
        return _refuse(event, Decision("api_not_found"))
    if api.state not in SERVED and not call.asks:
        return _refuse(event, Decision("api_retired", api=call.api))
    methods = api.methods(call.path)
    if not methods and not call.asks:
        return _refuse(event, Decision("operation_not_found", api=call.api))
    answer = cors.preflight(call, methods)
    fields = [*answer.headers, ("x-request-id", request_id(event)), *ENDING.get(call.api, ())]
    return proxy_response(replace(answer, headers=fields))


def _refuse(event: Event, decision: Decision) -> dict[str, Any]:
    api = CATALOGUE.apis.get(decision.api)
    answer = problem(
        decision,
        request_id=request_id(event),
        platform=CATALOGUE.platform,
        support=CATALOGUE.support,
        accepts=api.accepts if api else KEY,
        lifecycle=api.lifecycle if api else None,
        now=_now(),
    )
    return _answer(event, decision, answer)


def _answer(event: Event, decision: Decision, answer: Response) -> dict[str, Any]:
    """With what is said of the API's end, and what browsers need to let its pages read it."""
    if not _speaks(decision.api):
        return proxy_response(answer)
    ending, cors = ENDING.get(decision.api), CORS.get(decision.api)
    if ending:
        answer = announced(answer, ending)
    return proxy_response(cors.share(answer, origin_of(event)) if cors else answer)


def _speaks(name: str) -> bool:
    """Whether answers say of an API version that it is there, or was: not of a draft, nor of one that is gone."""
    api = CATALOGUE.apis.get(name)
    return api is not None and (api.state in SERVED or api.retired(_now()))


def _now() -> int:
    return time.time_ns() // 1000
