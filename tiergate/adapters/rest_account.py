"""Reads an account's REST APIs, usage plans and keys. It changes nothing, and keeps no key's text: only its SHA-256."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from tiergate.domain.imported_keys import PATTERN
from tiergate.domain.keys import fingerprint
from tiergate.domain.rest_account import Method, RestAccount, RestKey, Stage, UsagePlan

Watch = Callable[[str, Sequence[Any]], Iterable[Any]]
"""Goes through a sequence, and shows how far it is: what it is, and the sequence."""

DAYS = 90
"""As far back as API Gateway tells of use."""

PAGE = 500
RETRIES = Config(retries={"mode": "adaptive", "max_attempts": 10})
"""API Gateway answers about ten of these calls a second, all of an account's callers together."""


class UnknownRestApi(Exception):
    """A REST API was named that the account does not have; the text says which there are."""


class RestAccountReader:
    """``client``: of ``apigateway``, made with ``RETRIES``. botocore's errors come out as they are."""

    def __init__(self, client: Any, *, today: date, watch: Watch) -> None:
        self._client = client
        self._today = today
        self._watch = watch

    def read(self, only: Collection[str] = (), *, use: bool = False) -> RestAccount:
        """Everything, or what belongs to the REST APIs ``only``. ``use``: with the calls of each key.

        Raises
        ------
        UnknownRestApi
            One of ``only`` is not there.
        """
        notes: list[str] = []
        apis = [each for each in self._pages("get_rest_apis") if not only or each["id"] in only]
        self._known(only, [each["id"] for each in apis])
        found = [self._stages(api) for api in self._watch("REST APIs", apis)]
        stages = tuple(stage for each in found for stage in each)
        ids = {stage.id for stage in stages}
        plans = [self._plan(raw) for raw in self._pages("get_usage_plans")]
        wanted = [plan for plan in plans if not only or ids & {*plan.stages}]
        filled = tuple(self._filled(plan, notes, use=use) for plan in self._watch("Usage plans", wanted))
        in_plans = {key for plan in filled for key in plan.keys}
        keys = self._pages("get_api_keys", includeValues=True)
        mine = tuple(_key(raw) for raw in keys if not only or raw["id"] in in_plans)
        return RestAccount(self._client.meta.region_name, stages, filled, mine, tuple(dict.fromkeys(notes)))

    def _known(self, only: Collection[str], found: Collection[str]) -> None:
        missing = sorted({*only} - {*found})
        if missing:
            there = ", ".join(f"{each['id']} ({each['name']})" for each in self._pages("get_rest_apis"))
            raise UnknownRestApi(
                f"there is no REST API {', '.join(missing)} in {self._client.meta.region_name}; "
                + (f"there are {there}" if there else "it has none: is that the right region and account?")
            )

    def _stages(self, api: Mapping[str, Any]) -> list[Stage]:
        resources = [*self._pages("get_resources", restApiId=api["id"], embed=["methods"])]
        methods = tuple(_methods(resources))
        raw = self._client.get_stages(restApiId=api["id"])["item"]
        return [self._stage(api, each, methods) for each in sorted(raw, key=lambda each: each["stageName"])]

    def _stage(self, api: Mapping[str, Any], raw: Mapping[str, Any], methods: tuple[Method, ...]) -> Stage:
        id_, stage = api["id"], raw["stageName"]
        document, unread = self._exported(id_, stage)
        region = self._client.meta.region_name
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return Stage(
            api=id_,
            name=api["name"],
            stage=stage,
            url=f"https://{id_}.execute-api.{region}.{suffix}/{stage}",
            document=document,
            unread=unread,
            methods=methods,
            variables=raw.get("variables") or {},
            private="PRIVATE" in (api.get("endpointConfiguration") or {}).get("types", ()),
            closed=bool(api.get("disableExecuteApiEndpoint")),
            guards=tuple(_guards(api, raw)),
        )

    def _exported(self, api: str, stage: str) -> tuple[str, str]:
        """The document, or why there is none: one that cannot be exported holds up no other."""
        try:
            answer = self._client.get_export(
                restApiId=api, stageName=stage, exportType="oas30", accepts="application/json"
            )
        except ClientError as error:
            return "", f"its OpenAPI document cannot be exported: {error}"
        body = answer["body"]
        data = body if isinstance(body, bytes) else body.read()
        return data.decode("utf-8"), ""

    def _plan(self, raw: Mapping[str, Any]) -> UsagePlan:
        throttle, quota = raw.get("throttle") or {}, raw.get("quota") or {}
        stages = [each for each in raw.get("apiStages") or () if "stage" in each]
        named = [f"{each['apiId']}/{each['stage']}" for each in stages]
        return UsagePlan(
            id=raw["id"],
            name=raw.get("name") or raw["id"],
            rate=throttle.get("rateLimit"),
            burst=throttle.get("burstLimit"),
            quota=quota.get("limit"),
            period=quota.get("period", ""),
            offset=quota.get("offset") or 0,
            stages=tuple(sorted(named)),
            throttled=tuple(sorted(name for name, each in zip(named, stages, strict=True) if each.get("throttle"))),
        )

    def _filled(self, plan: UsagePlan, notes: list[str], *, use: bool) -> UsagePlan:
        keys = tuple(sorted(each["id"] for each in self._pages("get_usage_plan_keys", usagePlanId=plan.id)))
        return plan._replace(keys=keys, used=self._used(plan.id, notes) if use and keys else None)

    def _used(self, plan: str, notes: list[str]) -> dict[str, int] | None:
        """Calls of the last ``DAYS`` days by key."""
        begin = (self._today - timedelta(days=DAYS - 1)).isoformat()
        used: dict[str, int] = {}
        try:
            pages = self._client.get_paginator("get_usage").paginate(
                usagePlanId=plan, startDate=begin, endDate=self._today.isoformat(), PaginationConfig={"PageSize": PAGE}
            )
            for page in pages:
                for key, days in page.get("items", {}).items():
                    used[key] = used.get(key, 0) + sum(day[0] for day in days)
        except ClientError as error:
            notes.append(f"the use of its keys is not told: {error.response['Error'].get('Code', 'no reason')}")
            return None
        return used or None

    def _pages(self, operation: str, **request: Any) -> Iterator[Mapping[str, Any]]:
        paginator = self._client.get_paginator(operation)
        for page in paginator.paginate(**request, PaginationConfig={"PageSize": PAGE}):
            yield from page.get("items", ())


def _key(raw: Mapping[str, Any]) -> RestKey:
    """A name that holds the key is left out: names are shown and kept."""
    text = raw.get("value") or ""
    named = {field: raw.get(field) or "" for field in ("name", "customerId")}
    plain = {field: value for field, value in named.items() if not text or text not in value}
    tags = {name: value for name, value in (raw.get("tags") or {}).items() if not text or text not in name + value}
    return RestKey(
        id=raw["id"],
        name=plain.get("name", ""),
        fingerprint=fingerprint(text) if PATTERN.fullmatch(text) else "",
        enabled=bool(raw.get("enabled")),
        customer=plain.get("customerId", ""),
        tags=tags,
    )


def _methods(resources: Iterable[Mapping[str, Any]]) -> Iterator[Method]:
    for resource in sorted(resources, key=lambda each: str(each.get("path", ""))):
        for name, raw in sorted((resource.get("resourceMethods") or {}).items()):
            integration = raw.get("methodIntegration") or {}
            yield Method(
                method=name,
                path=resource.get("path") or "/",
                keyed=bool(raw.get("apiKeyRequired")),
                authorization=raw.get("authorizationType") or "NONE",
                integration=integration.get("type") or "none",
                verb=integration.get("httpMethod") or "",
                uri=integration.get("uri") or "",
                mapped=tuple(_mapped(raw, integration)),
            )


def _mapped(method: Mapping[str, Any], integration: Mapping[str, Any]) -> Iterator[str]:
    """What the gateway does to a method's calls besides passing them on."""
    if integration.get("requestTemplates"):
        yield "a mapping template"
    if any(not _passed_on(*each) for each in (integration.get("requestParameters") or {}).items()):
        yield "mapped parameters"
    if integration.get("type") == "HTTP":
        yield "mapped answers"
    if integration.get("connectionType") == "VPC_LINK":
        yield "a VPC link"
    if integration.get("credentials"):
        yield "credentials of its own"
    if method.get("requestValidatorId") or any((method.get("requestModels") or {}).values()):
        yield "a request validator or model"


def _passed_on(target: str, source: object) -> bool:
    """Whether a path parameter stays what it is."""
    prefix = "integration.request.path."
    return target.startswith(prefix) and source == f"method.request.path.{target.removeprefix(prefix)}"


def _guards(api: Mapping[str, Any], stage: Mapping[str, Any]) -> Iterator[str]:
    if stage.get("webAclArn"):
        yield "a WAF web ACL"
    if api.get("policy"):
        yield "a resource policy"
    if stage.get("cacheClusterEnabled"):
        yield "a cache"
    if stage.get("clientCertificateId"):
        yield "a client certificate for its back end"
    if stage.get("canarySettings"):
        yield "a canary"
    if api.get("apiKeySource") == "AUTHORIZER":
        yield "keys that its authorizer gives"
    if any(
        "throttlingRateLimit" in each or "throttlingBurstLimit" in each
        for each in (stage.get("methodSettings") or {}).values()
    ):
        yield "throttling of the stage"
