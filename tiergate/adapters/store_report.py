"""What an authorizer says of failures of its tables, of issuers and of the edge: each is counted, few are logged."""

import time
from collections import Counter
from collections.abc import Callable

from tiergate.adapters.metrics import Metrics
from tiergate.adapters.telemetry import log
from tiergate.domain.store import EDGE, ISSUER, EdgeUnavailable, StoreUnavailable
from tiergate.domain.tokens import IssuerUnavailable

INTERVAL = 10.0
"""Seconds between two lines of one kind, and of one issuer."""


class StoreReport:
    """One instance's. In an outage every call would have a line; here each line tells how many failures it stands for.

    ``clock``: seconds that never go back.
    """

    def __init__(self, metrics: Metrics, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._metrics = metrics
        self._clock = clock
        self._told: dict[tuple[str, str], float] = {}
        self._untold = Counter[tuple[str, str]]()

    def __call__(self, error: Exception) -> None:
        """Count a failure, and log it unless one of its kind was logged within the last ten seconds."""
        if isinstance(error, StoreUnavailable):
            self._metrics.store_failed(error.reason)
            self._tell("WARNING", "store failed", error.reason, error)
        elif isinstance(error, IssuerUnavailable):
            self._metrics.store_failed(ISSUER)
            self._tell("WARNING", "issuer failed", ISSUER, error, error.name)
        elif isinstance(error, EdgeUnavailable):
            self._metrics.store_failed(EDGE)
            self._tell("WARNING", "edge failed", EDGE, error)
        else:
            self._tell("ERROR", "record malformed", "malformed", error)

    def _tell(self, level: str, message: str, reason: str, error: Exception, name: str = "") -> None:
        kind = reason, name
        now, told = self._clock(), self._told.get(kind)
        self._untold[kind] += 1
        if told is None or now - told >= INTERVAL:
            self._told[kind] = now
            log(level, message, reason=reason, cause=error, failures=self._untold.pop(kind))
