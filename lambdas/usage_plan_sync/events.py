"""What wakes the function: records of the Registry's stream, and messages of its queue."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from lambdas.usage_plan_sync.run import Run

Record = Mapping[str, Any]

MATTERING = ("organization", "organization_state", "state", "subscriptions")
"""Attributes of an application's record that its native keys and plans hang on."""

UNREADABLE = "this is no message of the sync function"


class MessageUnreadable(Exception):
    """A message that the function did not write; the text says so."""


class Message(NamedTuple):
    """One message of the queue: it names an application, or has a ``full`` run. ``attempt``: which one this is, of an
    application."""

    id: str
    body: str
    application: str = ""
    attempt: int = 1
    full: Run | None = None


def is_of_stream(records: Sequence[Record]) -> bool:
    return all(record.get("eventSource") == "aws:dynamodb" for record in records)


def changed(records: Iterable[Record]) -> dict[str, str]:
    """The sequence number of each application's first record; without those of which nothing that matters changed.

    A record that does not name an application is passed over: the mapping's filter lets none through.
    """
    found: dict[str, str] = {}
    for record in records:
        stream = record["dynamodb"]
        old, new = (stream.get(image, {}) for image in ("OldImage", "NewImage"))
        kind, _, application = stream["Keys"]["pk"]["S"].partition("#")
        if kind == "APP" and any(old.get(name) != new.get(name) for name in MATTERING):
            found.setdefault(application, stream["SequenceNumber"])
    return found


def message_of(record: Record) -> Message:
    """Raises ``MessageUnreadable``."""
    body = record["body"]
    try:
        document = json.loads(body)
        if "full" in document:
            return Message(record["messageId"], body, full=Run.of(document["full"]))
        application, attempt = document["application"], document.get("attempt", 1)
        if type(application) is not str or type(attempt) is not int or not application or attempt < 1:
            raise MessageUnreadable(UNREADABLE)
        return Message(record["messageId"], body, application, attempt)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MessageUnreadable(UNREADABLE) from error
