"""Tokens that tell an upstream who calls, signed by a KMS key that never leaves KMS."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import uuid4

from tiergate.adapters.aws_clients import Client
from tiergate.adapters.remembered import FIRST_PAUSE
from tiergate.domain.decision import Decision
from tiergate.domain.identity import caller_of, claims_of, key_id_of, signed, signing_input
from tiergate.domain.limits import SECOND
from tiergate.domain.messages import Request, with_field
from tiergate.domain.store import StoreUnavailable

MOST_TOKENS = 1_000


class _Token(NamedTuple):
    """Times in microseconds."""

    text: str
    made: int
    renew: int
    expires: int


class Identity:
    """A field with a token on the caller. One is signed for each caller, and again when a quarter of its life is left;
    while KMS fails, the one there is serves to its end. The oldest give way where there are too many."""

    renewable = False

    def __init__(self, raw: Mapping[str, Any], kms: Client, *, key: str, issuer: str) -> None:
        self._field = raw["header"].lower()
        self._prefix = "Bearer " if self._field == "authorization" else ""
        self._audience = raw["audience"]
        self._lifetime = raw["lifetime"]
        self._kms = kms
        self._key = key
        self._issuer = issuer
        self._tokens: dict[tuple[str, ...], _Token] = {}
        self._failed: StoreUnavailable | None = None
        self._tried = 0

    def put(self, request: Request, decision: Decision, now: int, _deadline: float) -> Request:
        caller = caller_of(decision)
        token = self._tokens.get(caller)
        if token is None or not token.made <= now < token.renew:
            token = self._renewed(caller, token, now)
        return with_field(request, self._field, self._prefix + token.text)

    def forget(self) -> None:
        """A token that was refused is as good as the next."""

    def _renewed(self, caller: tuple[str, ...], known: _Token | None, now: int) -> _Token:
        usable = known if known is not None and known.made <= now < known.expires else None
        try:
            token = self._made(caller, now)
        except StoreUnavailable:
            if usable is None:
                raise
            return usable
        self._tokens.pop(caller, None)
        if len(self._tokens) >= MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        self._tokens[caller] = token
        return token

    def _made(self, caller: tuple[str, ...], now: int) -> _Token:
        """Signed, unless KMS failed but now: whatever the caller, it would most likely fail, and slowly."""
        if self._failed is not None and 0 <= now - self._tried < FIRST_PAUSE:
            raise self._failed.with_traceback(None)
        try:
            token, self._failed = self._new(caller, now), None
        except StoreUnavailable as error:
            self._failed, self._tried = error, now
            raise
        return token

    def _new(self, caller: tuple[str, ...], now: int) -> _Token:
        if not self._key or not self._issuer:
            raise StoreUnavailable("refused", "IDENTITY_KEY and IDENTITY_ISSUER must be set")
        begins = now // SECOND
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            **claims_of(caller),
            "iat": begins,
            "exp": begins + self._lifetime,
            "jti": str(uuid4()),
        }
        text = signing_input(claims, key_id_of(self._key))
        expires = claims["exp"] * SECOND
        return _Token(self._signed(text), now, expires - self._lifetime * SECOND // 4, expires)

    def _signed(self, text: str) -> str:
        asked = {
            "KeyId": self._key,
            "Message": b64encode(sha256(text.encode()).digest()).decode(),
            "MessageType": "DIGEST",
            "SigningAlgorithm": "ECDSA_SHA_256",
        }
        answer = self._kms.call("Sign", asked, repeatable=True)
        try:
            return signed(text, b64decode(answer["Signature"], validate=True))
        except (KeyError, TypeError, ValueError) as error:
            raise StoreUnavailable("garbage", "KMS gave no signature on P-256") from error
