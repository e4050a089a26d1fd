"""The authorizer of the account's REST APIs that the policies name; docs/rest-apis.md says how they take it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from stacks.constructs.function import PythonFunction
from stacks.settings import Settings

GATEWAY = iam.ServicePrincipal("apigateway.amazonaws.com")


def rest_authorizer(
    stack: Stack,
    *,
    settings: Settings,
    rest_apis: Mapping[str, Mapping[str, Any]],
    registry: dynamodb.Table,
    usage: dynamodb.Table,
    key: kms.Key,
    asset: Path,
) -> PythonFunction:
    """The function, in the stack's own scope, which authorizers of these REST APIs may invoke and no others.

    ``rest_apis``: a bundle's. ``key``: what native keys are derived with.
    """
    function = PythonFunction(
        stack,
        "RestAuthorizer",
        settings=settings,
        name="rest_authorizer",
        asset=asset,
        environment={
            "MODE": "direct",
            "KEY_ENV": settings.stage,
            "REGISTRY_TABLE": registry.table_name,
            "USAGE_TABLE": usage.table_name,
            "STORE_TIMEOUT": f"{settings.store_timeout:g}",
            "MAC_KEY": key.key_arn,
        },
        memory=512,
        timeout=5,
    )
    function.allow("dynamodb:GetItem", on=registry.table_arn)
    function.allow("dynamodb:UpdateItem", on=usage.table_arn)
    function.allow("kms:GenerateMac", on=key.key_arn)
    for id_ in sorted({each["id"] for each in rest_apis.values()}):
        authorizers = stack.format_arn(service="execute-api", resource=id_, resource_name="authorizers/*")
        function.function.add_permission(f"Invoke-{id_}", principal=GATEWAY, source_arn=authorizers)
    CfnOutput(stack, "RestAuthorizerArn", value=function.function.function_arn)
    return function
