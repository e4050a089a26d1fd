"""The function that reads the gateway's access log for what partners see of their calls; ``docs/usage.md``."""

from pathlib import Path

from aws_cdk import Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.access_log import OF_SUBSCRIPTIONS
from stacks.constructs.function import PythonFunction
from stacks.settings import Settings

TIMEOUT = 60
"""Seconds for a batch."""

RETRIES, MOST_AGE = 2, 20
"""How often, and for how many minutes, Lambda brings a batch again that could not be recorded."""


def call_records(
    stack: Stack,
    *,
    settings: Settings,
    access_log: logs.LogGroup,
    records: dynamodb.Table,
    given_up: sqs.Queue,
    asset: Path,
) -> PythonFunction:
    """The function and its subscription, in a scope of their own. ``given_up``: where Lambda leaves word of batches
    that it no longer tries."""
    scope = Construct(stack, "CallRecords")
    function = PythonFunction(
        scope,
        "Keep",
        settings=settings,
        name="call_records",
        asset=asset,
        environment={"USAGE_RECORDS_TABLE": records.table_name},
        memory=512,
        timeout=TIMEOUT,
    )
    function.allow("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", on=records.table_arn)
    function.allow("sqs:SendMessage", on=given_up.queue_arn)
    lambda_.CfnEventInvokeConfig(
        scope,
        "Again",
        function_name=function.function.function_name,
        qualifier="$LATEST",
        maximum_retry_attempts=RETRIES,
        maximum_event_age_in_seconds=int(Duration.minutes(MOST_AGE).to_seconds()),
        destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
            on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=given_up.queue_arn)
        ),
    ).node.add_dependency(function)
    may = lambda_.CfnPermission(
        scope,
        "May",
        action="lambda:InvokeFunction",
        function_name=function.function.function_name,
        principal="logs.amazonaws.com",
        source_arn=access_log.log_group_arn,
        source_account=stack.account,
    )
    logs.CfnSubscriptionFilter(
        scope,
        "AccessLog",
        log_group_name=access_log.log_group_name,
        destination_arn=function.function.function_arn,
        filter_pattern=OF_SUBSCRIPTIONS,
    ).node.add_dependency(may)
    return function
