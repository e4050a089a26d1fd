"""Who calls, as far as it is known: records that a deployment has, or that are assumed where none is looked at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tiergate.domain import keys
from tiergate.domain.conditions import Conditions
from tiergate.domain.imported_keys import ID
from tiergate.domain.registry import Application, Credential, RegistryReader, Subscription, client_ref
from tiergate.domain.tokens import Token, TokenRefused
from tiergate.explain.asked import Asked
from tiergate.policy.load import Policies

ASSUMED, UNKNOWN, ANOTHER = "assumed00000", "unknown00000", "another00000"
"""Ids of keys of which only so much is told: a good one of the application, none that is known, another's."""

UNKNOWN_CLIENT = client_ref("", UNKNOWN)

TEXT = "token"
"""What stands for a token, whose text nobody has."""

NOT_A_KEY = "junk"


class Deployment(RegistryReader, Protocol):
    """What a deployment knows of callers, all of it read only."""

    @property
    def note(self) -> str:
        """What is assumed where nothing was looked at; empty where it was."""
        ...

    def counters(self, counted: str) -> Mapping[str, int]:
        """The counter item of a subscription or an address."""
        ...


@dataclass(frozen=True, slots=True)
class Assumed:
    """A caller in good standing with one subscription, who has used nothing yet. ``scopes``: of the key."""

    application_id: str
    organization: str
    subscription: Subscription | None
    scopes: frozenset[str] | None = None

    @classmethod
    def of(cls, asked: Asked, policies: Policies, plan: str = "") -> "Assumed":
        """With the application and the subscription that a line of the access log names, where it does; otherwise
        with one to the first product that has the API, on ``plan`` or the first that is on offer."""
        recorded = asked.recorded
        application = (recorded.application if recorded else "") or "app_assumed"
        organization = (recorded.organization if recorded else "") or "org-assumed"
        scopes = asked.scopes if asked.key_id else None
        if recorded and recorded.product and recorded.plan:
            held = Subscription(recorded.subscription or "sub_assumed", recorded.product, plan or recorded.plan)
            return cls(application, organization, held, scopes)
        for name, product in sorted(policies.products.items()):
            offered = product.value.plans
            if asked.api in product.value.apis and plan in {"", *offered}:
                return cls(application, organization, Subscription("sub_assumed", name, plan or offered[0]), scopes)
        return cls(application, organization, None, scopes)

    @property
    def note(self) -> str:
        held = self.subscription
        terms = f"a subscription to {held.product} on the plan {held.plan}" if held else "no subscription"
        return f"the caller is in good standing, with {terms}"

    def credential(self, key_id: str) -> Credential | None:
        return Credential(key_id, self.application_id, "", scopes=self.scopes)

    def client(self, ref: str) -> Credential | None:
        issuer, _, client = ref.partition("#")
        return Credential(client, self.application_id, "", issuer=issuer)

    def application(self, application_id: str) -> Application | None:
        held = self.subscription
        return Application(application_id, self.organization, {held.product: held} if held else {})

    def counters(self, counted: str) -> Mapping[str, int]:  # noqa: ARG002 - as the protocol has it
        return {}


class Sent(NamedTuple):
    """The credentials of a call: a key's id, a token. ``malformed``: it has something that is no key at all."""

    key_id: str = ""
    token: Token | TokenRefused | None = None
    malformed: bool = False

    @property
    def imported(self) -> bool:
        """Whether the key is of another make."""
        return ID.fullmatch(self.key_id) is not None

    def key_text(self, env: str) -> str | None:
        """A key of that id whose secret nobody has, in whose fingerprint the registry is taken to believe.

        One of another make is made of no id; so its id stands for it, which `key_id_of` knows.
        """
        if self.malformed:
            return NOT_A_KEY
        if not self.key_id:
            return None
        if self.imported:
            return self.key_id
        body = f"tg_{env}_{self.key_id}_{'0' * keys.SECRET_LENGTH}"
        return body + keys.checksum(body)


def key_id_of(text: str, env: str) -> str | None:
    """The id of what ``Sent.key_text`` made, where keys of other makes are good."""
    return text if ID.fullmatch(text) else keys.key_id_of(text, env)


class Records:
    """What the deployment knows, where the sent key has the fingerprint of ``key``, the text that stands for it.

    ``client_application``: whose the token's client is. ``met``: what is left of conditions.
    """

    def __init__(
        self, deployment: Deployment, key: str, client_application: str, met: Callable[[Conditions], Conditions]
    ) -> None:
        self._deployment = deployment
        self._fingerprint = keys.fingerprint(key)
        self._client_application = client_application
        self._met = met

    def credential(self, key_id: str) -> Credential | None:
        if key_id == UNKNOWN:
            return None
        if key_id in {ASSUMED, ANOTHER}:
            owner = self._client_application if key_id == ASSUMED else "app_another"
            return Credential(key_id, owner, self._fingerprint)
        found = self._deployment.credential(key_id)
        return found._replace(fingerprint=self._fingerprint, conditions=self._met(found.conditions)) if found else None

    def client(self, ref: str) -> Credential | None:
        found = None if ref == UNKNOWN_CLIENT else self._deployment.client(ref)
        return found._replace(conditions=self._met(found.conditions)) if found else None

    def application(self, application_id: str) -> Application | None:
        found = self._deployment.application(application_id)
        return found._replace(conditions=self._met(found.conditions)) if found else None


class TakenTokens:
    """Verifies nothing: a token is what it is taken to be."""

    def __init__(self, sent: Sent) -> None:
        self._sent = sent

    def verify(self, text: str, now: int) -> tuple[Token, bool]:  # noqa: ARG002 - as the protocol has it
        token = self._sent.token
        if isinstance(token, Token):
            return token, False
        raise token or TokenRefused("token_malformed", "there is none")
