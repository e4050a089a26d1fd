"""Subscription filters of log groups: lines come to a function in batches, and JSON patterns choose among them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

MiniStack calls the function for each line by itself, while the request that wrote it waits, and takes a JSON pattern
for words that the line has to hold. Here a thread of its own collects lines for `WAIT` seconds and hands them on. Of
JSON patterns, those are known that compare one field of the top with one text, which may end in `*`.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from .access_log import RequestScope

WAIT = 1.0
"""Seconds for which lines are collected."""

MOST = 1_000
"""Lines of one call."""

COMPARISON = re.compile(r'\{ *\$\.(?P<name>\w+) *= *"(?P<text>[^"\[\]?]*)" *\}', re.ASCII)

Event = Mapping[str, Any]
Place = tuple[str, str, str, str]
"""Account, region, group and stream."""


def matching(otherwise: Callable[[str, str], bool]) -> Callable[[str, str], bool]:
    """Whether a pattern chooses a line; `otherwise` says it of patterns that are none for JSON."""

    def matches(pattern: str, message: str) -> bool:
        asked = COMPARISON.fullmatch((pattern or "").strip())
        if asked is None:
            return otherwise(pattern, message)
        try:
            value = json.loads(message)[asked["name"]]
        except (ValueError, KeyError, TypeError, RecursionError):
            return False
        return isinstance(value, str) and fnmatchcase(value, asked["text"])

    return matches


class Subscriptions:
    """`logs` is MiniStack's `services.cloudwatch_logs`, `request_scope` its `core.responses.request_scope`."""

    def __init__(self, logs: Any, request_scope: RequestScope, *, pause: Callable[[], object] | None = None) -> None:
        self._logs, self._request_scope = logs, request_scope
        self._hand_on = logs._fanout_to_subscription_filters
        self._pause = pause or (lambda: time.sleep(WAIT))
        self._waiting: dict[Place, list[Event]] = {}
        self._lock = threading.Lock()
        self._there = threading.Event()

    def mend(self) -> None:
        self._logs._fanout_to_subscription_filters = self.collect
        self._logs._subscription_pattern_matches = matching(self._logs._subscription_pattern_matches)
        threading.Thread(target=self._run, daemon=True).start()

    def collect(self, group: str, stream: str, events: Sequence[Event]) -> None:
        """Keep the lines of a group that is subscribed to until the next batch."""
        if not (self._logs._log_groups.get(group) or {}).get("subscriptionFilters"):
            return
        place = self._logs.get_account_id(), self._logs.get_region(), group, stream
        with self._lock:
            self._waiting.setdefault(place, []).extend(events)
        self._there.set()

    def deliver(self) -> None:
        """Hand on what was collected. Never raises: what fails is lost, as nobody tries it again."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
            self._there.clear()
        for (account, region, group, stream), events in waiting.items():
            try:
                with self._request_scope(account, region):
                    for first in range(0, len(events), MOST):
                        self._hand_on(group, stream, events[first : first + MOST])
            except Exception as fault:
                sys.stderr.write(f"Log lines were not handed on: {type(fault).__name__}.\n")

    def _run(self) -> None:
        while self._there.wait():
            self._pause()
            self.deliver()
