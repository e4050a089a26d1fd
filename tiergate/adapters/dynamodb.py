"""The DynamoDB client of the request path."""

from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tiergate.domain.admission import StoreUnavailable

TIMEOUT = 1.0
"""Seconds for connecting and for an answer."""

NO_ANSWER = (ClientError, BotoCoreError)
"""What the client raises."""


def request_path_client(**options: Any) -> Any:
    """A DynamoDB client that never retries by itself: a debit is not idempotent."""
    config = Config(
        connect_timeout=TIMEOUT,
        read_timeout=TIMEOUT,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
    )
    return boto3.client("dynamodb", config=config, **options)


def unavailable(error: Exception) -> StoreUnavailable:
    """What an error of the client means to the domain; names the error, never what was asked."""
    if isinstance(error, ClientError):
        return StoreUnavailable(error.response["Error"]["Code"])
    return StoreUnavailable(type(error).__name__)
