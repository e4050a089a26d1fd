"""The demo bank: an upstream to try the gateway with, behind it like any other Lambda function.

It takes API Gateway HTTP API events of payload format 2.0 whose `rawPath` is the path below the API's base.
`policies/apis/bank/v1/openapi.yaml` describes its operations.
"""

from .answers import Refused, Response, unknown
from .operations import ROUTES, Operation
from .request import read_event


def handler(event: object, _context: object = None) -> Response:
    """The answer, or a problem that says what to send instead; raises nothing, whatever comes."""
    request = read_event(event)
    try:
        operations, ids = _match(request.path)
        if request.method == "HEAD" and "GET" in operations:
            return operations["GET"](request, *ids) | {"body": ""}
        if request.method not in operations:
            raise _not_allowed(operations)
        return operations[request.method](request, *ids)
    except Refused as refusal:
        return refusal.response()


def _match(path: str) -> tuple[dict[str, Operation], list[str]]:
    """The operations at a path, by method, and the ids in it. Raises Refused (404)."""
    segments = path.split("/")
    for template, operations in ROUTES.items():
        parts = template.split("/")
        if len(parts) == len(segments):
            pairs = list(zip(parts, segments, strict=True))
            if all(part.startswith("{") or part == segment for part, segment in pairs):
                return operations, [segment for part, segment in pairs if part.startswith("{")]
    raise unknown("The demo bank has no such path.", "Begin with GET /accounts.")


def _not_allowed(operations: dict[str, Operation]) -> Refused:
    allowed = ", ".join(operations)
    return Refused(
        405,
        "method_not_allowed",
        "Method not allowed",
        detail="The path exists, but not with this method.",
        then=f"Use {allowed}.",
        headers={"allow": allowed},
    )
