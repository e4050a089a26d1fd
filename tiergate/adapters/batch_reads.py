"""Many items of one table by their keys, a hundred a request."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

MOST_READ = 100
"""Items that DynamoDB reads at once."""

PAUSE = 0.05
"""Seconds before what was left over is asked for again; twice as long each time."""


def items(
    client: Any,
    table: str,
    keys: Sequence[Mapping[str, Any]],
    *,
    consistent: bool = False,
    pause: Callable[[float], object] = time.sleep,
) -> Iterator[dict[str, Any]]:
    """Those that are there, in no order. ``keys``: in DynamoDB's wire form, each once."""
    for first in range(0, len(keys), MOST_READ):
        asked: dict[str, Any] = {table: {"Keys": [*keys[first : first + MOST_READ]], "ConsistentRead": consistent}}
        seconds = PAUSE
        while asked:
            answer = client.batch_get_item(RequestItems=asked)
            yield from answer["Responses"].get(table, ())
            asked = answer.get("UnprocessedKeys", {})
            if asked:
                pause(seconds)
                seconds *= 2
