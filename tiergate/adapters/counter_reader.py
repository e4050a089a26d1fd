"""Counter items as people look at them, off the request path."""

from typing import Any

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
    try:
        return numbers(answer.get("Item", {}))
    except ValueError as error:
        raise RecordUnreadable(
            f"the counters of {subscription} cannot be read ({error}), so its calls meet the failure rule, "
            "by default 503; see store-garbage in docs/monitoring.md"
        ) from error
