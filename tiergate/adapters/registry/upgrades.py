"""Upgrade requests: asked for by an application, decided by the platform team."""

from collections.abc import Callable, Iterable, Sequence

from tiergate.adapters.registry import records
from tiergate.adapters.registry.errors import Decided, Invalid, Missing, RegistryError, Taken
from tiergate.adapters.registry.inputs import note_of, quoted, reason_of
from tiergate.adapters.registry.items import held_of, subscription_facts
from tiergate.adapters.registry.requests import QUEUE, pk_of, request_facts, request_item, request_of, sk_of
from tiergate.adapters.registry.subscriptions import Subscriptions
from tiergate.adapters.registry.table import Change, RegistryTable
from tiergate.adapters.registry.writes import Stored, Write, as_seen, nothing, put, replace, update
from tiergate.domain.registry import Application, Organization, Subscription
from tiergate.domain.upgrades import APPROVED, DECLINED, WAITING, WITHDRAWN, UpgradeRequest


class Upgrades:
    """One of an application for a product: the last one, which may wait.

    Every change raises ``RegistryError`` where it cannot be made, and ``Conflict`` where somebody was faster; a
    decision ``Decided`` where there was one before.
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
        if made.current == plan:
            raise RegistryError(f'application "{application}" has plan {quoted(plan)} of {quoted(product)} already')
        offered = self._subscriptions.offered(held, product, plan)
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

    def of_organization(self, organization: Organization) -> Sequence[UpgradeRequest]:
        """The last one of each application for each product, the newest first."""
        requests = (each.value for each in self._table.under(pk_of(organization.id), request_of))
        return _newest_first(each for each in requests if each.application in organization.applications)

    def of_application(self, application: Application) -> Sequence[UpgradeRequest]:
        """The last one for each product, the newest first."""
        stored = self._table.under(pk_of(application.organization), request_of, sk_of(application.id, ""))
        return _newest_first(each.value for each in stored)

    def waiting(self) -> Sequence[UpgradeRequest]:
        """Of all organizations, who waits longest first; by the index: one of the last moments may be missing."""
        found = list(self._table.owned(QUEUE, "UPGRADE#", request_of))
        asking = self._table.get_all(sorted({f"APP#{each.application}" for each in found}), held_of)
        there = {each.value.application.id for each in asking}
        waiting = (each for each in found if each.application in there)
        return sorted(waiting, key=lambda each: (each.asked, each.application, each.product))

    def approve(self, application: str, product: str, plan: str, *, reason: str = "") -> Subscription:
        """The application has the plan from now on: the request ends in the transaction that changes the subscription.

        Raises
        ------
        NotOffered
            The plan is no longer on offer; decline the request.
        RegistryError
            Among others: another plan is asked for by now.
        """
        held = records.application(self._table, application)
        stored = self._asking(held.value.application.organization, application, product, plan)
        request, found = stored.value, held.value.application.subscriptions.get(product)
        if found is None and request.current:
            raise RegistryError(
                f'application "{application}" has deleted its subscription to {quoted(product)} meanwhile',
                command=f"decline the request: tiergate upgrade decline {application} {product} {plan}",
            )
        changed, writes = (
            self._subscriptions.replanning(held, found, request.to)
            if found
            else self._subscriptions.creation(held, product, request.to)
        )
        before = subscription_facts(application, found) if found else {}
        after = subscription_facts(application, changed)
        change = Change(request.organization, "upgrade approve", before, after, reason)
        self._table.change(change, *writes, _replaced(stored, self._decided(request, APPROVED, reason)))
        return changed

    def decline(self, application: str, product: str, plan: str, *, reason: str) -> UpgradeRequest:
        """``reason``: what the partner is told. Raises as ``approve``."""
        if not reason.strip():
            raise Invalid("say why the request is declined; the partner reads it")
        stored = self._asking(self._organization(application), application, product, plan)
        return self._end(stored, "upgrade decline", DECLINED, reason)

    def withdraw(
        self, application: str, product: str, *, expected: int | None = None, reason: str = ""
    ) -> UpgradeRequest:
        """By who asked. ``expected``: the version of the request that they saw; raises ``Stale``."""
        stored = self._waiting(self._organization(application), application, product)
        return self._end(as_seen(stored, expected, _what(stored.value)), "upgrade withdraw", WITHDRAWN, reason)

    def _end(self, stored: Stored[UpgradeRequest], what: str, state: str, reason: str) -> UpgradeRequest:
        ended = self._decided(stored.value, state, reason)
        before, after = (request_facts(each) for each in (stored.value, ended))
        self._table.change(Change(ended.organization, what, before, after, reason), _replaced(stored, ended))
        return ended

    def _organization(self, application: str) -> str:
        return records.application(self._table, application).value.application.organization

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

    def _waiting(self, organization: str, application: str, product: str) -> Stored[UpgradeRequest]:
        stored = self._get(organization, application, product)
        if stored.value.state != WAITING:
            raise Decided(f"{_what(stored.value)} is {stored.value.state} already")
        return stored

    def _asking(self, organization: str, application: str, product: str, plan: str) -> Stored[UpgradeRequest]:
        """Whoever asked may have withdrawn what somebody decides on, and asked for something else."""
        stored = self._waiting(organization, application, product)
        if stored.value.to != plan:
            raise RegistryError(
                f"{_what(stored.value)} is for plan {quoted(stored.value.to)}, not {quoted(plan)}",
                command="look at it again: tiergate upgrade list",
            )
        return stored

    def _decided(self, request: UpgradeRequest, state: str, reason: str) -> UpgradeRequest:
        return request._replace(
            state=state, decided=self._table.now_text(), decided_by=self._table.actor, reason=reason_of(reason)
        )


def _replaced(stored: Stored[UpgradeRequest], ended: UpgradeRequest) -> Write:
    return replace(stored, request_item(ended), _what(ended))


def _newest_first(requests: Iterable[UpgradeRequest]) -> Sequence[UpgradeRequest]:
    return sorted(requests, key=lambda each: (each.asked, each.application, each.product), reverse=True)


def _what(request: UpgradeRequest) -> str:
    return f'the request of application "{request.application}" for {quoted(request.product)}'
