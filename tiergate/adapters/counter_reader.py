"""Counter items as people look at them, off the request path."""

from collections.abc import Collection, Mapping
from typing import Any

from tiergate.adapters.batch_reads import items
from tiergate.adapters.counter_wire import KEY, numbers
from tiergate.adapters.usage_records import RecordUnreadable


def counter_item(client: Any, table: str, subscription: str) -> dict[str, int]:
    """The Usage table's item of a subscription as it is now; empty before its first call.

    Raises
    ------
    RecordUnreadable
        Something else is stored in its place.
    """
    answer = client.get_item(TableName=table, Key={KEY: {"S": subscription}}, ConsistentRead=True)
    return _numbers(subscription, answer.get("Item", {}))


def counter_items(client: Any, table: str, subscriptions: Collection[str]) -> dict[str, dict[str, int]]:
    """The same of many at once, by subscription; those without any call so far are not among them.

    Raises
    ------
    RecordUnreadable
        As ``counter_item``.
    """
    keys = [{KEY: {"S": each}} for each in subscriptions]
    found = {item[KEY]["S"]: item for item in items(client, table, keys, consistent=True)}
    return {subscription: _numbers(subscription, item) for subscription, item in found.items()}


def _numbers(subscription: str, item: Mapping[str, Any]) -> dict[str, int]:
    try:
        return numbers(item)
    except ValueError as error:
        raise RecordUnreadable(
            f"the counters of {subscription} cannot be read ({error}), so its calls meet the failure rule, "
            "by default 503; see store-garbage in docs/monitoring.md"
        ) from error
