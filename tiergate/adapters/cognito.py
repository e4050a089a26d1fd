"""OAuth clients of a Cognito user pool, which get their tokens by client credentials (RFC 6749, 4.4)."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tiergate.adapters.registry.errors import RegistryError
from tiergate.adapters.registry.pools import NewClient

MOST_SCOPES = 50
"""Of one client, in Cognito."""


class UserPool:
    """The user pool of one deployment, a ``ClientPool``.

    ``connect``: makes its ``cognito-idp`` client when it is needed. ``issuer``: the pool's name among the policies.
    ``resource_server``: whose scopes clients are given. ``token_minutes``: how long a token of theirs lasts.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        pool: str,
        *,
        issuer: str,
        resource_server: str,
        token_url: str,
        token_minutes: int,
    ) -> None:
        self._connect = connect
        self._pool = pool
        self._issuer = issuer
        self._prefix = f"{resource_server}/"
        self._resource_server = resource_server
        self._token_url = token_url
        self._token_minutes = token_minutes

    @property
    def issuer(self) -> str:
        return self._issuer

    def create(self, name: str, scopes: frozenset[str] | None) -> NewClient:
        """A client with a secret, good for these scopes, or for all that there are (None).

        Raises
        ------
        RegistryError
            There is no such scope, or Cognito refuses.
        """
        granted = tuple(self._prefix + each for each in sorted(self._granted(scopes)))
        try:
            made = self._client.create_user_pool_client(
                UserPoolId=self._pool,
                ClientName=name,
                GenerateSecret=True,
                AllowedOAuthFlowsUserPoolClient=True,
                AllowedOAuthFlows=["client_credentials"],
                AllowedOAuthScopes=list(granted),
                ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
                AccessTokenValidity=self._token_minutes,
                TokenValidityUnits={"AccessToken": "minutes"},
                PreventUserExistenceErrors="ENABLED",
            )["UserPoolClient"]
        except (BotoCoreError, ClientError) as error:
            raise RegistryError(f"the user pool makes no client: {error}") from error
        return NewClient(made["ClientId"], made["ClientSecret"], self._token_url, granted)

    def delete(self, id_: str) -> bool:
        """Let it get no more tokens; False when there is none.

        Raises
        ------
        RegistryError
            Cognito refuses, or does not answer.
        """
        try:
            self._client.delete_user_pool_client(UserPoolId=self._pool, ClientId=id_)
        except (BotoCoreError, ClientError) as error:
            if _absent(error):
                return False
            raise RegistryError(str(error)) from error
        return True

    def scopes(self, id_: str) -> frozenset[str] | None:
        """What a client can have in its tokens, as its token URL knows it; None when there is none.

        Raises as ``delete``.
        """
        try:
            found = self._client.describe_user_pool_client(UserPoolId=self._pool, ClientId=id_)["UserPoolClient"]
        except (BotoCoreError, ClientError) as error:
            if _absent(error):
                return None
            raise RegistryError(f"the user pool cannot be asked for client {id_}: {error}") from error
        return frozenset(found.get("AllowedOAuthScopes", ()))

    def _granted(self, scopes: frozenset[str] | None) -> frozenset[str]:
        known = self._known()
        if not known:
            raise RegistryError(
                "the user pool has no scope yet, and gives no token without one; name one in the OpenAPI document of "
                "an API that accepts tokens, and deploy"
            )
        if scopes is None and len(known) > MOST_SCOPES:
            raise RegistryError(
                f"the user pool knows {len(known)} scopes, a client has at most {MOST_SCOPES}: --scopes"
            )
        unknown = sorted((scopes or frozenset()) - known)
        if unknown or scopes == frozenset():
            wrong = f"there is no scope {', '.join(unknown)} in the user pool" if unknown else "name at least one scope"
            raise RegistryError(f"{wrong}; known: {', '.join(sorted(known))}")
        return known if scopes is None else scopes

    def _known(self) -> frozenset[str]:
        try:
            found = self._client.describe_resource_server(UserPoolId=self._pool, Identifier=self._resource_server)
        except (BotoCoreError, ClientError) as error:
            if _absent(error):
                return frozenset()
            raise RegistryError(f"the user pool cannot be asked for its scopes: {error}") from error
        return frozenset(each["ScopeName"] for each in found["ResourceServer"].get("Scopes", ()))

    @cached_property
    def _client(self) -> Any:
        return self._connect()


def _absent(error: BotoCoreError | ClientError) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] == "ResourceNotFoundException"
