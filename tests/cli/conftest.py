"""Commands on a registry in moto, with policies in the working directory."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.fakes.registry import create_registry_table
from tiergate.cli.main import main
from tiergate.cli.target import LOCAL, Target

VALID = Path(__file__).parents[1] / "policies" / "valid"

Run = Callable[..., Result]
Made = Callable[..., Any]


@pytest.fixture
def registry(dynamodb: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """An empty registry that every command finds, and the DynamoDB client to look into it."""
    shutil.copytree(VALID, tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    outputs = {
        "tiergate-dev-data": {"RegistryTable": "registry", "UsageTable": "usage", "UsageRecordsTable": "records"},
        "tiergate-dev-gateway": {"Endpoint": "https://gateway.example"},
    }
    target = Target(LOCAL, "dev", "us-east-1", None, outputs, "")
    monkeypatch.setattr(Target, "find", lambda _: target)
    monkeypatch.setattr(Target, "client", lambda *_: dynamodb)
    create_registry_table(dynamodb)
    yield dynamodb
    dynamodb.delete_table(TableName="registry")


@pytest.fixture
def run(registry: Any) -> Run:
    return lambda *arguments, **options: CliRunner().invoke(main, arguments, catch_exceptions=False, **options)


@pytest.fixture
def made(run: Run) -> Made:
    """``made("key", "create", …)``: what a command that must succeed prints with ``--json``."""

    def document(*arguments: str) -> Any:
        result = run(*arguments, "--json")
        assert (result.exit_code, result.stderr) == (0, "")
        return json.loads(result.stdout)

    return document


@pytest.fixture
def application(made: Made) -> str:
    """The id of an application of organization ``acme``."""
    made("org", "create", "Acme")
    return str(made("app", "create", "Bank", "--org", "acme")["id"])


@pytest.fixture
def subscription(made: Made, application: str) -> str:
    """The id of its subscription to ``shop``, plan ``basic``."""
    arguments = ("--app", application, "--product", "shop", "--plan", "basic")
    return str(made("subscription", "create", *arguments)["id"])
