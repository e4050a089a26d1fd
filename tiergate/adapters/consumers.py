"""Who called API versions lately: the registry says who may, the usage records who did."""

from collections.abc import Callable, Collection, Iterator, Mapping

from tiergate.adapters.registry.items import OWNERS
from tiergate.adapters.registry.table import RegistryTable
from tiergate.adapters.registry_reader import application_of
from tiergate.adapters.usage_records import RecordUnreadable, UsageRecords
from tiergate.domain.catalogue import Product
from tiergate.domain.consumers import Consumer, consumers, since, sold
from tiergate.domain.registry import Application, RecordMalformed

Unreadable = RecordMalformed | RecordUnreadable
"""What is stored is not what is written there; the text names it."""


class Consumers:
    """One deployment's, by organization: a read lists its applications, and one more is made for each subscription
    whose product sells one of the API versions asked for."""

    def __init__(self, registry: RegistryTable, usage: UsageRecords, products: Mapping[str, Product]) -> None:
        self._registry = registry
        self._usage = usage
        self._products = products

    def organizations(self) -> list[str]:
        """The ids of all, in order."""
        return [item["pk"]["S"].removeprefix("ORG#") for item in self._registry.items(OWNERS, "ORG#")]

    def of(
        self, organization: str, apis: Collection[str], now: int, unreadable: Callable[[Unreadable], object]
    ) -> Iterator[Consumer]:
        """Those of one organization; ``now`` in microseconds. ``unreadable`` is told of what is passed over."""
        for application in self._applications(organization, unreadable):
            yield from self.of_application(application, apis, now, unreadable)

    def of_application(
        self, application: Application, apis: Collection[str], now: int, unreadable: Callable[[Unreadable], object]
    ) -> Iterator[Consumer]:
        """The same of an application that was read already."""
        for subscription, names in sold(application, self._products, apis):
            try:
                months = self._usage.months(subscription.id, since(now))
            except RecordUnreadable as error:
                unreadable(error)
                continue
            yield from consumers(application, subscription, names, months, now)

    def _applications(self, organization: str, unreadable: Callable[[Unreadable], object]) -> Iterator[Application]:
        for item in self._registry.items(f"ORG#{organization}", "APP#"):
            try:
                yield application_of(item)
            except RecordMalformed as error:
                unreadable(error)
