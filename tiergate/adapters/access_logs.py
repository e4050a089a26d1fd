"""The access log of a gateway in CloudWatch Logs."""

from collections.abc import Iterator
from typing import Any


def recorded(client: Any, group: str, since: int, until: int) -> Iterator[tuple[int, str]]:
    """When each line came, and the line, from ``since`` to ``until``, both milliseconds; a page in memory at a time.

    Raises
    ------
    botocore.exceptions.ClientError
        The group is not there, or may not be read (``logs:FilterLogEvents``).
    """
    pages = client.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since, endTime=until)
    for page in pages:
        for event in page.get("events", ()):
            yield event["timestamp"], event["message"]
