"""Issuers of access tokens: ``issuers/<name>.yaml``, and the rules between them and the APIs' documents.

The rules judge by what the files say, so that a fault elsewhere in them hides none of theirs.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PlainValidator

from tiergate.policy.openapi import Document, Operation
from tiergate.policy.parts import CLAIM, RESOURCE_SERVER, SCOPE_PREFIX, Line, OptionalPart, Part, Text
from tiergate.policy.source import Fault, Source, listed_twice, shown
from tiergate.policy.upstream import secure_url

MOST_SCOPES = 100
"""Of one resource server (Cognito's limit)."""

TOKEN_MINUTES = 60
"""How long a token of a user pool lasts, where the file says nothing."""

STALE = 14_400
"""Seconds for which keys that cannot be fetched again are believed, where the file says nothing."""

FRESH = 900
"""Seconds for which keys are believed anyway, before they are fetched again."""

WELL_KNOWN = "/.well-known/"
"""Where an issuer's metadata is, below its address or between host and path (RFC 8414, 3)."""

COGNITO = {"token_use": "access"}
"""What only access tokens of Amazon Cognito say, which have no ``aud``."""

JUDGED = {
    "iss": "issuer",
    "aud": "audience",
    "exp": "the clock",
    "nbf": "the clock",
    "iat": "the clock",
}
"""Claims that are judged anyway, and by what."""

Claim = Annotated[str, Field(pattern=CLAIM)]
Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]


def _issuer(text: str) -> str:
    if WELL_KNOWN in secure_url(text):
        raise ValueError(
            f"is where metadata is found; give the issuer itself, as its tokens' iss has it, without {WELL_KNOWN}…"
        )
    return text


def _stale(seconds: int) -> int:
    if seconds < FRESH:
        raise ValueError(
            f"must be {FRESH} or more seconds; found {seconds}; keys are fetched every {FRESH // 60} minutes, and "
            "believed until then"
        )
    return seconds


def _stated(value: object) -> str | int:
    if not isinstance(value, str | int):
        raise ValueError(f"must be text in quotes, a whole number, true or false; found {shown(value)}")
    return value


def _required(claims: dict[str, str | int]) -> dict[str, str | int]:
    for name in claims:
        if name in JUDGED:
            raise ValueError(f"{name} is judged by {JUDGED[name]} already; remove it")
    return claims


class Cognito(Part):
    """A user pool that the deploy makes; scopes in its tokens begin with the resource server's name and a slash."""

    resource_server: Annotated[str, Field(pattern=RESOURCE_SERVER)] = "tiergate"
    token_minutes: Annotated[int, Field(ge=5, le=1440)] = TOKEN_MINUTES


class Issuer(OptionalPart):
    """``issuers/<issuer>.yaml``: who signs access tokens, and what these must say; ``stale`` in seconds."""

    title: Text | None = None
    cognito: Cognito | None = None
    issuer: Annotated[str, AfterValidator(_issuer)] | None = None
    jwks: Annotated[str, AfterValidator(secure_url)] | None = None
    algorithms: Annotated[list[Algorithm], Field(min_length=1)] = ["RS256", "ES256"]
    audience: Annotated[list[Line], Field(min_length=1)] = []
    tokens: Literal["access", "any"] = "access"
    client: Claim = "client_id"
    scope: Claim = "scope"
    scope_prefix: Annotated[str, Field(pattern=SCOPE_PREFIX)] = ""
    require: Annotated[dict[Claim, Annotated[str | int, PlainValidator(_stated)]], AfterValidator(_required)] = {}
    stale: Annotated[int, Field(le=86_400), AfterValidator(_stale)] = STALE


OWN = tuple(key for key in Issuer.model_fields if key not in {"title", "cognito"})
"""Keys that a user pool of the deploy's has by itself."""


def issuer_faults(issuers: Mapping[str, Source], documents: Mapping[str, Document]) -> Iterator[Fault]:
    """What is wrong with the issuers together; ``documents`` are those of the API versions that accept tokens."""
    stated = {name: source for name, source in sorted(issuers.items()) if isinstance(source.data, Mapping)}
    pools = [name for name, source in stated.items() if "cognito" in source.data]
    for name in pools[:1]:
        yield from _scopes(name, stated[name], documents)
    for name in pools[1:]:
        message = f"cognito: {pools[0]}.yaml has it already, and a deploy makes one user pool; remove one of the files"
        yield stated[name].fault(message, "cognito")
    for name, source in stated.items():
        yield from (_beside if name in pools else _foreign)(source, source.data)
    yield from _repeated(stated)


def _repeated(issuers: Mapping[str, Source]) -> Iterator[Fault]:
    """A token names its issuer, so that it cannot be told which of two with one address is meant."""
    first: dict[str, str] = {}
    for name, source in issuers.items():
        url = source.data.get("issuer")
        if isinstance(url, str) and first.setdefault(url, name) != name:
            yield source.fault(f"issuer: {first[url]}.yaml has it already; remove one of the files", "issuer")


def _foreign(source: Source, stated: Mapping[str, Any]) -> Iterator[Fault]:
    if "issuer" not in stated:
        yield source.fault('missing key "issuer"; or cognito: {} for a user pool that the deploy makes')
    required = stated.get("require")
    if "audience" not in stated and not (isinstance(required, Mapping) and COGNITO.items() <= required.items()):
        yield source.fault(
            'missing key "audience": a list of what its tokens are for, one of which each must name; or '
            "require: {token_use: access} where it is a user pool of Amazon Cognito's, whose access tokens name none"
        )
    for key in ("algorithms", "audience"):
        yield from listed_twice(source, stated.get(key), key)


def _beside(source: Source, stated: Mapping[str, Any]) -> Iterator[Fault]:
    for key in OWN:
        if key in stated:
            yield source.fault(f"{key}: the user pool that the deploy makes has its own; remove it, or cognito", key)


def _scopes(name: str, source: Source, documents: Mapping[str, Document]) -> Iterator[Fault]:
    """Those that a resource server of Cognito's cannot hold."""
    for document in documents.values():
        told: set[str] = set()
        for operation in document.operations:
            for scope in scopes_of([operation]):
                if "/" in scope and scope not in told:
                    told.add(scope)
                    yield Fault(
                        document.source.file,
                        operation.line,
                        f'security: scope "{scope}" has a slash, which no scope of the user pool of '
                        f"issuers/{name}.yaml may have; rename it, for example with a colon",
                    )
    found = scopes_of(operation for document in documents.values() for operation in document.operations)
    if len(found) > MOST_SCOPES:
        yield source.fault(
            f"cognito: a user pool's resource server holds {MOST_SCOPES} scopes, and the documents of APIs that "
            f"accept tokens name {len(found)}; share scopes between APIs, beginning with {found[MOST_SCOPES]} of "
            f"{_naming(found[MOST_SCOPES], documents)}",
            "cognito",
        )


def scopes_of(operations: Iterable[Operation]) -> list[str]:
    """Every scope that one of the operations asks for, sorted."""
    return sorted({scope for operation in operations for needed in operation.scopes for scope in needed})


def _naming(scope: str, documents: Mapping[str, Document]) -> str:
    """The file of a document that names a scope."""
    return next(each.source.file for each in documents.values() if scope in scopes_of(each.operations))
