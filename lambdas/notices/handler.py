"""Every day: those who still call deprecated API versions are told. ``docs/lifecycle.md`` explains it."""

import os
import time
from datetime import UTC, datetime
from functools import partial
from typing import Any

import boto3
from botocore.config import Config

from lambdas.notices.notices import Notices
from lambdas.notices.run import WORKERS, Run
from tiergate.adapters.consumers import Consumers
from tiergate.adapters.deprecation_events import DeprecationEvents
from tiergate.adapters.embedded_metrics import count
from tiergate.adapters.notice_book import NoticeBook
from tiergate.adapters.packaged import load_catalogue
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.settings import NoticesSettings
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.lifecycle import DEPRECATED
from tiergate.domain.metrics import USAGE_UNREADABLE

SHOWN = 1000
"""Notices that the answer has at most, whose size is bounded."""

PATIENCE = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=WORKERS,
)
SETTINGS = NoticesSettings.of(os.environ)
CATALOGUE = load_catalogue(os.environ)
LIFECYCLES = {name: api.lifecycle for name, api in CATALOGUE.apis.items() if api.state == DEPRECATED and api.lifecycle}
_dynamodb = boto3.client("dynamodb", config=PATIENCE)
BOOK = NoticeBook(_dynamodb, SETTINGS.records_table)
CONSUMERS = Consumers(
    RegistryTable(_dynamodb, SETTINGS.registry_table, actor="notices", clock=partial(datetime.now, UTC)),
    UsageRecords(_dynamodb, SETTINGS.records_table),
    CATALOGUE.products,
)
NOTICES = Notices(
    consumers=CONSUMERS,
    book=BOOK,
    events=DeprecationEvents(boto3.client("events", config=PATIENCE), stage=SETTINGS.stage),
    lifecycles=LIFECYCLES,
)


class NoticesFailed(Exception):
    """Some were not told; the next run begins with them."""


def handler(_event: object, context: Any) -> dict[str, Any]:
    """Answers with what was told, and whether organizations are left over: the next run goes on with those.

    Raises
    ------
    NoticesFailed
        After all others were told: Lambda runs the function again, and an alarm goes off.
    """
    if not LIFECYCLES:
        return {"told": 0, "notices": [], "unreadable": 0, "left_over": 0}
    now, cursor = time.time_ns() // 1000, BOOK.cursor()
    run = Run.of(NOTICES, CONSUMERS.organizations(), cursor, now, context.get_remaining_time_in_millis)
    if run.cursor != cursor:
        BOOK.keep_cursor(run.cursor)
    if run.unreadable:
        count(USAGE_UNREADABLE, run.unreadable, Stage=SETTINGS.stage)
    told = len(run.told)
    if run.failed:
        raise NoticesFailed(f"{told} told; {run.failed} organizations failed, see the log; the next run tells them")
    return {"told": told, "notices": run.told[:SHOWN], "unreadable": run.unreadable, "left_over": run.left_over}
