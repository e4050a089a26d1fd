"""An authorizer that keys, tokens, addresses, certificates and an edge mean something to, on fakes."""

from collections.abc import Mapping
from typing import Any

from tests.domain.test_authorizer import API, BUNDLE, FREE, KEY, NOW
from tests.fakes import FakeCounters, FakeRegistry
from tests.fakes.tokens import FakeTokens
from tiergate.domain import keys
from tiergate.domain.admission import Admission
from tiergate.domain.authorizer import Authorizer
from tiergate.domain.calls import Call
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.decision import Decision
from tiergate.domain.edge import Edge
from tiergate.domain.limits import SECOND
from tiergate.domain.registry import Application, CachedRegistry, Credential, Subscription
from tiergate.domain.tokens import IssuerUnavailable, Token, TokenRefused

ISSUER, CLIENT = "partners", "client-1"
HOUR = NOW // (3600 * SECOND)

GOOD = Token(ISSUER, CLIENT, frozenset({"read", "write"}), NOW + 3600 * SECOND)
TOKENS: dict[str, Token | Exception] = {
    "good": GOOD,
    "reading": GOOD._replace(scopes=frozenset({"read"})),
    "scopeless": GOOD._replace(scopes=frozenset()),
    "for-a-user": GOOD._replace(subject="user-7"),
    "of-another": GOOD._replace(client="client-2"),
    "of-nobody": GOOD._replace(client="client-9"),
    "of-another-issuer": GOOD._replace(issuer="others"),
    "bound": GOOD._replace(thumbprint="A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0"),
    "expired": GOOD._replace(expires=NOW),
    "forged": TokenRefused("token_untrusted", "no key of the issuer's verifies the signature"),
    "misdirected": TokenRefused("token_misdirected", "aud names nothing of ours"),
    "too-early": TokenRefused("token_premature", "nbf is in the future"),
    "unverified": IssuerUnavailable("partners", "no answer in 2 s", wait=7 * SECOND + 1),
}
"""Access tokens by their texts."""

APPLICATION = Application("app_1", "acme", {"retail": Subscription("sub_1", "retail", "free")})
OTHERS_KEY = keys.derived("dev", b"another application")
SOLE_KEY = Credential(KEY.id, "app_1", KEY.hash)
SOLE_CLIENT = Credential(CLIENT, "app_1", "", issuer=ISSUER)

TWO_AN_HOUR = {"limits": {"quota": {"hour": 2}}}
LEASED = {"limits": {"mode": "leased", "quota": {"hour": 10_000}}}


class Callers:
    """One partner with a key and an OAuth client, another with one each. ``api``: what its API says more."""

    def __init__(
        self,
        accepts: str = "either",
        *,
        api: Mapping[str, Any] | None = None,
        plan: Mapping[str, Any] = FREE,
        anonymous: Mapping[str, Any] = TWO_AN_HOUR,
        public: bool = False,
        edge: Edge | None = None,
    ) -> None:
        operations = [each | ({"public": True} if public else {}) for each in API["operations"]]
        described = {**API, "operations": operations, "accepts": accepts, "public_plan": "anonymous", **(api or {})}
        apis = {"bank/v1": described, "cards/v1": described}
        self.counters, self.tokens = FakeCounters(), FakeTokens(dict(TOKENS))
        self.reported: list[Exception] = []
        self.registry = FakeRegistry(
            SOLE_KEY,
            SOLE_CLIENT,
            APPLICATION,
            Credential(OTHERS_KEY.id, "app_2", OTHERS_KEY.hash),
            Credential("client-2", "app_2", "", issuer=ISSUER),
            Application("app_2", "other", {"retail": Subscription("sub_2", "retail", "free")}),
        )
        plans = {"free": plan, "anonymous": anonymous}
        self.authorizer = Authorizer(
            catalogue=Catalogue.of({**BUNDLE, "plans": plans, "apis": apis}),
            registry=CachedRegistry(self.registry),
            admission=Admission(self.counters),
            env="dev",
            report=self.reported.append,
            tokens=self.tokens,
            edge=edge,
        )

    def call(self, method: str = "GET", path: str = "/accounts", *, now: int = NOW, **sent: Any) -> Decision:
        """``sent``: fields of the call."""
        fields = {"api": "bank/v1", "address": "192.0.2.77", **sent}
        return self.authorizer.decide(Call(method=method, path=path, **fields), now)
