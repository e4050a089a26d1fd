"""The registry as people and programs change it: one library for the command line, sign-up backends and the portal.

Every change writes its audit entry in the same transaction, and is refused where somebody else changed the same thing
meanwhile. Times and durations are microseconds.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from tiergate.adapters.registry import records
from tiergate.adapters.registry.applications import Applications
from tiergate.adapters.registry.clients import Clients, Registered
from tiergate.adapters.registry.credentials import Terms
from tiergate.adapters.registry.errors import (
    AlreadyMember,
    Conflict,
    Decided,
    Deleted,
    Ended,
    Full,
    Invalid,
    LastOwner,
    Missing,
    NotOffered,
    RegistryError,
    Stale,
    Suspended,
    Taken,
    Withheld,
)
from tiergate.adapters.registry.inputs import slug
from tiergate.adapters.registry.invitations import Invitations
from tiergate.adapters.registry.keys import Issued, Keys
from tiergate.adapters.registry.members import Members
from tiergate.adapters.registry.organizations import Organizations
from tiergate.adapters.registry.pools import ClientPool, NewClient
from tiergate.adapters.registry.subscriptions import Subscriptions
from tiergate.adapters.registry.table import AFTER, AuditEntry, Change, RegistryTable
from tiergate.adapters.registry.try_keys import TryKeys
from tiergate.adapters.registry.upgrades import Upgrades
from tiergate.adapters.registry.writes import Stored, Write, put
from tiergate.domain.catalogue import Product
from tiergate.domain.keys import NewKey
from tiergate.domain.registry import Subscription

__all__ = [
    "AlreadyMember",
    "AuditEntry",
    "Conflict",
    "Decided",
    "Deleted",
    "Ended",
    "Full",
    "Invalid",
    "Issued",
    "LastOwner",
    "Missing",
    "NewClient",
    "NotOffered",
    "Onboarded",
    "Registered",
    "Registry",
    "RegistryError",
    "Stale",
    "Stored",
    "Suspended",
    "Taken",
    "Terms",
    "Withheld",
    "Write",
    "put",
    "slug",
]


@dataclass(frozen=True, slots=True)
class Onboarded:
    """What a new customer has. ``key.text`` is shown once and kept nowhere."""

    organization: str
    application: str
    subscription: Subscription
    key: NewKey


class Registry:
    """The registry table of one deployment.

    ``actor``: who is named in the audit entries. ``products``: what may be subscribed to; nothing when not given.
    ``issuers``: names of those whose tokens are accepted. ``pool``: the one among them that makes OAuth clients for us.
    """

    def __init__(
        self,
        client: Any,
        table: str,
        *,
        env: str,
        actor: str,
        products: Mapping[str, Product] = MappingProxyType({}),
        issuers: Collection[str] = (),
        pool: ClientPool | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._table = RegistryTable(client, table, actor=actor, clock=clock)
        self.organizations = Organizations(self._table)
        self.applications = Applications(self._table, pool)
        self.subscriptions = Subscriptions(self._table, self.applications, products)
        self.keys = Keys(self._table, self.applications, env=env)
        self.members = Members(self._table)
        self.invitations = Invitations(self._table)
        self.upgrades = Upgrades(self._table, self.subscriptions)
        self.clients = Clients(self._table, self.applications, known=issuers, pool=pool)
        self.try_keys = TryKeys(self._table, self.subscriptions, self.keys)

    def onboard(
        self,
        *,
        name: str,
        product: str,
        plan: str,
        reason: str = "",
        key: NewKey | None = None,
        also: Callable[[Onboarded], Sequence[Write]] = lambda _: (),
    ) -> Onboarded:
        """Organization, application, subscription and key in one transaction.

        ``key``: one made elsewhere, instead of a random one. ``also``: what is written with it, or not at all.

        Raises
        ------
        RegistryError
            The name is taken (``Taken``) or gives no id; what is asked for is not on offer (``NotOffered``).
        """
        organization = self.organizations.draft(name)
        application = self.applications.draft(organization, name)
        subscription = self.subscriptions.draft(application.id, product, plan)
        application = application._replace(subscriptions={product: subscription})
        organization = organization._replace(applications=frozenset({application.id}))
        key = key or self.keys.mint()
        facts = {"organization": organization.id, "application": application.id, "credential": key.id}
        facts |= {"subscription": subscription.id, "product": product, "plan": plan}
        made = Onboarded(organization.id, application.id, subscription, key)
        self._table.change(
            Change(organization.id, "onboard", after=facts, reason=reason),
            self.subscriptions.on_offer(product, plan),
            self.organizations.new(organization),
            self.applications.new(application, {key.id}),
            self.subscriptions.pointer(application.id, subscription),
            self.keys.new(self.keys.draft(application.id, key)),
            *also(made),
        )
        return made

    def tell_again(self, made: Onboarded) -> None:
        """Leave an audit entry that a customer's key was told another time."""
        facts = {"organization": made.organization, "application": made.application, "credential": made.key.id}
        self._table.change(Change(made.organization, "onboard repeated", after=facts))

    def audit(self, organization: str) -> Iterator[AuditEntry]:
        """What was changed of an organization and all that it owns, newest first; also when it was deleted since.

        Raises
        ------
        RegistryError
            There never was such an organization.
        """
        entries = self._table.audit(organization)
        first = next(entries, None)
        if first is None:
            records.organization(self._table, organization)
            return
        yield first
        yield from entries

    def audit_page(self, organization: str, *, most: int, after: str = "") -> tuple[Sequence[AuditEntry], str]:
        """At most so many entries of an organization, newest first, and what the next page comes ``after``: empty
        where there is none.

        Raises
        ------
        Invalid
            ``after`` is none that was told before.
        """
        if after and not AFTER.fullmatch(after):
            raise Invalid("this is no place in the audit log; begin with its first page")
        return self._table.audit_page(organization, most, after)

    def note(self, what: str, facts: Mapping[str, Any], reason: str = "") -> None:
        """Leave an audit entry of the platform itself; see ``RegistryTable.note``."""
        self._table.note(what, facts, reason)

    def platform_audit(self) -> Iterator[AuditEntry]:
        """What the gateway did to the account's resources that no organization owns, newest first."""
        return self._table.platform_audit()
