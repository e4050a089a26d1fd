"""Tokens that tell an upstream who calls: JWTs (RFC 7519) signed with ES256 (RFC 7518, 3.4), and the keys to check
them by (RFC 7517)."""

import json
from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

from tiergate.domain.base64url import encoded
from tiergate.domain.decision import Decision

ALGORITHM = "ES256"

BASE = "/_tiergate"
"""The issuer's path at the gateway: of no API, because no API's name begins so."""

JWKS, METADATA = "/.well-known/jwks.json", "/.well-known/openid-configuration"
"""Where they are, below the issuer's address."""

CLAIMS = {
    "sub": "application",
    "client_id": "credential",
    "client_issuer": "issuer",
    "organization": "organization",
    "subscription": "subscription",
    "product": "product",
    "plan": "plan",
    "scope": "scopes",
    "user": "subject",
}
"""What a token says of the caller, by the decision's field."""

P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""How every uncompressed public key on P-256 begins (RFC 5480, 2): the two coordinates follow."""

COORDINATE = 32
"""Bytes of each, and of each half of a signature."""


caller_of: Callable[[Decision], tuple[str, ...]] = attrgetter(*CLAIMS.values())
"""Who calls: the same for all calls of which a token says the same."""


def claims_of(caller: tuple[str, ...]) -> dict[str, str]:
    """What a token says of one; a call without a credential has neither ``sub`` nor ``client_id``."""
    return {claim: value for claim, value in zip(CLAIMS, caller, strict=True) if value}


def signing_input(claims: Mapping[str, Any], key_id: str) -> str:
    """What is signed of a token: its header and its claims."""
    header = {"alg": ALGORITHM, "typ": "JWT", "kid": key_id}
    return f"{encoded(_json(header))}.{encoded(_json(claims))}"


def signed(text: str, der: bytes) -> str:
    """The token of a signing input and its signature as KMS gives it: DER (RFC 3279, 2.2.3).

    Raises
    ------
    ValueError
        It is none on P-256.
    """
    try:
        r, rest = _integer(der[2:])
        s, beyond = _integer(rest)
        whole = der[0] == 0x30 and der[1] == len(der) - 2 and not beyond
    except (IndexError, OverflowError):
        whole = False
    if not whole:
        raise ValueError("no signature on P-256")
    return f"{text}.{encoded(r + s)}"


def jwk(spki: bytes, key_id: str) -> dict[str, str]:
    """A public key (SubjectPublicKeyInfo, DER) as a JSON Web Key.

    Raises
    ------
    ValueError
        It is none on P-256.
    """
    point = spki.removeprefix(P256)
    if not spki.startswith(P256) or len(point) != 2 * COORDINATE:
        raise ValueError("no public key on P-256")
    x, y = encoded(point[:COORDINATE]), encoded(point[COORDINATE:])
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y, "use": "sig", "alg": ALGORITHM, "kid": key_id}


def key_set(keys: Iterable[Mapping[str, str]]) -> bytes:
    """A JSON Web Key Set."""
    return _json({"keys": list(keys)})


def metadata(issuer: str) -> bytes:
    """What libraries look for at an issuer (RFC 8414; OpenID Connect Discovery, 3). It has no endpoint for anybody to
    get a token at."""
    document = {
        "issuer": issuer,
        "jwks_uri": issuer + JWKS,
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "claims_supported": ["iss", "aud", "iat", "exp", "jti", *CLAIMS],
    }
    return _json(document)


def key_id_of(arn: str) -> str:
    """A KMS key's id: the last part of its ARN."""
    return arn.rpartition("/")[2]


def _integer(der: bytes) -> tuple[bytes, bytes]:
    """A positive number in 32 bytes, and what follows it. Raises IndexError or OverflowError."""
    if der[0] != 0x02 or der[2] & 0x80:
        raise OverflowError
    end = 2 + der[1]
    return int.from_bytes(der[2:end], "big").to_bytes(COORDINATE, "big"), der[end:]


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
