"""The consumers of one organization, told of deprecated API versions that they call."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from tiergate.adapters.consumers import Consumers, Found, Unreadable
from tiergate.adapters.events import Events
from tiergate.adapters.usage_records import UsageRecords
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.notices import Told, due


class Notices:
    """``lifecycles``: by the API versions that are deprecated."""

    def __init__(
        self, *, consumers: Consumers, usage: UsageRecords, events: Events, lifecycles: Mapping[str, Lifecycle]
    ) -> None:
        self._consumers = consumers
        self._usage = usage
        self._events = events
        self._lifecycles = lifecycles

    def tell(self, organization: str, now: int, unreadable: Callable[[Unreadable], object]) -> Iterator[dict[str, Any]]:
        """Tell each that is to be told, and yield what it was told.

        First the event, then the mark that it was put: what a crash leaves undone is done by the next run, and what
        is told again has the same id.

        Raises
        ------
        EventRefused
            And botocore's errors. What was done stays.
        """
        for found in self._consumers.of(organization, self._lifecycles, now, unreadable):
            if told := self._told(found, now):
                yield told

    def _told(self, found: Found, now: int) -> dict[str, Any] | None:
        consumer, before = found
        lifecycle = self._lifecycles[consumer.api]
        notice = due(lifecycle, before, now)
        if notice is None:
            return None
        self._events.deprecated(consumer, lifecycle, notice, now)
        self._usage.keep_told(consumer.subscription, consumer.api, Told(lifecycle.sunset, notice.days_left, now))
        told = asdict(consumer)
        del told["days"]
        return told | {"notice": notice.kind, "days_left": notice.days_left, "units": consumer.units}
