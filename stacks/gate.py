"""The Gate stack: a deploy that would strand subscriptions ends here, before anything but the tables is changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CustomResource, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from stacks.assets import stage
from stacks.constructs.function import PythonFunction
from stacks.settings import Settings
from tiergate.domain.gate import stated

TIMEOUT = 240
"""Seconds for reading the registry once, and for a store in trouble to recover."""

PATIENCE = 300
"""Seconds until CloudFormation takes a function that broke off for a refusal. Nobody waits for an answer after that."""

OWN = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["OFFER#*", "GATE"]}}
"""The marks of closing offers, and the gate's own record: nothing else in the registry is its to write."""


class GateStack(Stack):
    """``out``: where the function's package is staged. The resource is the last of the stack: what it lets pass is not
    rolled back because of another."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        bundle: Mapping[str, Any],
        registry: dynamodb.Table,
        out: Path,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        gate = PythonFunction(
            self,
            "Gate",
            settings=settings,
            name="gate",
            asset=stage("gate", out),
            environment={
                "REGISTRY_TABLE": registry.table_name,
                "TARGET": "local" if settings.local else settings.stage,
            },
            memory=512,
            timeout=TIMEOUT,
        )
        gate.function.configure_async_invoke(retry_attempts=0, max_event_age=Duration.seconds(PATIENCE))
        gate.allow("dynamodb:Scan", on=registry.table_arn)
        gate.allow("dynamodb:Query", on=f"{registry.table_arn}/index/by_owner")
        gate.allow("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", on=registry.table_arn, conditions=OWN)
        asked = CustomResource(
            self,
            "Definitions",
            resource_type="Custom::Definitions",
            service_token=gate.function.function_arn,
            service_timeout=Duration.seconds(PATIENCE),
            properties={"Definitions": stated(bundle)},
        )
        asked.node.add_dependency(gate)
