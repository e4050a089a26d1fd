"""Work that is left for later: a queue of messages, and the letters of those that were given up."""

import json
from collections.abc import Mapping
from typing import Any

LONGEST_DELAY = 900
"""Seconds that SQS keeps a message back at most."""

LONGEST_REASON = 1000
"""Characters of a reason."""


class WorkQueue:
    """``client``: of SQS. ``queue`` and ``dead_letters``: the two queues' URLs. All methods raise botocore's errors."""

    def __init__(self, client: Any, *, queue: str, dead_letters: str) -> None:
        self._client = client
        self._queue = queue
        self._dead_letters = dead_letters

    def put(self, message: Mapping[str, Any], delay: int = 0) -> None:
        """Have it done, not before ``delay`` seconds or ``LONGEST_DELAY``."""
        body = json.dumps(message)
        self._client.send_message(QueueUrl=self._queue, MessageBody=body, DelaySeconds=min(delay, LONGEST_DELAY))

    def give_up(self, body: str, reason: str) -> None:
        """Leave a message where people find it, with why it was not done in its attribute ``reason``."""
        told = "".join(each if each.isprintable() else " " for each in reason[:LONGEST_REASON]).strip()
        attributes = {"reason": {"DataType": "String", "StringValue": told or "unknown"}}
        self._client.send_message(QueueUrl=self._dead_letters, MessageBody=body, MessageAttributes=attributes)
