"""Events on EventBridge's default bus; ``docs/usage.md`` shows one."""

import json
from datetime import UTC, datetime
from typing import Any

from tiergate.domain.limits import SECOND
from tiergate.domain.thresholds import Reached
from tiergate.domain.usage import Record

SOURCE = "tiergate"
REACHED = "Quota threshold reached"
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
        start = moment(reached.start)
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
            "end": moment(reached.end),
            "threshold": reached.threshold,
            "limit": reached.limit,
            "used": reached.used,
        }
        self._put(REACHED, detail)

    def _put(self, kind: str, detail: dict[str, Any]) -> None:
        entry = {"Source": SOURCE, "DetailType": kind, "Detail": json.dumps(detail)}
        result: dict[str, Any] = {}
        for _ in range(ATTEMPTS):
            (result,) = self._client.put_events(Entries=[entry])["Entries"]
            if not result.get("ErrorCode"):
                return
        raise EventRefused(f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}")


def moment(time: int) -> str:
    """RFC 3339, in UTC, of microseconds."""
    return datetime.fromtimestamp(time // SECOND, UTC).isoformat().replace("+00:00", "Z")
