"""What the portal's API asks of the registry is what its function may do there: IAM would refuse the rest."""

import ast
from collections.abc import Iterator
from typing import Any

from stacks.settings import ROOT
from tests.functions.portal_api.document import OPERATIONS, Operation, operations
from tests.functions.portal_api.portal import PortalApi
from tests.functions.portal_api.requests import asked, prepared

GRANTED = {
    target.id: ast.literal_eval(node.value)
    for node in ast.parse((ROOT / "stacks/constructs/portal_api.py").read_text()).body
    if isinstance(node, ast.Assign)
    for target in node.targets
    if isinstance(target, ast.Name) and target.id in {"READS", "WRITES", "OWN"}
}


@operations(OPERATIONS)
def test_of_the_registry_every_operation_reads_and_writes_what_its_function_may(
    portal: PortalApi, operation: Operation
):
    ours, _ = portal.settle()
    somebody = prepared(portal, operation, ours)
    done: list[tuple[str, str]] = []
    hook = "provide-client-params.dynamodb.*"

    def seen(params: dict[str, Any], model: Any, **_: Any) -> None:
        done.extend(_requests(model.name, params))

    portal.gateway.client.meta.events.register(hook, seen)
    reply = asked(portal, operation, ours, by=somebody)
    portal.gateway.client.meta.events.unregister(hook, seen)
    assert reply.status < 300
    for action, key in done:
        assert f"dynamodb:{action}" in GRANTED["READS"] + GRANTED["WRITES"]
        if f"dynamodb:{action}" in GRANTED["WRITES"]:
            assert key.split("#")[0] in GRANTED["OWN"], (action, key)


def _requests(operation: str, params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The actions that IAM is asked for, and the partition key of each write."""
    if operation == "TransactWriteItems":
        for each in params["TransactItems"]:
            ((kind, request),) = each.items()
            yield f"{kind}Item", _key(request)
    else:
        assert "IndexName" not in params
        yield operation, _key(params)


def _key(request: dict[str, Any]) -> str:
    return str((request.get("Key") or request.get("Item") or {}).get("pk", {}).get("S", ""))
