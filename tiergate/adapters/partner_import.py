"""Partners with keys of another gateway, brought into the registry so that repeating it makes nothing twice."""

from typing import NamedTuple

from botocore.exceptions import ClientError

from tiergate.adapters.registry import Missing, Registry, RegistryError, slug
from tiergate.domain.imported_keys import id_of
from tiergate.domain.registry import MOST_APPLICATIONS, Application, Credential
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


class Outcome(NamedTuple):
    """``steps``: what was made, or would be. ``notes``: what is otherwise than it was, and left so. ``failure``: why
    the rest could not be made; empty where all of it is there."""

    ref: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    failure: str = ""


class PartnerImport:
    """``dry``: reads, and says what would be made.

    A subscription comes last, so that a key opens nothing before it is what it shall be: one that was disabled is
    suspended by then.
    """

    def __init__(self, registry: Registry, *, reason: str, dry: bool) -> None:
        self._registry = registry
        self._reason = reason
        self._dry = dry
        self._known: dict[str, dict[str, Application]] = {}
        """By organization's id its applications by name, those that would be made too."""

    def bring(self, partner: Partner) -> Outcome:
        """Make what is missing of a partner. One that cannot be made fails alone.

        Whatever is there is found again: a key by its fingerprint, an organization and an application by their names.
        """
        steps: list[Step] = []
        notes: list[str] = []
        try:
            self._bring(partner, steps, notes)
        except RegistryError as error:
            return Outcome(partner.ref, tuple(steps), tuple(notes), str(error))
        except ClientError as error:
            return Outcome(partner.ref, tuple(steps), tuple(notes), f"AWS: {error}")
        return Outcome(partner.ref, tuple(steps), tuple(notes))

    def _bring(self, partner: Partner, steps: list[Step], notes: list[str]) -> None:
        key = self._key(partner)
        application = self._application(partner, steps, notes) if key is None else self._owner(key)
        if key is None:
            steps.append(Step(KEY, id_of(partner.fingerprint)))
            if not self._dry:
                key = self._registry.keys.adopt(
                    application.id, partner.fingerprint, name=partner.name, reason=self._reason
                )
        if not partner.active and (key is None or key.state == "active"):
            steps.append(Step(SUSPENSION, id_of(partner.fingerprint)))
            if not self._dry:
                self._registry.keys.suspend(
                    id_of(partner.fingerprint), reason=f"disabled where it came from; {self._reason}"
                )
        elif partner.active and key is not None and key.state != "active":
            notes.append(f"key {key.id} is {key.state} here, and stays so")
        self._subscribe(partner, application, steps, notes)

    def _key(self, partner: Partner) -> Credential | None:
        try:
            found = self._registry.keys.get(id_of(partner.fingerprint))
        except Missing:
            return None
        if found.fingerprint != partner.fingerprint:
            raise RegistryError(f"key {found.id} is another one with the same beginning of its SHA-256; give a new key")
        return found

    def _owner(self, key: Credential) -> Application:
        return self._registry.applications.get(key.application)

    def _application(self, partner: Partner, steps: list[Step], notes: list[str]) -> Application:
        organization = slug(partner.organization)
        known = self._applications(organization, partner.organization, steps, notes)
        found = known.get(partner.application)
        if found is None:
            if len(known) >= MOST_APPLICATIONS:
                raise RegistryError(
                    f'organization "{organization}" would have more than {MOST_APPLICATIONS} applications, one for '
                    "each key; say otherwise whose its keys are, or delete keys that nobody uses"
                )
            found = Application("", organization, {}, partner.application)
            steps.append(Step(APPLICATION, partner.application))
            if not self._dry:
                found = self._registry.applications.create(organization, partner.application, reason=self._reason)
            known[partner.application] = found
        return found

    def _applications(
        self, organization: str, name: str, steps: list[Step], notes: list[str]
    ) -> dict[str, Application]:
        """By name, read one by one: the index may not have those of the last moments."""
        if organization in self._known:
            return self._known[organization]
        try:
            there = self._registry.organizations.get(organization)
            ids = sorted(there.applications)
            if there.name != name:
                notes.append(f'organization "{organization}" is there as "{there.name}", and is taken for "{name}"')
        except RegistryError:
            ids = []
            steps.append(Step(ORGANIZATION, name))
            if not self._dry:
                self._registry.organizations.create(name, reason=self._reason)
        found = [self._registry.applications.get(id_) for id_ in ids]
        self._known[organization] = {each.name: each for each in found}
        return self._known[organization]

    def _subscribe(self, partner: Partner, application: Application, steps: list[Step], notes: list[str]) -> None:
        for product, plan in partner.offers:
            there = application.subscriptions.get(product)
            if there is not None and there.plan != plan:
                notes.append(f"subscription {there.id} to {product} has the plan {there.plan} by now, and keeps it")
            if there is None:
                steps.append(Step(SUBSCRIPTION, f"{product} {plan}"))
                if not self._dry:
                    self._registry.subscriptions.create(application.id, product, plan, reason=self._reason)
