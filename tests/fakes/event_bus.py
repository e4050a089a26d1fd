"""EventBridge's client as far as events are put on a bus."""

import json
from typing import Any


class FakeEventBus:
    """``accepted``: the details of what it took. ``refusals``: error codes of the next entries; None takes one."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.refusals: list[str | None] = []

    @property
    def accepted(self) -> list[dict[str, Any]]:
        return [json.loads(entry["Detail"]) for entry in self.entries]

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - AWS's name
        results = [self._put(entry) for entry in Entries]
        return {"FailedEntryCount": sum("ErrorCode" in each for each in results), "Entries": results}

    def _put(self, entry: dict[str, Any]) -> dict[str, str]:
        code = self.refusals.pop(0) if self.refusals else None
        if code:
            return {"ErrorCode": code, "ErrorMessage": "not now"}
        self.entries.append(entry)
        return {"EventId": str(len(self.entries))}
