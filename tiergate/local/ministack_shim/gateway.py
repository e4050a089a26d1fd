"""The way of a request through an HTTP API, in place of MiniStack's own (`apigateway._handle_execute_in_scope`).

Restored here:
- OPTIONS is routed like every method when the API has no CorsConfiguration
  (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html).
- One request id for authorizer, integration, log and the caller's `apigw-requestid`.
- The gateway's own answers are `{"message":…}`, an unforeseen fault 500.
Routes are chosen by MiniStack's own order, which is AWS's
(https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
"""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from .access_log import AccessLog
from .exchange import CURRENT, Answer, Exchange, Incoming, Refused
from .integration import Integrations
from .signature import Signatures

logger = logging.getLogger("apigateway")


class Gateway:
    """`apigateway` is MiniStack's `services.apigateway`."""

    def __init__(self, apigateway: Any, signatures: Signatures, log: AccessLog) -> None:
        self._aws, self._signatures, self._log = apigateway, signatures, log
        self._integrations = Integrations(apigateway)

    async def serve(
        self,
        api_id: str,
        stage: str,
        path: str,
        method: str,
        headers: Mapping[str, str],
        body: bytes,
        query: Mapping[str, list[str]],
        account: str,
        region: str,
        raw_query: str | None = None,
    ) -> Answer:
        """Answer one request to an API; never raises."""
        settings = self._aws._stages.get(api_id, {}).get(stage)
        if settings is None and stage != "$default":
            return Refused(404, "Not Found").answer()  # without a stage there is no log to write to
        exchange = Exchange(api=api_id, stage=stage, account=account, region=region, method=method, path=path)
        exchange.stage_variables = (settings or {}).get("stageVariables") or {}
        lower = {name.lower(): value for name, value in headers.items()}
        incoming = Incoming(lower, body, query or {}, self._aws._raw_query_string(query, raw_query))
        token = CURRENT.set(exchange)
        try:
            status, sent, content = await self._answered(exchange, incoming)
        finally:
            CURRENT.reset(token)
        sent["apigw-requestid"] = exchange.request_id
        exchange.status, exchange.length = status, len(content)
        self._log.write(exchange, (settings or {}).get("accessLogSettings"))
        return status, sent, content

    async def _answered(self, exchange: Exchange, incoming: Incoming) -> Answer:
        try:
            return await self._answer(exchange, incoming)
        except Refused as refusal:
            exchange.error = refusal.message
            return refusal.answer()
        except Exception:
            logger.exception("A request could not be served")
            exchange.error = "Internal Server Error"
            return Refused(500, exchange.error).answer()

    async def _answer(self, exchange: Exchange, incoming: Incoming) -> Answer:
        cors = self._aws._apis[exchange.api].get("corsConfiguration") or {}
        origin = incoming.headers.get("origin", "")
        if cors and exchange.method == "OPTIONS":
            preflight: Answer = self._aws._cors_preflight_response(cors, origin)
            return preflight
        # AWS selects the route of a path with extra leading slashes as if it had one.
        path = f"/{exchange.path.lstrip('/')}"
        route = self._aws._match_route(exchange.api, exchange.method, path)
        if route is None:
            raise Refused(404, "Not Found")
        exchange.route_key = key = route.get("routeKey", "$default")
        template = key.partition(" ")[2]
        exchange.path_parameters = (self._aws._extract_path_params(template, path) or {}) if template else {}
        await self._authorize(route, template or exchange.path, exchange, incoming)
        status, headers, content = await self._integrations.call(route, exchange, incoming)
        if cors:
            headers.update(self._aws._cors_response_headers(cors, origin))
        return status, headers, content

    async def _authorize(self, route: Mapping[str, Any], template: str, exchange: Exchange, incoming: Incoming) -> None:
        """Tell the exchange who calls. Raises `Refused` as the route's authorization does.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
        """
        kind = (route.get("authorizationType") or "NONE").upper()
        authorize = {"AWS_IAM": self._by_signature, "JWT": self._by_token, "CUSTOM": self._by_function}.get(kind)
        if authorize is None:
            return
        before = exchange.elapsed()
        try:
            refusal = await authorize(route, template, exchange, incoming)
        finally:
            exchange.authorizer_latency = exchange.elapsed() - before
        if refusal is not None:
            status, headers, body = refusal
            raise Refused(status, json.loads(body)["message"], headers)

    async def _by_signature(
        self, _route: Mapping[str, Any], _template: str, exchange: Exchange, incoming: Incoming
    ) -> Answer | None:
        exchange.iam = self._signatures.caller(exchange, incoming)
        return Refused(403, "Forbidden").answer() if exchange.iam is None else None

    async def _by_token(
        self, route: Mapping[str, Any], _template: str, exchange: Exchange, incoming: Incoming
    ) -> Answer | None:
        authorizer = self._aws._authorizers.get(exchange.api, {}).get(route.get("authorizerId"))
        if not authorizer:
            return Refused(401, "Unauthorized").answer()
        refusal: Answer | None
        claims, exchange.scopes, refusal = await self._aws._validate_jwt_authorizer(
            route, authorizer, incoming.headers, incoming.query
        )
        exchange.claims = claims
        return refusal

    async def _by_function(
        self, route: Mapping[str, Any], template: str, exchange: Exchange, incoming: Incoming
    ) -> Answer | None:
        refusal: Answer | None
        refusal, context = await self._aws._authorize_request_v2(
            exchange.api,
            exchange.stage,
            route,
            exchange.method,
            exchange.path,
            template,
            incoming.headers,
            incoming.query,
            exchange.path_parameters,
            exchange.stage_variables,
            exchange.account,
            exchange.region,
            incoming.raw_query,
        )
        if context is not None:
            exchange.authorizer = context
        return refusal


def noticing_context(invoke: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`apigateway._invoke_request_authorizer_lambda`, its context kept for the log also when it refuses."""

    async def authorize(*arguments: Any, **options: Any) -> Any:
        payload = await invoke(*arguments, **options)
        exchange = CURRENT.get()
        context = (payload or {}).get("context")
        if exchange is not None and isinstance(context, dict):
            exchange.authorizer = context
        return payload

    return authorize


def one_request_id(new_uuid: Callable[[], str]) -> Callable[[], str]:
    """`apigateway.new_uuid`: within a request, which asks it only for request ids, always that request's."""

    def identify() -> str:
        exchange = CURRENT.get()
        return new_uuid() if exchange is None else exchange.request_id

    return identify
