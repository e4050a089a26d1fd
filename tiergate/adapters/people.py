"""Those who sign in to the portal, as their Cognito user pool knows them."""

from typing import Any, NamedTuple

from botocore.exceptions import ClientError


class NotSignedIn(Exception):
    """There is no such person any more, or they are disabled."""


class Account(NamedTuple):
    """``mail`` as the pool has it; only a ``verified`` one says who somebody is."""

    mail: str
    verified: bool


class People:
    """``client``: of ``cognito-idp``."""

    def __init__(self, client: Any, pool: str) -> None:
        self._client = client
        self._pool = pool

    def account(self, username: str, sub: str) -> Account:
        """The mail address of somebody whose access token was checked; it stands in no access token.

        Raises
        ------
        NotSignedIn
            The pool has no such person any more, or another one by this name.
        """
        try:
            found = self._client.admin_get_user(UserPoolId=self._pool, Username=username)
        except ClientError as error:
            if error.response["Error"]["Code"] == "UserNotFoundException":
                raise NotSignedIn from error
            raise
        known = {each["Name"]: each["Value"] for each in found.get("UserAttributes", ())}
        if known.get("sub") != sub or not found.get("Enabled", True):
            raise NotSignedIn
        mail = known.get("email", "")
        return Account(mail, bool(mail) and known.get("email_verified") == "true")
