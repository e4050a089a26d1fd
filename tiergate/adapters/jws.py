"""Compact JWS (RFC 7515, 7.1), strict: what two readers could understand differently is no token.

Refused are paddings, stray bits and characters outside base64url's alphabet, JSON that names a member twice, and header
members that change how a token is read, or that bring the key that it is to be verified with.
"""

import json
from typing import Any, NamedTuple, NoReturn

from tiergate.domain.base64url import decoded
from tiergate.domain.tokens import TokenRefused

MOST_TEXT = 8_192
"""Characters of a token."""

MOST_KID = 256
DEEPEST = 16
"""Objects and lists within each other."""

NOT_UNDERSTOOD = frozenset({"b64", "crit", "jku", "jwk", "x5c", "x5u", "zip"})
"""Header members that have a token refused. All that they could tell, the issuer tells by its keys."""

NESTED = frozenset({"jwt", "application/jwt"})
"""The ``cty`` of a token whose payload is another (RFC 7519, 5.2)."""


class Jws(NamedTuple):
    """A token's parts, of which nothing is verified. ``kid``: None where it names no key."""

    header: dict[str, Any]
    algorithm: str
    kid: str | None
    payload: bytes
    signed: bytes
    signature: bytes


def parse(text: str) -> Jws:
    """The parts of a token.

    Raises
    ------
    TokenRefused
        ``token_malformed``: it has not the form that every token has whose signature could be judged here.
    """
    if len(text) > MOST_TEXT:
        raise malformed(f"longer than {MOST_TEXT} characters")
    parts = text.split(".")
    if len(parts) != 3:
        raise malformed("not of three parts")
    found = [decoded(part) for part in parts]
    if None in found:
        raise malformed("a part is not base64url")
    head, payload, signature = (part or b"" for part in found)
    header = json_object(head)
    if header is None:
        raise malformed("the header is not one JSON object")
    algorithm, kid = _judged(header)
    return Jws(header, algorithm, kid, payload, text.rpartition(".")[0].encode(), signature)


def malformed(cause: str) -> TokenRefused:
    return TokenRefused("token_malformed", cause)


def json_object(data: bytes) -> dict[str, Any] | None:
    """One JSON object in UTF-8, no member of any object named twice; None where it is not."""
    try:
        value = json.loads(data.decode(), object_pairs_hook=_unambiguous, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and _shallow(value) else None


def _judged(header: dict[str, Any]) -> tuple[str, str | None]:
    """The algorithm and the key's name that a header claims."""
    unknown = NOT_UNDERSTOOD & header.keys()
    if unknown:
        raise malformed(f"the header has {min(unknown)}")
    if str(header.get("cty", "")).lower() in NESTED:
        raise malformed("a token within a token")
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str):
        raise malformed("alg is no text")
    if "kid" in header and not (isinstance(kid, str) and len(kid) <= MOST_KID):
        raise malformed(f"kid is no text of at most {MOST_KID} characters")
    return algorithm, kid


def _unambiguous(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member twice")
    return found


def _no_number(_name: str) -> NoReturn:
    raise ValueError("NaN and the infinities are no JSON")


def _shallow(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, dict | list)]
        if not inner:
            return True
        level = [each for values in inner for each in values]
    return not any(isinstance(each, dict | list) for each in level)
