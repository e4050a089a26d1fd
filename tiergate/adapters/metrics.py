"""Counts and times of requests, gathered in memory and written as CloudWatch metrics in batches.

A batch is a few log lines in the embedded metric format, one for each set of dimensions:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
``docs/monitoring.md`` lists the metrics, what they cost and what is lost when an instance ends.
"""

import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from math import log as ln
from typing import Any, Self

from tiergate.adapters.telemetry import log
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.decision import ADMITTED, Decision
from tiergate.domain.metrics import NAMESPACE
from tiergate.domain.store import FAILURES

UNKNOWN = "-"
"""The dimension of an API or a plan that is not deployed, or was not known yet. No API and no plan can be named so."""

INTERVAL = 10.0
"""Seconds between the batches of a busy instance."""

MOST_VALUES = 100
"""Of one metric in one line, as the format has it."""

_RESOLUTION_NS = 60 * 10**9
"""CloudWatch's. What was gathered so long ago gets a line with its own time."""

_LEAST_NS, _MOST_NS = 10_000, 30 * 10**9
_BUCKETS_PER_E = (MOST_VALUES - 1) / ln(_MOST_NS / _LEAST_NS)


class Latencies:
    """A distribution in at most 100 buckets, each a sixth wider than the one before, from 10 µs to 30 s.

    Sum and count are exact; so a percentile is off by a sixth at most, and not at all while values are few.
    """

    __slots__ = ("_cells",)

    def __init__(self) -> None:
        self._cells: dict[int, list[int]] = {}

    def add(self, ns: int) -> None:
        bucket = min(int(ln(ns / _LEAST_NS) * _BUCKETS_PER_E), MOST_VALUES - 1) if ns > _LEAST_NS else 0
        cell = self._cells.get(bucket)
        if cell is None:
            self._cells[bucket] = [1, ns]
        else:
            cell[0] += 1
            cell[1] += ns

    def __bool__(self) -> bool:
        return bool(self._cells)

    def document(self) -> dict[str, Any]:
        """In milliseconds, as CloudWatch takes a distribution. The values are the buckets' means."""
        cells = [cell for _, cell in sorted(self._cells.items())]
        values = [round(total / count / 1e6, 4) for count, total in cells]
        return {
            "Values": values,
            "Counts": [count for count, _ in cells],
            "Min": values[0],
            "Max": values[-1],
            "Count": sum(count for count, _ in cells),
            "Sum": round(sum(total for _, total in cells) / 1e6, 4),
        }


class _Series:
    """What one API had under one plan since the last batch."""

    __slots__ = ("authorizer", "errors", "proxy", "refusals", "requests", "upstream")

    def __init__(self) -> None:
        self.requests = 0
        self.refusals: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.authorizer, self.proxy, self.upstream = Latencies(), Latencies(), Latencies()


def _to_log(line: str) -> None:
    """To what is standard output now: Lambda's runtime replaces it after the handlers are imported."""
    sys.stdout.write(line)


class Metrics:
    """One instance's. Only deployed APIs and plans become dimensions, so callers cannot make new metrics.

    A request that finds the last batch ``interval`` seconds old writes what was gathered, itself included, so sparse
    traffic is written at once. ``now`` is the time of day, ``clock`` measures durations, both in nanoseconds;
    ``write`` takes one line. Nothing that fails in here reaches the caller.
    """

    def __init__(
        self,
        *,
        stage: str,
        apis: Collection[str],
        plans: Collection[str],
        interval: float = INTERVAL,
        write: Callable[[str], None] = _to_log,
        now: Callable[[], int] = time.time_ns,
        clock: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        self._stage, self._apis, self._plans = stage, frozenset(apis), frozenset(plans)
        self._interval, self._write, self._now, self.clock = interval * 1e9, write, now, clock
        self._gathered: dict[tuple[str, str], _Series] = {}
        self._by_reason: Counter[tuple[str, str]] = Counter()
        self._since = 0
        self._written = float("-inf")
        self._told = False

    @classmethod
    def of(cls, environ: Mapping[str, str], catalogue: Catalogue) -> Self:
        """A function's own; without STAGE in its environment the stage is unknown, but the function works."""
        return cls(stage=environ.get("STAGE") or UNKNOWN, apis=catalogue.apis, plans=catalogue.plans)

    def decided(self, decision: Decision, started: int) -> None:
        """An authorizer's request, refused ones too; ``started`` by `clock`."""
        try:
            took = self.clock() - started
            now, series = self._series(decision)
            series.requests += 1
            if decision.reason != ADMITTED:
                series.refusals[decision.reason] += 1
            elif decision.fallback:
                self._by_reason["Fallbacks", decision.fallback] += 1
            series.authorizer.add(took)
            self._write_if_due(now)
        except Exception:
            self._lose()

    def store_failed(self, reason: str) -> None:
        """A step of an authorizer's decision that something it asked failed; `decided` is to follow."""
        try:
            now = self._now()
            if not 0 <= now - self._since < _RESOLUTION_NS:
                self._begin_batch(now)
            self._by_reason["StoreFailures", reason if reason in FAILURES else UNKNOWN] += 1
        except Exception:
            self._lose()

    def _series(self, decision: Decision) -> tuple[int, _Series]:
        now = self._now()
        if not 0 <= now - self._since < _RESOLUTION_NS:
            self._begin_batch(now)
        key = (
            decision.api if decision.api in self._apis else UNKNOWN,
            decision.plan if decision.plan in self._plans else UNKNOWN,
        )
        series = self._gathered.get(key)
        if series is None:
            series = self._gathered[key] = _Series()
        return now, series

    def _write_if_due(self, now: int) -> None:
        if not 0 <= now - self._written < self._interval:
            self._written = now
            self._write_batch()

    def _begin_batch(self, now: int) -> None:
        """After the last one was written, or instead of it: the instance was frozen meanwhile, or the clock was set."""
        if self._gathered:
            self._write_batch()
        self._since = now

    def _write_batch(self) -> None:
        gathered, self._gathered = self._gathered, {}
        by_reason, self._by_reason = self._by_reason, Counter()
        since, self._since = self._since, 0
        for document in _documents(gathered, by_reason, self._stage, since // 10**6):
            self._write(json.dumps(document, separators=(",", ":")) + "\n")

    def _lose(self) -> None:
        """What failed is not counted; the log says so once."""
        if not self._told:
            self._told = True
            with suppress(Exception):
                log("WARNING", "metrics failed", trace=traceback.format_exc())


def _documents(
    gathered: Mapping[tuple[str, str], _Series], by_reason: Counter[tuple[str, str]], stage: str, timestamp: int
) -> list[dict[str, Any]]:
    """By API and plan, then by reason. The former's lines have reasons too, but as fields of a log, which are free."""
    documents = []
    for (api, plan), series in gathered.items():
        for name, counter in (("Refusals", series.refusals), ("UpstreamErrors", series.errors)):
            for reason, count in counter.items():
                by_reason[name, reason] += count
        counts = {
            "Requests": series.requests,
            "Refusals": series.refusals.total(),
            "UpstreamErrors": series.errors.total(),
        }
        times = {
            "AuthorizerLatency": series.authorizer,
            "ProxyLatency": series.proxy,
            "UpstreamLatency": series.upstream,
        }
        values: dict[str, Any] = {name: count for name, count in counts.items() if count}
        values |= {name: latencies.document() for name, latencies in times.items() if latencies}
        if not values:
            continue
        document = _document(timestamp, {"Stage": stage, "Api": api, "Plan": plan}, values)
        reasons = {"refusal_reasons": series.refusals, "upstream_error_reasons": series.errors}
        documents.append(document | {name: dict(counted) for name, counted in reasons.items() if counted})
    for (name, reason), count in by_reason.items():
        documents.append(_document(timestamp, {"Stage": stage, "Reason": reason}, {name: count}))
    return documents


def _document(timestamp: int, dimensions: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": "Milliseconds" if name.endswith("Latency") else "Count"} for name in values]
    directive = {"Namespace": NAMESPACE, "Dimensions": [[*dimensions]], "Metrics": metrics}
    return {"_aws": {"Timestamp": timestamp, "CloudWatchMetrics": [directive]}, **dimensions, **values}
