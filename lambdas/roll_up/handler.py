"""The Usage table's stream, in batches: records of actual use, and threshold events. ``docs/usage.md`` explains it."""

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from traceback import format_exception
from typing import Any

import boto3
from botocore.config import Config

from lambdas.roll_up.batch import Batch, by_subscription
from lambdas.roll_up.roll_up import RollUp
from tiergate.adapters.embedded_metrics import count
from tiergate.adapters.events import Events
from tiergate.adapters.packaged import load_catalogue
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.settings import RollUpSettings
from tiergate.adapters.telemetry import log
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.metrics import USAGE_UNREADABLE

WORKERS = 8
"""Subscriptions at once; each is a few calls, one after the other."""

MARGIN = 20_000
"""Milliseconds before the function's end from which on no subscription is begun."""

PATIENCE = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=WORKERS,
)
SETTINGS = RollUpSettings.of(os.environ)
_dynamodb = boto3.client("dynamodb", config=PATIENCE)
ROLL_UP = RollUp(
    registry=RegistryTable(_dynamodb, SETTINGS.registry_table, actor="roll-up", clock=partial(datetime.now, UTC)),
    usage=UsageRecords(_dynamodb, SETTINGS.records_table),
    events=Events(boto3.client("events", config=PATIENCE), stage=SETTINGS.stage),
    plans=load_catalogue(os.environ).plans,
)


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answers with the first record of each subscription that failed: Lambda repeats all from the earliest of them."""
    batches = by_subscription(event["Records"])
    now = time.time_ns() // 1000
    with ThreadPoolExecutor(WORKERS) as pool:
        for batch in batches:
            pool.submit(batch.pass_to, ROLL_UP, now, lambda: context.get_remaining_time_in_millis() > MARGIN)
    failed = [batch for batch in batches if batch.failure]
    _report(failed, [batch for batch in batches if batch.unreadable])
    return {"batchItemFailures": [{"itemIdentifier": batch.first} for batch in failed]}


def _report(failed: Sequence[Batch], unreadable: Sequence[Batch]) -> None:
    """One line for each kind of failure, and for each subscription of which something cannot be read."""
    kinds = {type(batch.failure).__name__: batch for batch in reversed(failed)}
    for kind, batch in kinds.items():
        trace = "".join(format_exception(batch.failure))
        message = "usage not recorded, to be tried again"
        log("ERROR", message, error=kind, subscription=batch.subscription, subscriptions=len(failed), trace=trace)
    for batch in unreadable:
        what = {"subscription": batch.subscription, "sequence": batch.first, "cause": batch.unreadable[0]}
        log("ERROR", "usage unreadable", **what)
    if unreadable:
        count(USAGE_UNREADABLE, sum(len(batch.unreadable) for batch in unreadable), Stage=SETTINGS.stage)
