"""Issuers of access tokens, and whose a token is by the claims that one of them signed (RFC 9068, RFC 8725)."""

import re
import sys
from collections.abc import Mapping
from typing import Any, NamedTuple

from tiergate.domain.limits import SECOND
from tiergate.domain.tokens import Token, TokenRefused

LEEWAY = 30 * SECOND
"""How far an issuer's clock may be ahead of this one. Nothing is added to a token's end."""

LATEST = 2**53
"""Seconds. A later time is none: programs differ in how they read greater numbers."""

CLIENT = re.compile(r"[0-9A-Za-z][0-9A-Za-z._~@:|/+=-]{0,199}")
"""A client's id. It stands in logs, header fields and the registry as it is."""

SUBJECT = re.compile(r"[!-~]{1,255}")
"""Whom a token is about (OpenID Connect Core, 5.1), as a header field can carry it."""

SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,200}")
"""RFC 6749, 3.3."""

MOST_SCOPES = 100
"""Of ours in a token, which is remembered with them."""

THUMBPRINT = re.compile(r"[0-9A-Za-z_-]{43}")
"""SHA-256 in base64url."""

ACCESS_TOKEN = frozenset({"at+jwt", "application/at+jwt"})
"""The ``typ`` of an access token (RFC 9068, 2.1)."""


class Issuer(NamedTuple):
    """One that signs access tokens, and what its tokens must say.

    ``url``: their ``iss``. ``jwks``: where its keys are; empty: what its metadata names. ``algorithms``: those that are
    believed, and no others. ``audiences``: one of them must be among ``aud``; not asked for when empty. ``types``:
    what the header's ``typ`` may be, in lower case, empty for none. ``required``: claims that must be so.
    ``client``: the claim that names the caller's client, ``scope``: the one with its scopes, of which those count that
    begin with ``scope_prefix``, without it. ``stale``: microseconds for which keys that cannot be fetched again are
    believed.
    """

    name: str
    url: str
    jwks: str
    algorithms: frozenset[str]
    audiences: frozenset[str]
    types: frozenset[str]
    required: Mapping[str, str | int]
    client: str
    scope: str
    scope_prefix: str
    stale: int

    @classmethod
    def of(cls, name: str, raw: Mapping[str, Any]) -> "Issuer":
        """From a bundle's issuer, and what came with the deploy: the ``url`` of a pool that it made.

        Raises
        ------
        ValueError
            Nothing came.
        """
        if "url" not in raw:
            raise ValueError(f"issuer {name} has no url: it is not in the variable ISSUERS; deploy the gateway again")
        return cls(
            name,
            raw["url"],
            raw.get("jwks", ""),
            frozenset(raw["algorithms"]),
            frozenset(raw.get("audiences", ())),
            frozenset(raw["types"]),
            raw.get("required", {}),
            raw["client"],
            raw["scope"],
            raw.get("scope_prefix", ""),
            int(raw["stale"] * SECOND),
        )


def token_of(issuer: Issuer, header: Mapping[str, Any], claims: Mapping[str, Any], now: int) -> Token:
    """What a token says, whose signature by this issuer was verified.

    Raises
    ------
    TokenRefused
        It is none that this issuer would make for us, or not now.
    """
    kind = header.get("typ", "")
    if not isinstance(kind, str) or kind.lower() not in issuer.types:
        raise TokenRefused("token_misdirected", "typ is not that of an access token")
    if claims.get("iss") != issuer.url:
        raise TokenRefused("token_untrusted", "iss is not the issuer's")
    for name, value in issuer.required.items():
        if type(claims.get(name)) is not type(value) or claims[name] != value:
            raise TokenRefused("token_misdirected", f"{name} is not what it must be")
    if issuer.audiences and not issuer.audiences & _texts(claims, "aud"):
        raise TokenRefused("token_misdirected", "aud names nothing of ours")
    expires = _time(claims, "exp")
    if expires is None:
        raise TokenRefused("token_malformed", "exp is missing")
    if now >= expires:
        raise TokenRefused("token_expired", "exp is past")
    for name in ("nbf", "iat"):
        begins = _time(claims, name)
        if begins is not None and begins > now + LEEWAY:
            raise TokenRefused("token_premature", f"{name} is in the future")
    client = claims.get(issuer.client)
    if not isinstance(client, str) or not CLIENT.fullmatch(client):
        raise TokenRefused("token_malformed", f"{issuer.client} is no client's id")
    subject = claims.get("sub", client)
    if not isinstance(subject, str) or not SUBJECT.fullmatch(subject):
        raise TokenRefused("token_malformed", "sub is no text that a header can carry")
    return Token(
        issuer.name,
        client,
        _scopes(issuer, claims),
        expires,
        "" if subject == client else subject,
        _thumbprint(claims),
    )


def _time(claims: Mapping[str, Any], name: str) -> int | None:
    """A NumericDate in microseconds; None where there is none."""
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LATEST:
        raise TokenRefused("token_malformed", f"{name} is no time")
    return int(value * SECOND)


def _texts(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """A claim that is one text or a list of them."""
    value = claims.get(name)
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise TokenRefused("token_misdirected", f"{name} is neither a text nor a list of texts")
    return frozenset(listed)


def _scopes(issuer: Issuer, claims: Mapping[str, Any]) -> frozenset[str]:
    """Those that are ours, by the names that the APIs' documents give them."""
    value = claims.get(issuer.scope, "")
    listed = value.split(" ") if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise TokenRefused("token_malformed", f"{issuer.scope} is neither a text nor a list of texts")
    ours = [each.removeprefix(issuer.scope_prefix) for each in listed if each.startswith(issuer.scope_prefix)]
    scopes = frozenset(sys.intern(each) for each in ours if SCOPE.fullmatch(each))
    if len(scopes) > MOST_SCOPES:
        raise TokenRefused("token_malformed", f"more than {MOST_SCOPES} scopes")
    return scopes


def _thumbprint(claims: Mapping[str, Any]) -> str:
    """Of the certificate that it is bound to; bound in any other way, we cannot check it, and so refuse it."""
    bound = claims.get("cnf")
    if bound is None:
        return ""
    if not isinstance(bound, Mapping) or set(bound) != {"x5t#S256"} or not isinstance(bound["x5t#S256"], str):
        raise TokenRefused("token_misdirected", "cnf binds it to what is not checked here")
    if not THUMBPRINT.fullmatch(bound["x5t#S256"]):
        raise TokenRefused("token_malformed", "cnf names no certificate")
    return str(bound["x5t#S256"])
