"""Reads an account's REST APIs, usage plans and keys. It changes nothing, and keeps no key's text: only its SHA-256.

People write keys into names, tags, descriptions and documents too: every text is held against every key of the account.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from botocore.exceptions import ClientError

from tiergate.adapters.api_gateway import PAGE, pages
from tiergate.domain.imported_keys import fault_of
from tiergate.domain.keys import fingerprint
from tiergate.domain.redaction import Redaction
from tiergate.domain.rest_account import AccountUsagePlan, Method, RestAccount, RestKey, Stage

Watch = Callable[[str, Sequence[Any]], Iterable[Any]]
"""Goes through a sequence, and shows how far it is: what it is, and the sequence."""

DAYS = 90
"""As far back as API Gateway tells of use."""

STAGE_TAG = "tiergate:stage"
"""Of all that `adapters.mirror` makes."""

UNDEPLOYED = "methods that were changed since they were deployed"


class UnknownRestApi(Exception):
    """A REST API was named that the account does not have; the text says which there are."""


class RestAccountReader:
    """``client``: of ``apigateway``, made with its `client_config`. botocore's errors come out as they are."""

    def __init__(self, client: Any, *, today: date, watch: Watch) -> None:
        self._client = client
        self._today = today
        self._watch = watch
        self._redaction = Redaction(())

    def read(self, only: Collection[str] = (), *, use: bool = False) -> RestAccount:
        """Everything, or what belongs to the REST APIs ``only``. ``use``: with the calls of each key.

        Raises
        ------
        UnknownRestApi
            One of ``only`` is not there.
        """
        notes: list[str] = []
        all_keys = [*pages(self._client, "get_api_keys", includeValues=True)]
        self._redaction = Redaction(each.get("value") or "" for each in all_keys)
        raw_keys = [each for each in all_keys if not _ours(each)]
        apis = [each for each in self._pages("get_rest_apis") if not only or each["id"] in only]
        self._known(only, [each["id"] for each in apis])
        found = [self._stages(api) for api in self._watch("REST APIs", apis)]
        stages = tuple(stage for each in found for stage in each)
        ids = {stage.id for stage in stages}
        raw_plans = [*self._pages("get_usage_plans")]
        plans = [self._plan(raw) for raw in raw_plans if not _ours(raw)]
        notes += _left_out(len(raw_plans) - len(plans), len(all_keys) - len(raw_keys))
        wanted = [plan for plan in plans if not only or ids & {*plan.stages}]
        filled = tuple(self._filled(plan, notes, use=use) for plan in self._watch("Usage plans", wanted))
        in_plans = {key for plan in filled for key in plan.keys}
        mine = tuple(self._key(raw) for raw in raw_keys if not only or raw["id"] in in_plans)
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
        raw = self._redaction.without(self._client.get_stages(restApiId=api["id"])["item"])
        return [self._stage(api, each, methods) for each in sorted(raw, key=lambda each: each["stageName"])]

    def _stage(self, api: Mapping[str, Any], raw: Mapping[str, Any], methods: tuple[Method, ...]) -> Stage:
        id_, stage = api["id"], raw["stageName"]
        document, unread = self._exported(id_, stage)
        deployed = self._deployed(id_, raw.get("deploymentId"), methods)
        region = self._client.meta.region_name
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return Stage(
            api=id_,
            name=api["name"] or id_,
            stage=stage,
            url=f"https://{id_}.execute-api.{region}.{suffix}/{stage}",
            document=document,
            unread=unread,
            methods=deployed,
            variables=raw.get("variables") or {},
            private="PRIVATE" in (api.get("endpointConfiguration") or {}).get("types", ()),
            closed=bool(api.get("disableExecuteApiEndpoint")),
            guards=(*_guards(api, raw), *([UNDEPLOYED] if deployed != methods else ())),
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
        return self._redaction.masked(data.decode("utf-8")), ""

    def _deployed(self, api: str, id_: str | None, methods: tuple[Method, ...]) -> tuple[Method, ...]:
        """What a deployment asks of callers: methods are read from the copy that people work on, which may be ahead."""
        if id_ is None:
            return methods
        deployment = self._client.get_deployment(restApiId=api, deploymentId=id_, embed=["apisummary"])
        summary = deployment.get("apiSummary")
        if not summary:
            return methods
        asked = {(path, method): asks for path, each in summary.items() for method, asks in each.items()}
        there = [each for each in methods if (each.path, each.method) in asked]
        return tuple(_as_deployed(each, asked[each.path, each.method]) for each in there) + tuple(
            Method(method, path, bool(asks.get("apiKeyRequired")), asks.get("authorizationType") or "NONE", "unknown")
            for (path, method), asks in sorted(asked.items())
            if (path, method) not in {(each.path, each.method) for each in methods}
        )

    def _plan(self, raw: Mapping[str, Any]) -> AccountUsagePlan:
        throttle, quota = raw.get("throttle") or {}, raw.get("quota") or {}
        stages = [each for each in raw.get("apiStages") or () if "stage" in each]
        named = [f"{each['apiId']}/{each['stage']}" for each in stages]
        return AccountUsagePlan(
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

    def _filled(self, plan: AccountUsagePlan, notes: list[str], *, use: bool) -> AccountUsagePlan:
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
        yield from (self._redaction.without(each) for each in pages(self._client, operation, **request))

    def _key(self, raw: Mapping[str, Any]) -> RestKey:
        text = raw.get("value") or ""
        fault = fault_of(text)
        told = self._redaction.without({**raw, "value": ""})
        return RestKey(
            id=raw["id"],
            name=told.get("name") or "",
            fingerprint="" if fault else fingerprint(text),
            enabled=bool(raw.get("enabled")),
            customer=told.get("customerId") or "",
            tags=told.get("tags") or {},
            fault=fault,
        )


def _ours(raw: Mapping[str, Any]) -> bool:
    """Whether a gateway of ours made it for partners that it has already."""
    return STAGE_TAG in (raw.get("tags") or {})


def _left_out(plans: int, keys: int) -> list[str]:
    if not plans and not keys:
        return []
    return [f"{plans} usage plans and {keys} API keys with a tag {STAGE_TAG} are this gateway's own, and left out"]


def _as_deployed(method: Method, asks: Mapping[str, Any]) -> Method:
    keyed, authorization = bool(asks.get("apiKeyRequired")), asks.get("authorizationType") or "NONE"
    return method._replace(keyed=keyed, authorization=authorization)


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
