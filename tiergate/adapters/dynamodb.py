"""DynamoDB on the request path: GetItem and UpdateItem."""

import os
from collections.abc import Mapping
from typing import Any

from tiergate.adapters.aws_json import AwsJson

CONDITION_FAILED = "ConditionalCheckFailedException"


class ConditionFailed(Exception):
    """The condition of a write does not hold. ``item``: what stood there, in wire form, if it was asked for."""

    def __init__(self, item: Mapping[str, Any]) -> None:
        super().__init__(CONDITION_FAILED)
        self.item = item


class DynamoDB(AwsJson):
    """Requests and answers in DynamoDB's wire form; the rest, ``options`` too, is as `AwsJson` has it.

    A write is made once: a debit is not idempotent.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ, **options: Any) -> None:
        super().__init__("dynamodb", "DynamoDB_20120810", kind="application/x-amz-json-1.0", environ=environ, **options)

    def get_item(self, **request: Any) -> dict[str, Any]:
        """GetItem. Raises StoreUnavailable."""
        return self.call("GetItem", request, repeatable=True)

    def update_item(self, **request: Any) -> dict[str, Any]:
        """UpdateItem, never repeated.

        Raises
        ------
        ConditionFailed, StoreUnavailable
            The second is ``untouched`` where the store said that it did not write, or was never asked.
        """
        return self.call("UpdateItem", request, repeatable=False)

    def _failure(self, status: int, name: str, found: Mapping[str, Any]) -> Exception:
        if name == CONDITION_FAILED:
            return ConditionFailed(found.get("Item", {}))
        return super()._failure(status, name, found)
