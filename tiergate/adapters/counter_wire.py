"""A counter item (``domain/counters.py``) in DynamoDB's wire form."""

from typing import Any

KEY = "subscription"

NONE_OF_OURS = (KeyError, TypeError, ValueError, AttributeError)


def numbers(item: Any) -> dict[str, int]:
    """Its integers, which is all that it holds beside its key.

    Raises
    ------
    ValueError
        It is no counter item. The text tells nothing that it holds.
    """
    try:
        return {name: int(value["N"], 10) for name, value in item.items() if name != KEY}
    except NONE_OF_OURS:
        raise ValueError("no item of counters") from None
