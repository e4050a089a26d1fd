"""The Gateway stack: the HTTP API with two routes per API version, its authorizer and the managed proxy."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from aws_cdk import CfnOutput, Duration, Stack, Tags
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from stacks.access_log import FIELDS
from stacks.assets import stage
from stacks.constructs.function import PythonFunction, log_group
from stacks.settings import Settings
from tiergate.domain.catalogue import FUNCTION, SERVED
from tiergate.policy.bundle import serialized

INTEGRATION_TIMEOUT = 29
"""Seconds; the longest that the CDK lets an HTTP API wait. An upstream gets at most 27 of them."""

LOCAL_ID = "71e46a7e"
"""The API's id on the local emulator, so that its address survives a new deploy."""


class GatewayStack(Stack):
    """Serves every published API of the bundle. ``out``: where the functions' packages are staged."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        bundle: Mapping[str, Any],
        registry: dynamodb.Table,
        usage: dynamodb.Table,
        out: Path,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        self._settings, self._bundle, self._out = settings, bundle, out
        authorizer = self._authorizer(registry, usage)
        proxy = self._proxy(self._upstream_functions())
        gateway = api.HttpApi(self, "Api", create_default_stage=False)
        if settings.local:
            Tags.of(gateway).add("ms-custom-id", LOCAL_ID)
        self._stage(gateway)
        self._routes(gateway, authorizer, proxy)
        CfnOutput(self, "Endpoint", value=gateway.api_endpoint)
        CfnOutput(self, "ApiId", value=gateway.api_id)

    def _authorizer(self, registry: dynamodb.Table, usage: dynamodb.Table) -> PythonFunction:
        authorizer = PythonFunction(
            self,
            "Authorizer",
            settings=self._settings,
            name="authorizer",
            asset=stage("authorizer", self._out, serialized(self._bundle)),
            environment={
                "MODE": "managed",
                "KEY_ENV": self._settings.stage,
                "REGISTRY_TABLE": registry.table_name,
                "USAGE_TABLE": usage.table_name,
            },
            memory=512,
            timeout=5,
            concurrency=self._settings.authorizer_concurrency,
        )
        authorizer.allow("dynamodb:GetItem", on=registry.table_arn)
        authorizer.allow("dynamodb:UpdateItem", on=usage.table_arn)
        return authorizer

    def _proxy(self, upstreams: Mapping[str, PythonFunction]) -> PythonFunction:
        arns = {name: upstream.function.function_arn for name, upstream in upstreams.items()}
        proxy = PythonFunction(
            self,
            "Proxy",
            settings=self._settings,
            name="proxy",
            asset=stage("proxy", self._out, serialized(self._bundle)),
            environment={"UPSTREAM_FUNCTIONS": self.to_json_string(arns)},
            memory=512,
            timeout=INTEGRATION_TIMEOUT,
        )
        for arn in sorted(self._function_names(external=True)) + list(arns.values()):
            proxy.allow("lambda:InvokeFunction", on=arn)
        return proxy

    def _upstream_functions(self) -> dict[str, PythonFunction]:
        """The functions of ``lambdas/`` that an API has as its upstream (``lambda:<name>``)."""
        return {
            name: PythonFunction(
                self,
                "Upstream" + name.title().replace("_", ""),
                settings=self._settings,
                name=name,
                asset=stage(name, self._out / "upstreams", shared=False),
                environment={},
                memory=256,
                timeout=INTEGRATION_TIMEOUT,
            )
            for name in sorted(self._function_names(external=False))
        }

    def _function_names(self, *, external: bool) -> set[str]:
        """The functions that served APIs have as upstreams: other people's by ARN, or those deployed here by name."""
        upstreams = {version["upstream"] for version in self._bundle["apis"].values() if version["state"] in SERVED}
        names = {upstream.removeprefix(FUNCTION) for upstream in upstreams if upstream.startswith(FUNCTION)}
        return {name for name in names if name.startswith("arn:") is external}

    def _stage(self, gateway: api.HttpApi) -> None:
        access_log = log_group(self, "AccessLog", self._settings)
        default = api.HttpStage(
            self,
            "Stage",
            http_api=gateway,
            stage_name="$default",
            auto_deploy=True,
            throttle=api.ThrottleSettings(
                rate_limit=self._settings.throttle_rate, burst_limit=self._settings.throttle_burst
            ),
        )
        resource = cast(api.CfnStage, default.node.default_child)
        resource.access_log_settings = api.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_log.log_group_arn, format=json.dumps(FIELDS)
        )
        CfnOutput(self, "AccessLogGroup", value=access_log.log_group_name)

    def _routes(self, gateway: api.HttpApi, authorizer: PythonFunction, proxy: PythonFunction) -> None:
        authorize = HttpLambdaAuthorizer(
            "Managed",
            authorizer.function,
            identity_source=[],
            response_types=[HttpLambdaResponseType.SIMPLE],
            results_cache_ttl=Duration.seconds(0),
        )
        forward = HttpLambdaIntegration(
            "Managed",
            proxy.function,
            timeout=Duration.seconds(INTEGRATION_TIMEOUT),
            scope_permission_to_route=False,
        )
        for name, version in self._bundle["apis"].items():
            if version["state"] in SERVED:
                for path in (f"/{name}", f"/{name}/{{proxy+}}"):
                    gateway.add_routes(
                        path=path, methods=[api.HttpMethod.ANY], integration=forward, authorizer=authorize
                    )
