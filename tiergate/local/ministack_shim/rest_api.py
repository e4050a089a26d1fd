"""REST APIs whose keys come from their authorizer, and the rules of API keys and usage plans.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-key-source.html
    With `apiKeySource: AUTHORIZER` the key is the authorizer's `usageIdentifierKey`, and no header's.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html
    A key's value is unique in its region; a key is in one usage plan at most for each stage, and in none once it is
    deleted; a usage plan with stages is not deleted.
https://docs.aws.amazon.com/apigateway/latest/api/API_GetApiKeys.html, …/API_GetUsagePlans.html
    Values of keys are told where they are asked for (`includeValues`); plans can be asked for by `keyId`.
https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
    Stages come and go by `/apiStages` as `<REST API>:<stage>`; values are texts, whatever they stand for.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    What a refusing authorizer says in its context, gateway responses can tell.

The key of an authorizer's kept result is not kept with it: such a method asks with each call, or is refused.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

Reply = tuple[int, dict[str, Any], bytes]

NOTHING: Mapping[str, Any] = {}

ANSWERED: ContextVar[Mapping[str, Any]] = ContextVar("authorizer_answer", default=NOTHING)
"""What the request's authorizer has answered."""

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""What the request is called, in its answer's fields and to its integration; its authorizer is to know too."""

VARIABLE = re.compile(rb"\$context\.authorizer\.(\w+)")

KINDS: Mapping[tuple[str, str], Callable[[str], object]] = {
    ("quota", "limit"): int,
    ("quota", "offset"): int,
    ("throttle", "burstLimit"): int,
    ("throttle", "rateLimit"): float,
}
"""What a usage plan holds as numbers."""


class RestApis:
    """`aws` is MiniStack's `services.apigateway_v1`, whose functions of these names are taken over by `mend`."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws
        self._authorize, self._check_key = aws._invoke_authorizer_lambda, aws._check_api_key
        self._execute, self._refuse = aws._execute_in_scope, aws._gateway_error_response
        self._create_key, self._keys, self._update_key = aws._create_api_key, aws._get_api_keys, aws._update_api_key
        self._delete_key = aws._delete_api_key
        self._update_plan = aws._update_usage_plan
        self._delete_plan, self._create_plan_key = aws._delete_usage_plan, aws._create_usage_plan_key

    def mend(self) -> None:
        aws = self._aws
        aws._execute_in_scope, aws._invoke_authorizer_lambda = self.execute, self.authorize
        aws._check_api_key, aws._gateway_error_response = self.check_key, self.refuse
        aws._create_api_key, aws._get_api_keys, aws._update_api_key = self.create_key, self.keys, self.update_key
        aws._delete_api_key = self.delete_key
        aws._get_usage_plans, aws._update_usage_plan = self.plans, self.update_plan
        aws._delete_usage_plan, aws._create_usage_plan_key = self.delete_plan, self.create_plan_key

    async def execute(self, request: Any, api_id: str, *rest: Any) -> Any:
        """One request, a task of its own, which begins without an answer."""
        ANSWERED.set(NOTHING)
        REQUEST_ID.set(request["request_id"])
        return await self._execute(request, api_id, *rest)

    async def authorize(self, authorizer: Any, event: Mapping[str, Any], *rest: Any) -> Any:
        if "requestContext" in event:
            event["requestContext"]["requestId"] = REQUEST_ID.get()
        result = await self._authorize(authorizer, event, *rest)
        body = result.get("body") if isinstance(result, Mapping) else None
        ANSWERED.set(body if isinstance(body, Mapping) else NOTHING)
        return result

    def refuse(self, error: Any, request: Any) -> Reply:
        """A gateway response; what MiniStack does not know of its template is still in the body."""
        context = ANSWERED.get().get("context") or {}
        status, headers, body = self._refuse(error, request)
        return status, headers, VARIABLE.sub(lambda found: str(context.get(found[1].decode(), "")).encode(), body)

    def check_key(self, method: Any, api_id: str, stage: str, headers: Mapping[str, Any]) -> Any:
        if self._aws._rest_apis.get(api_id, {}).get("apiKeySource") != "AUTHORIZER":
            return self._check_key(method, api_id, stage, headers)
        return self._check_key(method, api_id, stage, {"x-api-key": ANSWERED.get().get("usageIdentifierKey")})

    def create_key(self, data: Mapping[str, Any]) -> Reply:
        value = data.get("value")
        if value is not None and any(key.get("value") == value for key in self._aws._api_keys.values()):
            return self._refused("ConflictException", "API Key already exists", 409)
        reply: Reply = self._create_key(data)
        return reply

    def keys(self, query: Mapping[str, Any]) -> Reply:
        reply: Reply = self._keys(query)
        if self._aws._qp(query, "includeValues") == "true" or reply[0] != 200:
            return reply
        told = json.loads(reply[2])
        items = [{name: each for name, each in key.items() if name != "value"} for key in told["item"]]
        hidden: Reply = self._aws._v1_response({**told, "item": items})
        return hidden

    def update_key(self, key_id: str, data: Mapping[str, Any]) -> Reply:
        reply = self._update_key(key_id, data)
        key = self._aws._api_keys.get(key_id)
        if key and isinstance(key["enabled"], str):
            key["enabled"] = key["enabled"] == "true"
        answered: Reply = self._aws._v1_response(key) if key else reply
        return answered

    def delete_key(self, key_id: str) -> Reply:
        for plan in self._aws._usage_plan_keys.values():
            plan.pop(key_id, None)
        reply: Reply = self._delete_key(key_id)
        return reply

    def plans(self, query: Mapping[str, Any]) -> Reply:
        key = self._aws._qp(query, "keyId")
        plans = [plan for plan in self._aws._usage_plans.values() if key is None or key in self._in(plan["id"])]
        reply: Reply = self._aws._v1_paginated_response(plans, query)
        return reply

    def update_plan(self, plan_id: str, data: Mapping[str, Any]) -> Reply:
        plan = self._aws._usage_plans.get(plan_id)
        operations = data.get("patchOperations", [])
        stages = [each for each in operations if each.get("path") == "/apiStages"]
        others = [each for each in operations if each not in stages]
        reply: Reply = self._update_plan(plan_id, {"patchOperations": others})
        if plan is None:
            return reply
        for each in stages:
            api, _, stage = str(each.get("value")).partition(":")
            kept = [one for one in plan["apiStages"] if (one["apiId"], one["stage"]) != (api, stage)]
            plan["apiStages"] = [*kept, {"apiId": api, "stage": stage}] if each["op"] == "add" else kept
        for (part, name), kind in KINDS.items():
            if name in (plan.get(part) or {}):
                plan[part][name] = kind(plan[part][name])
        answered: Reply = self._aws._v1_response(plan)
        return answered

    def delete_plan(self, plan_id: str) -> Reply:
        if self._stages(self._aws._usage_plans.get(plan_id, {})):
            return self._refused("BadRequestException", "Remove the usage plan's stages before it is deleted", 400)
        reply: Reply = self._delete_plan(plan_id)
        return reply

    def create_plan_key(self, plan_id: str, data: Mapping[str, Any]) -> Reply:
        key = data.get("keyId", "")
        if key not in self._aws._api_keys:
            return self._refused("NotFoundException", "Invalid API Key identifier specified", 404)
        wanted = self._stages(self._aws._usage_plans.get(plan_id, {}))
        for plan in self._aws._usage_plans.values():
            if key in self._in(plan["id"]) and (plan["id"] == plan_id or wanted & self._stages(plan)):
                return self._refused("ConflictException", f"API key {key} is in the usage plan {plan['id']}", 409)
        reply: Reply = self._create_plan_key(plan_id, data)
        return reply

    def _in(self, plan_id: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._aws._usage_plan_keys.get(plan_id, {})
        return found

    def _stages(self, plan: Mapping[str, Any]) -> set[tuple[str, str]]:
        return {(each["apiId"], each["stage"]) for each in plan.get("apiStages") or []}

    def _refused(self, code: str, message: str, status: int) -> Reply:
        reply: Reply = self._aws._v1_error(code, message, status)
        return reply
