"""One subscription's part of what the stream brings at a time."""

from collections.abc import Callable, Sequence

from lambdas.roll_up.roll_up import RollUp
from tiergate.adapters.usage_records import RecordUnreadable
from tiergate.adapters.usage_stream import ImageMalformed, StreamRecord, image_of, sequence_of, subscription_of
from tiergate.domain.counters import NOBODYS
from tiergate.domain.usage import Image


class OutOfTime(Exception):
    """The function ends too soon to begin with this subscription."""


class Batch:
    """``failure``: why it is to come again. ``unreadable``: what cannot be read, and would not be the next time."""

    def __init__(self, subscription: str, records: Sequence[StreamRecord]) -> None:
        self.subscription = subscription
        self.first = sequence_of(records[0])
        self.unreadable: list[Exception] = []
        self.failure: Exception | None = None
        self._records = records

    def pass_to(self, roll_up: RollUp, now: int, in_time: Callable[[], bool]) -> None:
        """Record it; raises nothing."""
        try:
            if not in_time():
                raise OutOfTime
            if images := self._images():
                roll_up.record(self.subscription, images, now)
        except RecordUnreadable as error:
            self.unreadable.append(error)
        except Exception as error:
            self.failure = error

    def _images(self) -> list[Image]:
        images = []
        for record in self._records:
            try:
                images.append(image_of(record))
            except ImageMalformed as error:
                self.unreadable.append(error)
        return images


def by_subscription(records: Sequence[StreamRecord]) -> list[Batch]:
    """In the order in which they come first, so that what is left over when time is out lies at the end.

    What is counted by address, or with a key to try things out, is nobody's use.
    """
    grouped: dict[str, list[StreamRecord]] = {}
    for record in records:
        subscription = subscription_of(record)
        if not subscription.startswith(NOBODYS):
            grouped.setdefault(subscription, []).append(record)
    return [Batch(subscription, each) for subscription, each in grouped.items()]
