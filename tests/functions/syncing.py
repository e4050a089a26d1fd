"""The sync function as it is deployed, with a mirror and queues that tests hold, and the events that wake it."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.embedded_metrics import read
from tests.fakes.api_gateway import FakeApiGateway
from tests.fakes.queues import FakeQueues
from tests.fakes.registry import create_registry_table
from tests.functions.conftest import Gateway, fresh
from tiergate.adapters.mirror import MARGIN, Failure, Outcome
from tiergate.adapters.registry import AuditEntry

QUEUE, LETTERS = "https://sqs.example/queue", "https://sqs.example/letters"
PLENTY = SimpleNamespace(get_remaining_time_in_millis=lambda: 300_000)
NO_TIME = SimpleNamespace(get_remaining_time_in_millis=lambda: MARGIN - 1)
PUBLISHED = {
    "platform": {"name": "Test Platform", "support": "https://help.example"},
    "products": {"retail": {"title": "Retail"}},
    "plans": {},
    "apis": {},
    "rest_apis": {},
}


class FakeMirror:
    """``outcomes``: what `application` makes of each, by id. ``runs``: of each `run`, in order."""

    def __init__(self) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self.runs: list[Outcome] = []
        self.asked: list[str] = []
        self.dry: list[bool] = []

    def application(self, id_: str, *, time_left: Callable[[], int]) -> Outcome:
        assert time_left() >= MARGIN
        self.asked.append(id_)
        return self.outcomes.get(id_, Outcome(created=1))

    def run(self, *, dry: bool = False, time_left: Callable[[], int]) -> Outcome:
        assert time_left() >= MARGIN
        self.dry.append(dry)
        return self.runs.pop(0) if self.runs else Outcome()


class Function:
    """The function as it is deployed, with a mirror that does what tests say, and queues that they can look into.

    ``configs``: of boto3's clients, by service.
    """

    def __init__(self, gateway: Gateway, *stages: str) -> None:
        self.gateway = gateway
        self.queues = FakeQueues()
        self.natives = FakeApiGateway(*stages)
        self.mirror = FakeMirror()
        self.configs: dict[str, Config] = {}
        make, fakes = boto3.client, {"sqs": self.queues, "apigateway": self.natives}

        def client(name: str, *, config: Config) -> Any:
            self.configs[name] = config
            return fakes.get(name) or make(name)

        with gateway.monkeypatch.context() as starting:
            starting.setattr(boto3, "client", client)
            self.module: ModuleType = fresh("lambdas.usage_plan_sync.handler")
        self.real = self.module.SYNC._mirror
        self.mirror_by(self.mirror)

    def mirror_by(self, mirror: Any) -> None:
        self.module.SYNC._mirror = self.module.SYNC._runs._mirror = mirror

    def __call__(self, event: Mapping[str, Any], context: Any = PLENTY) -> Any:
        answer = self.module.handler(event, context)
        json.dumps(answer)
        return answer

    def stuck(self, event: Mapping[str, Any], context: Any = PLENTY) -> list[str]:
        """What is to come again."""
        return [each["itemIdentifier"] for each in self(event, context)["batchItemFailures"]]

    def trail(self) -> list[AuditEntry]:
        return [*self.gateway.registry.platform_audit()]

    def full(self, **run: Any) -> None:
        """A full run that a message of the queue asks for; it must not come again."""
        assert self.stuck(messages({"full": {"trigger": "schedule", **run}})) == []


def deployed(gateway: Gateway, folder: Path) -> Function:
    """``folder``: of its package."""
    (folder / "catalogue.json").write_text(json.dumps(PUBLISHED))
    environment = {"STAGE": "dev", "QUEUE": QUEUE, "DEAD_LETTERS": LETTERS, "LAMBDA_TASK_ROOT": str(folder)}
    for name, value in environment.items():
        gateway.monkeypatch.setenv(name, value)
    gateway.client.delete_table(TableName="registry")
    create_registry_table(gateway.client)
    return Function(gateway)


def changed(application: str, sequence: str = "1", *, old: Any = None, new: Any = "x") -> dict[str, Any]:
    """A record of the Registry's stream: an application's state was ``old`` and is ``new``, None for not there."""
    images = {name: {"state": {"S": state}} for name, state in (("OldImage", old), ("NewImage", new)) if state}
    return {
        "eventSource": "aws:dynamodb",
        "eventName": "INSERT" if old is None else "REMOVE" if new is None else "MODIFY",
        "dynamodb": {
            "Keys": {"pk": {"S": f"APP#{application}"}, "sk": {"S": "-"}},
            "SequenceNumber": sequence,
            **images,
        },
    }


def stream(*records: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [*records]}


def messages(*bodies: Any) -> dict[str, Any]:
    """A batch of the queue, with ids ``m0``, ``m1``, …; texts go as they are."""
    return {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "messageId": f"m{number}",
                "receiptHandle": "r",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for number, body in enumerate(bodies)
        ]
    }


def failed(application: str = "", *, again: bool = True, what: str = "", reason: str = "no") -> Failure:
    return Failure(what or f"application {application}", application, reason, again)


def metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, int]]:
    """The numbers of each line of metrics, by what follows ``Sync``."""
    lines = [line for line in capsys.readouterr().out.splitlines(keepends=True) if "CloudWatchMetrics" in line]
    documents = [read(line) for line in lines]
    assert all(each["Stage"] == "dev" for each in documents)
    return [{name.removeprefix("Sync"): value for name, value in each.items() if "Sync" in name} for each in documents]
