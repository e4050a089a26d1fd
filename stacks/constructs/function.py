"""One Lambda function as every function here is: Python 3.13 on arm64, own role and log group, least privilege."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.nag import acknowledge
from stacks.constructs.network import attach
from stacks.settings import Network, Settings

RETENTION = {
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    365: logs.RetentionDays.ONE_YEAR,
}

Conditions = Mapping[str, Mapping[str, str | list[str]]]
"""Of an IAM statement: values by key by operator."""


class PythonFunction(Construct):
    """``function`` may write to its own log group and nothing else until it is granted more.

    Its log has what it says itself. Lambda's own lines about each call would cost nearly as much as the calls.

    ``network``: the VPC that it runs in, so that it reaches what is private there; None for none. ``layers``: packages
    that it needs beside those of the runtime.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        name: str,
        asset: Path,
        environment: Mapping[str, str],
        memory: int,
        timeout: int,
        concurrency: int | None = None,
        network: Network | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
    ) -> None:
        super().__init__(scope, id_)
        self.log_group = log_group(self, "Logs", settings)
        self._role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        self.log_group.grant_write(self._role)
        self.function = lambda_.Function(
            self,
            "Function",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"lambdas.{name}.handler.handler",
            code=lambda_.Code.from_asset(str(asset)),
            role=self._role,
            log_group=self.log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            application_log_level_v2=lambda_.ApplicationLogLevel.INFO,
            system_log_level_v2=lambda_.SystemLogLevel.WARN,
            environment={"STAGE": settings.stage, **environment},
            memory_size=memory,
            timeout=Duration.seconds(timeout),
            reserved_concurrent_executions=concurrency,
            layers=[*layers],
        )
        acknowledge(
            self.function,
            "AwsSolutions-L1",
            "Python 3.13 is what the code is tested on; the runtime is raised when the tests run on the next one.",
        )

        if network is not None:
            attach(self.function, self._role, network)

    def allow(self, *actions: str, on: str, conditions: Conditions | None = None) -> None:
        """Grant actions on exactly one resource. The constructs' own grants add indexes and versions."""
        self._role.add_to_policy(iam.PolicyStatement(actions=[*actions], resources=[on], conditions=conditions))

    def allow_events(self) -> None:
        """Grant that it puts events on the account's default bus, as ``tiergate`` and in nobody else's name."""
        bus = Stack.of(self).format_arn(service="events", resource="event-bus/default")
        self.allow("events:PutEvents", on=bus, conditions={"StringEquals": {"events:source": "tiergate"}})


def log_group(scope: Construct, id_: str, settings: Settings) -> logs.LogGroup:
    """A log group with the stage's retention; gone with its stack unless the stage retains."""
    return logs.LogGroup(
        scope,
        id_,
        retention=RETENTION[settings.log_days],
        removal_policy=RemovalPolicy.RETAIN if settings.retain else RemovalPolicy.DESTROY,
    )
