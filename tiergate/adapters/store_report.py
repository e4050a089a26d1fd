"""What an authorizer says of failures of its tables and of issuers: each is counted, few are logged."""

import time
from collections import Counter
from collections.abc import Callable

from tiergate.adapters.metrics import Metrics
from tiergate.adapters.telemetry import log
from tiergate.domain.store import ISSUER, StoreUnavailable
from tiergate.domain.tokens import IssuerUnavailable

INTERVAL = 10.0
"""Seconds between two lines of one kind."""


class StoreReport:
    """One instance's. In an outage every call would have a line; here each line tells how many failures it stands for.

    ``clock``: seconds that never go back.
    """

    def __init__(self, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._told: dict[str, float] = {}
        self._untold = Counter[str]()

    def __call__(self, error: Exception) -> None:
        """Count a failure, and log it unless one of its kind was logged within the last ten seconds."""
        if isinstance(error, StoreUnavailable):
            self._metrics.store_failed(error.reason)
            self._tell("WARNING", "store failed", error.reason, error)
        elif isinstance(error, IssuerUnavailable):
            self._metrics.store_failed(ISSUER)
            self._tell("WARNING", "issuer failed", ISSUER, error)
        else:
            self._tell("ERROR", "record malformed", "malformed", error)

    def _tell(self, level: str, message: str, reason: str, error: Exception) -> None:
        now, told = self._clock(), self._told.get(reason)
        self._untold[reason] += 1
        if told is None or now - told >= INTERVAL:
            self._told[reason] = now
            log(level, message, reason=reason, cause=error, failures=self._untold.pop(reason))
