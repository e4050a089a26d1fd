"""Calling a route's integration, with the mappings before and after it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations.html

A function that fails or is not there is 500 `Internal Server Error`
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html); MiniStack answers
502 with the function's error text. An upstream that cannot be reached, and any integration that takes longer than its
time-out, is 503 `Service Unavailable`: AWS documents 504 for time-outs of all kinds of API together
(https://repost.aws/knowledge-center/api-gateway-504-errors), but 503 is what people report of HTTP APIs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from . import http_proxy
from .exchange import CURRENT, Answer, Exchange, Headers, Incoming, Refused
from .mapping import Request, Sources, map_request, map_response, response_parameters

LONGEST_MS = 30_000
NETWORK_ERROR = "Network error communicating with endpoint"
TIMED_OUT = "Endpoint request timed out"
FUNCTION_FAILED = "The Lambda function failed"


class Integrations:
    """`apigateway` is MiniStack's `services.apigateway`."""

    def __init__(self, apigateway: Any) -> None:
        self._aws = apigateway

    async def call(self, route: Mapping[str, Any], exchange: Exchange, incoming: Incoming) -> Answer:
        """The mapped answer of the route's integration. Raises `Refused` when there is none."""
        target = route.get("target", "").rpartition("/")[2]
        integration = self._aws._integrations.get(exchange.api, {}).get(target)
        if not integration:
            raise Refused(500, "Internal Server Error")
        request = Request(headers=dict(incoming.headers), query=incoming.raw_query, path=exchange.path)
        if integration.get("integrationType") != "AWS_PROXY":
            request.headers.pop("host", None)  # the upstream's own, unless a mapping sets it
        map_request(integration.get("requestParameters") or {}, request, _sources(exchange, incoming))
        status, headers, content = await self._timed(integration, request, exchange, incoming)
        exchange.integration_status = status
        if parameters := response_parameters(integration, status):
            status = map_response(parameters, status, headers, _sources(exchange, incoming, headers))
        return status, headers, content

    async def _timed(
        self, integration: Mapping[str, Any], request: Request, exchange: Exchange, incoming: Incoming
    ) -> Answer:
        seconds = min(int(integration.get("timeoutInMillis") or LONGEST_MS), LONGEST_MS) / 1000
        is_function = integration.get("integrationType") == "AWS_PROXY"
        before = exchange.elapsed()
        try:
            if is_function:
                return await _within(seconds, self._function(integration, request, exchange, incoming))
            return await _within(seconds, _upstream(integration, request, exchange, incoming.body, seconds))
        except TimeoutError:
            exchange.integration_error = TIMED_OUT
            raise Refused(503, "Service Unavailable") from None
        except http_proxy.Unreachable:
            exchange.integration_error = NETWORK_ERROR
            raise Refused(503, "Service Unavailable") from None
        finally:
            exchange.integration_latency = exchange.elapsed() - before

    async def _function(
        self, integration: Mapping[str, Any], request: Request, exchange: Exchange, incoming: Incoming
    ) -> Answer:
        query = incoming.query
        if request.query != incoming.raw_query:
            query = parse_qs(request.query, keep_blank_values=True)
        answer: Answer = await self._aws._invoke_lambda_proxy(
            integration,
            exchange.api,
            exchange.stage,
            request.path,
            exchange.method,
            request.headers,
            incoming.body,
            query,
            exchange.route_key,
            exchange.path_parameters or None,
            authorizer_claims=exchange.claims,
            authorizer_scopes=exchange.scopes,
            authorizer_lambda_context=exchange.authorizer,
            authorizer_iam=exchange.iam,
            owner_account_id=exchange.account,
            owner_region=exchange.region,
            raw_query_string=request.query,
        )
        if not exchange.function_answered:
            exchange.integration_error = FUNCTION_FAILED
            raise Refused(500, "Internal Server Error")
        return answer


def noticing_failures(to_response: Callable[..., Any]) -> Callable[..., Any]:
    """`lambda_svc.lambda_execute_result_to_api_proxy_response`, telling the current exchange whether the function
    answered: afterwards its failure looks like an answer."""

    def convert(result: dict[str, Any]) -> Any:
        exchange = CURRENT.get()
        if exchange is not None:
            exchange.function_answered = not result.get("error")
        return to_response(result)

    return convert


def _sources(exchange: Exchange, incoming: Incoming, answered: Headers | None = None) -> Sources:
    return Sources(
        context=exchange.variables(),
        path=exchange.path,
        path_parameters=exchange.path_parameters,
        request_headers=incoming.headers,
        query=incoming.raw_query,
        stage_variables=exchange.stage_variables,
        response_headers={
            name.lower(): ",".join(value) if isinstance(value, list) else str(value)
            for name, value in (answered or {}).items()
        },
    )


async def _upstream(
    integration: Mapping[str, Any], request: Request, exchange: Exchange, body: bytes, seconds: float
) -> Answer:
    uri = integration.get("integrationUri", "")
    call = http_proxy.Call(
        method=http_proxy.method(integration, exchange.method),
        url=http_proxy.address(uri, exchange.route_key or "", exchange.path_parameters, request),
        headers=request.headers,
        body=body or None,
        seconds=seconds,
    )
    return await asyncio.to_thread(http_proxy.send, call)


async def _within(seconds: float, work: Awaitable[Answer]) -> Answer:
    """What `work` gives, or `TimeoutError`. Late work goes on unseen: its thread cannot be stopped."""
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        raise TimeoutError
    return task.result()
