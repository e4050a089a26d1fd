"""An account's REST APIs, usage plans and keys behind a real boto3 client, which checks requests and turns pages."""

import json
from functools import cache
from io import BytesIO
from typing import Any

import boto3
from botocore.awsrequest import AWSResponse
from botocore.config import Config

REGION = "eu-west-1"


class FakeRestAccount:
    """``calls``: (operation, request) of each. ``fails``: operations that are refused, with their error code.

    ``page``: items of a page at most, so that paging is tried.
    """

    def __init__(self, *, page: int = 2) -> None:
        self.apis: dict[str, dict[str, Any]] = {}
        self.stages: dict[str, dict[str, dict[str, Any]]] = {}
        self.resources: dict[str, list[dict[str, Any]]] = {}
        self.documents: dict[str, str] = {}
        self.deployments: dict[str, dict[str, Any]] = {}
        self.plans: dict[str, dict[str, Any]] = {}
        self.members: dict[str, list[str]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.used: dict[str, dict[str, list[list[int]]]] = {}
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.fails: dict[str, str] = {}
        self._page = page
        self._request: dict[str, Any] = {}

    def api(self, id_: str, name: str, *stages: str, base: str = "https://orders.example/api", **more: Any) -> None:
        """A REST API with ``GET /items/{id}`` and ``POST /items``, which pass calls on to ``base``."""
        self.apis[id_] = {"id": id_, "name": name, **more}
        self.stages[id_] = {stage: {"stageName": stage} for stage in stages or ("prod",)}
        self.resources[id_] = [
            resource("/items/{id}", "GET", f"{base}/items/{{id}}"),
            resource("/items", "POST", f"{base}/items"),
        ]
        paths = {
            each["path"]: {m.lower(): {"responses": {}} for m in each["resourceMethods"]}
            for each in self.resources[id_]
        }
        for stage in self.stages[id_]:
            self.export(f"{id_}/{stage}", name, paths)

    def export(self, stage: str, title: str, paths: dict[str, Any]) -> None:
        servers = [{"url": "https://secret-host.execute-api.example/prod"}]
        self.documents[stage] = json.dumps(
            {"openapi": "3.0.1", "info": {"title": title, "version": "1"}, "servers": servers, "paths": paths}
        )

    def plan(self, id_: str, name: str, *stages: str, **more: Any) -> None:
        """``stages``: ``<REST API>/<stage>``."""
        opened = [dict(zip(("apiId", "stage"), each.split("/"), strict=True)) for each in stages]
        self.plans[id_] = {"id": id_, "name": name, "apiStages": opened, **more}
        self.members[id_] = []

    def key(self, id_: str, value: str, *plans: str, **more: Any) -> None:
        self.keys[id_] = {"id": id_, "name": id_, "value": value, "enabled": True, **more}
        for plan in plans:
            self.members[plan].append(id_)

    def client(self, region: str = REGION) -> Any:
        client = _session().client("apigateway", region_name=region, config=Config(retries={"total_max_attempts": 1}))
        client.meta.events.register("provide-client-params.apigateway.*", self._asked)
        client.meta.events.register("before-call.apigateway.*", self._answer)
        return client

    def _asked(self, params: dict[str, Any], **_: Any) -> None:
        self._request = dict(params)

    def _answer(self, model: Any, **_: Any) -> tuple[AWSResponse, dict[str, Any]]:
        request, name = self._request, model.name
        self.calls.append((name, request))
        assert name.startswith("Get"), f"{name} is no reading"
        if name in self.fails:
            error = {"Error": {"Code": self.fails[name], "Message": "refused"}}
            return AWSResponse("https://test", 403, {}, None), error | {"ResponseMetadata": {}}
        return AWSResponse("https://test", 200, {}, None), getattr(self, f"_{name}")(request)

    def _GetRestApis(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._paged([*self.apis.values()], request)

    def _GetStages(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return {"item": [*self.stages[request["restApiId"]].values()]}

    def _GetDeployment(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        assert request["embed"] == ["apisummary"]
        return {"id": request["deploymentId"], "apiSummary": self.deployments[request["deploymentId"]]}

    def _GetResources(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        assert request["embed"] == ["methods"]
        return self._paged(self.resources[request["restApiId"]], request)

    def _GetExport(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        text = self.documents[f"{request['restApiId']}/{request['stageName']}"]
        return {"body": BytesIO(text.encode())}

    def _GetUsagePlans(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._paged([*self.plans.values()], request)

    def _GetUsagePlanKeys(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._paged([{"id": each} for each in self.members[request["usagePlanId"]]], request)

    def _GetApiKeys(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        assert request["includeValues"] is True
        return self._paged([*self.keys.values()], request)

    def _GetUsage(self, request: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        used = [*self.used.get(request["usagePlanId"], {}).items()]
        page = self._paged(used, request)
        return page | {"items": dict(page["items"])}

    def _paged(self, items: list[Any], request: dict[str, Any]) -> dict[str, Any]:
        begin = int(request.get("position") or 0)
        end = begin + min(self._page, request.get("limit", self._page))
        return {"items": items[begin:end]} | ({"position": str(end)} if end < len(items) else {})


@cache
def _session() -> boto3.Session:
    """One for all: reading its description of the service takes longer than a test."""
    return boto3.Session("test", "test", region_name=REGION)


def resource(path: str, method: str, uri: str, **more: Any) -> dict[str, Any]:
    """One path with one method, which passes calls on; ``more``: of the method."""
    integration = {"type": "HTTP_PROXY", "httpMethod": method, "uri": uri, "connectionType": "INTERNET"}
    integration |= more.pop("integration", {})
    stated = {"apiKeyRequired": True, "authorizationType": "NONE", "methodIntegration": integration} | more
    return {"id": path, "path": path, "resourceMethods": {method: stated}}
