"""Which usage plans and API keys an account's REST APIs need, so that native limits follow plans and subscriptions."""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from tiergate.domain.catalogue import Catalogue
from tiergate.domain.limits import Limits
from tiergate.domain.native_limits import NativeLimits, native_limits
from tiergate.domain.registry import Application, Subscription, effective
from tiergate.domain.rest_apis import DAY, RestApi, RestApis


class UsagePlan(NamedTuple):
    """One that is wanted. ``tag`` identifies it among the stage's: ``<product>/<plan>``, with more where there are
    several of a plan. ``stages``: ``<REST API's id>:<stage>``."""

    tag: str
    limits: NativeLimits
    stages: frozenset[str]


class Key(NamedTuple):
    """The API key that stands for a subscription. ``plans``: tags of the usage plans that it belongs in."""

    subscription: str
    application: str
    enabled: bool
    plans: frozenset[str]


class Wanted(NamedTuple):
    """What one application needs: its keys by subscription, and their usage plans by tag."""

    keys: dict[str, Key]
    plans: dict[str, UsagePlan]


class Desired:
    """What the account should have by one deploy's definitions."""

    def __init__(self, catalogue: Catalogue, rest_apis: RestApis) -> None:
        self._catalogue = catalogue
        self._rest_apis = rest_apis
        self._shared: dict[tuple[str, str], tuple[UsagePlan, ...]] = {}

    def __bool__(self) -> bool:
        """Whether anything is wanted at all."""
        return bool(self._rest_apis.sold)

    def offered(self) -> dict[str, UsagePlan]:
        """By tag, those of all plans on offer, whether anybody has subscribed or not."""
        return {plan.tag: plan for product, name, limits in self._offers() for plan in self._of(product, name, limits)}

    def differences(self) -> tuple[str, ...]:
        """In words, what API Gateway cannot do of the plans on offer."""
        found: dict[str, None] = {}
        for product, name, limits in self._offers():
            for rest_api in self._sold(product):
                for each in native_limits(limits, hourly=rest_api.hourly == DAY)[1]:
                    found[f'plan "{name}": {each}'] = None
        return tuple(found)

    def wanted(self, application: Application, now: int) -> Wanted:
        """By what the registry says; ``now`` in microseconds.

        None is wanted of a subscription whose product or plan is not there any more: its calls are refused anyway.
        """
        active = application.state == application.organization_state == "active"
        keys: dict[str, Key] = {}
        plans: dict[str, UsagePlan] = {}
        for subscription in application.subscriptions.values():
            needed = list(self._needed(subscription, now))
            if needed:
                tags = frozenset(plan.tag for plan in needed)
                enabled = active and subscription.state == "active"
                keys[subscription.id] = Key(subscription.id, application.id, enabled, tags)
                plans |= {plan.tag: plan for plan in needed}
        return Wanted(keys, plans)

    def entries(self, stages: Iterable[str]) -> list[str]:
        """Names of the entries of ``rest_apis`` that stages are of."""
        stages = {*stages}
        return sorted(each.name for each in self._rest_apis.named.values() if _place(each) in stages)

    def _offers(self) -> Iterator[tuple[str, str, Limits]]:
        for product in sorted(self._rest_apis.sold):
            if product in self._catalogue.products:
                for name in sorted(self._catalogue.products[product].plans & self._catalogue.plans.keys()):
                    yield product, name, self._catalogue.plans[name].limits

    def _needed(self, subscription: Subscription, now: int) -> Iterator[UsagePlan]:
        """Those of its plan; where an override makes other limits, usage plans of just these."""
        plan = self._catalogue.plans.get(subscription.plan)
        if plan is None or not self._sold(subscription.product):
            return
        shared = self._shared_by(subscription.product, subscription.plan, plan.limits)
        limits = effective(plan.limits, subscription.override, now)
        if limits is plan.limits:
            yield from shared
            return
        alike = {each[1:]: each for each in shared}
        for native, stages, hourly in self._groups(subscription.product, limits):
            tag = f"{subscription.product}/{subscription.plan}/{_digest(native, hourly)}"
            yield alike.get((native, stages), UsagePlan(tag, native, stages))

    def _shared_by(self, product: str, name: str, limits: Limits) -> tuple[UsagePlan, ...]:
        """Worked out once a plan, not once a subscription."""
        found = self._shared.get((product, name))
        if found is None:
            found = self._shared[product, name] = tuple(self._of(product, name, limits))
        return found

    def _of(self, product: str, name: str, limits: Limits) -> Iterator[UsagePlan]:
        """One, or two where the product's REST APIs mirror an hourly quota differently."""
        groups = self._groups(product, limits)
        for native, stages, hourly in groups:
            apart = len(groups) > 1 and hourly == {DAY}
            yield UsagePlan(f"{product}/{name}/{DAY}" if apart else f"{product}/{name}", native, stages)

    def _groups(self, product: str, limits: Limits) -> list[tuple[NativeLimits, frozenset[str], frozenset[str]]]:
        """A product's stages by the limits that they are to have, and what ``hourly`` is of them."""
        groups: dict[NativeLimits, list[RestApi]] = {}
        for rest_api in self._sold(product):
            native, _ = native_limits(limits, hourly=rest_api.hourly == DAY)
            groups.setdefault(native, []).append(rest_api)
        return [
            (native, frozenset(map(_place, group)), frozenset(each.hourly for each in group))
            for native, group in groups.items()
        ]

    def _sold(self, product: str) -> list[RestApi]:
        return [self._rest_apis.named[name] for name in self._rest_apis.sold.get(product, ())]


def _place(rest_api: RestApi) -> str:
    return f"{rest_api.id}:{rest_api.stage}"


def _digest(native: NativeLimits, hourly: frozenset[str]) -> str:
    """Equal ones share a usage plan; the stages follow from ``hourly`` in any one deploy."""
    told = f"{native.rate:.15g} {native.burst} {native.quota} {native.period} {' '.join(sorted(hourly))}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]
