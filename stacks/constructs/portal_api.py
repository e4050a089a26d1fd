"""The portal's own HTTP API: what signed-in people do to their organizations, and the keys to try APIs with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from aws_cdk import Duration, Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_authorizers import HttpJwtAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from stacks.constructs.function import PythonFunction, log_group
from stacks.constructs.mac_key import mac_key
from stacks.constructs.nag import acknowledge
from stacks.constructs.people import People
from stacks.layers import POWERTOOLS, installed
from stacks.settings import Settings

NAME = "portal_api"

TIMEOUT = 20
"""Seconds for a handful of reads and one transaction; a report on a month's use of fifty applications takes most."""

RATE, BURST = 100, 200
"""Calls a second of the whole portal: a backstop behind the limits that the function keeps."""

FIELDS = {
    "time": "$context.requestTimeEpoch",
    "request_id": "$context.requestId",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "status": "$context.status",
    "person": "$context.authorizer.claims.sub",
    "integration_latency": "$context.integrationLatency",
    "latency": "$context.responseLatency",
    "integration_error": "$context.integrationErrorMessage",
    "authorizer_error": "$context.authorizer.error",
    "gateway_error": "$context.error.message",
    "bytes": "$context.responseLength",
}
"""The access log's schema: no mail address, no token and no query is in it."""

TRY = "POST /api/try-keys"
TRY_RATE, TRY_BURST = 20, 40
"""The same for keys to try APIs with: anybody may ask for them, and takes nothing from people who signed in by that."""

READS = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:ConditionCheckItem")
WRITES = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem")
OWN = ("ORG", "APP", "SUB", "KEY", "CLIENT", "MEMBER", "INVITATION", "UPGRADE", "LIMIT", "REQUEST")
PARTNERS = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{kind}#*" for kind in OWN]}}
"""Of the registry, what partners change: nothing that is published, and nothing of the gate's or the platform's."""


class PortalApi(Construct):
    """``gateway``: the HTTP API; it answers once `serve` was called."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self.gateway = api.HttpApi(self, "Api", create_default_stage=False)
        self._stage = self._served()

    def serve(
        self,
        people: People,
        client: cognito.UserPoolClient,
        *,
        asset: Path,
        environment: Mapping[str, str],
        registry: dynamodb.Table,
        usage: dynamodb.Table,
        records: dynamodb.Table,
    ) -> PythonFunction:
        """The function behind it, for people who signed in by the client."""
        key = mac_key(
            Stack.of(self),
            "PortalKey",
            settings=self._settings,
            alias="portal",
            description="Tiergate derives the API keys of the portal with it; without it no repeat is recognized.",
        )
        function = PythonFunction(
            self,
            "Function",
            settings=self._settings,
            name=NAME,
            asset=asset,
            environment={
                "KEY_ENV": self._settings.stage,
                "REGISTRY_TABLE": registry.table_name,
                "USAGE_TABLE": usage.table_name,
                "USAGE_RECORDS_TABLE": records.table_name,
                "USER_POOL_ID": people.pool.user_pool_id,
                "MAC_KEY": key.key_arn,
                **environment,
            },
            memory=512,
            timeout=TIMEOUT,
            layers=[self._layer()],
        )
        self._allow(function, people, key, registry=registry, usage=usage, records=records)
        self._routes(function, people, client)
        return function

    def _allow(
        self,
        function: PythonFunction,
        people: People,
        key: kms.Key,
        *,
        registry: dynamodb.Table,
        usage: dynamodb.Table,
        records: dynamodb.Table,
    ) -> None:
        function.allow(*READS, on=registry.table_arn)
        function.allow(*WRITES, on=registry.table_arn, conditions=PARTNERS)
        function.allow("dynamodb:BatchGetItem", on=usage.table_arn)
        function.allow("dynamodb:BatchGetItem", "dynamodb:Query", on=records.table_arn)
        function.allow("kms:GenerateMac", on=key.key_arn)
        function.allow("cognito-idp:AdminGetUser", on=people.arn)
        function.allow_events()

    def _routes(self, function: PythonFunction, people: People, client: cognito.UserPoolClient) -> None:
        """All of it for people who signed in, but for keys to try APIs with."""
        integration = HttpLambdaIntegration("Portal", function.function, timeout=Duration.seconds(TIMEOUT))
        signed_in = HttpJwtAuthorizer("SignedIn", people.url, jwt_audience=[client.user_pool_client_id])
        self.gateway.add_routes(
            path="/api/{proxy+}", methods=[api.HttpMethod.ANY], integration=integration, authorizer=signed_in
        )
        method, path = TRY.split()
        (trying,) = self.gateway.add_routes(path=path, methods=[api.HttpMethod[method]], integration=integration)
        self._stage.route_settings = {TRY: {"ThrottlingRateLimit": TRY_RATE, "ThrottlingBurstLimit": TRY_BURST}}
        self._stage.node.add_dependency(trying)
        acknowledge(trying, "AwsSolutions-APIG4", "Keys to try an API with are for visitors; the function limits them.")

    def _layer(self) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self,
            "Powertools",
            code=lambda_.Code.from_asset(str(installed(POWERTOOLS, local=self._settings.local))),
            compatible_architectures=[lambda_.Architecture.ARM_64],
            compatible_runtimes=[lambda_.Runtime.PYTHON_3_13],
            description="Powertools for AWS Lambda: the routes of the portal's API",
        )

    def _served(self) -> api.CfnStage:
        stage = api.HttpStage(
            self,
            "Stage",
            http_api=self.gateway,
            stage_name="$default",
            auto_deploy=True,
            throttle=api.ThrottleSettings(rate_limit=RATE, burst_limit=BURST),
        )
        access_log = log_group(self, "AccessLog", self._settings)
        resource = cast(api.CfnStage, stage.node.default_child)
        resource.access_log_settings = api.CfnStage.AccessLogSettingsProperty(
            destination_arn=access_log.log_group_arn, format=json.dumps(FIELDS)
        )
        return resource
