"""The gateway's access log, in batches: what partners see of their calls. ``docs/usage.md`` explains it."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from traceback import format_exception
from typing import Any, NamedTuple

import boto3
from botocore.config import Config

from tiergate.adapters.call_records import CallRecords
from tiergate.adapters.embedded_metrics import count
from tiergate.adapters.log_batch import LogEvent, log_events
from tiergate.adapters.settings import CallRecordsSettings
from tiergate.adapters.telemetry import log
from tiergate.adapters.usage_records import RecordUnreadable
from tiergate.domain.access_log import NotOurs
from tiergate.domain.call_records import Call, Share, call, shares
from tiergate.domain.metrics import USAGE_UNREADABLE

WORKERS = 8
"""Subscriptions at once; each is a few calls, one after the other."""

PATIENCE = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    max_pool_connections=WORKERS,
)
SETTINGS = CallRecordsSettings.of(os.environ)
RECORDS = CallRecords(boto3.client("dynamodb", config=PATIENCE), SETTINGS.records_table)


class CallsFailed(Exception):
    """Some were not recorded: Lambda brings the batch again, and those that were change nothing then."""


class Kept(NamedTuple):
    """What became of a share; ``again``: it is to come again."""

    error: Exception | None = None
    again: bool = False


def handler(event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Answers with how many calls were recorded, and how many lines were none.

    Raises
    ------
    BatchMalformed
        Another than CloudWatch Logs called.
    CallsFailed
        After all others were recorded.
    """
    calls, malformed = _calls(log_events(event))
    found = shares(calls)
    with ThreadPoolExecutor(WORKERS) as pool:
        results = [*pool.map(_keep, found)]
    _report(found, results, malformed)
    if failed := sum(each.again for each in results):
        raise CallsFailed(f"{failed} of {len(found)} parts of a batch were not recorded, see the log")
    return {"calls": len(calls), "malformed": malformed}


def _calls(events: Sequence[LogEvent]) -> tuple[list[tuple[str, Call]], int]:
    """Those of subscriptions, each with the id of its line, and how many lines are none of a gateway's."""
    calls: list[tuple[str, Call]] = []
    malformed = 0
    for event in events:
        try:
            found = call(event.message)
        except NotOurs as error:
            malformed += 1
            if malformed == 1:
                log("ERROR", "access log unreadable", id=event.id, cause=error)
            continue
        if found:
            calls.append((event.id, found))
    return calls, malformed


def _keep(share: Share) -> Kept:
    """Raises nothing: one subscription keeps no other from being recorded."""
    try:
        RECORDS.keep(share)
    except RecordUnreadable as error:
        return Kept(error)
    except Exception as error:
        return Kept(error, again=True)
    return Kept()


def _report(found: Sequence[Share], results: Sequence[Kept], malformed: int) -> None:
    """One line for each kind of failure, and for each record that cannot be read."""
    told = set[type[Exception]]()
    for share, each in zip(found, results, strict=True):
        if each.error and not each.again:
            log("ERROR", "usage unreadable", subscription=share.subscription, cause=each.error)
        elif each.error and type(each.error) not in told:
            told.add(type(each.error))
            trace = "".join(format_exception(each.error))
            log("ERROR", "calls not recorded, to be tried again", subscription=share.subscription, trace=trace)
    if unreadable := malformed + sum(each.error is not None and not each.again for each in results):
        count(USAGE_UNREADABLE, unreadable, Stage=SETTINGS.stage)
