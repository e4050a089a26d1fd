"""Sign-ups that can be repeated: each is remembered for a day with what it made, in the transaction that made it.

The API key is kept nowhere. It is derived from the request (who sent it, and its ``Idempotency-Key``) and a random seed
that is remembered with it, by a KMS key that never leaves KMS: the same request gives the same text for as long as it
is remembered, and neither the table nor the request alone gives it away.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from tiergate.adapters.registry import Conflict, NotOffered, Onboarded, Registry, RegistryError, Taken, Write, put
from tiergate.adapters.registry.wire import from_wire, to_wire
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.adapters.settings import OnboardingSettings
from tiergate.domain.catalogue import Product
from tiergate.domain.keys import NewKey, derived
from tiergate.domain.limits import SECOND
from tiergate.domain.onboarding import REPEATABLE, Refused, SignUp
from tiergate.domain.registry import Subscription

KEPT = 30 * 24 * 3600
"""Seconds until a request is forgotten, by the table's ``ttl``; up to then a late repetition is told what happened."""


class Onboarding:
    """Makes customers in the registry. ``products``: what is on offer."""

    def __init__(
        self, dynamodb: Any, kms: Any, *, settings: OnboardingSettings, products: Mapping[str, Product]
    ) -> None:
        self._dynamodb = dynamodb
        self._kms = kms
        self._settings = settings
        self._products = products

    def sign_up(self, wanted: SignUp, *, request: str, caller: str, now: int) -> tuple[Onboarded, bool]:
        """The customer, and whether an earlier repetition of ``request`` made it.

        ``request``: the hash of the caller and its idempotency key. ``caller``: who is named in the audit entries.
        ``now`` in microseconds.

        Raises
        ------
        Refused
            Nothing was made; see ``docs/onboarding.md`` for the codes.
        """
        registry = Registry(
            self._dynamodb, self._settings.registry_table, env=self._settings.env, actor=caller, products=self._products
        )
        known = self._known(request, wanted, now)
        if known is None:
            try:
                return self._make(registry, wanted, request, now), False
            except RegistryError as error:
                known = self._known(request, wanted, now)
                if known is None:
                    raise _refused(error) from error
        registry.tell_again(known)
        return known, True

    def _make(self, registry: Registry, wanted: SignUp, request: str, now: int) -> Onboarded:
        seed = secrets.token_hex(32)
        return registry.onboard(
            name=wanted.organization,
            product=wanted.product,
            plan=wanted.plan,
            key=self._key(request, seed),
            also=lambda made: [_memory(request, seed, wanted, made, now)],
        )

    def _known(self, request: str, wanted: SignUp, now: int) -> Onboarded | None:
        """What the request made before."""
        answer = self._dynamodb.get_item(
            TableName=self._settings.registry_table,
            Key=to_wire({"pk": f"REQUEST#{request}", "sk": "-"}),
            ConsistentRead=True,
        )
        if "Item" not in answer:
            return None
        memory = from_wire(answer["Item"])
        if memory["fingerprint"] != wanted.fingerprint:
            raise Refused(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key came with another request before.",
                "Send another Idempotency-Key with each new customer.",
            )
        if now - memory["time"] > REPEATABLE:
            raise Refused(
                409,
                "request_expired",
                f"This request made the organization {memory['organization']} more than 24 hours ago.",
                "Make another API key for it; the first one is not told again. Help: {support}",
            )
        subscription = Subscription(memory["subscription"], wanted.product, wanted.plan)
        made = Onboarded(
            memory["organization"], memory["application"], subscription, self._key(request, memory["seed"])
        )
        if not self._works(made, now):
            raise Refused(
                409,
                "request_spent",
                f"This request made the organization {made.organization}; its API key is no longer good.",
                "Make another API key for it, or restore what is suspended. Help: {support}",
            )
        return made

    def _works(self, made: Onboarded, now: int) -> bool:
        """Whether the key is there and nothing above it is suspended or gone."""
        reader = DynamoRegistryReader(self._dynamodb, self._settings.registry_table)
        credential, application = reader.credential(made.key.id), reader.application(made.application)
        if credential is None or application is None or credential.expired(now):
            return False
        return {credential.state, application.state, application.organization_state} == {"active"}

    def _key(self, request: str, seed: str) -> NewKey:
        message = f"onboarding {request} {seed}".encode()
        answer = self._kms.generate_mac(KeyId=self._settings.mac_key, MacAlgorithm="HMAC_SHA_256", Message=message)
        return derived(self._settings.env, answer["Mac"])


def _memory(request: str, seed: str, wanted: SignUp, made: Onboarded, now: int) -> Write:
    item = {
        "pk": f"REQUEST#{request}",
        "seed": seed,
        "fingerprint": wanted.fingerprint,
        "organization": made.organization,
        "application": made.application,
        "subscription": made.subscription.id,
        "time": now,
        "ttl": now // SECOND + KEPT,
    }
    return put(item, "the request")


def _refused(error: RegistryError) -> Refused:
    detail = f"{error}."[0].upper() + f"{error}."[1:]
    if isinstance(error, Taken):
        return Refused(
            409, "organization_exists", detail, "Choose another name, or use the organization that is there."
        )
    if isinstance(error, Conflict):
        return Refused(409, "conflict", detail, "Send the same request again.")
    if isinstance(error, NotOffered):
        return Refused(422, "offer_unknown", detail, "Check the product and the plan against the deployed policies.")
    return Refused(422, "organization_unusable", detail, "Send another name for the organization.")
