"""CloudFormation, as a custom resource meets it: it asks, takes the answer over HTTP, and rolls back what failed."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bench.http_server import Request, Server, response

Invoke = Callable[[Mapping[str, Any]], object]


class Deployed(NamedTuple):
    """``refused``: the reason, empty where the update went through; ``stuck``: why its rollback did not."""

    refused: str
    stuck: str = ""


class CloudFormation:
    """One custom resource. ``standing``: its properties, None before it is made and after it is deleted."""

    def __init__(self) -> None:
        self.standing: Mapping[str, Any] | None = None
        self.answers: list[dict[str, Any]] = []
        self._server = Server(self._take)
        self._server.start()

    def close(self) -> None:
        self._server.close()

    def deploy(self, invoke: Invoke, **properties: Any) -> Deployed:
        """Create or update it, and roll back where that is refused."""
        before = self.standing
        refused = self.ask(invoke, properties, before)
        if not refused:
            self.standing = properties
            return Deployed("")
        if before is None:
            return Deployed(refused, self.ask(invoke, properties, kind="Delete"))
        return Deployed(refused, self.ask(invoke, before, properties))

    def ask(
        self,
        invoke: Invoke,
        properties: Mapping[str, Any],
        before: Mapping[str, Any] | None = None,
        *,
        kind: str = "",
    ) -> str:
        """One request; the reason of its refusal, empty where it is none."""
        invoke(self.request(properties, before, kind=kind))
        answer = self.answers[-1]
        return "" if answer["Status"] == "SUCCESS" else str(answer["Reason"])

    def request(
        self, properties: Mapping[str, Any], before: Mapping[str, Any] | None = None, *, kind: str = ""
    ) -> dict[str, Any]:
        return {
            "RequestType": kind or ("Create" if before is None else "Update"),
            "RequestId": f"request-{len(self.answers)}",
            "StackId": "arn:aws:cloudformation:eu-central-1:000000000000:stack/tiergate-dev-gate/1",
            "LogicalResourceId": "Definitions",
            "ResponseURL": f"http://{self._server.address}/answer",
            "ResourceProperties": properties,
            **({} if before is None else {"OldResourceProperties": before}),
        }

    def _take(self, request: Request) -> bytes:
        self.answers.append(json.loads(request.body))
        return response(b"")
