"""Partners with keys of another gateway, brought into the registry so that repeating it makes nothing twice."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from botocore.exceptions import ClientError

from tiergate.adapters.registry import AuditEntry, Deleted, Missing, Registry, RegistryError, slug
from tiergate.domain.imported_keys import id_of
from tiergate.domain.registry import MOST_APPLICATIONS, Application, Credential, Organization
from tiergate.domain.rest_account import Partner

ORGANIZATION, APPLICATION, KEY, SUSPENSION, SUBSCRIPTION = (
    "organization",
    "application",
    "key",
    "suspension",
    "subscription",
)
KINDS = (ORGANIZATION, APPLICATION, KEY, SUSPENSION, SUBSCRIPTION)


class Step(NamedTuple):
    """Something that is made for a partner. ``kind``: of ``KINDS``."""

    kind: str
    what: str


class Imported(NamedTuple):
    """``steps``: what was made, or would be. ``notes``: what is otherwise than it was, and left so. ``failure``: why
    the rest could not be made; empty where all of it is there."""

    ref: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    failure: str = ""


class PartnerImport:
    """``dry``: reads, and says what would be made. ``again``: what was deleted here since is brought again.

    A key that was disabled is suspended from its first moment on.
    """

    def __init__(self, registry: Registry, *, reason: str, dry: bool, again: bool = False) -> None:
        self._registry = registry
        self._reason = reason
        self._disabled = f"disabled where it came from; {reason}"
        self._dry = dry
        self._again = again
        self._known: dict[str, dict[str, Application]] = {}
        """By organization's id its applications by name, those that would be made too."""
        self._deleted: dict[str, frozenset[str]] = {}
        """By organization's id what was deleted of it: ids of keys, and ``<application> <product>``."""

    def bring(self, partner: Partner) -> Imported:
        """Make what is missing of a partner. One that cannot be made fails alone.

        Whatever is there is found again: a key by its fingerprint, an organization and an application by their names.
        """
        steps: list[Step] = []
        notes: list[str] = []
        try:
            self._bring(partner, steps, notes)
        except RegistryError as error:
            return Imported(partner.ref, tuple(steps), tuple(notes), str(error))
        except ClientError as error:
            return Imported(partner.ref, tuple(steps), tuple(notes), f"AWS: {error}")
        return Imported(partner.ref, tuple(steps), tuple(notes))

    def _bring(self, partner: Partner, steps: list[Step], notes: list[str]) -> None:
        id_ = id_of(partner.fingerprint)
        key = self._key(partner)
        if key is not None:
            application = self._registry.applications.get(key.application)
            self._suspend(partner, key, steps, notes)
        else:
            organization = slug(partner.organization)
            applications = self._applications(organization, partner.organization, steps, notes)
            if self._was_deleted(organization, id_):
                notes.append(f"key {id_} was deleted here, and stays so; --again brings it back")
                return
            application = self._application(partner, organization, applications, steps, notes)
            self._adopt(partner, application, steps)
        self._subscribe(partner, application, steps, notes)

    def _key(self, partner: Partner) -> Credential | None:
        try:
            found = self._registry.keys.get(id_of(partner.fingerprint))
        except Missing:
            return None
        if found.fingerprint != partner.fingerprint:
            raise RegistryError(f"key {found.id} is another one with the same beginning of its SHA-256; give a new key")
        return found

    def _suspend(self, partner: Partner, key: Credential, steps: list[Step], notes: list[str]) -> None:
        if partner.active and key.state != "active":
            notes.append(f"key {key.id} is {key.state} here, and stays so")
        if not partner.active and key.state == "active":
            if not self._dry:
                self._registry.keys.suspend(key.id, reason=self._disabled)
            steps.append(Step(SUSPENSION, key.id))

    def _adopt(self, partner: Partner, application: Application, steps: list[Step]) -> None:
        state, reason = ("active", self._reason) if partner.active else ("suspended", self._disabled)
        if not self._dry:
            self._registry.keys.adopt(
                application.id, partner.fingerprint, state=state, name=partner.name, reason=reason
            )
        steps.append(Step(KEY, id_of(partner.fingerprint)))
        if not partner.active:
            steps.append(Step(SUSPENSION, id_of(partner.fingerprint)))

    def _application(
        self,
        partner: Partner,
        organization: str,
        known: dict[str, Application],
        steps: list[Step],
        notes: list[str],
    ) -> Application:
        """One that no other key has: of the partner's name, or of that with the beginning of the key's id."""
        name = partner.application
        if name in known and self._has_keys(known[name]):
            name = f"{name} ({id_of(partner.fingerprint)[:8]})"
            notes.append(f'application "{partner.application}" has another key; this one has "{name}" to itself')
        found = known.get(name)
        if found is None:
            found = known[name] = self._new_application(organization, name, len(known))
            steps.append(Step(APPLICATION, name))
        elif found.state != "active":
            notes.append(f'application "{name}" was there already: it is {found.state}, and stays so')
        return found

    def _has_keys(self, application: Application) -> bool:
        return bool(application.id) and any(self._registry.keys.list(None, application.id))

    def _new_application(self, organization: str, name: str, count: int) -> Application:
        if count >= MOST_APPLICATIONS:
            raise RegistryError(
                f'organization "{organization}" would have more than {MOST_APPLICATIONS} applications, one for '
                "each key; say otherwise whose its keys are, or delete keys that nobody uses"
            )
        if self._dry:
            draft = self._registry.applications.draft(Organization(organization, organization), name)
            return draft._replace(id="")
        return self._registry.applications.create(organization, name, reason=self._reason)

    def _applications(
        self, organization: str, name: str, steps: list[Step], notes: list[str]
    ) -> dict[str, Application]:
        """By name, read one by one: the index may not have those of the last moments."""
        if organization in self._known:
            return self._known[organization]
        try:
            there = self._registry.organizations.get(organization)
        except Missing:
            self._new_organization(name)
            steps.append(Step(ORGANIZATION, name))
            self._known[organization], self._deleted[organization] = {}, frozenset()
            return self._known[organization]
        except Deleted:
            raise RegistryError(
                f'organization "{organization}" was deleted here, and its id is not given again; say otherwise whose '
                "its keys are (--by), or have them under another name there"
            ) from None
        if there.name != name:
            notes.append(f'organization "{organization}" is there as "{there.name}", and is taken for "{name}"')
        found = [self._registry.applications.get(id_) for id_ in sorted(there.applications)]
        self._known[organization] = {each.name: each for each in found}
        return self._known[organization]

    def _new_organization(self, name: str) -> None:
        if self._dry:
            self._registry.organizations.draft(name)
        else:
            self._registry.organizations.create(name, reason=self._reason)

    def _subscribe(self, partner: Partner, application: Application, steps: list[Step], notes: list[str]) -> None:
        for product, plan in partner.offers:
            there = application.subscriptions.get(product)
            if there is not None and there.plan != plan:
                notes.append(f"subscription {there.id} to {product} has the plan {there.plan} by now, and keeps it")
            elif there is None and self._was_deleted(application.organization, f"{application.id} {product}"):
                notes.append(f"the subscription to {product} was deleted here, and stays so; --again brings it back")
            elif there is None:
                if self._dry:
                    self._registry.subscriptions.draft(application.id, product, plan)
                else:
                    self._registry.subscriptions.create(application.id, product, plan, reason=self._reason)
                steps.append(Step(SUBSCRIPTION, f"{product} {plan}"))

    def _was_deleted(self, organization: str, what: str) -> bool:
        if self._again:
            return False
        if organization not in self._deleted:
            self._deleted[organization] = frozenset(_deleted(self._registry.audit(organization)))
        return what in self._deleted[organization]


def _deleted(entries: Iterable[AuditEntry]) -> Iterator[str]:
    for entry in entries:
        if entry.what == "key delete":
            yield entry.before["credential"]
        elif entry.what == "application delete":
            yield from entry.before["credentials"]
        elif entry.what == "subscription delete":
            yield f"{entry.before['application']} {entry.before['product']}"
