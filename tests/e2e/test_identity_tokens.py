"""Identity tokens that the gateway signs for upstreams, verified as an upstream does: with the published keys alone."""

import json

import jwt
import pytest

from tests.deployment import AUDIENCE, Deployment
from tests.e2e.conftest import Call
from tests.e2e.oauth import READ, made
from tiergate.adapters.registry import Onboarded

pytestmark = pytest.mark.ministack

WELL_KNOWN = "/_tiergate/.well-known"


@pytest.fixture(scope="module")
def partner(deployment: Deployment) -> Onboarded:
    return deployment.partner()


@pytest.fixture(scope="module")
def identity(deployment: Deployment, call: Call, partner: Onboarded) -> str:
    """What the upstream got in its field."""
    client = made(deployment, "create", "--app", partner.application, "--scopes", READ)
    forged = {"X-Tiergate-Identity": "forged"}
    answer = call("/tokens/v1/echo", token=client.token(), headers=forged)
    assert answer.status == 200, answer.body
    received: str = answer.json["headers"]["x-tiergate-identity"]
    return received


def test_an_upstream_can_verify_who_calls_with_the_published_keys(
    deployment: Deployment, call: Call, partner: Onboarded, identity: str
):
    keys = jwt.PyJWKSet.from_dict(call(f"{WELL_KNOWN}/jwks.json").json)
    key = keys[jwt.get_unverified_header(identity)["kid"]]
    issuer = f"{deployment.endpoint}/_tiergate"
    claims = jwt.decode(identity, key, algorithms=["ES256"], audience=AUDIENCE, issuer=issuer)
    assert claims["sub"] == partner.application
    assert (claims["organization"], claims["plan"]) == (partner.organization, "roomy")
    assert claims["subscription"] == partner.subscription.id
    assert 60 <= claims["exp"] - claims["iat"] <= 300


def test_the_metadata_names_the_keys_and_the_issuer_and_both_may_be_cached(deployment: Deployment, call: Call):
    metadata, keys = (call(f"{WELL_KNOWN}/{name}") for name in ("openid-configuration", "jwks.json"))
    assert metadata.json["issuer"] == f"{deployment.endpoint}/_tiergate"
    assert metadata.json["jwks_uri"] == f"{deployment.endpoint}{WELL_KNOWN}/jwks.json"
    assert (metadata.status, keys.status) == (200, 200)
    assert "max-age=300" in keys.headers["cache-control"]
    assert not {"d", "p", "q", "k"} & {member for key in keys.json["keys"] for member in key}


def test_one_token_serves_many_calls_of_one_caller(deployment: Deployment, call: Call, partner: Onboarded):
    """KMS is asked once in a while, not for each call."""
    token = made(deployment, "create", "--app", partner.application, "--scopes", READ).token()
    seen = {json.dumps(call("/tokens/v1/echo", token=token).json["headers"]["x-tiergate-identity"]) for _ in range(8)}
    assert len(seen) < 8
