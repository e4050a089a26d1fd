"""The Sync stack: native usage plans and keys of REST APIs, and the published catalogue, are kept in step.

``docs/sync.md`` explains it.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aws_cdk import CfnOutput, CustomResource, Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.assets import packed, stage
from stacks.constructs.following import Pace, follow
from stacks.constructs.function import PythonFunction
from stacks.constructs.mac_key import mac_key
from stacks.constructs.native_rights import allow_natives
from stacks.constructs.rest_authorizer import rest_authorizer
from stacks.settings import Settings

NAME = "usage_plan_sync"

TIMEOUT = 300
"""Seconds for a call; a full run goes on in the next one."""

VISIBILITY = 6 * TIMEOUT
"""Seconds for which a message is nobody else's: what Lambda asks for at least."""

CRASHES = 4
"""How often a message is received that the function neither does nor leaves for later, as it ends before."""

AT_ONCE = 2
"""Instances that take messages: more of them would only wait for API Gateway's control plane."""

DAILY = events.Schedule.cron(hour="4", minute="40")
"""In UTC, before the notices."""

OURS = {"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "APP#app_"}]}}}}
"""Applications that organizations registered: neither those to try things out, nor the function's own audit entries,
nor the catalogue that it publishes wake it."""

RECEIVING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What Lambda does with a queue in the function's name."""

KEY = "Tiergate derives the values of native API keys with it; with another one all are made anew."

PACE = Pace(batch=100, window=2, retries=20, most_age=3600)
"""Tried again are changes that not even the queue takes."""

WRITTEN = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["CATALOGUE", "PLATFORM"]}}
"""Of the registry, what the function may write: the catalogue, and the platform's audit entries."""

PATIENCE = 60
"""Seconds for the answer to a deploy."""


class SyncStack(Stack):
    """``function``: the one that does it. ``dead_letters``: what it gave up, each with the reason.

    ``rest_authorizer``: None where the bundle names no REST API. ``catalogue``: the document to publish, as it is put
    in the package. ``out``: where packages are staged.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        bundle: Mapping[str, Any],
        catalogue: str,
        registry: dynamodb.Table,
        usage: dynamodb.Table,
        out: Path,
        **kwargs: Any,
    ) -> None:
        super().__init__(scope, id_, **kwargs)
        rest_apis = bundle.get("rest_apis", {})
        self.dead_letters = self._queue("DeadLetterQueue")
        letters = sqs.DeadLetterQueue(max_receive_count=CRASHES, queue=self.dead_letters)
        self.queue = self._queue("Queue", dead_letter_queue=letters, visibility_timeout=Duration.seconds(VISIBILITY))
        key = (
            mac_key(self, "NativeKeysKey", settings=settings, alias="native-keys", description=KEY)
            if rest_apis
            else None
        )
        self.function = self._function(settings, registry, key, stage(NAME, out, packed(bundle), catalogue=catalogue))
        self._take()
        self.rest_authorizer: PythonFunction | None = None
        if key is not None:
            follow(self.function, registry, only=OURS, pace=PACE, given_up=self.dead_letters)
            self.rest_authorizer = rest_authorizer(
                self,
                settings=settings,
                rest_apis=rest_apis,
                registry=registry,
                usage=usage,
                key=key,
                asset=stage("rest_authorizer", out, packed(bundle)),
            )
        self._daily()
        self._after_deploys(packed(bundle) + catalogue)
        CfnOutput(self, "SyncFunction", value=self.function.function.function_name)
        CfnOutput(self, "DeadLetters", value=self.dead_letters.queue_url)

    def _queue(self, id_: str, **more: Any) -> sqs.Queue:
        return sqs.Queue(
            self,
            id_,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
            **more,
        )

    def _function(
        self, settings: Settings, registry: dynamodb.Table, key: kms.Key | None, asset: Path
    ) -> PythonFunction:
        function = PythonFunction(
            self,
            "Sync",
            settings=settings,
            name=NAME,
            asset=asset,
            environment={
                "REGISTRY_TABLE": registry.table_name,
                "QUEUE": self.queue.queue_url,
                "DEAD_LETTERS": self.dead_letters.queue_url,
                **({"MAC_KEY": key.key_arn} if key else {}),
            },
            memory=1024,
            timeout=TIMEOUT,
        )
        function.allow("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", on=registry.table_arn)
        function.allow("dynamodb:Query", on=f"{registry.table_arn}/index/by_owner")
        function.allow("dynamodb:PutItem", "dynamodb:DeleteItem", on=registry.table_arn, conditions=WRITTEN)
        function.allow("sqs:SendMessage", *RECEIVING, on=self.queue.queue_arn)
        function.allow("sqs:SendMessage", on=self.dead_letters.queue_arn)
        if key is not None:
            function.allow("kms:GenerateMac", on=key.key_arn)
        allow_natives(function, settings.stage)
        return function

    def _take(self) -> None:
        """Messages one batch at a time; what fails comes again, and all else is gone."""
        lambda_.CfnEventSourceMapping(
            self,
            "Messages",
            function_name=self.function.function.function_name,
            event_source_arn=self.queue.queue_arn,
            batch_size=10,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.CfnEventSourceMapping.ScalingConfigProperty(maximum_concurrency=AT_ONCE),
        ).node.add_dependency(self.function)

    def _daily(self) -> None:
        """By way of the queue, so that it is tried again and given up as every run is."""
        message = events.RuleTargetInput.from_object({"full": {"trigger": "schedule"}})
        events.Rule(self, "Daily", schedule=DAILY, targets=[targets.SqsQueue(self.queue, message=message)])

    def _after_deploys(self, deployed: str) -> None:
        """A full run is asked for when what it works by is another; the deploy does not wait for it."""
        CustomResource(
            self,
            "Deployed",
            service_token=self.function.function.function_arn,
            service_timeout=Duration.seconds(PATIENCE),
            properties={"Digest": hashlib.sha256(deployed.encode()).hexdigest()},
        ).node.add_dependency(self.function)
