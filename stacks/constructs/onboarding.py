"""``POST /_tiergate/onboard``: for programs that IAM knows; what they may do is in ``docs/onboarding.md``."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from aws_cdk.aws_apigatewayv2_authorizers import HttpIamAuthorizer
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration

from stacks.constructs.function import PythonFunction
from stacks.constructs.mac_key import mac_key
from stacks.settings import Settings
from tiergate.domain.onboarding import PATH

TIMEOUT = 15
"""Seconds for a few reads, one signature and one transaction."""


def onboarding(
    stack: Stack, *, settings: Settings, gateway: api.HttpApi, endpoint: str, registry: dynamodb.Table, asset: Path
) -> PythonFunction:
    """The function, its route and the key that it derives customers' API keys with, in the stack's own scope.

    ``endpoint``: the gateway's address, as callers use it.
    """
    key = mac_key(
        stack,
        "OnboardingKey",
        settings=settings,
        alias="onboarding",
        description="Tiergate derives the API keys of onboarded customers with it; without it no repeat is recognized.",
    )
    function = PythonFunction(
        stack,
        "Onboarding",
        settings=settings,
        name="onboard",
        asset=asset,
        environment=_environment(settings, registry, key),
        memory=256,
        timeout=TIMEOUT,
    )
    makes = ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:ConditionCheckItem")  # and changes nothing
    function.allow(*makes, on=registry.table_arn)
    function.allow("kms:GenerateMac", on=key.key_arn)
    gateway.add_routes(
        path=PATH,
        methods=[api.HttpMethod.POST],
        integration=HttpLambdaIntegration("Onboarding", function.function, timeout=Duration.seconds(TIMEOUT)),
        authorizer=HttpIamAuthorizer(),
    )
    CfnOutput(stack, "OnboardUrl", value=f"{endpoint}{PATH}")
    CfnOutput(
        stack,
        "OnboardArn",
        value=stack.format_arn(service="execute-api", resource=gateway.api_id, resource_name=f"$default/POST{PATH}"),
    )
    return function


def _environment(settings: Settings, registry: dynamodb.Table, key: kms.Key) -> Mapping[str, str]:
    return {"REGISTRY_TABLE": registry.table_name, "KEY_ENV": settings.stage, "MAC_KEY": key.key_arn}
