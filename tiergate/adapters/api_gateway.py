"""The control plane of an account's API Gateway, which takes about ten calls a second from all callers together.

https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from collections.abc import Iterator
from typing import Any

from botocore.config import Config

PAGE = 500
"""Items of a page, as many as there may be."""


def client_config() -> Config:
    """For a client that slows down by itself: it waits 31 s at most for one call, and 10 s for each of its answers."""
    return Config(retries={"mode": "adaptive", "total_max_attempts": 6}, connect_timeout=5, read_timeout=10)


def pages(client: Any, operation: str, **query: Any) -> Iterator[dict[str, Any]]:
    """What a list has, each item once, also where somebody changes them meanwhile. Raises botocore's errors."""
    seen: set[str] = set()
    for page in client.get_paginator(operation).paginate(**query, PaginationConfig={"PageSize": PAGE}):
        for item in page.get("items", ()):
            if item["id"] not in seen:
                seen.add(item["id"])
                yield item
