"""OAuth clients of a deployed gateway, made by the command line, and access tokens for them."""

import base64
import json
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.deployment import Deployment
from tests.e2e.conftest import done

READ, WRITE = "accounts:read", "payments:write"
"""The scopes of the demo bank's document."""


@dataclass(frozen=True)
class Client:
    """One that the deployed user pool knows."""

    id: str
    secret: str
    token_url: str

    def token(self, *scopes: str) -> str:
        """A new access token (RFC 6749, 4.4), with all of the client's scopes when none is named."""
        basic = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        asked = {"grant_type": "client_credentials"} | ({"scope": " ".join(scopes)} if scopes else {})
        request = urllib.request.Request(
            self.token_url, urlencode(asked).encode(), {"authorization": f"Basic {basic}"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return str(json.load(answer)["access_token"])


def made(deployment: Deployment, *arguments: str) -> Client:
    """What ``tiergate client create`` or ``rotate`` tells."""
    told = done(deployment, "client", *arguments)
    return Client(told["id"], told["secret"], told["token_url"])
