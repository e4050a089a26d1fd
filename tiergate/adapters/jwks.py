"""An issuer's public keys (RFC 7517): those that may verify its tokens, and signatures by them (RFC 7518, RFC 8037).

PyJWT, with cryptography behind it, is loaded with the first keys.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tiergate.adapters.jws import Jws
from tiergate.domain.base64url import decoded
from tiergate.domain.tokens import TokenRefused

LEAST_RSA, MOST_RSA = 2_048, 8_192
"""Bits of a modulus. Larger ones take longer to verify with than a token is worth."""

LEAST_EXPONENT, MOST_EXPONENT = 65_537, 2**32 - 1
"""FIPS 186-5, A.1.1, and what libraries take."""

MOST_KEYS = 100
MOST_TWINS = 4
"""Keys of one name that are tried; further ones are none."""

FITS = {
    **dict.fromkeys(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"), ("RSA", None)),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}
"""The type and the curve of the keys of each algorithm."""

MEMBERS = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",)}
"""The public half of a key, by its type."""

PRIVATE = "d"
"""The member of a private key; whoever reads a set that has it can sign."""


class Key(NamedTuple):
    """A key and the algorithms that it may verify. ``public``: as PyJWT has it; equal keys are of equal ``jwk``."""

    kid: str | None
    algorithms: frozenset[str]
    jwk: Mapping[str, Any]
    public: Any

    def verifies(self, jws: Jws) -> bool:
        import jwt  # noqa: PLC0415 - loaded with the first keys

        return jwt.get_algorithm_by_name(jws.algorithm).verify(jws.signed, self.public, jws.signature)


def usable_keys(document: Mapping[str, Any], algorithms: Iterable[str]) -> list[Key]:
    """The keys of a set that may verify signatures of these algorithms; others are passed over (RFC 7517, 5).

    Raises
    ------
    ValueError
        It is no set of at most ``MOST_KEYS`` keys.
    """
    listed = document.get("keys")
    if not isinstance(listed, list) or len(listed) > MOST_KEYS:
        raise ValueError(f"no set of at most {MOST_KEYS} keys")
    allowed = frozenset(algorithms)
    keys: list[Key] = []
    for jwk in listed:
        key = _key(jwk, allowed) if isinstance(jwk, dict) else None
        if key and sum(key.kid == other.kid for other in keys) < MOST_TWINS:
            keys.append(key)
    return keys


def candidates(keys: Sequence[Key], jws: Jws) -> list[Key]:
    """The keys that may have signed it: those that it names, or the only one that fits where it names none."""
    fitting = [key for key in keys if jws.algorithm in key.algorithms]
    if jws.kid is None:
        return fitting if len(fitting) == 1 else []
    return [key for key in fitting if key.kid == jws.kid]


def check(jws: Jws, keys: Iterable[Key]) -> None:
    """Raises ``TokenRefused`` unless one of the keys verifies its signature."""
    if not any(key.verifies(jws) for key in keys):
        raise TokenRefused("token_untrusted", "no key of the issuer's verifies the signature")


def _key(jwk: dict[str, Any], allowed: frozenset[str]) -> Key | None:
    """None where it is none that may verify by what is allowed."""
    algorithms = allowed & frozenset(_algorithms(jwk))
    kid = jwk.get("kid")
    if not algorithms or not _for_signatures(jwk) or not (kid is None or isinstance(kid, str)):
        return None
    members = {name: jwk.get(name) for name in MEMBERS[jwk["kty"]]}
    if not all(isinstance(value, str) and decoded(value) for value in members.values()):
        return None
    if jwk["kty"] == "RSA" and not _strong(*(_number(value) for value in members.values())):
        return None
    public = _public({"kty": jwk["kty"], "crv": jwk.get("crv")} | members, min(algorithms))
    return None if public is None else Key(kid, algorithms, jwk, public)


def _algorithms(jwk: Mapping[str, Any]) -> Iterator[str]:
    """Those that a key is for by its type, its curve and what it says."""
    for name, (kind, curve) in FITS.items():
        if jwk.get("kty") == kind and (curve is None or jwk.get("crv") == curve) and jwk.get("alg", name) == name:
            yield name


def _for_signatures(jwk: Mapping[str, Any]) -> bool:
    operations = jwk.get("key_ops", ["verify"])
    return (
        jwk.get("use", "sig") == "sig"
        and isinstance(operations, list)
        and "verify" in operations
        and PRIVATE not in jwk
    )


def _number(value: Any) -> int:
    return int.from_bytes(decoded(value) or b"", "big")


def _strong(modulus: int, exponent: int) -> bool:
    return (
        LEAST_RSA <= modulus.bit_length() <= MOST_RSA
        and LEAST_EXPONENT <= exponent <= MOST_EXPONENT
        and bool(modulus & exponent & 1)
    )


def _public(members: dict[str, Any], algorithm: str) -> Any:
    """As PyJWT has it; None where it is no key, such as a point beside its curve."""
    import jwt  # noqa: PLC0415 - a hundred milliseconds, of no use where no token comes

    try:
        return jwt.get_algorithm_by_name(algorithm).from_jwk(members)
    except (jwt.InvalidKeyError, ValueError):
        return None
