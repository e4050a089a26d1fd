"""The way of a request through the authorizer: match the operation → identify → admit."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.calls import Call, truncated, well_formed
from tiergate.domain.catalogue import (
    BOTH,
    KEY,
    SERVED,
    TOKEN,
    ApiVersion,
    Catalogue,
    FailureRule,
    Operation,
    Plan,
)
from tiergate.domain.conditions import NONE, Conditions, block_of
from tiergate.domain.counters import BY_ADDRESS
from tiergate.domain.decision import API_KEY, BEARER, Decision
from tiergate.domain.limits import Limits
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
from tiergate.domain.tokens import IssuerUnavailable, TokenRefused, TokenVerifier

if TYPE_CHECKING:  # only where there is an edge
    from tiergate.domain.edge import Edge

T = TypeVar("T")

WAITED: Known[Any] = Known(None, 0)
"""Stands among the records that were asked for, where a call waited for something else."""

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

    ``env``: whose keys are good here. ``report`` hears of every failure of a store or an issuer, whether the call is
    refused for it or not, and of every record that is not what it should be. ``tokens``: None where no issuer is
    trusted. ``edge``: None where calls come straight from their callers.
    """

    def __init__(
        self,
        *,
        catalogue: Catalogue,
        registry: CachedRegistry,
        admission: Admission,
        env: str,
        report: Callable[[Exception], None],
        tokens: TokenVerifier | None = None,
        edge: "Edge | None" = None,
    ) -> None:
        self._catalogue = catalogue
        self._registry = registry
        self._admission = admission
        self._anybody = admission.apart()
        self._env = env
        self._report = report
        self._tokens = tokens
        self._edge = edge

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
            return self._undecided("admission_unavailable", error, facts)
        except IssuerUnavailable as error:
            return self._undecided("issuer_unavailable", error, facts)
        except RecordMalformed as error:
            self._report(error)
            return Decision(FAULT, **facts)

    def _judge(self, call: Call, now: int, facts: dict[str, Any], asked: list[Known[Any]]) -> None:
        if self._edge is not None:
            call = self._located(call, self._edge, now, facts, asked)
        api, operation = self._match(call)
        facts["operation"], facts["cost"] = operation.id, operation.cost
        if api.conditions is not NONE:
            _refuse(api.conditions, call)
        callers = self._identify(call, api, operation, now, facts, asked)
        if not callers:
            self._admit_anybody(call, api, operation, now, facts, waited=bool(asked))
            return
        application = self._application(callers, now, asked)
        facts["application"], facts["organization"] = application.id, application.organization
        if application.conditions is not NONE:
            _refuse(application.conditions, call)
        subscription = self._entitle(application, call.api)
        facts["subscription"], facts["product"] = subscription.id, subscription.product
        facts["plan"] = subscription.plan
        for caller in callers:
            if not caller.covers(operation.scopes):
                self._admission.refused(subscription.id, "scope_missing", now)
                scheme = BEARER if caller.issuer else API_KEY
                raise Refused("scope_missing", needs=_fewest(operation.scopes), scheme=scheme)
        plan = self._plan(subscription.plan)
        waited = bool(asked)
        if waited:
            self._believe(asked, plan.failure, facts)
        limits = effective(plan.limits, subscription.override, now)
        self._admit(self._admission, subscription.id, limits, plan, operation, now, facts, waited=waited)

    def _refusal(self, refused: Refused, facts: dict[str, Any], asked: list[Known[Any]]) -> Decision:
        """What a record that cannot be read again refuses, it refuses for its grace, as it admits."""
        plan = self._catalogue.plans.get(facts.get("plan", ""))
        try:
            self._believe(asked, plan.failure if plan else FailureRule(), facts)
        except StoreUnavailable as error:
            return self._undecided("admission_unavailable", error, facts)
        return Decision(refused.reason, **(facts | refused.facts))

    def _undecided(self, reason: str, error: Exception, facts: dict[str, Any]) -> Decision:
        self._report(error)
        return Decision(reason, **facts, wait=RETRY_SECONDS)

    def _located(self, call: Call, edge: "Edge", now: int, facts: dict[str, Any], asked: list[Known[Any]]) -> Call:
        """The call as it came to the edge; what does not come by it may be from anywhere."""
        address = edge.address(call.edge, now)
        if edge.asked == now:
            asked.append(WAITED)
        if address is None:
            raise Refused("edge_bypassed")
        facts["address"] = truncated(address)
        return call._replace(address=address)

    def _match(self, call: Call) -> tuple[ApiVersion, Operation]:
        if not well_formed(call.path):
            raise Refused("path_malformed")
        api = self._catalogue.apis.get(call.api)
        if api is None or api.state not in SERVED:
            raise Refused("api_not_found")
        operation, methods = api.match(call.method, call.path)
        if operation is None:
            raise (Refused("method_not_allowed", methods=methods) if methods else Refused("operation_not_found"))
        return api, operation

    def _identify(
        self,
        call: Call,
        api: ApiVersion,
        operation: Operation,
        now: int,
        facts: dict[str, Any],
        asked: list[Known[Any]],
    ) -> list[Credential]:
        """What the call proves to have, of what the API accepts: all that was sent must be good.

        Empty where nothing was sent and nothing is needed.
        """
        callers = []
        accepts = api.accepts
        if call.api_key and accepts != TOKEN:
            callers.append(self._by_key(call, call.api_key, now, facts, asked))
        if call.token and accepts != KEY:
            callers.append(self._by_token(call, call.token, now, facts, asked))
        if len(callers) < (2 if accepts == BOTH else 1) and not (operation.public and not callers):
            facts.pop("scheme", None)
            raise Refused("credential_missing")
        return callers

    def _by_key(self, call: Call, text: str, now: int, facts: dict[str, Any], asked: list[Known[Any]]) -> Credential:
        facts["scheme"] = API_KEY
        key_id = keys.key_id_of(text, self._env)
        if key_id is None:
            raise Refused("credential_malformed")
        credential = _record(self._registry.credential(key_id, now), now, asked)
        if credential is None or not keys.proves(text, credential.fingerprint):
            raise Refused("credential_unknown")
        return _usable(credential, call, now, facts)

    def _by_token(self, call: Call, text: str, now: int, facts: dict[str, Any], asked: list[Known[Any]]) -> Credential:
        facts["scheme"] = BEARER
        if self._tokens is None:
            raise Refused("token_untrusted")
        try:
            token = self._tokens.verify(text, now)
        except TokenRefused as refused:
            raise Refused(refused.code, cause=str(refused)) from refused
        if self._tokens.asked == now:
            asked.append(WAITED)
        if token.thumbprint and (call.certificate is None or call.certificate.thumbprint != token.thumbprint):
            raise Refused("certificate_mismatch")
        client = _record(self._registry.client(token.issuer, token.client, now), now, asked)
        if client is None or (client.issuer, client.id) != (token.issuer, token.client):
            raise Refused("credential_unknown")
        granted = _usable(client, call, now, facts).granted(token.scopes)
        facts["scopes"], facts["subject"] = " ".join(sorted(granted.scopes or ())), token.subject
        return granted

    def _application(self, callers: list[Credential], now: int, asked: list[Known[Any]]) -> Application:
        id_ = callers[0].application
        if callers[-1].application != id_:
            raise Refused("credential_mismatch")
        application = _record(self._registry.application(id_, now), now, asked)
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

    def _admit_anybody(
        self, call: Call, api: ApiVersion, operation: Operation, now: int, facts: dict[str, Any], *, waited: bool
    ) -> None:
        """A call without a credential, by the API's plan for such calls, which counts each address for itself."""
        block = block_of(call.address)
        if block is None:
            raise Refused("address_not_allowed")
        facts["plan"] = api.public_plan
        plan = self._plan(api.public_plan)
        counted = f"{BY_ADDRESS}{api.name}#{block}"
        self._admit(self._anybody, counted, plan.limits, plan, operation, now, facts, waited=waited)

    def _plan(self, name: str) -> Plan:
        plan = self._catalogue.plans.get(name)
        if plan is None:
            raise Refused("plan_not_deployed")
        return plan

    def _admit(
        self,
        admission: Admission,
        counted: str,
        limits: Limits,
        plan: Plan,
        operation: Operation,
        now: int,
        facts: dict[str, Any],
        *,
        waited: bool,
    ) -> None:
        verdict = admission.admit(
            counted,
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


def _fewest(alternatives: Collection[frozenset[str]]) -> str:
    """The scopes of the alternative that asks for fewest."""
    _, fewest = min((len(each), sorted(each)) for each in alternatives)
    return " ".join(fewest)


def _refuse(conditions: Conditions, call: Call) -> None:
    """Raises ``Refused`` where the call does not meet them."""
    broken = conditions.broken(call.address, call.certificate.subject if call.certificate else "")
    if broken:
        raise Refused(broken)


def _usable(credential: Credential, call: Call, now: int, facts: dict[str, Any]) -> Credential:
    """Raises ``Refused`` where the credential was ended, or is not for this call."""
    facts["credential"] = credential.id
    if credential.state != "active":
        raise Refused("credential_suspended" if credential.state == "suspended" else "credential_revoked")
    if credential.expired(now):
        raise Refused("credential_expired")
    if credential.conditions is not NONE:
        _refuse(credential.conditions, call)
    return credential


def _record(known: Known[T], now: int, asked: list[Known[Any]]) -> T | None:
    if known.asked == now:
        asked.append(known)
    return known.record
