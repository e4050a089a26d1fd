"""What a batch of the stream shows of one subscription, into its records, and told where it reaches a threshold."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from tiergate.adapters.events import Events
from tiergate.adapters.registry import RegistryError, records
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.usage_records import Kept, UsageRecords
from tiergate.domain.catalogue import Plan
from tiergate.domain.registry import Application, Subscription, effective
from tiergate.domain.thresholds import reached
from tiergate.domain.usage import Image, Record, Use, days, expires, fold, month_of


class RollUp:
    """Any step may be repeated: what a crash left undone is done when the batch comes again, or with the next one."""

    def __init__(
        self, *, registry: RegistryTable, usage: UsageRecords, events: Events, plans: Mapping[str, Plan]
    ) -> None:
        self._registry = registry
        self._usage = usage
        self._events = events
        self._plans = plans

    def record(self, subscription: str, images: Iterable[Image], now: int) -> None:
        """Raise the records of the days and months that the images show, then tell what they reached.

        A subscription that the registry does not know, or no longer, is recorded all the same.

        Raises
        ------
        RecordConflict, RecordUnreadable, EventRefused
            And botocore's errors. What was done stays.
        """
        use = fold(images)
        found = self._find(subscription)
        kept: dict[str, Kept] = {}
        for seen in days(use):
            if expires(seen.period) > now:
                day = self._usage.merge(subscription, _owned(seen, *found) if found else seen)
                month = self._usage.merge(subscription, month_of(day.record))
                kept |= {day.record.period: day, month.record.period: month}
        if found:
            self._tell(found[1], use, kept)

    def _find(self, subscription: str) -> tuple[Application, Subscription] | None:
        try:
            held, found = records.subscription(self._registry, subscription)
        except RegistryError:
            return None
        return held.value.application, found

    def _tell(self, subscription: Subscription, use: Use, kept: Mapping[str, Kept]) -> None:
        plan = self._plans.get(subscription.plan)
        if plan is None:
            return
        for each in reached(use, effective(plan.limits, subscription.override, use.at)):
            there = kept.get(each.period)
            if there is not None and each.mark not in there.marks:
                self._events.threshold(subscription.id, there.record, each)
                self._usage.mark(subscription.id, each.period, each.mark)


def _owned(record: Record, application: Application, subscription: Subscription) -> Record:
    return replace(
        record,
        organization=application.organization,
        application=application.id,
        product=subscription.product,
        plan=subscription.plan,
    )
