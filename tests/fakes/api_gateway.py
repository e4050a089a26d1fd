"""API Gateway's usage plans and API keys in memory, with the rules of AWS that moto leaves out.

tests/adapters/test_mirror_contract.py holds it to what moto does. Rules of AWS's own: a key is in one usage plan a
stage; a usage plan with stages cannot be deleted; lists have pages; a stage that is not there is refused.
"""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

MOST_PLANS = 300

OPERATIONS = {
    "create_api_key": "CreateApiKey",
    "get_api_keys": "GetApiKeys",
    "update_api_key": "UpdateApiKey",
    "delete_api_key": "DeleteApiKey",
    "create_usage_plan": "CreateUsagePlan",
    "get_usage_plans": "GetUsagePlans",
    "update_usage_plan": "UpdateUsagePlan",
    "delete_usage_plan": "DeleteUsagePlan",
    "create_usage_plan_key": "CreateUsagePlanKey",
    "get_usage_plan_keys": "GetUsagePlanKeys",
    "delete_usage_plan_key": "DeleteUsagePlanKey",
}
READS = frozenset(name for name in OPERATIONS if name.startswith("get_"))


class FakeApiGateway:
    """``stages`` that are there, as ``<id>:<stage>``. ``around`` makes each call: it may fail it, before or after."""

    def __init__(self, *stages: str) -> None:
        self.stages = set(stages)
        self.keys: dict[str, dict[str, Any]] = {}
        self.plans: dict[str, dict[str, Any]] = {}
        self.members: dict[str, dict[str, None]] = {}
        self.calls: list[str] = []
        self.around: Callable[[str, dict[str, Any], Callable[[], Any]], Any] = lambda _, __, call: call()
        self._values: set[str] = set()
        self._made = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in OPERATIONS:
            raise AttributeError(name)
        return lambda **request: self._call(name, request)

    def get_paginator(self, operation: str) -> "_Paginator":
        return _Paginator(getattr(self, operation))

    def writes(self) -> list[str]:
        return [each for each in self.calls if each not in READS]

    def _call(self, name: str, request: dict[str, Any]) -> Any:
        def act() -> Any:
            self.calls.append(name)
            return getattr(self, f"_{name}")(**request)

        return self.around(name, request, act)

    def _id(self) -> str:
        """In no order, as AWS's."""
        self._made += 1
        return hashlib.sha256(str(self._made).encode()).hexdigest()[:10]

    def _create_api_key(self, *, name: str, value: str = "", **rest: Any) -> dict[str, Any]:
        id_ = self._id()
        value = value or hashlib.sha256(id_.encode()).hexdigest()
        if len(value) < 20:
            raise fault("CreateApiKey", "BadRequestException", "API Key value should be at least 20 characters")
        if value in self._values:
            raise fault("CreateApiKey", "ConflictException", "API Key already exists")
        self._values.add(value)
        self.keys[id_] = {"enabled": False} | rest | {"id": id_, "name": name, "value": value}
        return dict(self.keys[id_])

    def _get_api_keys(self, *, nameQuery: str = "", includeValues: bool = False, **page: Any) -> dict[str, Any]:  # noqa: N803
        found = [key for key in self.keys.values() if key["name"].startswith(nameQuery)]
        answer = _page(found, **page)
        hidden = set() if includeValues else {"value"}
        shown = [{name: key[name] for name in key.keys() - hidden} for key in answer["items"]]
        return answer | {"items": shown}

    def _update_api_key(self, *, apiKey: str, patchOperations: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        key = self._key("UpdateApiKey", apiKey)
        for each in patchOperations:
            assert each["op"] == "replace", each
            name, value = each["path"].removeprefix("/"), each["value"]
            key[name] = value == "true" if name == "enabled" else value
        return dict(key)

    def _delete_api_key(self, *, apiKey: str) -> None:  # noqa: N803
        key = self._key("DeleteApiKey", apiKey)
        self._values.discard(key["value"])
        del self.keys[apiKey]
        for members in self.members.values():
            members.pop(apiKey, None)

    def _create_usage_plan(
        self,
        *,
        apiStages: list[dict[str, str]] | None = None,  # noqa: N803
        **rest: Any,
    ) -> dict[str, Any]:
        stages = list(apiStages or [])
        for each in stages:
            self._stage("CreateUsagePlan", f"{each['apiId']}:{each['stage']}")
        if len(self.plans) >= MOST_PLANS:
            raise fault("CreateUsagePlan", "LimitExceededException", "Usage plan limit exceeded", 429)
        id_ = self._id()
        self.plans[id_] = rest | {"id": id_, "apiStages": stages}
        self.members[id_] = {}
        return dict(self.plans[id_])

    def _get_usage_plans(self, *, keyId: str = "", **page: Any) -> dict[str, Any]:  # noqa: N803
        found = [plan for plan in self.plans.values() if not keyId or keyId in self.members[plan["id"]]]
        return _page([_copy(plan) for plan in found], **page)

    def _update_usage_plan(self, *, usagePlanId: str, patchOperations: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
        plan = self._plan("UpdateUsagePlan", usagePlanId)
        after = _copy(plan)
        for each in patchOperations:
            self._patch(after, each["op"], each["path"], each.get("value", ""))
        plan.clear()
        plan.update(after)
        return _copy(plan)

    def _patch(self, plan: dict[str, Any], operation: str, path: str, value: str) -> None:
        steps = path.removeprefix("/").split("/")
        if steps == ["apiStages"]:
            id_, stage = value.split(":")
            entry = {"apiId": id_, "stage": stage}
            if operation == "add":
                self._stage("UpdateUsagePlan", value)
                for key in self.members[plan["id"]]:
                    self._alone("UpdateUsagePlan", key, plan["id"], {value})
                plan["apiStages"].append(entry)
            elif entry in plan["apiStages"]:
                plan["apiStages"].remove(entry)
            else:
                raise fault("UpdateUsagePlan", "BadRequestException", "Invalid API Stage specified")
        elif operation == "remove":
            plan.pop(steps[0], None)
        elif len(steps) == 1:
            plan[steps[0]] = value
        else:
            number: Any = value if steps[1] == "period" else float(value) if steps[1] == "rateLimit" else int(value)
            plan.setdefault(steps[0], {})[steps[1]] = number

    def _delete_usage_plan(self, *, usagePlanId: str) -> None:  # noqa: N803
        plan = self._plan("DeleteUsagePlan", usagePlanId)
        if plan["apiStages"]:
            message = f"Cannot delete Usage Plan {usagePlanId} because there are API Stages associated with it"
            raise fault("DeleteUsagePlan", "BadRequestException", message)
        del self.plans[usagePlanId], self.members[usagePlanId]

    def _create_usage_plan_key(self, *, usagePlanId: str, keyId: str, keyType: str) -> dict[str, Any]:  # noqa: N803
        plan, key = self._plan("CreateUsagePlanKey", usagePlanId), self._key("CreateUsagePlanKey", keyId)
        if keyId in self.members[usagePlanId]:
            raise fault("CreateUsagePlanKey", "ConflictException", "The API Key is in this Usage Plan", 409)
        self._alone("CreateUsagePlanKey", keyId, usagePlanId, _stages(plan))
        self.members[usagePlanId][keyId] = None
        return {"id": keyId, "type": keyType, "name": key["name"]}

    def _get_usage_plan_keys(self, *, usagePlanId: str, **page: Any) -> dict[str, Any]:  # noqa: N803
        self._plan("GetUsagePlanKeys", usagePlanId)
        return _page([{"id": id_, "name": self.keys[id_]["name"]} for id_ in self.members[usagePlanId]], **page)

    def _delete_usage_plan_key(self, *, usagePlanId: str, keyId: str) -> None:  # noqa: N803
        self._plan("DeleteUsagePlanKey", usagePlanId)
        if keyId not in self.members[usagePlanId]:
            raise fault("DeleteUsagePlanKey", "NotFoundException", "Invalid API Key identifier specified")
        del self.members[usagePlanId][keyId]

    def _alone(self, operation: str, key: str, plan: str, stages: set[str]) -> None:
        for other, members in self.members.items():
            if other != plan and key in members and _stages(self.plans[other]) & stages:
                raise fault(operation, "ConflictException", "Api key is already in a Usage Plan with this stage")

    def _key(self, operation: str, id_: str) -> dict[str, Any]:
        if id_ not in self.keys:
            raise fault(operation, "NotFoundException", "Invalid API Key identifier specified")
        return self.keys[id_]

    def _plan(self, operation: str, id_: str) -> dict[str, Any]:
        if id_ not in self.plans:
            raise fault(operation, "NotFoundException", "Invalid Usage Plan ID specified")
        return self.plans[id_]

    def _stage(self, operation: str, place: str) -> None:
        if place not in self.stages:
            raise fault(operation, "NotFoundException", "Invalid API identifier specified")


class _Paginator:
    def __init__(self, operation: Callable[..., Any]) -> None:
        self._operation = operation

    def paginate(self, *, PaginationConfig: dict[str, int] | None = None, **query: Any) -> Iterator[Any]:  # noqa: N803
        page = {"limit": (PaginationConfig or {}).get("PageSize", 25)}
        while True:
            answer = self._operation(**query, **page)
            yield answer
            if "position" not in answer:
                return
            page["position"] = answer["position"]


def fault(operation: str, code: str, message: str, status: int = 0) -> ClientError:
    status = status or {"NotFoundException": 404, "ConflictException": 409}.get(code, 400)
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, operation)  # type: ignore[arg-type]


def _page(items: list[Any], *, limit: int = 25, position: str = "0") -> dict[str, Any]:
    start, most = int(position), min(limit, 500)
    answer: dict[str, Any] = {"items": items[start : start + most]}
    return answer | ({"position": str(start + most)} if start + most < len(items) else {})


def _copy(plan: dict[str, Any]) -> dict[str, Any]:
    nested = {name: dict(plan[name]) for name in ("throttle", "quota") if name in plan}
    return plan | nested | {"apiStages": [dict(each) for each in plan["apiStages"]]}


def _stages(plan: dict[str, Any]) -> set[str]:
    return {f"{each['apiId']}:{each['stage']}" for each in plan["apiStages"]}
