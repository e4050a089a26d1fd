"""Native usage plans and keys, and the published catalogue, in step with registry and policies. ``docs/sync.md``
explains it."""

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from lambdas.usage_plan_sync.events import is_of_stream
from lambdas.usage_plan_sync.report import Reports
from lambdas.usage_plan_sync.run import Runs, answer
from lambdas.usage_plan_sync.sync import Sync
from tiergate.adapters.api_gateway import client_config
from tiergate.adapters.aws_clients import kms_client
from tiergate.adapters.catalogue import PublishedCatalogue
from tiergate.adapters.custom_resource import is_request, succeed
from tiergate.adapters.mirror import Mirror
from tiergate.adapters.native_root import NativeRoot
from tiergate.adapters.packaged import load_bundle, packaged
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.settings import SyncSettings
from tiergate.adapters.work_queue import WorkQueue
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.published import FILE
from tiergate.domain.rest_apis import RestApis

PATIENCE = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 4})
SETTINGS = SyncSettings.of(os.environ)
_bundle = load_bundle(os.environ)
_published = json.loads(Path(packaged(FILE, os.environ)).read_text(encoding="utf-8"))
_dynamodb = boto3.client("dynamodb", config=PATIENCE)
_registry = RegistryTable(_dynamodb, SETTINGS.registry_table, actor="sync", clock=partial(datetime.now, UTC))
_root = NativeRoot(kms_client(), SETTINGS.mac_key)
_mirror = Mirror(
    boto3.client("apigateway", config=client_config()),
    _registry,
    catalogue=Catalogue.of(_bundle),
    rest_apis=RestApis.of(_bundle),
    stage=SETTINGS.stage,
    root=lambda: _root.get(time.time_ns() // 1000),
    clock=lambda: time.time_ns() // 1000,
)
_catalogue = PublishedCatalogue(_dynamodb, SETTINGS.registry_table)
SYNC = Sync(
    mirror=_mirror,
    runs=Runs(_mirror, lambda: _catalogue.publish(_published, time.time_ns() // 1000)._asdict()),
    queue=WorkQueue(boto3.client("sqs", config=PATIENCE), queue=SETTINGS.queue, dead_letters=SETTINGS.dead_letters),
    reports=Reports(_registry, stage=SETTINGS.stage),
)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any] | None:
    """Answers CloudFormation by its address, people with what a part of a run did, stream and queue with what is to
    come again."""
    if is_request(event):
        if event["RequestType"] != "Delete":
            SYNC.deployed()
        succeed(event)
        return None
    time_left = context.get_remaining_time_in_millis
    if "hand" in event:
        return answer(*SYNC.by_hand(time_left, dry=event["hand"].get("dry_run", False)))
    records = event["Records"]
    take = SYNC.stream if is_of_stream(records) else SYNC.messages
    return {"batchItemFailures": [{"itemIdentifier": each} for each in take(records, time_left)]}
