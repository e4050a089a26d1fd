"""The Gateway stack: the HTTP API with two routes per API version, its authorizers, proxies and onboarding."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from aws_cdk import CfnOutput, Duration, Stack, Tags
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType
from constructs import Construct

from stacks.access_log import FIELDS
from stacks.assets import packed, stage
from stacks.constructs.direct import DirectApis
from stacks.constructs.function import PythonFunction, log_group
from stacks.constructs.managed import INTEGRATION_TIMEOUT, Proxies
from stacks.constructs.nag import acknowledge
from stacks.constructs.onboarding import onboarding
from stacks.constructs.upstreams import UpstreamFunctions
from stacks.serving import Serving, require_network, served
from stacks.settings import Settings

LOCAL_ID = "71e46a7e"
"""The API's id on the local emulator, so that its address survives a new deploy."""


class GatewayStack(Stack):
    """Serves every published API of the bundle. ``out``: where the functions' packages are staged.

    ``authorizers`` are by mode, ``proxies`` by name (``shared``, ``private``, or an isolated API's).

    Raises
    ------
    SettingsError
        An API is private, and no network is given.
    """

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
        super().__init__(scope, id_, suppress_template_indentation=True, **kwargs)
        self._settings = settings
        apis = served(bundle)
        require_network(settings, apis)
        modes = ["managed", *(["direct"] if any(each.direct for each in apis) else [])]
        assets = {name: stage(name, out, packed(bundle)) for name in ("authorizer", "onboard", "proxy")}
        self.authorizers = {mode: self._authorizer(mode, assets["authorizer"], registry, usage) for mode in modes}
        upstreams = UpstreamFunctions(self, settings=settings, apis=apis, out=out, timeout=INTEGRATION_TIMEOUT)
        proxies = Proxies(self, settings=settings, apis=apis, upstreams=upstreams, asset=assets["proxy"])
        self.proxies = proxies.functions
        self.api = api.HttpApi(self, "Api", create_default_stage=False)
        if settings.local:
            Tags.of(self.api).add("ms-custom-id", LOCAL_ID)
        self._stage()
        self._managed([each for each in apis if not each.direct], proxies)
        self._direct([each for each in apis if each.direct], upstreams)
        self._preflights([each for each in apis if each.cors], proxies)
        self.onboarding = onboarding(
            self, settings=settings, gateway=self.api, registry=registry, asset=assets["onboard"]
        )
        CfnOutput(self, "Endpoint", value=self.api.api_endpoint)
        CfnOutput(self, "ApiId", value=self.api.api_id)

    def _authorizer(self, mode: str, asset: Path, registry: dynamodb.Table, usage: dynamodb.Table) -> PythonFunction:
        authorizer = PythonFunction(
            self,
            "Authorizer" if mode == "managed" else "DirectAuthorizer",
            settings=self._settings,
            name="authorizer",
            asset=asset,
            environment={
                "MODE": mode,
                "KEY_ENV": self._settings.stage,
                "REGISTRY_TABLE": registry.table_name,
                "USAGE_TABLE": usage.table_name,
                "STORE_TIMEOUT": f"{self._settings.store_timeout:g}",
            },
            memory=512,
            timeout=5,
            concurrency=self._settings.authorizer_concurrency,
        )
        authorizer.allow("dynamodb:GetItem", on=registry.table_arn)
        authorizer.allow("dynamodb:UpdateItem", on=usage.table_arn)
        return authorizer

    def _stage(self) -> None:
        access_log = log_group(self, "AccessLog", self._settings)
        default = api.HttpStage(
            self,
            "Stage",
            http_api=self.api,
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

    def _managed(self, apis: Sequence[Serving], proxies: Proxies) -> None:
        authorize = self._authorize("managed")
        for each in apis:
            for path in each.paths:
                self.api.add_routes(
                    path=path,
                    methods=[api.HttpMethod.ANY],
                    integration=proxies.integration(each),
                    authorizer=authorize,
                )

    def _direct(self, apis: Sequence[Serving], upstreams: UpstreamFunctions) -> None:
        if not apis:
            return
        direct = DirectApis(
            self,
            "Direct",
            settings=self._settings,
            gateway=self.api,
            authorizer=self._authorize("direct"),
            upstreams=upstreams,
        )
        for each in apis:
            direct.add(each)

    def _authorize(self, mode: str) -> HttpLambdaAuthorizer:
        """Without identity source or cache: every call reaches the function, the ones without a key too."""
        return HttpLambdaAuthorizer(
            mode.title(),
            self.authorizers[mode].function,
            identity_source=[],
            response_types=[HttpLambdaResponseType.SIMPLE],
            results_cache_ttl=Duration.seconds(0),
        )

    def _preflights(self, apis: Sequence[Serving], proxies: Proxies) -> None:
        for each in apis:
            for path in each.paths:
                routes = self.api.add_routes(
                    path=path, methods=[api.HttpMethod.OPTIONS], integration=proxies.integration(each)
                )
                acknowledge(
                    routes[0],
                    "AwsSolutions-APIG4",
                    "Browsers send preflights without credentials; the proxy answers them and forwards none.",
                )
