"""Counter items as people look at them, off the request path."""

from typing import Any


def counter_item(client: Any, table: str, subscription: str) -> dict[str, int]:
    """The Usage table's item of a subscription as it is now (``domain/counters.py``); empty before its first call."""
    key = {"subscription": {"S": subscription}}
    item = client.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
    return {name: int(value["N"]) for name, value in item.items() if "N" in value}
