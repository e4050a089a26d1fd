"""The Data stack: the registry, the counters and the records of use. Retained and backed up in production."""

from typing import Any

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from stacks.constructs.nag import acknowledge
from stacks.settings import Settings


class DataStack(Stack):
    """Three tables. Two are streamed: later stacks record usage and follow registry changes from the streams.

    The registry's stream is exported whether a stack follows it or not: an export cannot go while another stack's last
    deploy imports it, and this stack is deployed before that one.
    """

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, **kwargs: Any) -> None:
        super().__init__(scope, id_, **kwargs)
        self.registry = self._table("Registry", settings, partition_key="pk", sort_key="sk", ttl="ttl")
        self.registry.add_global_secondary_index(
            index_name="by_owner",
            partition_key=_text("owner"),
            sort_key=_text("pk"),
            projection_type=dynamodb.ProjectionType.ALL,
        )
        self.usage = self._table("Usage", settings, partition_key="subscription", ttl="ttl")
        self.usage_records = self._table(
            "UsageRecords", settings, partition_key="subscription", sort_key="period", ttl="ttl", streamed=False
        )
        self.export_value(self.registry.table_stream_arn)
        CfnOutput(self, "RegistryTable", value=self.registry.table_name)
        CfnOutput(self, "UsageTable", value=self.usage.table_name)
        CfnOutput(self, "UsageRecordsTable", value=self.usage_records.table_name)

    def _table(
        self,
        id_: str,
        settings: Settings,
        *,
        partition_key: str,
        sort_key: str | None = None,
        ttl: str | None = None,
        streamed: bool = True,
    ) -> dynamodb.Table:
        table = dynamodb.Table(
            self,
            id_,
            partition_key=_text(partition_key),
            sort_key=_text(sort_key) if sort_key else None,
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=settings.backups
            ),
            deletion_protection=settings.retain,
            removal_policy=RemovalPolicy.RETAIN if settings.retain else RemovalPolicy.DESTROY,
            stream=dynamodb.StreamViewType.NEW_AND_OLD_IMAGES if streamed else None,
            time_to_live_attribute=ttl,
        )
        if not settings.backups:
            acknowledge(table, "AwsSolutions-DDB3", "A stage for trying things out keeps no backups.")
        return table


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
