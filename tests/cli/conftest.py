"""Commands on a registry in moto, with policies in the working directory."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result

from tests.cli.migration import account, migrated  # noqa: F401 - fixtures
from tests.fakes.registry import create_registry_table
from tests.fakes.user_pool import POOL, RESOURCE_SERVER, TOKEN_URL, FakeUserPool
from tiergate.cli.main import main
from tiergate.cli.target import LOCAL, Target
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked
from tiergate.policy.shipped import shipped

VALID = Path(__file__).parents[1] / "policies" / "valid"

ENTRA = """title: Acme's sign-in
issuer: https://login.acme.example/
audience: [https://api.bank.example]
"""

Run = Callable[..., Result]
Made = Callable[..., Any]


def shipped_now() -> Any:
    """What a deploy of the working directory's policies gives to the functions."""
    return json.loads(json.dumps(shipped(compiled(checked(Path("policies"))))))


def unreadable(*_: object, **__: object) -> None:
    """In place of ``deployed_bundle``, for who may not read the functions."""
    fault = {"Error": {"Code": "AccessDeniedException", "Message": "not authorized: lambda:GetFunction"}}
    raise ClientError(fault, "GetFunction")


@pytest.fixture
def registry(dynamodb: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """An empty registry that every command finds, and the DynamoDB client to look into it.

    Whatever the working directory's policies say at a moment is deployed.
    """
    shutil.copytree(VALID, tmp_path / "policies")
    monkeypatch.chdir(tmp_path)
    outputs = {
        "tiergate-dev-data": {"RegistryTable": "registry", "UsageTable": "usage", "UsageRecordsTable": "records"},
        "tiergate-dev-gateway": {"Endpoint": "https://gateway.example", "AuthorizerName": "authorizer"},
    }
    target = Target(LOCAL, "dev", "us-east-1", None, outputs, "")
    monkeypatch.setattr(Target, "find", lambda _: target)
    monkeypatch.setattr(Target, "client", lambda *_: dynamodb)
    monkeypatch.setattr("tiergate.cli.running.deployed_bundle", lambda *_, **__: shipped_now())
    create_registry_table(dynamodb)
    yield dynamodb
    dynamodb.delete_table(TableName="registry")


@pytest.fixture
def user_pool(registry: Any, aws: boto3.Session, monkeypatch: pytest.MonkeyPatch) -> FakeUserPool:
    """The deployment has a user pool, issuer ``partners``; the policies know ``entra`` too."""
    Path("policies/issuers").mkdir(exist_ok=True)
    Path("policies/issuers/partners.yaml").write_text("title: Partners\ncognito: {token_minutes: 30}\n")
    Path("policies/issuers/entra.yaml").write_text(ENTRA)
    fake = FakeUserPool(aws, "accounts:read", "payments:write")
    target = Target.find(LOCAL)
    pool = {"UserPoolId": POOL, "Issuer": "partners", "ResourceServer": RESOURCE_SERVER, "TokenUrl": TOKEN_URL}
    deployed = replace(target, outputs={**target.outputs, "tiergate-dev-user-pool": pool})
    monkeypatch.setattr(Target, "find", lambda _: deployed)
    clients = {"cognito-idp": fake.client, "dynamodb": registry, "lambda": None}
    monkeypatch.setattr(Target, "client", lambda _, service: clients[service])
    return fake


def name_scopes(*scopes: str) -> None:
    """Have an OpenAPI document of the policies in the working directory ask for scopes."""
    document = Path("policies/apis/orders/v1/openapi.yaml")
    scheme = "  securitySchemes:\n    OAuth: {type: http, scheme: bearer}\n"
    text = document.read_text().replace("components:\n", f"components:\n{scheme}")
    asking = f"operationId: getOrder\n      security: [{{OAuth: [{', '.join(scopes)}]}}]"
    document.write_text(text.replace("operationId: getOrder", asking))


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
