"""What a field of a line may hold."""

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from typing import Any, NamedTuple

from tiergate.adapters.registry.inputs import quoted
from tiergate.domain.limits import wrong_limits

DEEPEST = 30
"""Levels of a document; DynamoDB takes 32 of an item."""

LARGEST_ITEM = 400 * 1024
"""Bytes of an item, as DynamoDB counts them."""

LARGEST = 10**38
"""Beyond DynamoDB's integers."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)

_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{3}|\.[0-9]{6})?Z")


class Field(NamedTuple):
    """``holds``: whether a value is one; ``wanted``: what it must be, in words."""

    holds: Callable[[Any], bool]
    wanted: str


def pattern(text: str, wanted: str) -> Field:
    """A text that matches as a whole."""
    whole = re.compile(text, re.ASCII)
    return Field(lambda value: isinstance(value, str) and whole.fullmatch(value) is not None, wanted)


def one_of(*values: str) -> Field:
    return Field(lambda value: isinstance(value, str) and value in values, f"one of {', '.join(values)}")


def nullable(field: Field) -> Field:
    return Field(lambda value: value is None or field.holds(value), f"null or {field.wanted}")


def list_of(field: Field) -> Field:
    return Field(
        lambda value: isinstance(value, list) and all(map(field.holds, value)), f"a list, each of it {field.wanted}"
    )


def map_of(field: Field) -> Field:
    return Field(
        lambda value: isinstance(value, dict) and all(map(field.holds, value.values())),
        f"an object, each of it {field.wanted}",
    )


def object_of(fields: Mapping[str, Field]) -> Field:
    return Field(
        lambda value: isinstance(value, dict) and not [*wrong(value, fields)], f"an object with {', '.join(fields)}"
    )


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_time(value: Any) -> bool:
    try:
        return isinstance(value, str) and _MOMENT.fullmatch(value) is not None and microseconds(value) >= 0
    except (ValueError, OverflowError):
        return False


def _is_network(value: Any) -> bool:
    try:
        return isinstance(value, str) and str(ip_network(value)) == value
    except ValueError:
        return False


def _are_limits(value: Any) -> bool:
    numbers = isinstance(value, dict) and all(isinstance(each, int | float) for each in value.values())
    return numbers and not wrong_limits(value)


TEXT = Field(lambda value: isinstance(value, str), "a text")
NAME = Field(lambda value: isinstance(value, str) and value != "", "a text that is not empty")
WHOLE = Field(is_whole, "a whole number")
COUNT = Field(lambda value: is_whole(value) and value >= 0, "a whole number, 0 or more")
TIME = Field(_is_time, "a time in UTC such as 2027-01-31T12:00:00Z")
MADE = Field(lambda value: value == "" or _is_time(value), TIME.wanted)
NETWORK = Field(_is_network, "a network such as 203.0.113.0/24")
LIMITS = Field(_are_limits, "an object of limits, by hour, day, month, rate or burst")
FACTS = Field(lambda value: isinstance(value, dict), "an object")


def wrong(document: Mapping[str, Any], fields: Mapping[str, Field]) -> Iterator[str]:
    """What is wrong with a document that must have these fields and no others."""
    for name in sorted(document.keys() - fields.keys()):
        yield f"there is no field {quoted(name)}; if a later version of Tiergate wrote it, restore with that one"
    for name, field in fields.items():
        if name not in document:
            yield f'"{name}" is missing'
        elif not field.holds(document[name]):
            yield f'"{name}" must be {field.wanted}; found {shown(document[name])}'


def unstorable(value: Any, depth: int = 0) -> str | None:
    """Why DynamoDB could not keep a value of a document."""
    if depth > DEEPEST:
        return f"it is more than {DEEPEST} levels deep"
    if isinstance(value, str):
        return None if value.isascii() or _encodable(value) else "a text of it is no Unicode (half of a surrogate pair)"
    if isinstance(value, int | float):
        return None if abs(value) < LARGEST else "a number of it is too large"
    if isinstance(value, dict) and "" in value:
        return "a name in it is empty"
    inner = [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    return next(filter(None, (unstorable(each, depth + 1) for each in inner)), None)


def stored_size(value: Any) -> int:
    """Bytes that DynamoDB counts for a value, at most: a digit takes half a byte, and each part of another one more.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    if isinstance(value, str):
        return len(value.encode())
    if isinstance(value, Mapping):
        return 3 + sum(1 + len(name.encode()) + stored_size(each) for name, each in value.items())
    if isinstance(value, Collection):
        return 3 + sum(1 + stored_size(each) for each in value)
    return 2 + (len(str(value)) + 1) // 2


def shown(value: Any) -> str:
    """As messages repeat it: short, never a key."""
    return quoted(value) if isinstance(value, str) else quoted(json.dumps(value)[:200])


def time_text(time: int) -> str:
    """Microseconds as ISO 8601, with their fraction where there is one.

    Raises
    ------
    OverflowError
        It is beyond the calendar.
    """
    return (EPOCH + time * MICROSECOND).isoformat().replace("+00:00", "Z")


def microseconds(text: str) -> int:
    """The reverse of ``time_text``; raises ``ValueError``."""
    return (datetime.fromisoformat(text) - EPOCH) // MICROSECOND


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
