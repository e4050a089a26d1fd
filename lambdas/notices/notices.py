"""The consumers of one organization, told of deprecated API versions that they call."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from tiergate.adapters.consumers import Consumers, Unreadable
from tiergate.adapters.deprecation_events import DeprecationEvents
from tiergate.adapters.notice_book import NoticeBook
from tiergate.adapters.usage_records import RecordUnreadable
from tiergate.domain.consumers import Consumer
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.notices import Told, due


class Notices:
    """``lifecycles``: by the API versions that are deprecated."""

    def __init__(
        self,
        *,
        consumers: Consumers,
        book: NoticeBook,
        events: DeprecationEvents,
        lifecycles: Mapping[str, Lifecycle],
    ) -> None:
        self._consumers = consumers
        self._book = book
        self._events = events
        self._lifecycles = lifecycles

    def tell(self, organization: str, now: int, unreadable: Callable[[Unreadable], object]) -> Iterator[dict[str, Any]]:
        """Tell each that is to be told, and yield what it was told.

        First the event, then the mark that it was put: what a crash leaves undone is done by the next run, and what
        is told again has the same id. So it is where a mark cannot be read, and then there is one again.

        Raises
        ------
        EventRefused
            And botocore's errors. What was done stays.
        """
        for consumer in self._consumers.of(organization, self._lifecycles, now, unreadable):
            try:
                before = self._book.told(consumer.subscription, consumer.api)
            except RecordUnreadable as error:
                unreadable(error)
                before = None
            if told := self._told(consumer, before, now):
                yield told

    def _told(self, consumer: Consumer, before: Told | None, now: int) -> dict[str, Any] | None:
        lifecycle = self._lifecycles[consumer.api]
        notice = due(lifecycle, before, now)
        if notice is None:
            return None
        self._events.deprecated(consumer, lifecycle, notice, now)
        self._book.keep(consumer.subscription, consumer.api, notice.told(lifecycle, now))
        told = asdict(consumer)
        del told["days"]
        return told | {"notice": notice.kind, "days_left": notice.days_left, "units": consumer.units}
