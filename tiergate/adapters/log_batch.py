"""What a CloudWatch Logs subscription hands to a function: a batch of log events, compressed.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

import json
import zlib
from base64 import b64decode
from collections.abc import Mapping
from gzip import decompress
from typing import Any, NamedTuple

DATA = "DATA_MESSAGE"
"""Type of a batch; others only try whether the function can be reached."""


class BatchMalformed(ValueError):
    """It is none that CloudWatch Logs sends."""


class LogEvent(NamedTuple):
    """A line, and its id, which is the same whenever it comes."""

    id: str
    message: str


def log_events(event: Mapping[str, Any]) -> list[LogEvent]:
    """Those of a batch, in its order.

    Raises
    ------
    BatchMalformed
        The function was called by somebody else, or with something else.
    """
    try:
        batch = json.loads(decompress(b64decode(event["awslogs"]["data"], validate=True)))
        if batch["messageType"] != DATA:
            return []
        return [LogEvent(str(each["id"]), str(each["message"])) for each in batch["logEvents"]]
    except (KeyError, TypeError, ValueError, EOFError, OSError, zlib.error) as error:
        raise BatchMalformed(f"no batch of log events: {type(error).__name__}") from error
