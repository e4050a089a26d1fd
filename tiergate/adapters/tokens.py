"""Verification of access tokens: whose each is, by that issuer's keys alone, and what it says.

PyJWT, cryptography and TLS are loaded with the first token that was not verified before.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple, Self

from tiergate.adapters.issuer_keys import Fetch, HttpFetch, IssuerKeys, Report
from tiergate.adapters.jwks import check
from tiergate.adapters.jws import json_object, malformed, parse
from tiergate.domain.issuers import Issuer, token_of
from tiergate.domain.tokens import Token, TokenRefused

MOST_VERIFIED = 4_000
"""Tokens that are remembered."""


class Verified(NamedTuple):
    """A token that was, by keys of this version."""

    token: Token
    keys: IssuerKeys
    version: int


class Tokens:
    """Verifies the tokens of these issuers, each once as long as it and the issuer's keys are good.

    ``report`` hears of failures to fetch keys while those that are here are believed. An instance serves one call at a
    time, as a function does.
    """

    def __init__(
        self, issuers: Iterable[Issuer], *, fetch: Fetch | None = None, report: Report = lambda _error: None
    ) -> None:
        fetch = fetch or HttpFetch()
        self._trusted = {issuer.url: (issuer, IssuerKeys(issuer, fetch, report)) for issuer in issuers}
        self._verified: dict[bytes, Verified] = {}

    @classmethod
    def of(
        cls, issuers: Mapping[str, Mapping[str, Any]], deployed: Mapping[str, Mapping[str, str]], *, report: Report
    ) -> Self:
        """Of a bundle's issuers by name, and of each what came with the deploy."""
        return cls((Issuer.of(name, {**raw, **deployed.get(name, {})}) for name, raw in issuers.items()), report=report)

    def verify(self, text: str, now: int) -> tuple[Token, bool]:
        """What the token says, at ``now`` (microseconds), and whether its issuer was asked for keys meanwhile.

        Raises
        ------
        TokenRefused
            Nobody may call with it.
        IssuerUnavailable
            The keys that would tell cannot be had.
        """
        digest = sha256(text.encode(errors="surrogatepass")).digest()
        known = self._verified.get(digest)
        waited = False
        if known is not None:
            token, keys, version = known
            attempts = keys.attempts
            keys.renew(now)
            waited = keys.attempts != attempts
            if version == keys.version and now < token.expires:
                return token, waited
            del self._verified[digest]
        known, asked = self._judge(text, now)
        if len(self._verified) >= MOST_VERIFIED:
            del self._verified[next(iter(self._verified))]
        self._verified[digest] = known
        return known.token, waited or asked

    def load(self) -> None:
        """Load now what verifies signatures, otherwise the first token waits for it."""
        import jwt  # noqa: F401, PLC0415 - a hundred milliseconds

    def _judge(self, text: str, now: int) -> tuple[Verified, bool]:
        jws = parse(text)
        claims = json_object(jws.payload)
        if claims is None:
            raise malformed("the claims are not one JSON object")
        claimed = claims.get("iss")
        trusted = self._trusted.get(claimed) if isinstance(claimed, str) else None
        if trusted is None:
            raise TokenRefused("token_untrusted", "iss is no issuer that is trusted")
        issuer, keys = trusted
        if jws.algorithm not in issuer.algorithms:
            raise TokenRefused("token_untrusted", "alg is none that the issuer's tokens are signed with")
        attempts = keys.attempts
        check(jws, keys.signers(jws, now))
        return Verified(token_of(issuer, jws.header, claims, now), keys, keys.version), keys.attempts != attempts
