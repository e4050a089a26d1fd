"""The Usage stack: what the counters' stream and the access log show is recorded, thresholds of quotas and deprecations
are told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.assets import packed, stage
from stacks.constructs.call_records import call_records
from stacks.constructs.following import Pace, follow
from stacks.constructs.function import PythonFunction
from stacks.constructs.nag import acknowledge
from stacks.constructs.notices import notices
from stacks.settings import Settings
from tiergate.domain.counters import BY_SUBSCRIPTION

TIMEOUT = 180
"""Seconds for a batch."""

COUNTED = {
    "eventName": ["INSERT", "MODIFY"],
    "dynamodb": {"Keys": {"subscription": {"S": [{"prefix": BY_SUBSCRIPTION}]}}},
}
"""Of a counter item that was deleted nothing is to be recorded, nor of one that is nobody's, but an address's."""

PACE = Pace(batch=1000, window=10, retries=50, most_age=6 * 3600)
"""Of what is given up, the next write that is read brings the hour of the write before it and the hour before that."""


class UsageStack(Stack):
    """``roll_up``: the function; ``given_up``: where Lambda leaves word of batches that it no longer tries.

    ``notices``: the function that tells of deprecated APIs. ``call_records``: the one that reads the access log.
    ``out``: where the functions' packages are staged.
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
        records: dynamodb.Table,
        access_log: logs.LogGroup,
        out: Path,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        self.given_up = self._queue()
        self.roll_up = self._function(settings, registry, records, stage("roll_up", out, packed(bundle)))
        follow(self.roll_up, usage, only=COUNTED, pace=PACE, given_up=self.given_up)
        self.notices = notices(
            self, settings=settings, registry=registry, records=records, asset=stage("notices", out, packed(bundle))
        )
        self.call_records = call_records(
            self,
            settings=settings,
            access_log=access_log,
            records=records,
            given_up=self.given_up,
            asset=stage("call_records", out),
        )
        CfnOutput(self, "GivenUpQueue", value=self.given_up.queue_url)

    def _queue(self) -> sqs.Queue:
        queue = sqs.Queue(
            self,
            "GivenUp",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        acknowledge(queue, "AwsSolutions-SQS3", "It is itself where word of what failed is left.")
        return queue

    def _function(
        self, settings: Settings, registry: dynamodb.Table, records: dynamodb.Table, asset: Path
    ) -> PythonFunction:
        function = PythonFunction(
            self,
            "RollUp",
            settings=settings,
            name="roll_up",
            asset=asset,
            environment={"REGISTRY_TABLE": registry.table_name, "USAGE_RECORDS_TABLE": records.table_name},
            memory=1024,
            timeout=TIMEOUT,
        )
        function.allow("dynamodb:GetItem", on=registry.table_arn)
        function.allow("dynamodb:GetItem", "dynamodb:UpdateItem", on=records.table_arn)
        function.allow_events()
        function.allow("sqs:SendMessage", on=self.given_up.queue_arn)
        return function
