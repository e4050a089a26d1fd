"""Who called an API version lately, by the months of their use (``domain/usage.py``)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from tiergate.domain.catalogue import Product
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import Application, Subscription
from tiergate.domain.usage import Record

DAYS = 30
"""That count as lately, before today; all in UTC."""


@dataclass(frozen=True, slots=True)
class Consumer:
    """A subscription that called an API version lately. ``days``: units admitted by day, in order; at least one day."""

    organization: str
    application: str
    subscription: str
    product: str
    plan: str
    api: str
    days: Mapping[str, int]

    @property
    def units(self) -> int:
        """All of those days."""
        return sum(self.days.values())

    @property
    def last_day(self) -> str:
        return max(self.days)


def since(now: int) -> date:
    """The first day that counts. So nobody who called less than 30 times 24 hours ago is left out."""
    return datetime.fromtimestamp(now // SECOND, UTC).date() - timedelta(days=DAYS)


def sold(
    application: Application, products: Mapping[str, Product], apis: Collection[str]
) -> Iterator[tuple[Subscription, list[str]]]:
    """Subscriptions by which an application may call some of these API versions, and which those are."""
    for subscription in application.subscriptions.values():
        product = products.get(subscription.product)
        if product and (names := sorted(product.apis.intersection(apis))):
            yield subscription, names


def consumers(
    application: Application, subscription: Subscription, apis: Iterable[str], months: Iterable[Record], now: int
) -> Iterator[Consumer]:
    """One for each of the API versions that the subscription called lately; ``now`` in microseconds."""
    months = [*months]
    for api in apis:
        days = _days(api, months, since(now))
        if days:
            yield Consumer(
                application.organization,
                application.id,
                subscription.id,
                subscription.product,
                subscription.plan,
                api,
                days,
            )


def _days(api: str, months: Iterable[Record], first: date) -> dict[str, int]:
    used = {
        f"{month.period}-{number:02}": units for month in months for number, units in month.units.get(api, {}).items()
    }
    return {day: used[day] for day in sorted(used) if day >= first.isoformat()}
