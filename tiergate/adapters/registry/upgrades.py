"""Upgrade requests: asked for by an application, decided by the platform team."""

from collections.abc import Callable, Iterable, Sequence

from tiergate.adapters.registry import records
from tiergate.adapters.registry.errors import Invalid, Missing, RegistryError, Taken
from tiergate.adapters.registry.inputs import note_of, quoted, reason_of
from tiergate.adapters.registry.items import Held, held_of, subscription_facts
from tiergate.adapters.registry.requests import QUEUE, pk_of, request_facts, request_item, request_of, sk_of
from tiergate.adapters.registry.subscriptions import Subscriptions
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Stored, Write, as_seen, nothing, put, replace, update
from tiergate.domain.registry import Subscription
from tiergate.domain.upgrades import APPROVED, DECLINED, WAITING, WITHDRAWN, UpgradeRequest


class Upgrades:
    """One of an application for a product: the last one, which may wait.

    Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster.
    ``expected``: the version of the request that somebody saw; raises ``Stale``.
    """

    def __init__(self, table: RegistryTable, subscriptions: Subscriptions) -> None:
        self._table = table
        self._subscriptions = subscriptions

    def ask(
        self,
        application: str,
        product: str,
        plan: str,
        *,
        note: str = "",
        expected: int | None = None,
        reason: str = "",
        also: Callable[[UpgradeRequest], Sequence[Write]] = nothing,
    ) -> UpgradeRequest:
        """For a plan that is on offer, of a product that the application could subscribe to or has subscribed to.

        ``expected``: the version of the application that somebody saw. Raises ``Taken``: one waits already.
        """
        held = as_seen(records.application(self._table, application), expected, f'application "{application}"')
        found = held.value.application
        made = UpgradeRequest(
            found.organization,
            application,
            product,
            current=found.subscriptions[product].plan if product in found.subscriptions else "",
            to=plan,
            note=note_of(note),
            asked=self._table.now_text(),
            asked_by=self._table.actor,
        )
        offered = self._offered(held, made)
        earlier = self._earlier(made)
        if earlier is not None and earlier.value.state == WAITING:
            raise Taken(f"{_what(made)} waits already, for plan {quoted(earlier.value.to)}; withdraw it first")
        item = request_item(made)
        write = replace(earlier, item, _what(made)) if earlier else put(item, _what(made))
        change = Change(made.organization, "upgrade ask", after=request_facts(made), reason=reason)
        unchanged = update(held, {}, f'application "{application}"')
        self._table.change(change, offered, unchanged, write, *also(made))
        return made

    def stored(self, application: str, product: str) -> Stored[UpgradeRequest]:
        """Raises ``Missing``: it never asked, or there is no such application."""
        found = records.application(self._table, application).value.application
        return self._get(found.organization, application, product)

    def of_organization(self, organization: str) -> Sequence[UpgradeRequest]:
        """The last one of each application for each product, the newest first."""
        found = records.organization(self._table, organization).value
        requests = (each.value for each in self._table.under(pk_of(organization), request_of))
        return _newest_first(each for each in requests if each.application in found.applications)

    def of_application(self, application: str) -> Sequence[UpgradeRequest]:
        """The last one for each product, the newest first."""
        found = records.application(self._table, application).value.application
        stored = self._table.under(pk_of(found.organization), request_of, sk_of(application, ""))
        return _newest_first(each.value for each in stored)

    def waiting(self) -> Sequence[UpgradeRequest]:
        """Of all organizations, who waits longest first; by the index: one of the last moments may be missing."""
        found = list(self._table.owned(QUEUE, "UPGRADE#", request_of))
        asking = self._table.every(sorted({f"APP#{each.application}" for each in found}), held_of)
        there = {each.value.application.id for each in asking}
        waiting = (each for each in found if each.application in there)
        return sorted(waiting, key=lambda each: (each.asked, each.application, each.product))

    def approve(self, application: str, product: str, *, expected: int | None = None, reason: str = "") -> Subscription:
        """The application has the plan from now on: the request ends in the transaction that changes the subscription.

        Raises ``NotOffered``: the plan is no longer on offer; decline the request.
        """
        held = records.application(self._table, application)
        stored = self._waiting(held.value.application.organization, application, product, expected)
        request, found = stored.value, held.value.application.subscriptions.get(product)
        if found is None and request.current:
            raise RegistryError(
                f'application "{application}" has deleted its subscription to {quoted(product)} meanwhile; decline the '
                f"request: tiergate upgrade decline {application} {product}"
            )
        changed, writes = (
            self._subscriptions.replanning(held, found, request.to)
            if found
            else self._subscriptions.creation(held, product, request.to)
        )
        before = subscription_facts(application, found) if found else {}
        after = subscription_facts(application, changed)
        change = Change(request.organization, "upgrade approve", before, after, reason)
        self._table.change(change, *writes, self._ended(stored, APPROVED, reason))
        return changed

    def decline(self, application: str, product: str, *, reason: str, expected: int | None = None) -> UpgradeRequest:
        """``reason``: what the partner is told."""
        if not reason.strip():
            raise Invalid("say why the request is declined; the partner reads it")
        return self._end(application, product, "upgrade decline", DECLINED, reason, expected)

    def withdraw(
        self, application: str, product: str, *, expected: int | None = None, reason: str = ""
    ) -> UpgradeRequest:
        """By who asked."""
        return self._end(application, product, "upgrade withdraw", WITHDRAWN, reason, expected)

    def _end(
        self, application: str, product: str, what: str, state: str, reason: str, expected: int | None
    ) -> UpgradeRequest:
        organization = records.application(self._table, application).value.application.organization
        stored = self._waiting(organization, application, product, expected)
        ended = self._decided(stored.value, state, reason)
        before, after = (request_facts(each) for each in (stored.value, ended))
        change = Change(organization, what, before, after, reason)
        self._table.change(change, self._ended(stored, state, reason))
        return ended

    def _offered(self, held: Stored[Held], wanted: UpgradeRequest) -> Write:
        """The condition that the plan is on offer, of an application that may have it."""
        found = held.value.application.subscriptions.get(wanted.product)
        if found is None:
            _, (offered, *_) = self._subscriptions.creation(held, wanted.product, wanted.to)
            return offered
        if found.plan == wanted.to:
            raise RegistryError(f'subscription "{found.id}" has plan {quoted(wanted.to)} already')
        _, (offered, *_) = self._subscriptions.replanning(held, found, wanted.to)
        return offered

    def _earlier(self, made: UpgradeRequest) -> Stored[UpgradeRequest] | None:
        try:
            return self._get(made.organization, made.application, made.product)
        except Missing:
            return None

    def _get(self, organization: str, application: str, product: str) -> Stored[UpgradeRequest]:
        missing = (
            f'application "{application}" has not asked for a plan of {quoted(product)}; see: tiergate upgrade list'
        )
        return self._table.get(pk_of(organization), request_of, missing, sk=sk_of(application, product))

    def _waiting(
        self, organization: str, application: str, product: str, expected: int | None
    ) -> Stored[UpgradeRequest]:
        stored = self._get(organization, application, product)
        as_seen(stored, expected, _what(stored.value))
        if stored.value.state != WAITING:
            raise RegistryError(f"{_what(stored.value)} is {stored.value.state} already")
        return stored

    def _decided(self, request: UpgradeRequest, state: str, reason: str) -> UpgradeRequest:
        return request._replace(
            state=state, decided=self._table.now_text(), decided_by=self._table.actor, reason=reason_of(reason)
        )

    def _ended(self, stored: Stored[UpgradeRequest], state: str, reason: str) -> Write:
        return replace(stored, request_item(self._decided(stored.value, state, reason)), _what(stored.value))


def _newest_first(requests: Iterable[UpgradeRequest]) -> Sequence[UpgradeRequest]:
    return sorted(requests, key=lambda each: (each.asked, each.application, each.product), reverse=True)


def _what(request: UpgradeRequest) -> str:
    return f'the request of application "{request.application}" for {quoted(request.product)}'
