"""The function that tells consumers of deprecated APIs, every day; ``docs/lifecycle.md`` has what it tells."""

from pathlib import Path

from aws_cdk import CfnOutput, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from stacks.constructs.function import PythonFunction
from stacks.settings import Settings

DAILY = events.Schedule.cron(hour="5", minute="20")
"""In UTC."""

TIMEOUT = 300
"""Seconds; what they are too short for is done by the next run."""


def notices(
    stack: Stack, *, settings: Settings, registry: dynamodb.Table, records: dynamodb.Table, asset: Path
) -> PythonFunction:
    """The function and its schedule, in a scope of their own. It reads the registry by its index alone."""
    scope = Construct(stack, "Notices")
    function = PythonFunction(
        scope,
        "Tell",
        settings=settings,
        name="notices",
        asset=asset,
        environment={"REGISTRY_TABLE": registry.table_name, "USAGE_RECORDS_TABLE": records.table_name},
        memory=512,
        timeout=TIMEOUT,
    )
    function.allow("dynamodb:Query", on=f"{registry.table_arn}/index/by_owner")
    function.allow("dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem", on=records.table_arn)
    function.allow_events()
    events.Rule(scope, "Daily", schedule=DAILY, targets=[targets.LambdaFunction(function.function)])
    CfnOutput(stack, "NoticesFunction", value=function.function.function_name)
    return function
