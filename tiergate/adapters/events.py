"""Events on EventBridge's default bus; ``docs/usage.md`` and ``docs/lifecycle.md`` show them."""

import json
from datetime import UTC, datetime
from typing import Any

from tiergate.domain.consumers import Consumer
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import SECOND
from tiergate.domain.notices import Notice
from tiergate.domain.thresholds import Reached
from tiergate.domain.usage import Record

SOURCE = "tiergate"
REACHED = "Quota threshold reached"
DEPRECATED = "API version deprecated"
ATTEMPTS = 2


class EventRefused(Exception):
    """The bus did not take an event; the text is its own."""


class Events:
    """One deployment's, on the bus of its account and region."""

    def __init__(self, client: Any, *, stage: str) -> None:
        self._client = client
        self._stage = stage

    def threshold(self, subscription: str, owner: Record, reached: Reached) -> None:
        """Tell that a threshold was reached; with the same ``id`` when it is told again.

        Raises
        ------
        EventRefused
            The bus took none, and none when it was asked once more.
        """
        start = _text(reached.start)
        detail = {
            "id": f"{subscription}/{reached.window}/{start}/{reached.threshold}",
            "stage": self._stage,
            "organization": owner.organization,
            "application": owner.application,
            "subscription": subscription,
            "product": owner.product,
            "plan": owner.plan,
            "window": reached.window,
            "start": start,
            "end": _text(reached.end),
            "threshold": reached.threshold,
            "limit": reached.limit,
            "used": reached.used,
        }
        self._put(REACHED, detail)

    def deprecated(self, consumer: Consumer, lifecycle: Lifecycle, notice: Notice, now: int) -> None:
        """Tell who still calls an API version that it ends; with the same ``id`` when it is told again.

        ``now`` in microseconds: brownouts that have ended by then are left out.

        Raises
        ------
        EventRefused
            The bus took none, and none when it was asked once more.
        """
        sunset = _text(lifecycle.sunset * SECOND)
        detail = {
            "id": notice.id(consumer.subscription, consumer.api, sunset),
            "stage": self._stage,
            "organization": consumer.organization,
            "application": consumer.application,
            "subscription": consumer.subscription,
            "product": consumer.product,
            "plan": consumer.plan,
            "api": consumer.api,
            "notice": notice.kind,
            "deprecated": _text(lifecycle.deprecated * SECOND),
            "sunset": sunset,
            "days_left": notice.days_left,
            "successor": lifecycle.successor_address,
            "guide": lifecycle.guide,
            "brownouts": [
                {"start": _text(start * SECOND), "end": _text(end * SECOND)}
                for start, end in lifecycle.brownouts
                if now < end * SECOND
            ],
            "units": consumer.units,
            "last_day": consumer.last_day,
        }
        self._put(DEPRECATED, detail)

    def _put(self, kind: str, detail: dict[str, Any]) -> None:
        entry = {"Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
        result: dict[str, Any] = {}
        for _ in range(ATTEMPTS):
            (result,) = self._client.put_events(Entries=[entry])["Entries"]
            if not result.get("ErrorCode"):
                return
        raise EventRefused(f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}")


def _text(time: int) -> str:
    return datetime.fromtimestamp(time // SECOND, UTC).isoformat().replace("+00:00", "Z")
