"""The way of a request through the authorizer: match the operation → identify → admit."""

from collections.abc import Callable
from typing import Any, TypeVar

from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.calls import Call, truncated, well_formed
from tiergate.domain.catalogue import SERVED, Catalogue, FailureRule, Operation, Plan
from tiergate.domain.decision import Decision
from tiergate.domain.ratelimit import policy_field, seconds, state_field
from tiergate.domain.refusals import ADMITTED, FAULT
from tiergate.domain.registry import (
    Application,
    CachedRegistry,
    Credential,
    Known,
    RecordMalformed,
    Subscription,
    effective,
)
from tiergate.domain.store import StoreUnavailable

T = TypeVar("T")

RETRY_SECONDS = 1
"""When to come back after the store did not answer."""


class Refused(Exception):
    """Stops the way of a request: the code of a refusal, and what only that refusal needs."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


class Authorizer:
    """Decides on calls from one bundle's definitions and the registry.

    ``env``: whose keys are good here. ``report`` hears of every failure of a store, whether the call is refused for it
    or not, and of every record that is not what it should be.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        registry: CachedRegistry,
        admission: Admission,
        env: str,
        report: Callable[[Exception], None],
    ) -> None:
        self._catalogue = catalogue
        self._registry = registry
        self._admission = admission
        self._env = env
        self._report = report

    def decide(self, call: Call, now: int) -> Decision:
        """The decision on a call at ``now``; nothing is debited unless everything else allows it."""
        facts: dict[str, Any] = {"api": call.api, "address": truncated(call.address)}
        asked: list[Known[Any]] = []
        try:
            self._judge(call, now, facts, asked)
            return Decision(ADMITTED, **facts)
        except Refused as refused:
            return self._refusal(refused, facts, asked)
        except StoreUnavailable as error:
            return self._undecided(error, facts)
        except RecordMalformed as error:
            self._report(error)
            return Decision(FAULT, **facts)

    def _judge(self, call: Call, now: int, facts: dict[str, Any], asked: list[Known[Any]]) -> None:
        operation = self._locate(call)
        facts.update(operation=operation.id, cost=operation.cost)
        credential = self._identify(call, now, facts, asked)
        application = self._application(credential, now, asked)
        facts.update(application=application.id, organization=application.organization)
        subscription = self._entitle(application, call.api)
        facts.update(subscription=subscription.id, product=subscription.product, plan=subscription.plan)
        if not credential.covers(operation.scopes):
            self._admission.refused(subscription.id, "scope_missing", now)
            raise Refused("scope_missing")
        plan = self._catalogue.plans.get(subscription.plan)
        if plan is None:
            raise Refused("plan_not_deployed")
        waited = bool(asked)
        self._believe(asked, plan.failure, facts)
        self._admit(subscription, plan, operation, now, facts, waited=waited)

    def _refusal(self, refused: Refused, facts: dict[str, Any], asked: list[Known[Any]]) -> Decision:
        """What a record that cannot be read again refuses, it refuses for its grace, as it admits."""
        plan = self._catalogue.plans.get(facts.get("plan", ""))
        try:
            self._believe(asked, plan.failure if plan else FailureRule(), facts)
        except StoreUnavailable as error:
            return self._undecided(error, facts)
        return Decision(refused.reason, **(facts | refused.facts))

    def _undecided(self, error: StoreUnavailable, facts: dict[str, Any]) -> Decision:
        self._report(error)
        return Decision("admission_unavailable", **facts, wait=RETRY_SECONDS)

    def _locate(self, call: Call) -> Operation:
        if not well_formed(call.path):
            raise Refused("path_malformed")
        api = self._catalogue.apis.get(call.api)
        if api is None or api.state not in SERVED:
            raise Refused("api_not_found")
        operation, methods = api.match(call.method, call.path)
        if operation is None:
            raise (Refused("method_not_allowed", methods=methods) if methods else Refused("operation_not_found"))
        return operation

    def _identify(self, call: Call, now: int, facts: dict[str, Any], asked: list[Known[Any]]) -> Credential:
        if not call.api_key:
            raise Refused("credential_missing")
        key_id = keys.key_id_of(call.api_key, self._env)
        if key_id is None:
            raise Refused("credential_malformed")
        credential = _record(self._registry.credential(key_id, now), now, asked)
        if credential is None or not keys.proves(call.api_key, credential.fingerprint):
            raise Refused("credential_unknown")
        facts["credential"] = credential.id
        if credential.state != "active":
            raise Refused("credential_suspended" if credential.state == "suspended" else "credential_revoked")
        if credential.expired(now):
            raise Refused("credential_expired")
        if not credential.accepts(call.address):
            raise Refused("address_not_allowed")
        return credential

    def _application(self, credential: Credential, now: int, asked: list[Known[Any]]) -> Application:
        application = _record(self._registry.application(credential.application, now), now, asked)
        if application is None:
            raise Refused("credential_unknown")
        return application

    def _entitle(self, application: Application, api: str) -> Subscription:
        """The first active subscription that covers the API; a suspended one only explains the refusal."""
        if application.organization_state != "active":
            raise Refused("organization_suspended")
        if application.state != "active":
            raise Refused("application_suspended")
        suspended: Subscription | None = None
        for subscription in application.subscriptions.values():
            product = self._catalogue.products.get(subscription.product)
            if product is not None and api in product.apis:
                if subscription.state == "active":
                    return subscription
                suspended = suspended or subscription
        if suspended is not None:
            raise Refused("subscription_suspended", subscription=suspended.id)
        raise Refused("subscription_missing")

    def _believe(self, asked: list[Known[Any]], rule: FailureRule, facts: dict[str, Any]) -> None:
        """Go by records that could not be read again, as long as the rule allows."""
        while asked:
            known = asked.pop()
            if known.error is not None:
                if known.late > rule.grace:
                    raise known.error
                self._report(known.error)
                facts["fallback"] = "grace"

    def _admit(
        self,
        subscription: Subscription,
        plan: Plan,
        operation: Operation,
        now: int,
        facts: dict[str, Any],
        *,
        waited: bool,
    ) -> None:
        limits = effective(plan.limits, subscription.override, now)
        verdict = self._admission.admit(
            subscription.id,
            limits,
            operation.cost,
            now,
            api=facts["api"],
            open_units=plan.failure.open_units,
            waited=waited,
        )
        if verdict.error is not None:
            self._report(verdict.error)
            if not limits.metered:
                facts["fallback"] = "open"
        elif not limits.metered:
            facts["ratelimit_policy"] = policy_field(limits, now)
            facts["ratelimit"] = state_field(limits, verdict, now)
        if not verdict.granted:
            raise Refused(verdict.reason, wait=seconds(verdict.wait), violated=verdict.violated)


def _record(known: Known[T], now: int, asked: list[Known[Any]]) -> T | None:
    if known.asked == now:
        asked.append(known)
    return known.record
