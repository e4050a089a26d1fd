"""Answers to CloudFormation's requests of custom resources.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref-responses.html
"""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

Event = Mapping[str, Any]

PATIENCE = 10
"""Seconds for S3 to take the answer."""

LONGEST_REASON = 2000
"""Characters: an answer has at most 4,096 bytes."""


def is_request(event: Event) -> bool:
    """Whether an event is CloudFormation's."""
    return "ResponseURL" in event and "RequestType" in event


def succeed(event: Event) -> None:
    """The resource is as was asked; the stack goes on. Raises OSError: nobody took the answer."""
    _answer(event, {"Status": "SUCCESS"})


def refuse(event: Event, reason: str) -> None:
    """The stack is rolled back, and ``reason`` is what people read of it. Raises as ``succeed``."""
    shown = (
        reason
        if len(reason.encode()) <= LONGEST_REASON
        else reason.encode()[:LONGEST_REASON].decode(errors="ignore") + "…"
    )
    _answer(event, {"Status": "FAILED", "Reason": shown})


def _answer(event: Event, outcome: Mapping[str, str]) -> None:
    """With one physical id for good: with another, CloudFormation would have the resource of the old one deleted."""
    echoed = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    body = json.dumps(echoed | {"PhysicalResourceId": event["LogicalResourceId"], **outcome}).encode()
    request = urllib.request.Request(event["ResponseURL"], body, {"content-type": ""}, method="PUT")  # noqa: S310 - CloudFormation's
    with urllib.request.urlopen(request, timeout=PATIENCE):  # noqa: S310 - as above
        pass
