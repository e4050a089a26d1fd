"""The Gateway stack: the HTTP API with two routes per API version, its authorizers, proxies, onboarding and domain."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from aws_cdk import CfnOutput, CfnResource, CrossStackReferences, Duration, ReferenceStrength, Stack, Tags
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType
from constructs import Construct

from stacks.access_log import FIELDS
from stacks.assets import packed, stage, unused
from stacks.constructs.direct import DirectApis
from stacks.constructs.domain import custom_domain
from stacks.constructs.function import PythonFunction, log_group
from stacks.constructs.identity_keys import IdentityKeys
from stacks.constructs.managed import INTEGRATION_TIMEOUT, Proxies
from stacks.constructs.nag import acknowledge
from stacks.constructs.onboarding import onboarding
from stacks.constructs.upstreams import UpstreamFunctions
from stacks.layers import TOKENS, installed
from stacks.serving import Serving, require_mutual_tls, require_network, require_reachable, served
from stacks.settings import Settings
from tiergate.domain.identity import BASE

LOCAL_ID = "71e46a7e"
"""The API's id on the local emulator, so that its address survives a new deploy."""


class GatewayStack(Stack):
    """Serves the bundle's API versions as they stand at ``now``, in Unix seconds.

    ``out``: where the functions' packages are staged. ``issuers``: by name, what the bundle cannot know of those that
    are deployed with it: their ``url`` and ``jwks``. ``authorizers`` are by mode, ``proxies`` by name (``shared``,
    ``private``, or an isolated API's).

    Raises
    ------
    SettingsError
        An API is private, and no network is given; or it asks for client certificates, and no truststore is given.
    AssetError
        `stage` or `installed` raises it.
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
        issuers: Mapping[str, Mapping[str, str]],
        out: Path,
        now: int,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, suppress_template_indentation=True, **kwargs)
        self._settings, self._registry, self._usage, self._issuers = settings, registry, usage, issuers
        apis = served(bundle, now)
        require_network(settings, apis)
        require_mutual_tls(settings, apis)
        require_reachable(settings, apis, bundle.get("issuers", {}))
        modes = ["managed", *(["direct"] if any(each.direct for each in apis) else [])]
        left_out = unused(bundle, edge=settings.edge_secret is not None)
        asset = stage("authorizer", out, packed(bundle), without=left_out)
        layers = {"managed": [self._token_layer()]} if bundle.get("issuers") else {}
        self.authorizers = {mode: self._authorizer(mode, asset, layers.get(mode, [])) for mode in modes}
        self.api = self._api()
        keys = self._identity_keys(apis, bundle["platform"], out)
        upstreams = UpstreamFunctions(self, settings=settings, apis=apis, out=out, timeout=INTEGRATION_TIMEOUT)
        asset = stage("proxy", out, packed(bundle))
        proxies = Proxies(self, settings=settings, apis=apis, upstreams=upstreams, asset=asset, keys=keys)
        self.proxies = proxies.functions
        self._stage()
        self._managed([each for each in apis if not each.direct], proxies)
        self._direct([each for each in apis if each.direct], upstreams)
        self._preflights([each for each in apis if each.cors], proxies)
        self.onboarding = onboarding(
            self,
            settings=settings,
            gateway=self.api,
            endpoint=self.address,
            registry=registry,
            asset=stage("onboard", out, packed(bundle)),
        )
        CfnOutput(self, "Endpoint", value=self.address)
        CfnOutput(self, "ApiId", value=self.api.api_id)
        CfnOutput(self, "AuthorizerName", value=self.authorizers["managed"].function.function_name)

    @property
    def address(self) -> str:
        """Where callers find it, on this machine too; of its resources only the API's id is in it."""
        if self._settings.local:
            return f"{self._settings.emulator}/_aws/execute-api/{self.api.api_id}"
        if self._settings.domain:
            return f"https://{self._settings.domain.name}"
        return f"https://{self.api.api_id}.execute-api.{self.region}.{self.url_suffix}"

    def _api(self) -> api.HttpApi:
        """With mutual TLS, its own address is closed: calls would go round the certificates there."""
        domain = self._settings.domain
        made = api.HttpApi(
            self,
            "Api",
            create_default_stage=False,
            disable_execute_api_endpoint=True if domain and domain.truststore else None,
        )
        if self._settings.local:
            Tags.of(made).add("ms-custom-id", LOCAL_ID)
        _refer_weakly(made)
        return made

    def _token_layer(self) -> lambda_.LayerVersion:
        """For the managed authorizer alone: direct APIs take API keys and nothing else."""
        return lambda_.LayerVersion(
            self,
            "TokenLayer",
            code=lambda_.Code.from_asset(str(installed(TOKENS, local=self._settings.local))),
            compatible_architectures=[lambda_.Architecture.ARM_64],
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            description="PyJWT and cryptography, for access tokens",
        )

    def _identity_keys(self, apis: Sequence[Serving], platform: Mapping[str, Any], out: Path) -> IdentityKeys | None:
        """None where no upstream is shown an identity. Locally upstreams fetch them at the emulator's address."""
        if not any(each.identity for each in apis):
            return None
        keys = IdentityKeys(
            self,
            settings=self._settings,
            number=platform.get("identity_key", 1),
            issuer=f"{self.address}{BASE}",
        )
        keys.publish(self.api, stage("jwks", out))
        return keys

    def _authorizer(self, mode: str, asset: Path, layers: Sequence[lambda_.ILayerVersion]) -> PythonFunction:
        edge = self._settings.edge_secret
        authorizer = PythonFunction(
            self,
            "Authorizer" if mode == "managed" else "DirectAuthorizer",
            settings=self._settings,
            name="authorizer",
            asset=asset,
            environment={
                "MODE": mode,
                "KEY_ENV": self._settings.stage,
                "REGISTRY_TABLE": self._registry.table_name,
                "USAGE_TABLE": self._usage.table_name,
                "STORE_TIMEOUT": f"{self._settings.store_timeout:g}",
                **({"ISSUERS": self.to_json_string(self._issuers)} if self._issuers else {}),
                **({"EDGE_SECRET": edge} if edge else {}),
            },
            memory=512,
            timeout=5,
            concurrency=self._settings.authorizer_concurrency,
            layers=layers,
        )
        authorizer.allow("dynamodb:GetItem", on=self._registry.table_arn)
        authorizer.allow("dynamodb:UpdateItem", on=self._usage.table_arn)
        if edge:
            authorizer.allow("secretsmanager:GetSecretValue", on=edge)
        return authorizer

    def _stage(self) -> None:
        self.access_log = log_group(self, "AccessLog", self._settings)
        _refer_weakly(self.access_log)
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
            destination_arn=self.access_log.log_group_arn, format=json.dumps(FIELDS)
        )
        CfnOutput(self, "AccessLogGroup", value=self.access_log.log_group_name)
        if self._settings.domain:
            custom_domain(self, domain=self._settings.domain, stage=default)

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


def _refer_weakly(construct: Construct) -> None:
    """A stack that is deployed no more, as the portal's may be, keeps what it imports from being taken back."""
    resource = cast(CfnResource, construct.node.default_child)
    CrossStackReferences.of(resource).produce(ReferenceStrength.WEAK)
