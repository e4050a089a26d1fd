"""The way of a request through the authorizer: match the operation → identify → admit."""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

from tiergate.domain import keys
from tiergate.domain.addresses import PORTAL, block_of
from tiergate.domain.admission import Admission
from tiergate.domain.calls import Call, truncated, well_formed
from tiergate.domain.catalogue import (
    BOTH,
    KEY,
    TOKEN,
    ApiVersion,
    Catalogue,
    FailureRule,
    Operation,
    Plan,
)
from tiergate.domain.conditions import NONE, Conditions
from tiergate.domain.counters import BY_ADDRESS
from tiergate.domain.decision import ADMITTED, API_KEY, BEARER, FAULT, RETRY_SECONDS, Decision, Refused
from tiergate.domain.lifecycle import SERVED, Lifecycle
from tiergate.domain.limits import Limits
from tiergate.domain.ratelimit import policy_field, seconds, state_field
from tiergate.domain.registry import (
    Application,
    CachedRegistry,
    Credential,
    Known,
    RecordMalformed,
    RegistryReader,
    Subscription,
    effective,
)
from tiergate.domain.store import EdgeUnavailable, StoreUnavailable
from tiergate.domain.tokens import IssuerUnavailable, TokenRefused, TokenVerifier, granted

if TYPE_CHECKING:  # only where there is an edge
    from tiergate.domain.edge import Edge

T = TypeVar("T")

KeyIdOf = Callable[[str, str], str | None]
"""A key's id by its text and environment; None where it is no key."""


def key_lookup(reader: RegistryReader, clock: Callable[[], int], *, imported: bool) -> tuple[RegistryReader, KeyIdOf]:
    """Where keys are read, and what knows them by their texts.

    ``imported``: keys of other makes are good too, and reads of them bounded. ``clock``: microseconds.
    """
    if not imported:
        return reader, keys.key_id_of
    from tiergate.domain import lookups  # noqa: PLC0415 - only where keys of other makes are good

    return lookups.BoundedLookups(reader, clock), lookups.key_id_of


class _Way:
    """One call on its way. ``facts``: what became known of it, by the fields of a `Decision`; ``asked``: records that
    were read for it; ``waited``: whether for them or for anything else."""

    __slots__ = ("asked", "call", "facts", "now", "waited")

    def __init__(self, call: Call, now: int) -> None:
        self.call = call
        self.now = now
        self.facts: dict[str, Any] = {"api": call.api, "address": truncated(call.address)}
        self.asked: list[Known[Any]] = []
        self.waited = False

    def record(self, known: Known[T]) -> T | None:
        if known.asked == self.now:
            self.asked.append(known)
            self.waited = True
        return known.record

    def meet(self, conditions: Conditions) -> None:
        """Raises ``Refused`` where the call does not."""
        certificate = self.call.certificate
        broken = conditions.broken(self.call.address, certificate.subject if certificate else "")
        if broken:
            raise Refused(broken)

    def use(self, credential: Credential) -> None:
        """Raises ``Refused`` where the credential was ended, or is not for this call."""
        self.facts["credential"], self.facts["issuer"] = credential.id, credential.issuer
        if credential.state != "active":
            raise Refused("credential_suspended" if credential.state == "suspended" else "credential_revoked")
        if credential.expired(self.now):
            raise Refused("credential_expired")
        if credential.conditions is not NONE:
            self.meet(credential.conditions)


class Authorizer:
    """Decides on calls from one bundle's definitions and the registry.

    ``env``: whose keys are good here. ``report`` hears of every failure of a store, an issuer or the edge, whether the
    call is refused for it or not, and of every record that is not what it should be. ``tokens``: None where no issuer
    is trusted. ``edge``: None where calls come straight from their callers. ``key_id_of``: see `key_lookup`.
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
        key_id_of: KeyIdOf = keys.key_id_of,
    ) -> None:
        self._catalogue = catalogue
        self._registry = registry
        self._admission = admission
        self._anybody = admission.apart()
        self._env = env
        self._report = report
        self._tokens = tokens
        self._edge = edge
        self._key_id_of = key_id_of

    def decide(self, call: Call, now: int) -> Decision:
        """The decision on a call at ``now``; nothing is debited unless everything else allows it."""
        way = _Way(call, now)
        try:
            self._judge(way)
            return Decision(ADMITTED, **way.facts)
        except Refused as refused:
            return self._refusal(refused, way)
        except StoreUnavailable as error:
            return self._undecided("admission_unavailable", error, way)
        except IssuerUnavailable as error:
            return self._undecided("issuer_unavailable", error, way, seconds(error.wait))
        except EdgeUnavailable as error:
            return self._undecided("edge_unavailable", error, way)
        except RecordMalformed as error:
            self._report(error)
            return Decision(FAULT, **way.facts)

    def _judge(self, way: _Way) -> None:
        if self._edge is not None:
            _locate(way, self._edge)
        facts = way.facts
        api, operation = self._match(way)
        facts["operation"], facts["cost"] = operation.id, operation.cost
        if api.conditions is not NONE:
            way.meet(api.conditions)
        callers = self._identify(way, api, operation)
        if not callers:
            self._admit_anybody(way, api, operation)
            return
        application = self._application(way, callers)
        facts["application"], facts["organization"] = application.id, application.organization
        if application.conditions is not NONE:
            way.meet(application.conditions)
        subscription = self._entitle(application, api.name)
        facts["subscription"], facts["product"] = subscription.id, subscription.product
        facts["plan"] = subscription.plan
        for caller in callers:
            if not caller.covers(operation.scopes):
                self._admission.refused(subscription.id, "scope_missing", way.now)
                scheme = BEARER if caller.issuer else API_KEY
                raise Refused("scope_missing", needs=_fewest(operation.scopes), scheme=scheme)
        if api.lifecycle is not None:
            self._outside_brownouts(api.lifecycle, way)
        plan = self._plan(subscription.plan)
        if way.asked:
            self._believe(way, plan.failure)
        limits = effective(plan.limits, subscription.override, way.now)
        self._admit(self._admission, subscription.id, limits, plan, operation, way)

    def _refusal(self, refused: Refused, way: _Way) -> Decision:
        """What a record that cannot be read again refuses, it refuses for its grace, as it admits."""
        plan = self._catalogue.plans.get(way.facts.get("plan", ""))
        try:
            self._believe(way, plan.failure if plan else FailureRule())
        except StoreUnavailable as error:
            return self._undecided("admission_unavailable", error, way)
        return Decision(refused.reason, **(way.facts | refused.facts))

    def _undecided(self, reason: str, error: Exception, way: _Way, wait: int = RETRY_SECONDS) -> Decision:
        self._report(error)
        return Decision(reason, **way.facts, wait=max(wait, RETRY_SECONDS))

    def _match(self, way: _Way) -> tuple[ApiVersion, Operation]:
        call = way.call
        if not well_formed(call.path):
            raise Refused("path_malformed")
        api = self._catalogue.apis.get(call.api)
        if api is None or api.state not in SERVED:
            raise Refused("api_retired" if api is not None and api.retired(way.now) else "api_not_found")
        operation, methods = api.match(call.method, call.path)
        if operation is None:
            raise (Refused("method_not_allowed", methods=methods) if methods else Refused("operation_not_found"))
        return api, operation

    def _identify(self, way: _Way, api: ApiVersion, operation: Operation) -> list[Credential]:
        """What the call proves to have, of what the API accepts: all that was sent must be good.

        Empty where nothing was sent and nothing is needed.
        """
        callers = []
        call, accepts = way.call, api.accepts
        if call.api_key and accepts != TOKEN:
            callers.append(self._by_key(way, call.api_key))
        if call.token and accepts != KEY:
            callers.append(self._by_token(way, call.token))
        if len(callers) < (2 if accepts == BOTH else 1) and not (operation.public and not callers):
            raise Refused("credential_missing")
        return callers

    def _by_key(self, way: _Way, text: str) -> Credential:
        way.facts["scheme"] = API_KEY
        key_id = self._key_id_of(text, self._env)
        if key_id is None:
            raise Refused("credential_malformed")
        credential = way.record(self._registry.credential(key_id, way.now))
        if credential is None or not keys.proves(text, credential.fingerprint):
            raise Refused("credential_unknown")
        way.use(credential)
        return credential

    def _by_token(self, way: _Way, text: str) -> Credential:
        """The client, of whose scopes those are left that the token has."""
        way.facts["scheme"] = BEARER
        if self._tokens is None:
            raise Refused("token_untrusted")
        try:
            token, waited = self._tokens.verify(text, way.now)
        except TokenRefused as refused:
            raise Refused(refused.code, cause=str(refused)) from refused
        way.waited |= waited
        certificate = way.call.certificate
        if token.thumbprint and (certificate is None or certificate.thumbprint != token.thumbprint):
            raise Refused("certificate_mismatch")
        client = way.record(self._registry.client(token.issuer, token.client, way.now))
        if client is None:
            raise Refused("credential_unknown")
        way.use(client)
        scopes, way.facts["scopes"] = granted(token.scopes, client.scopes)
        way.facts["subject"] = token.subject
        return client._replace(scopes=scopes)

    def _application(self, way: _Way, callers: list[Credential]) -> Application:
        id_ = callers[0].application
        if callers[-1].application != id_:
            raise Refused("credential_mismatch")
        application = way.record(self._registry.application(id_, way.now))
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
            if self._catalogue.covers(subscription.product, api):
                if subscription.state == "active":
                    return subscription
                suspended = suspended or subscription
        if suspended is not None:
            raise Refused("subscription_suspended", subscription=suspended.id)
        raise Refused("subscription_missing")

    def _believe(self, way: _Way, rule: FailureRule) -> None:
        """Go by records that could not be read again, as long as the rule allows."""
        while way.asked:
            known = way.asked.pop()
            if known.error is not None:
                if known.late > rule.grace:
                    raise known.error
                self._report(known.error)
                way.facts["fallback"] = "grace"

    def _admit_anybody(self, way: _Way, api: ApiVersion, operation: Operation) -> None:
        """A call without a credential, by the API's plan for such calls, which counts each address for itself, and the
        portal as one."""
        block = block_of(way.call.address)
        if block is None:
            raise Refused("address_not_allowed")
        way.facts["plan"] = api.public_plan
        if api.lifecycle is not None:
            self._outside_brownouts(api.lifecycle, way)
        plan = self._plan(api.public_plan)
        self._admit(self._anybody, f"{BY_ADDRESS}{api.name}#{block}", plan.limits, plan, operation, way)

    def _outside_brownouts(self, lifecycle: Lifecycle, way: _Way) -> None:
        """A subscription's call that is refused is one of its refusals."""
        if ends := lifecycle.brownout(way.now):
            if subscription := way.facts.get("subscription"):
                self._admission.refused(subscription, "api_brownout", way.now)
            raise Refused("api_brownout", wait=seconds(ends - way.now))

    def _plan(self, name: str) -> Plan:
        plan = self._catalogue.plans.get(name)
        if plan is None:
            raise Refused("plan_not_deployed")
        return plan

    def _admit(
        self, admission: Admission, counted: str, limits: Limits, plan: Plan, operation: Operation, way: _Way
    ) -> None:
        facts = way.facts
        verdict = admission.admit(
            counted,
            limits,
            operation.cost,
            way.now,
            api=facts["api"],
            open_units=plan.failure.open_units,
            waited=way.waited,
        )
        if verdict.error is not None:
            self._report(verdict.error)
            if not limits.metered:
                facts["fallback"] = "open"
        elif not limits.metered:
            facts["ratelimit_policy"] = policy_field(limits, way.now)
            facts["ratelimit"] = state_field(limits, verdict, way.now)
        if not verdict.granted:
            raise Refused(verdict.reason, wait=seconds(verdict.wait), violated=verdict.violated)


def _locate(way: _Way, edge: "Edge") -> None:
    """Take the call as it came to the edge, but for one of the portal's; what does not come by it may be from
    anywhere."""
    address, waited = edge.address(way.call.edge, way.now)
    way.waited |= waited
    if address is None:
        raise Refused("edge_bypassed")
    if way.call.address != PORTAL:
        way.facts["address"] = truncated(address)
        way.call = way.call._replace(address=address)


def _fewest(alternatives: Collection[frozenset[str]]) -> str:
    """The scopes of the alternative that asks for fewest."""
    _, fewest = min((len(each), sorted(each)) for each in alternatives)
    return " ".join(fewest)
