"""Who may call an API: what it accepts, where from, and what needs no credential.

The rules judge by what the file says, so that a fault elsewhere in it hides none of theirs.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from tiergate.domain.catalogue import BOTH, EITHER, TOKEN
from tiergate.domain.stated_conditions import MOST_NETWORKS, MOST_SUBJECTS, checked_subject, nobody, parsed_network
from tiergate.policy.layers import Layered
from tiergate.policy.openapi import Operation
from tiergate.policy.parts import OptionalPart
from tiergate.policy.source import Fault, Source, listed_twice, shown

TOKENS = frozenset({TOKEN, EITHER, BOTH})
"""What an API accepts where it accepts access tokens."""


def _network(text: str) -> str:
    try:
        return str(parsed_network(text))
    except ValueError as fault:
        raise ValueError(f"{shown(text)} {fault}") from None


def _subject(text: str) -> str:
    try:
        return checked_subject(text)
    except ValueError as fault:
        raise ValueError(f"{shown(text)} {fault}") from None


Networks = Annotated[list[Annotated[str, AfterValidator(_network)]], Field(min_length=1, max_length=MOST_NETWORKS)]
Subjects = Annotated[list[Annotated[str, AfterValidator(_subject)]], Field(min_length=1, max_length=MOST_SUBJECTS)]


class Addresses(OptionalPart):
    """Networks that calls may come from, anywhere without ``allow``; ``deny`` goes before it."""

    allow: Networks = []
    deny: Networks = []


def accepts_tokens(source: Source) -> bool:
    stated = source.data.get("accepts") if isinstance(source.data, Mapping) else None
    return isinstance(stated, str) and stated in TOKENS


def public(policy: Mapping[str, Any]) -> list[str]:
    """The operations of an ``api.yaml`` that are to need no credential, even where that is not said as it should be."""
    operations = policy.get("operations")
    if not isinstance(operations, Mapping):
        return []
    return [
        name
        for name, each in operations.items()
        if isinstance(each, Mapping) and each.get("public", False) is not False
    ]


def caller_faults(source: Layered, operations: Sequence[Operation], issuers: Collection[str]) -> Iterator[Fault]:
    """What is wrong with keys that are right each for itself.

    ``operations`` are its document's; ``issuers`` the names of those that have a file.
    """
    policy = source.data
    if not isinstance(policy, Mapping):
        return
    if accepts_tokens(source):
        yield from _tokens(source, policy, issuers)
    yield from _addresses(source, policy.get("addresses"))
    yield from _subjects(source, policy.get("subjects"))
    yield from _public(source, policy, operations)


def _tokens(source: Source, policy: Mapping[str, Any], issuers: Collection[str]) -> Iterator[Fault]:
    if policy.get("mode") == "direct":
        yield source.fault(
            f"accepts: {policy['accepts']} needs mode: managed; API Gateway lets nobody take Authorization out of a "
            "call, so a direct upstream would get the tokens",
            "accepts",
        )
    if not issuers:
        yield source.fault(
            f"accepts: {policy['accepts']} needs an issuer of access tokens; add policies/issuers/<name>.yaml, for "
            "example with cognito: {} for a user pool that the deploy makes",
            "accepts",
        )


def _addresses(source: Source, stated: object) -> Iterator[Fault]:
    if not isinstance(stated, Mapping):
        return
    if not stated:
        yield source.fault("addresses: needs allow, deny or both; without them remove it", "addresses")
    for key in Addresses.model_fields:
        yield from listed_twice(source, stated.get(key), "addresses", key, meant=_network)
    try:
        addresses = Addresses.model_validate(stated)
    except ValidationError:
        return
    allowed, denied = (tuple(map(ip_network, each)) for each in (addresses.allow, addresses.deny))
    if nobody(allowed, denied):
        all_of_it = "all that allow lets in" if allowed else "every address"
        yield source.fault(
            f"addresses.deny: covers {all_of_it}, so that nobody could call; remove what is not meant",
            *("addresses", "deny"),
        )


def _subjects(source: Source, stated: object) -> Iterator[Fault]:
    yield from listed_twice(source, stated, "subjects")
    parts = source.bare("subjects")
    if len({part.partition("=")[0] for part in parts if "=" in part}) > 1:
        yield source.fault(
            f"subjects: a comma ends what stands without quotes, so that these are {len(parts)} subjects; "
            f"put each whole subject in quotes, such as {shown(','.join(parts))}",
            "subjects",
        )


def _public(source: Layered, policy: Mapping[str, Any], operations: Sequence[Operation]) -> Iterator[Fault]:
    names = public(policy)
    if names and "public_plan" not in policy:
        yield source.fault(
            "operations: a public operation needs public_plan: a plan that limits calls without a credential, each "
            "address for itself",
            *("operations", names[0], "public"),
        )
    if source.states("public_plan") and not names:
        yield source.fault("public_plan: no operation is public; add public: true to one, or remove it", "public_plan")
    for operation in operations:
        if operation.id in names and operation.scopes:
            needed = " ".join(operation.scopes[0])
            yield source.fault(
                f"operations.{operation.id}: is public, but the document asks for scopes ({needed}), which a call "
                "without a credential never has; remove one or the other",
                *("operations", operation.id, "public"),
            )
