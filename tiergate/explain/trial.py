"""One call tried against policies and records: what is known of it, and the authorizer's own decision."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.calls import Call, Certificate
from tiergate.domain.catalogue import BOTH, ApiVersion, Catalogue, Operation
from tiergate.domain.conditions import NONE, Conditions
from tiergate.domain.decision import API_KEY, BEARER, Decision
from tiergate.domain.lifecycle import SERVED
from tiergate.domain.registry import CachedRegistry, client_ref
from tiergate.domain.tokens import Token, TokenRefused
from tiergate.explain.asked import Asked
from tiergate.explain.counters import NEAR, TriedCounters, as_of
from tiergate.explain.records import ANOTHER, ASSUMED, TEXT, UNKNOWN, Deployment, Records, Sent, TakenTokens, key_id_of
from tiergate.policy.load import Policies
from tiergate.policy.source import Source

ANYWHERE = "192.0.2.1"
"""Stands for an address that was not said (RFC 5737)."""

OTHERS_CERTIFICATE = "another-certificate"

NOT_ASKED = "-"
"""The reason where the gateway answers without the authorizer, as the access log has it."""


@dataclass
class Trial:
    """``read``: when the deployment's counters were read, microseconds. ``notes``: what had to be assumed."""

    policies: Policies
    catalogue: Catalogue
    asked: Asked
    deployment: Deployment
    env: str
    read: int
    notes: dict[str, None] = field(default_factory=dict)

    @cached_property
    def decision(self) -> Decision:
        """What the authorizer says, whose stores are made of what is known; on ``OPTIONS`` of an API with CORS, what
        the gateway does, which answers it itself."""
        api = self.api
        if self.unasked and api is not None:
            found = NOT_ASKED if api.methods(self.asked.below) else "operation_not_found"
            return Decision(found if api.state in SERVED else "api_retired", api=api.name)
        catalogue = self.catalogue
        if api is not None:
            allowed = api._replace(conditions=self.met(api.conditions))
            catalogue = catalogue._replace(apis={**catalogue.apis, api.name: allowed})
        authorizer = Authorizer(
            catalogue=catalogue,
            registry=CachedRegistry(self._records(self.met)),
            admission=Admission(TriedCounters(self.counters), jitter=lambda: 0.0),
            env=self.env,
            report=lambda _: None,
            tokens=TakenTokens(self.sent),
            key_id_of=key_id_of if catalogue.imported_keys else keys.key_id_of,
        )
        return authorizer.decide(self.call, self.asked.now)

    @property
    def api(self) -> ApiVersion | None:
        return self.catalogue.apis.get(self.asked.api)

    @property
    def policy(self) -> Source:
        """The file of the API version, which must be there."""
        return self.policies.apis[self.asked.api].source

    @property
    def unasked(self) -> bool:
        """Whether no authorizer is asked: a browser's preflight has no credential."""
        api = self.api
        routed = api is not None and (api.state in SERVED or api.retired(self.asked.now))
        return routed and self.asked.method == "OPTIONS" and api is not None and api.cors is not None

    @cached_property
    def operation(self) -> Operation | None:
        return self.api.match(self.asked.method, self.asked.below)[0] if self.api else None

    @cached_property
    def call(self) -> Call:
        asked = self.asked
        certificate = Certificate(asked.subject, "") if asked.subject else None
        return Call(
            asked.api,
            asked.method,
            asked.below,
            self.sent.key_text(self.env),
            asked.address or ANYWHERE,
            TEXT if self.sent.token is not None else None,
            certificate,
        )

    @cached_property
    def sent(self) -> Sent:
        """What the call had to show for itself; a line of the access log says of some only that it was no good."""
        asked = self.asked
        reason, scheme = (asked.recorded.reason, asked.recorded.scheme) if asked.recorded else ("", "")
        if asked.key_id or asked.client_id:
            token = self._token() if asked.client_id else None
            key_id = asked.key_id
            if asked.recorded and token and not key_id and self.api is not None and self.api.accepts == BOTH:
                key_id = {"credential_missing": "", "credential_mismatch": ANOTHER}.get(reason, ASSUMED)
            return Sent(key_id, token)
        if scheme == API_KEY:
            return Sent(malformed=True) if reason == "credential_malformed" else Sent(UNKNOWN)
        if scheme == BEARER:
            return Sent(token=self._refused(reason))
        return Sent()

    @cached_property
    def issuer(self) -> str:
        """The asked one, or the first that knows the client."""
        names = [self.asked.issuer] if self.asked.issuer else sorted(self.catalogue.issuers)
        known = (name for name in names if self.deployment.client(client_ref(name, self.asked.client_id)) is not None)
        return next(known, names[0] if names else "")

    @cached_property
    def records(self) -> Records:
        """Who calls, as it stands."""
        return self._records(lambda conditions: conditions)

    def _records(self, met: Callable[[Conditions], Conditions]) -> Records:
        client = self.deployment.client(client_ref(self.issuer, self.asked.client_id)) if self.asked.client_id else None
        key = self.sent.key_text(self.env) or ""
        return Records(self.deployment, key, client.application if client else "", met)

    def _token(self) -> Token:
        """With all scopes that can be asked for, where none are said, but for a call that was refused for them."""
        needed = self.operation.scopes if self.operation else ()
        scopes = self.asked.scopes
        if scopes is None:
            lacking = self.asked.recorded is not None and self.asked.recorded.reason == "scope_missing"
            scopes = frozenset() if lacking else frozenset[str]().union(*needed)
        return Token(self.issuer, self.asked.client_id, scopes, self.asked.now + 1)

    def _refused(self, reason: str) -> Token | TokenRefused:
        """A token of which is known how it was refused."""
        recorded = self.asked.recorded
        if reason.startswith("token_"):
            return TokenRefused(reason, recorded.cause if recorded else "")
        bound = OTHERS_CERTIFICATE if reason == "certificate_mismatch" else ""
        return Token("", UNKNOWN, frozenset(), self.asked.now + 1, thumbprint=bound)

    def met(self, conditions: Conditions) -> Conditions:
        """Conditions without those that nothing is known of, which are taken to be met."""
        if not self.asked.address:
            conditions = conditions._replace(allowed=(), denied=())
        if not self.asked.subject and not self._without_certificate:
            conditions = conditions._replace(subjects=frozenset())
        return conditions if any(conditions) else NONE

    @property
    def _without_certificate(self) -> bool:
        return self.asked.recorded is not None and self.asked.recorded.reason == "certificate_not_allowed"

    def counters(self, counted: str) -> Mapping[str, int]:
        return as_of(self.deployment.counters(counted), self.asked.now, self.read)

    @property
    def offline(self) -> bool:
        """Whether no deployment was looked at."""
        return bool(self.deployment.note)

    def note(self, assumption: str) -> None:
        if assumption:
            self.notes[assumption] = None

    def note_address(self) -> None:
        if not self.asked.address:
            self.note("the call comes from an address that is allowed; --address says which")
        elif self.asked.recorded is not None:
            self.note("the access log keeps only the network of an address; --address says all of it")

    def note_subject(self) -> None:
        if not self.asked.subject and not self._without_certificate:
            self.note("the call is made with a client certificate that is allowed; --subject says which")

    def note_use(self) -> None:
        """On what was used, where it is not of now."""
        if self.offline:
            self.note("nothing was used of the limits yet")
        elif abs(self.asked.now - self.read) > NEAR:
            self.note("of what is used, only that of windows which hold both then and now is known; no rate is")

    def note_token(self, token: Token) -> None:
        self.note("the token is good: its issuer's, for this gateway, and not expired")
        if self.asked.scopes is None and self.operation is not None and self.operation.scopes:
            has = "every scope that is asked for" if token.scopes else "no scopes, as it was refused for them"
            self.note(f"the token has {has}; --scopes says which")
