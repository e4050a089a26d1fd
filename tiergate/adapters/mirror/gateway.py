"""Usage plans and API keys of an account's API Gateway, as far as they are a stage's own.

Ours are those with the tags ``tiergate:stage`` and ``tiergate:plan`` or ``tiergate:subscription``; nothing else is ever
changed. Values of keys are sent once and never read: a tag tells which root made one.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tiergate.adapters.api_gateway import pages
from tiergate.adapters.mirror.outcome import code_of
from tiergate.domain.native import Key, UsagePlan
from tiergate.domain.native_changes import LiveKey, LivePlan, Natives, Patch
from tiergate.domain.native_limits import NativeLimits

STAGE, PLAN, SUBSCRIPTION, APPLICATION, ROOT = (
    f"tiergate:{name}" for name in ("stage", "plan", "subscription", "application", "root")
)

DESCRIPTION = "Kept in step by Tiergate: changes by hand are undone"


class Gateway:
    """``client``: boto3's, whose errors pass through. ``writes``: how many were tried."""

    def __init__(self, client: Any, stage: str) -> None:
        self._client = client
        self._stage = stage
        self.writes = 0

    def key_name(self, application: str, subscription: str) -> str:
        """Begins with the application, so that one call finds all its keys."""
        return f"tiergate/{self._stage}/{application}/{subscription}"

    def plan_name(self, tag: str) -> str:
        return f"tiergate/{self._stage}/{tag}"

    def everything(self) -> Natives:
        plans = self.plans()
        members = {plan.id: self.members(plan.id) for plan in plans}
        return Natives(plans, self._keys(), members)

    def of_application(self, application: str, *, lost: Collection[str] = ()) -> Natives:
        """All usage plans, and the application's keys. ``lost``: look also for those of its subscriptions that somebody
        gave another name or application."""
        query = {} if lost else {"nameQuery": self.key_name(application, "")}
        keys = [
            key._replace(application=application)
            for key in self._keys(**query)
            if key.application == application or key.subscription in lost
        ]
        members: dict[str, set[str]] = {}
        for key in keys:
            for plan in pages(self._client, "get_usage_plans", keyId=key.id):
                members.setdefault(plan["id"], set()).add(key.id)
        return Natives(self.plans(), keys, members)

    def plans(self) -> list[LivePlan]:
        found = ((raw, self._own(raw)) for raw in pages(self._client, "get_usage_plans"))
        return [_plan(raw, tags[PLAN]) for raw, tags in found if PLAN in tags]

    def members(self, plan: str) -> set[str]:
        """Ids of the keys in it; none where it is gone."""
        try:
            return {each["id"] for each in pages(self._client, "get_usage_plan_keys", usagePlanId=plan)}
        except ClientError as error:
            if code_of(error) == "NotFoundException":
                return set()
            raise

    def key_ids(self) -> set[str]:
        """Of all keys of ours."""
        return {key.id for key in self._keys()}

    def make_plan(self, plan: UsagePlan) -> str:
        """Its id."""
        limits = plan.limits
        request: dict[str, Any] = {
            "name": self.plan_name(plan.tag),
            "description": DESCRIPTION,
            "apiStages": [_stage(each) for each in sorted(plan.stages)],
            "tags": {STAGE: self._stage, PLAN: plan.tag},
        }
        if limits.burst:
            request["throttle"] = {"rateLimit": limits.rate, "burstLimit": limits.burst}
        if limits.quota:
            request["quota"] = {"limit": limits.quota, "period": limits.period}
        made: str = self._write("create_usage_plan", **request)["id"]
        return made

    def patch_plan(self, id_: str, patches: Iterable[Patch]) -> None:
        self._write("update_usage_plan", usagePlanId=id_, patchOperations=_operations(patches))

    def delete_plan(self, id_: str) -> None:
        """Its stages have to be taken out before."""
        self._write("delete_usage_plan", usagePlanId=id_)

    def make_key(self, key: Key, *, value: str, mark: str) -> str:
        """Its id."""
        tags = {STAGE: self._stage, SUBSCRIPTION: key.subscription, APPLICATION: key.application, ROOT: mark}
        made: str = self._write(
            "create_api_key",
            name=self.key_name(key.application, key.subscription),
            description=DESCRIPTION,
            enabled=key.enabled,
            value=value,
            tags=tags,
        )["id"]
        return made

    def patch_key(self, id_: str, patches: Iterable[Patch]) -> None:
        self._write("update_api_key", apiKey=id_, patchOperations=_operations(patches))

    def delete_key(self, id_: str) -> None:
        self._write("delete_api_key", apiKey=id_)

    def put_in(self, plan: str, key: str) -> None:
        self._write("create_usage_plan_key", usagePlanId=plan, keyId=key, keyType="API_KEY")

    def take_out(self, plan: str, key: str) -> None:
        self._write("delete_usage_plan_key", usagePlanId=plan, keyId=key)

    def _keys(self, **query: str) -> list[LiveKey]:
        found = ((raw, self._own(raw)) for raw in pages(self._client, "get_api_keys", includeValues=False, **query))
        return [
            LiveKey(
                raw["id"],
                tags[SUBSCRIPTION],
                tags.get(APPLICATION, ""),
                raw.get("name", ""),
                raw.get("enabled", False),
                tags.get(ROOT, ""),
            )
            for raw, tags in found
            if SUBSCRIPTION in tags
        ]

    def _write(self, operation: str, **request: Any) -> Mapping[str, Any]:
        self.writes += 1
        answer: Mapping[str, Any] = getattr(self._client, operation)(**request)
        return answer

    def _own(self, raw: Mapping[str, Any]) -> Mapping[str, str]:
        """Its tags, none where it is not the stage's."""
        tags: Mapping[str, str] = raw.get("tags") or {}
        return tags if tags.get(STAGE) == self._stage else {}


def _plan(raw: Mapping[str, Any], tag: str) -> LivePlan:
    throttle, quota = raw.get("throttle") or {}, raw.get("quota") or {}
    limits = NativeLimits(
        float(throttle.get("rateLimit", 0)),
        int(throttle.get("burstLimit", 0)),
        int(quota.get("limit", 0)),
        _period(quota),
    )
    stages = frozenset(f"{each['apiId']}:{each['stage']}" for each in raw.get("apiStages") or ())
    return LivePlan(raw["id"], tag, raw.get("name", ""), limits, stages)


def _period(quota: Mapping[str, Any]) -> str:
    """With an offset, which ours never have, it is none of ours."""
    return f"{quota.get('period', '')}{int(quota.get('offset') or 0) or ''}"


def _stage(place: str) -> dict[str, str]:
    id_, _, stage = place.partition(":")
    return {"apiId": id_, "stage": stage}


def _operations(patches: Iterable[Patch]) -> list[dict[str, str]]:
    return [{"op": operation, "path": path} | ({"value": value} if value else {}) for operation, path, value in patches]
