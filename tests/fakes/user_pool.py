"""A Cognito user pool behind boto3's own client, which checks what it is asked: moto's needs one more library."""

import json
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.exceptions import EndpointConnectionError

from tiergate.adapters.cognito import UserPool
from tiergate.domain.keys import random_id

POOL = "eu-central-1_AbCdEfGhI"
RESOURCE_SERVER = "tiergate"
TOKEN_URL = "https://tiergate-dev.auth.example/oauth2/token"


class FakeUserPool:
    """``clients`` by id; ``scopes``: of the resource server, which is not there without; ``down``: nothing answers.

    ``refused``: operations that nobody may do.
    """

    def __init__(self, aws: boto3.Session, *scopes: str) -> None:
        self.clients: dict[str, dict[str, Any]] = {}
        self.scopes = list(scopes)
        self.down = False
        self.refused: set[str] = set()
        self.calls: list[str] = []
        self.client = aws.client("cognito-idp")
        self.client.meta.events.register("before-call.cognito-identity-provider", self._answer)

    def _answer(self, model: Any, params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
        self.calls.append(model.name)
        if self.down:
            raise EndpointConnectionError(endpoint_url="https://cognito-idp.example/")
        if model.name in self.refused:
            return _fault("NotAuthorizedException", "not allowed")
        asked = json.loads(params["body"])
        if asked["UserPoolId"] != POOL:
            return _fault("ResourceNotFoundException", "User pool does not exist.")
        answer: tuple[Any, dict[str, Any]] = getattr(self, f"_{model.name}")(asked)
        return answer

    def _CreateUserPoolClient(self, asked: dict[str, Any]) -> tuple[Any, dict[str, Any]]:  # noqa: N802 - AWS's name
        unknown = set(asked["AllowedOAuthScopes"]) - {f"{RESOURCE_SERVER}/{each}" for each in self.scopes}
        if unknown or not asked["AllowedOAuthScopes"]:
            return _fault("ScopeDoesNotExistException", f"Invalid scope requested: {unknown}")
        made = asked | {"ClientId": random_id(26).lower(), "ClientSecret": random_id(52)}
        self.clients[made["ClientId"]] = made
        return _fine({"UserPoolClient": made})

    def _DescribeUserPoolClient(self, asked: dict[str, Any]) -> tuple[Any, dict[str, Any]]:  # noqa: N802
        found = self.clients.get(asked["ClientId"])
        return _fine({"UserPoolClient": found}) if found else _fault("ResourceNotFoundException", "no such client")

    def _DeleteUserPoolClient(self, asked: dict[str, Any]) -> tuple[Any, dict[str, Any]]:  # noqa: N802
        found = self.clients.pop(asked["ClientId"], None)
        return _fine({}) if found else _fault("ResourceNotFoundException", "no such client")

    def _DescribeResourceServer(self, asked: dict[str, Any]) -> tuple[Any, dict[str, Any]]:  # noqa: N802
        if not self.scopes or asked["Identifier"] != RESOURCE_SERVER:
            return _fault("ResourceNotFoundException", "no such resource server")
        return _fine({"ResourceServer": {"Scopes": [{"ScopeName": each} for each in self.scopes]}})


def pool_of(fake: FakeUserPool, pool: str = POOL) -> UserPool:
    """As the registry has it: issuer ``partners``, tokens of 45 minutes."""
    return UserPool(
        lambda: fake.client,
        pool,
        issuer="partners",
        resource_server=RESOURCE_SERVER,
        token_url=TOKEN_URL,
        token_minutes=45,
    )


def _fine(parsed: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return SimpleNamespace(status_code=200), parsed


def _fault(code: str, message: str) -> tuple[Any, dict[str, Any]]:
    return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": message}}
