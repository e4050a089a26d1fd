"""What a deploy would change against what runs: whom each change touches, and what would hurt and is refused."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tiergate.domain.catalogue import Plan
from tiergate.domain.consumers import Consumer
from tiergate.domain.lifecycle import SERVED
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import Override, Subscription, effective
from tiergate.policy.changes import Change, changes
from tiergate.policy.changes.change import listed
from tiergate.policy.levels import BREAKING, RISKY
from tiergate.policy.load import Policies
from tiergate.policy.shipped import shipped

Bundle = Mapping[str, Any]

LATELY = 7
"""Days for which calls of what goes are told."""

NEW = frozenset(
    {"api_added", "operation_added", "operation_opened", "plan_added", "product_added", "offer_added", "rest_api_added"}
)
"""Kinds of changes that reach no subscription, as they take nothing from anybody and give nobody more."""

NAMED = frozenset({"product_api_doubled"})
"""Kinds of changes that say themselves whom they reach."""

NEED_USE = frozenset({"operation_removed", "product_api_removed", "api_removed", "state"})
"""Kinds of changes for which it matters who called the API version lately."""

NEED_COUNTERS = frozenset({"limit_lowered", "limit_added", "limits_added"})
"""Kinds of changes for which it matters what is used already."""


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription and whose it is. ``used``: units of its running windows, where it matters."""

    organization: str
    application: str
    subscription: Subscription
    used: Mapping[str, int] = field(default_factory=dict)

    def override(self, now: int) -> Override | None:
        """The one that holds at ``now``."""
        override = self.subscription.override
        return override if override and override.holds(now) else None


@dataclass(frozen=True, slots=True)
class Touched:
    """Subscriptions that a change reaches, and by how many an override says otherwise.

    ``organizations``: their ids, each once. ``callers``: how many of them called the API version lately.
    """

    subscriptions: int = 0
    organizations: tuple[str, ...] = ()
    hidden: int = 0
    callers: int = 0


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands at the gateway: who is subscribed, and who called what lately."""

    held: Sequence[Held] = ()
    consumers: Sequence[Consumer] = ()


def nothing_deployed(new: Bundle) -> Bundle:
    """What runs before the first deploy: nothing."""
    return {**new, "issuers": {}, "plans": {}, "products": {}, "apis": {}, "rest_apis": {}}


def differing(old: Bundle, new: Bundle) -> list[Change]:
    """As `changes`, of what functions are given: nobody can tell what the stacks read when they made what runs."""
    return changes(shipped(old), shipped(new))


def touched(change: Change, old: Bundle, new: Bundle, stands: Stands, now: int) -> Touched:
    """Whom a change reaches. ``now`` in microseconds."""
    if change.kind in NEW | NAMED:
        return Touched()
    reached = [each for each in stands.held if _reaches(change, each.subscription, (old, new))]
    ids = {each.subscription.id for each in reached}
    since = (datetime.fromtimestamp(now // SECOND, UTC).date() - timedelta(days=LATELY)).isoformat()
    callers = {
        each.subscription
        for each in stands.consumers
        if each.api == change.api and each.subscription in ids and each.last_day >= since
    }
    return Touched(
        len(reached),
        tuple(dict.fromkeys(each.organization for each in reached)),
        sum(_hides(each.override(now), change) for each in reached),
        len(callers) if change.kind in NEED_USE else 0,
    )


def exceeded(old: Bundle, new: Bundle, held: Iterable[Held], now: int) -> Iterator[Change]:
    """Quotas that are used up already when they are lowered, by how many subscriptions; see ``Held.used``."""
    found: dict[tuple[str, str], list[Held]] = {}
    for each in held:
        plan = each.subscription.plan
        if plan in old["plans"] and plan in new["plans"]:
            was, now_is = (_quotas(bundle, each, now) for bundle in (old, new))
            for window, limit in now_is.items():
                if limit < was.get(window, limit + 1) and each.used.get(window, 0) >= limit:
                    found.setdefault((plan, window), []).append(each)
    for (plan, window), those in sorted(found.items(), key=lambda each: each[0]):
        count = f"{len(those)} subscription{' has' if len(those) == 1 else 's have'}"
        message = f"{count} used up the new quota of this {window} already: refused until the {window} ends"
        yield Change(level=RISKY, kind="quota_exceeded", message=message, plan=plan, limit=window)


def doubled(old: Bundle, new: Bundle, held: Iterable[Held]) -> Iterator[Change]:
    """API versions that join a product whose subscribers have them by another one: which one counts is not theirs."""
    those = [*held]
    for product in sorted(old["products"].keys() & new["products"].keys()):
        for api in sorted({*new["products"][product]["apis"]} - {*old["products"][product]["apis"]}):
            yield from _doubled(api, product, new, those)


def _doubled(api: str, product: str, new: Bundle, held: Collection[Held]) -> Iterator[Change]:
    joining = {each.application for each in held if each.subscription.product == product}
    others = {name for name, each in new["products"].items() if api in each["apis"]} - {product}
    twice = [each for each in held if each.application in joining and each.subscription.product in others]
    if twice and new["apis"][api]["state"] in SERVED:
        owners = listed(dict.fromkeys(f"{each.application} of {each.organization}" for each in twice))
        known = listed(sorted({each.subscription.product for each in twice}))
        message = f"{owners} may call it by {known} already; now calls may count under the plan of either subscription"
        yield Change(level=BREAKING, kind="product_api_doubled", message=message, api=api, product=product)


def needed(found: Iterable[Change]) -> tuple[set[str], set[str]]:
    """What must be known to judge changes: API versions whose use matters, and plans whose counters do."""
    found = [*found]
    apis = {each.api for each in found if each.api and each.kind in NEED_USE}
    return apis, {each.plan for each in found if each.plan and each.kind in NEED_COUNTERS}


def stated_public(policies: Policies) -> set[tuple[str, str]]:
    """Operations that are public as ``public: true`` stands in their API's own ``api.yaml``, by API version and id.

    What an environment's file says of them is out of sight of who reads that file, and does not count.
    """
    return {
        (name, operation)
        for name, api in policies.apis.items()
        for operation, policy in api.value.operations.items()
        if policy.public and _stands_in(api.source.origin("operations", operation, "public"), api.source.file)
    }


def _stands_in(place: Any, file: str) -> bool:
    return place is not None and place.file == file


def _quotas(bundle: Bundle, each: Held, now: int) -> dict[str, int]:
    plan = Plan.of(bundle["plans"][each.subscription.plan])
    limits = effective(plan.limits, each.override(now), now)
    return {} if limits.metered else {quota.window: quota.limit for quota in limits.quotas}


def _reaches(change: Change, subscription: Subscription, bundles: Collection[Bundle]) -> bool:
    if change.plan and subscription.plan != change.plan:
        return False
    if change.product:
        return subscription.product == change.product
    if change.api:
        products = (bundle["products"].get(subscription.product) for bundle in bundles)
        return any(change.api in (*product["apis"], *product.get("rest_apis", ())) for product in products if product)
    return bool(change.plan)


def _hides(override: Override | None, change: Change) -> bool:
    return override is not None and bool(change.limit) and change.limit in override.limits
