"""Rules between the keys of one ``api.yaml``: where its calls go through, and which web pages may make them.

Judged by what the file says, so that a fault elsewhere in it hides none of these.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tiergate.domain.catalogue import FUNCTION
from tiergate.domain.lifecycle import RETIRED
from tiergate.policy.openapi import Operation
from tiergate.policy.source import Fault, Source
from tiergate.policy.upstream import missing_function

OWN_PORT = re.compile(r"(https://.*):443|(http://.*):80")


def mode_faults(source: Source, operations: Sequence[Operation]) -> Iterator[Fault]:
    """What is wrong with keys that are right each for itself; ``operations`` are its document's."""
    if not isinstance(source.data, Mapping):
        return
    policy = source.data
    missing = missing_function(_upstream(policy))
    if missing and policy.get("state") != RETIRED:
        yield source.fault(f"upstream: {missing}", "upstream")
    yield from _managed(source, policy)
    yield from _direct(source, policy)
    if policy.get("private") is True and _upstream(policy).startswith(FUNCTION):
        yield source.fault(
            "private: a Lambda function is invoked through Lambda's own address, never through a VPC; remove it",
            "private",
        )
    cors = policy.get("cors")
    if isinstance(cors, Mapping):
        yield from _cors(source, cors)
        yield from _preflights(source, operations)


def _managed(source: Source, policy: Mapping[str, Any]) -> Iterator[Fault]:
    isolated = policy.get("isolated") is True
    if isolated and policy.get("mode") == "direct":
        yield source.fault("isolated: needs mode: managed; a direct API has no proxy to isolate", "isolated")
    if policy.get("concurrency") is not None and not isolated:
        yield source.fault(
            "concurrency: needs isolated: true; a shared proxy reserves no instances for one API", "concurrency"
        )


def _direct(source: Source, policy: Mapping[str, Any]) -> Iterator[Fault]:
    direct, private = policy.get("mode") == "direct", policy.get("private") is True
    upstream, listener = _upstream(policy), policy.get("listener")
    if listener is not None and not (direct and private):
        yield source.fault(
            "listener: needs mode: direct and private: true; all other calls go to the upstream's address", "listener"
        )
    if listener is None and direct and private and upstream.startswith(("http://", "https://")):
        yield source.fault(
            "private: with mode: direct it needs listener: the ARN of the load balancer's listener "
            "or Cloud Map service that the VPC link goes to",
            "private",
        )
    operations = policy.get("operations")
    for name, operation in operations.items() if direct and isinstance(operations, Mapping) else ():
        if isinstance(operation, Mapping) and "timeout" in operation:
            yield source.fault(
                f"operations.{name}.timeout: needs mode: managed; API Gateway has one for all of a direct API",
                *("operations", name, "timeout"),
            )
    if direct and "$" in upstream and not upstream.startswith(FUNCTION):
        yield source.fault(
            "upstream: must have no $ with mode: direct; API Gateway takes what follows for a variable", "upstream"
        )


def _cors(source: Source, cors: Mapping[str, Any]) -> Iterator[Fault]:
    origins = cors.get("origins")
    if not isinstance(origins, list):
        return
    if "*" in origins and cors.get("credentials") is True:
        yield source.fault(
            'cors.credentials: needs origins by name; browsers refuse credentials where "*" is allowed',
            *("cors", "credentials"),
        )
    for index, origin in enumerate(origins):
        if origin == "*" and len(origins) > 1:
            yield source.fault('cors.origins: "*" stands for all origins; remove the others', "cors", "origins", index)
        if isinstance(origin, str) and (found := OWN_PORT.fullmatch(origin)):
            yield source.fault(
                f'cors.origins: browsers leave the scheme\'s own port out; write "{found[1] or found[2]}"',
                *("cors", "origins", index),
            )


def _preflights(source: Source, operations: Sequence[Operation]) -> Iterator[Fault]:
    own = [operation.id for operation in operations if operation.method == "OPTIONS"]
    if own:
        yield source.fault(
            f"cors: the gateway answers OPTIONS itself then, and the document has operations of that method "
            f"({', '.join(own)}); remove one or the other",
            "cors",
        )


def _upstream(policy: Mapping[str, Any]) -> str:
    upstream = policy.get("upstream")
    return upstream if isinstance(upstream, str) else ""
