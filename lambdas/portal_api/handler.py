"""The portal's own API, below ``/api``; ``openapi.yaml`` describes it."""

import json
import os
from collections.abc import Callable
from typing import Any

import boto3
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from botocore.config import Config

from lambdas.portal_api import limits
from lambdas.portal_api.call import Answer, Call
from lambdas.portal_api.portal import Portal
from lambdas.portal_api.problems import problem
from lambdas.portal_api.refusals import Refused
from lambdas.portal_api.routes import PUBLIC, ROUTES, Serve, named
from tiergate.adapters.http_api import request_id
from tiergate.adapters.telemetry import log

PATIENCE = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})
PORTAL = Portal.of(
    os.environ,
    dynamodb=boto3.client("dynamodb", config=PATIENCE),
    kms=boto3.client("kms", config=PATIENCE),
    cognito=boto3.client("cognito-idp", config=PATIENCE),
    events=boto3.client("events", config=PATIENCE),
)
APP = APIGatewayHttpResolver(strip_prefixes=["/api"])


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """JSON, or a problem."""
    return APP.resolve(event, context)


def _answered(route: str, serve: Serve, **ids: str) -> Response[str]:
    """What a route answers; leaves one line that says who called what, and nothing of what was sent."""
    event = APP.current_event.raw_event
    caller, headers = "", event.get("headers") or {}
    try:
        call = Call.of(event, PORTAL, public=route in PUBLIC)
        caller = call.claims.get("sub", "")
        if caller and not route.startswith("GET "):
            limits.change(call)
        if not named(ids):
            raise Refused("not_found")
        response = _response(serve(call, **ids))
    except Exception as error:
        response = problem(
            error, request_id=request_id(event), support=PORTAL.catalogue.support, if_match="if-match" in headers
        )
    log("INFO", "call", request_id=request_id(event), route=route, caller=caller, status=response.status_code)
    return response


def _response(answer: Answer) -> Response[str]:
    body = answer.body or {}
    headers = {"cache-control": "no-store", **answer.headers}
    if "version" in body:
        headers.setdefault("etag", f'"{body["version"]}"')
    if answer.body is None:
        return Response(answer.status, headers=headers)
    return Response(answer.status, "application/json", json.dumps(answer.body), headers)


def _missing(*_: object) -> Answer:
    raise Refused("not_found")


def _served(route: str, serve: Serve) -> Callable[..., Response[str]]:
    return lambda **ids: _answered(route, serve, **ids)


for _route, _serve in ROUTES.items():
    _method, _, _rule = _route.partition(" ")
    APP.route(_rule, method=_method)(_served(_route, _serve))
APP.not_found(lambda _: _answered("none", _missing))
