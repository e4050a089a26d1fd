"""An issuer of access tokens: a key of each kind, a server for their public halves, and tokens by them (RFC 9068)."""

import json
import time
from itertools import count
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from bench.http_server import Answer, Request, response

AUDIENCE = "https://api.bank.example"
CLIENT = "6f1b0c2e9d3a4578"
LIFETIME = 4 * 3600
"""Seconds, more than any run takes."""


class Issuer:
    """Keys of RSA with 2,048 bits and of the curve P-256. ``url`` is told once its server has an address."""

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {
            "RS256": rsa.generate_private_key(public_exponent=65537, key_size=2048),
            "ES256": ec.generate_private_key(ec.SECP256R1()),
        }
        self._number = count()
        self.url = ""

    def jwks(self) -> bytes:
        """Its public keys, as its server shows them."""
        shown: dict[str, Any] = {
            "RS256": RSAAlgorithm.to_jwk(self._keys["RS256"].public_key(), as_dict=True),
            "ES256": ECAlgorithm.to_jwk(self._keys["ES256"].public_key(), as_dict=True),
        }
        keys = [shown[name] | {"kid": name, "alg": name, "use": "sig", "key_ops": ["verify"]} for name in shown]
        return json.dumps({"keys": keys}).encode()

    def token(self, algorithm: str, client: str = CLIENT, **claims: object) -> str:
        """Another one of a client's, by the key of an algorithm; ``claims`` in place of good ones."""
        now = int(time.time())
        good = {
            "iss": self.url,
            "sub": client,
            "client_id": client,
            "aud": AUDIENCE,
            "scope": "accounts.read accounts.write",
            "iat": now,
            "exp": now + LIFETIME,
            "jti": f"3f0c7f4e-8a52-4b0e-9d7c-{next(self._number):012}",
        }
        return jwt.encode(good | claims, self._keys[algorithm], algorithm, {"typ": "at+jwt", "kid": algorithm})


def answers(jwks: bytes) -> Answer:
    """The answers of an issuer's server: its keys, whatever is asked."""
    ready = response(jwks, headers={"cache-control": "public, max-age=900"})

    def answer(_request: Request) -> bytes:
        return ready

    return answer
