"""The scopes that an OpenAPI document's ``security`` asks for (OpenAPI 3.1, 4.8.30).

What a requirement lists counts, whatever the scheme's type: for types other than ``oauth2`` and ``openIdConnect`` the
list holds roles, which are required just as well.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tiergate.domain.issuers import SCOPE
from tiergate.policy.references import References
from tiergate.policy.source import Fault, Key, Source, shown

Scopes = tuple[tuple[str, ...], ...]
"""Alternatives, each with all the scopes that it needs; sorted, each once. Empty: nothing is asked for."""


def scopes(
    source: Source, references: References, security: object, place: tuple[Key, ...], faults: list[Fault]
) -> Scopes:
    """The alternatives of ``security``, which stands at ``place``, that ask for scopes; what is wrong with the rest."""
    if not isinstance(security, list):
        faults.append(source.fault(f"security: must be a list; found {shown(security)}", *place))
        return ()
    found = set()
    for index, requirement in enumerate(security):
        if not isinstance(requirement, Mapping):
            message = f"security: must hold schemes, each with a list; found {shown(requirement)}"
            faults.append(source.fault(message, *place, index))
            continue
        needed = set(_needed(source, references, requirement, (*place, index), faults))
        if needed:
            found.add(tuple(sorted(needed)))
    return tuple(sorted(found))


def _needed(
    source: Source,
    references: References,
    requirement: Mapping[str, object],
    place: tuple[Key, ...],
    faults: list[Fault],
) -> Iterator[str]:
    for name, listed in requirement.items():
        if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
            found = shown(listed) if not isinstance(listed, list) else "a list of something else"
            faults.append(source.fault(f"security: {name} must hold a list of texts; found {found}", *place, name))
            continue
        if listed and _scheme(source.data, references, name) is None:
            message = f"security: {name} asks for scopes, but is not in components.securitySchemes of this document"
            faults.append(source.fault(message, *place, name))
            continue
        for index, scope in enumerate(listed):
            if SCOPE.fullmatch(scope):
                yield scope
                continue
            message = (
                f"security: {shown(scope)} cannot stand in a token or a header field; scopes are 1 to 200 characters "
                'of ASCII without spaces, " and \\'
            )
            faults.append(source.fault(message, *place, name, index))


def _scheme(document: Any, references: References, name: str) -> Mapping[str, Any] | None:
    """A security scheme, wherever in the document it stands."""
    scheme: Any = document
    for step in ("components", "securitySchemes", name):
        scheme = scheme.get(step) if isinstance(scheme, Mapping) else None
    scheme, _ = references.followed(scheme)
    return scheme if isinstance(scheme, Mapping) and "$ref" not in scheme else None
