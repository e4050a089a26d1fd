"""Sign-ups that can be repeated: what a sign-up backend's request makes, and how it is refused."""

from collections.abc import Mapping
from typing import Any

from tiergate.adapters.registry import Conflict, NotOffered, Onboarded, Registry, RegistryError, Taken
from tiergate.adapters.registry_reader import DynamoRegistryReader
from tiergate.adapters.repeatable import Attempt, Creations, Expired, Remembered, Request, Reused
from tiergate.adapters.settings import OnboardingSettings
from tiergate.domain.catalogue import Product
from tiergate.domain.onboarding import Refused, SignUp
from tiergate.domain.registry import Subscription


class Onboarding:
    """Makes customers in the registry. ``products``: what is on offer."""

    def __init__(
        self, dynamodb: Any, kms: Any, *, settings: OnboardingSettings, products: Mapping[str, Product]
    ) -> None:
        self._dynamodb = dynamodb
        self._settings = settings
        self._products = products
        self._creations = Creations(
            dynamodb,
            kms,
            table=settings.registry_table,
            mac_key=settings.mac_key,
            env=settings.env,
            purpose="onboarding",
        )

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

        def make(attempt: Attempt) -> Onboarded:
            return registry.onboard(
                name=wanted.organization,
                product=wanted.product,
                plan=wanted.plan,
                key=attempt.key(),
                also=lambda made: [attempt.remember(201, _facts(made), keyed=True)],
            )

        try:
            answer = self._creations.once(Request(request, wanted.fingerprint), make, now)
        except Reused:
            raise Refused(
                422,
                "idempotency_key_reused",
                "This Idempotency-Key came with another request before.",
                "Send another Idempotency-Key with each new customer.",
            ) from None
        except Expired as expired:
            raise Refused(
                409,
                "request_expired",
                f"This request made the organization {expired.body['organization']} more than 24 hours ago.",
                "Make another API key for it; the first one is not told again. Help: {support}",
            ) from None
        except RegistryError as error:
            raise _refused(error) from error
        made = _onboarded(answer, wanted)
        if answer.repeated:
            self._refuse_spent(made, now)
            registry.tell_again(made)
        return made, answer.repeated

    def _refuse_spent(self, made: Onboarded, now: int) -> None:
        if not self._works(made, now):
            raise Refused(
                409,
                "request_spent",
                f"This request made the organization {made.organization}; its API key is no longer good.",
                "Make another API key for it, or restore what is suspended. Help: {support}",
            )

    def _works(self, made: Onboarded, now: int) -> bool:
        """Whether the key is there and nothing above it is suspended or gone."""
        reader = DynamoRegistryReader(self._dynamodb, self._settings.registry_table)
        credential, application = reader.credential(made.key.id), reader.application(made.application)
        if credential is None or application is None or credential.expired(now):
            return False
        return {credential.state, application.state, application.organization_state} == {"active"}


def _facts(made: Onboarded) -> dict[str, str]:
    return {
        "organization": made.organization,
        "application": made.application,
        "subscription": made.subscription.id,
    }


def _onboarded(answer: Remembered, wanted: SignUp) -> Onboarded:
    if answer.key is None:
        raise TypeError("a customer has a key")
    body = answer.body
    subscription = Subscription(body["subscription"], wanted.product, wanted.plan)
    return Onboarded(body["organization"], body["application"], subscription, answer.key)


def _refused(error: RegistryError) -> Refused:
    detail = f"{error.text[:1].upper()}{error.text[1:]}."
    if isinstance(error, Taken):
        return Refused(
            409, "organization_exists", detail, "Choose another name, or use the organization that is there."
        )
    if isinstance(error, Conflict):
        return Refused(409, "conflict", detail, "Send the same request again.")
    if isinstance(error, NotOffered):
        return Refused(422, "offer_unknown", detail, "Check the product and the plan against the deployed policies.")
    return Refused(422, "organization_unusable", detail, "Send another name for the organization.")
