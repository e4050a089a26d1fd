"""Subscriptions: an application's access to a product, on one of its plans."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tiergate.adapters.registry import records
from tiergate.adapters.registry.applications import Applications
from tiergate.adapters.registry.errors import Full, NotOffered, RegistryError, Withheld
from tiergate.adapters.registry.inputs import future, masked, quoted
from tiergate.adapters.registry.items import Held, pointer_item, subscription_entry, subscription_facts
from tiergate.adapters.registry.offers import on_offer
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Stored, Write, as_seen, drop, nothing, put, update
from tiergate.domain.catalogue import Product
from tiergate.domain.registry import MOST_SUBSCRIPTIONS, Application, Override, Subscription, subscription_id


class Subscriptions:
    """``products``: what may be subscribed to.

    Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster.
    """

    def __init__(self, table: RegistryTable, applications: Applications, products: Mapping[str, Product]) -> None:
        self._table = table
        self._applications = applications
        self._products = products

    def create(
        self,
        application: str,
        product: str,
        plan: str,
        *,
        expected: int | None = None,
        reason: str = "",
        also: Callable[[Subscription], Sequence[Write]] = nothing,
    ) -> Subscription:
        """See ``creation``. ``expected``: the version of the application that somebody saw; raises ``Stale``."""
        held = self._held(application, expected)
        made, writes = self.creation(held, product, plan)
        facts = subscription_facts(application, made)
        change = Change(held.value.application.organization, "subscription create", after=facts, reason=reason)
        self._table.change(change, *writes, *also(made))
        return made

    def creation(self, held: Stored[Held], product: str, plan: str) -> tuple[Subscription, Sequence[Write]]:
        """One that is not there yet, and the writes that make it, with every condition of that.

        At most one of an application that covers a given API version, at most ``MOST_SUBSCRIPTIONS`` of them.
        """
        application = held.value.application
        self._refuse_another(application, product)
        made = self.draft(application.id, product, plan)
        return made, (self.on_offer(product, plan), written(held, product, made), self.pointer(application.id, made))

    def replanning(self, held: Stored[Held], found: Subscription, plan: str) -> tuple[Subscription, Sequence[Write]]:
        """A subscription under another plan of its product, and the writes that make it so, with their conditions."""
        changed = found._replace(plan=plan)
        return changed, (self.on_offer(found.product, plan), written(held, found.product, changed))

    def offered(self, held: Stored[Held], product: str, plan: str) -> Write:
        """The condition that an application may have a plan, of a product that it has or can subscribe to."""
        if product not in held.value.application.subscriptions:
            self._refuse_another(held.value.application, product)
        return self.on_offer(product, plan)

    def draft(self, application: str, product: str, plan: str) -> Subscription:
        """A subscription that is not there yet."""
        self._offered(product, plan)
        return Subscription(subscription_id(application, product), product, plan, created=self._table.now_text())

    def on_offer(self, product: str, plan: str) -> Write:
        """The condition, of a draft's making too, that no deploy is withdrawing the plan."""
        self._offered(product, plan)
        return on_offer(product, plan, self._products[product].plans)

    def pointer(self, application: str, subscription: Subscription) -> Write:
        """The write that makes it known by its id."""
        return put(pointer_item(application, subscription), _what(subscription.id))

    def list(
        self, organization: str | None = None, application: str | None = None
    ) -> Iterator[tuple[Application, Subscription]]:
        """All subscriptions, or those of one organization or application."""
        found = self._applications.select(organization, application)
        return ((each, subscription) for each in found for subscription in each.subscriptions.values())

    def get(self, id_: str) -> tuple[Application, Subscription]:
        return self.stored(id_).value

    def stored(self, id_: str) -> Stored[tuple[Application, Subscription]]:
        """Its version is its application's."""
        held, found = records.subscription(self._table, id_)
        return Stored(held.pk, held.version, (held.value.application, found))

    def suspend(self, id_: str, *, reason: str = "") -> bool:
        """Refuse every call by it; False when it was suspended before."""
        return self._change(id_, "subscription suspend", reason, state="suspended")

    def restore(self, id_: str, *, reason: str = "") -> bool:
        """Let calls go by it again; False when it was active before."""
        return self._change(id_, "subscription restore", reason, state="active")

    def set_plan(self, id_: str, plan: str, *, expected: int | None = None, reason: str = "") -> bool:
        """Another plan of the product. What is counted so far stays counted. False when it had that plan before.

        Raises ``Stale``: ``expected`` is not its version.
        """
        held, found = records.subscription(self._table, id_)
        as_seen(held, expected, _what(id_))
        changed, writes = self.replanning(held, found, plan)
        if changed == found:
            return False
        owner = held.value.application
        before, after = (subscription_facts(owner.id, each) for each in (found, changed))
        self._table.change(Change(owner.organization, "subscription set-plan", before, after, reason), *writes)
        return True

    def override(self, id_: str, limits: Mapping[str, float], *, until: int | None, reason: str = "") -> Subscription:
        """Put limits in place of the plan's until a moment, or until they are taken back; in place of earlier ones.

        Limits that are not named are the plan's. ``until`` in microseconds.
        """
        until = future(until, self._table.now(), "the end of the override")
        try:
            override = Override.of(dict(limits), until)
        except ValueError as error:
            raise RegistryError(masked(str(error))) from None
        self._change(id_, "subscription override", reason, override=override)
        return self.get(id_)[1]

    def clear_override(self, id_: str, *, reason: str = "") -> bool:
        """Back to the plan's limits; False when there was no override."""
        return self._change(id_, "subscription clear-override", reason, override=None)

    def delete(self, id_: str, *, expected: int | None = None, reason: str = "") -> None:
        """What it used stays counted: a later subscription of the application to the product goes on with it.

        Raises
        ------
        Stale
            ``expected`` is not its version.
        Withheld
            A partner cannot delete it, as long as it is suspended or has an override.
        """
        held, found = records.subscription(self._table, id_)
        as_seen(held, expected, _what(id_))
        if self._table.by_partner and found.withheld(self._table.now()):
            raise Withheld(f"{_what(id_)} is suspended or has limits of its own; only the platform team can delete it")
        owner = held.value.application
        before = subscription_facts(owner.id, found)
        change = Change(owner.organization, "subscription delete", before=before, reason=reason)
        self._table.change(change, written(held, found.product, None), drop(f"SUB#{id_}", _what(id_)))

    def _change(self, id_: str, what: str, reason: str, **changes: Any) -> bool:
        """Replace attributes of a subscription; False, and no write, where they are so already."""
        held, found = records.subscription(self._table, id_)
        changed = found._replace(**changes)
        if changed == found:
            return False
        owner = held.value.application
        before, after = (subscription_facts(owner.id, each) for each in (found, changed))
        change = Change(owner.organization, what, before, after, reason)
        self._table.change(change, written(held, found.product, changed))
        return True

    def _held(self, application: str, expected: int | None) -> Stored[Held]:
        return as_seen(records.application(self._table, application), expected, f'application "{application}"')

    def _offered(self, product: str, plan: str) -> None:
        found = self._products.get(product)
        if found is None:
            raise NotOffered(f"there is no product {quoted(product)}; {_known('products', self._products)}")
        if plan not in found.plans:
            known = _known("plans", found.plans)
            raise NotOffered(f"product {quoted(product)} does not offer plan {quoted(plan)}; {known}")

    def _refuse_another(self, application: Application, product: str) -> None:
        """A call must have one subscription that it counts against; and there can be so many."""
        named, others = f'application "{application.id}"', application.subscriptions
        if product in others:
            raise RegistryError(
                f'{named} has subscription {others[product].id} to "{product}"',
                command="change its plan: tiergate subscription set-plan ID PLAN",
            )
        apis = self._products[product].apis if product in self._products else frozenset()
        for other in others.values():
            both = apis & self._products[other.product].apis if other.product in self._products else None
            if both:
                raise RegistryError(
                    f'{named} has subscription {other.id} to "{other.product}", which covers '
                    f"{', '.join(sorted(both))} too; register another application, or delete that subscription first"
                )
        if len(others) >= MOST_SUBSCRIPTIONS:
            raise Full(
                f"{named} has {MOST_SUBSCRIPTIONS} subscriptions, as many as it can",
                command="delete one that is no longer used: tiergate subscription delete ID",
            )


def written(held: Stored[Held], product: str, subscription: Subscription | None) -> Write:
    """The application's item with this subscription to a product, or with none."""
    entry = subscription_entry(subscription) if subscription else None
    return update(held, {("subscriptions", product): entry}, f'application "{held.value.application.id}"')


def _known(what: str, names: Iterable[str]) -> str:
    return f"known: {', '.join(sorted(names))}" if names else f"no {what} are deployed"


def _what(id_: str) -> str:
    return f'subscription "{id_}"'
