"""What the Usage table's stream brings: each write's counter item, before and after."""

from collections.abc import Mapping
from typing import Any

from tiergate.adapters.counter_wire import KEY, numbers
from tiergate.adapters.registry_reader import MALFORMED
from tiergate.domain.counters import NEWEST_HOUR, counts
from tiergate.domain.limits import SECOND
from tiergate.domain.usage import HOUR, Image

StreamRecord = Mapping[str, Any]
"""As Lambda hands it over."""


class ImageMalformed(Exception):
    """A counter item is not what admission writes; the text tells nothing that it holds but an hour."""


def sequence_of(record: StreamRecord) -> str:
    """Where in its shard a record is; what Lambda calls a batch item by."""
    return str(record["dynamodb"]["SequenceNumber"])


def subscription_of(record: StreamRecord) -> str:
    return str(record["dynamodb"]["Keys"][KEY]["S"])


def image_of(record: StreamRecord) -> Image:
    """Both images of a write.

    Raises
    ------
    ImageMalformed
        A number is none, or an hour is one that has not come.
    """
    try:
        change = record["dynamodb"]
        at = int(float(change["ApproximateCreationDateTime"]) * SECOND)
        item, before = _numbers(change["NewImage"]), _numbers(change.get("OldImage", {}))
        image = Image(subscription_of(record), at, item[NEWEST_HOUR], item, before)
        latest = max([image.hour, *(hour for side in (item, before) for _, hour, _ in counts(side))])
    except MALFORMED as error:
        raise ImageMalformed(type(error).__name__) from error
    if latest > at // HOUR + 1:
        raise ImageMalformed(f"it was written in hour {at // HOUR} and has hour {latest}")
    return image


def _numbers(item: Mapping[str, Any]) -> dict[str, int]:
    found = numbers(item)
    if any(number < 0 for number in found.values()):
        raise ValueError("a number is negative")
    return found
