"""Every day: those who still call deprecated API versions are told. ``docs/lifecycle.md`` explains it."""

import os
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

from lambdas.notices.notices import Notices
from tiergate.adapters.consumers import Consumers, Unreadable
from tiergate.adapters.events import Events
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.settings import NoticesSettings, load_catalogue
from tiergate.adapters.telemetry import count, log
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.lifecycle import DEPRECATED
from tiergate.domain.metrics import USAGE_UNREADABLE

WORKERS = 8
"""Organizations at once."""

MARGIN = 30_000
"""Milliseconds before the function's end from which on no organization is begun."""

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
USAGE = UsageRecords(_dynamodb, SETTINGS.records_table)
CONSUMERS = Consumers(
    RegistryTable(_dynamodb, SETTINGS.registry_table, actor="notices", clock=partial(datetime.now, UTC)),
    USAGE,
    CATALOGUE.products,
)
NOTICES = Notices(
    consumers=CONSUMERS,
    usage=USAGE,
    events=Events(boto3.client("events", config=PATIENCE), stage=SETTINGS.stage),
    lifecycles=LIFECYCLES,
)


class NoticesFailed(Exception):
    """Some were not told; the next run tells them."""


class Visit(NamedTuple):
    """What came of one organization; ``told`` is None where there was no time for it."""

    told: list[dict[str, Any]] | None
    failed: bool = False
    unreadable: int = 0


def handler(_event: object, context: Any) -> dict[str, Any]:
    """Answers with what was told, and whether organizations are left over: the next run begins with those.

    Raises
    ------
    NoticesFailed
        After all others were told: Lambda runs the function again, and an alarm goes off.
    """
    if not LIFECYCLES:
        return {"told": 0, "notices": [], "unreadable": 0, "left_over": 0}
    now = time.time_ns() // 1000
    after = USAGE.place()
    organizations = [each for each in CONSUMERS.organizations() if each > after]
    with ThreadPoolExecutor(WORKERS) as pool:
        visits = [*pool.map(lambda each: _visit(each, now, context), organizations)]
    return _outcome(organizations, visits, after)


def _visit(organization: str, now: int, context: Any) -> Visit:
    """Raises nothing: one organization keeps no other from being told."""
    if context.get_remaining_time_in_millis() <= MARGIN:
        return Visit(None)
    told: list[dict[str, Any]] = []
    unreadable: list[Unreadable] = []
    failed = False
    try:
        for notice in NOTICES.tell(organization, now, unreadable.append):
            told.append(notice)
    except Exception:
        log("ERROR", "notices not told, to be tried again", organization=organization, trace=traceback.format_exc())
        failed = True
    for error in unreadable:
        log("ERROR", "usage unreadable", organization=organization, cause=error)
    return Visit(told, failed, len(unreadable))


def _outcome(organizations: list[str], visits: list[Visit], after: str) -> dict[str, Any]:
    left_over = [name for name, visit in zip(organizations, visits, strict=True) if visit.told is None]
    if left_over or after:
        first = organizations.index(left_over[0]) if left_over else 0
        USAGE.keep_place((organizations[first - 1] if first else after) if left_over else "")
    if unreadable := sum(visit.unreadable for visit in visits):
        count(USAGE_UNREADABLE, unreadable, Stage=SETTINGS.stage)
    told = [notice for visit in visits for notice in visit.told or ()]
    if failed := sum(visit.failed for visit in visits):
        raise NoticesFailed(f"{len(told)} told; {failed} organizations failed, see the log; the next run tells them")
    return {"told": len(told), "notices": told[:SHOWN], "unreadable": unreadable, "left_over": len(left_over)}
