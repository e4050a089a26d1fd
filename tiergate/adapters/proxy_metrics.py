"""A proxy's counts and times: what an upstream took of a call, and what became of it."""

from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from tiergate.adapters.metrics import Metrics
from tiergate.domain.decision import FAULT, Decision
from tiergate.domain.failures import Failure, UpstreamFailure
from tiergate.domain.messages import Response
from tiergate.domain.refusals import REFUSALS

SERVER_ERROR = "5xx"
"""The reason when an upstream answered, but with a status of 500 or more."""


class ProxyMetrics(Metrics):
    """One instance's `Metrics`, which take a proxy's calls too."""

    def passage(self, decision: Decision) -> "Passage":
        """``with`` it around all that a proxy does for an admitted call."""
        return Passage(self, decision)

    def passed(self, passage: "Passage", error: BaseException | None) -> None:
        """A proxy's call, and what ended it if it brought no answer; `faulted` counts what is no failure."""
        try:
            took = self.clock() - passage.started
            now, series = self._series(passage.decision)
            if passage.upstream is not None:
                series.upstream.add(passage.upstream)
                series.proxy.add(took - passage.upstream)
            if isinstance(error, UpstreamFailure):
                series.errors[_known(error.code)] += 1
            elif isinstance(error, Failure):
                series.refusals[_known(error.code)] += 1
            elif error is not None:
                return
            elif passage.status >= 500:
                series.errors[SERVER_ERROR] += 1
            self._write_if_due(now)
        except Exception:
            self._lose()

    def faulted(self, decision: Decision) -> None:
        """A proxy's call that ended in a fault of its own."""
        try:
            now, series = self._series(decision)
            series.refusals[FAULT] += 1
            self._write_if_due(now)
        except Exception:
            self._lose()


class Passage:
    """One admitted call on its way through the proxy. ``upstream``: how long the upstream took, in nanoseconds."""

    __slots__ = ("_metrics", "decision", "started", "status", "upstream")

    def __init__(self, metrics: ProxyMetrics, decision: Decision) -> None:
        self._metrics, self.decision = metrics, decision
        self.started = metrics.clock()
        self.upstream: int | None = None
        self.status = 0

    def timed(self, send: Callable[..., Response], *args: Any) -> Response:
        """The answer of ``send(*args)``, which is the upstream's time whether it answers or fails."""
        sent = self._metrics.clock()
        try:
            answer = send(*args)
        finally:
            self.upstream = self._metrics.clock() - sent
        self.status = answer.status
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._metrics.passed(self, error)


def _known(reason: str) -> str:
    """A refusal's code; whatever else there may be is a fault, as it is to the caller."""
    return reason if reason in REFUSALS else FAULT
