"""Identity tokens that the gateway signs for upstreams, verified as an upstream does: with the published keys alone."""

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
    assert claims["exp"] - claims["iat"] == 300


def test_the_metadata_names_the_keys_and_the_issuer_and_both_may_be_cached(deployment: Deployment, call: Call):
    metadata, keys = (call(f"{WELL_KNOWN}/{name}") for name in ("openid-configuration", "jwks.json"))
    assert metadata.json["issuer"] == f"{deployment.endpoint}/_tiergate"
    assert metadata.json["jwks_uri"] == f"{deployment.endpoint}{WELL_KNOWN}/jwks.json"
    assert (metadata.status, keys.status) == (200, 200)
    assert "max-age=300" in keys.headers["cache-control"]
    assert not {"d", "p", "q", "k"} & {member for key in keys.json["keys"] for member in key}


def test_kms_signs_once_for_each_caller_of_an_instance(deployment: Deployment, call: Call, partner: Onboarded):
    """Calls one after the other are the first free instance's, so that all of them are one's."""
    seen: list[list[str]] = []
    for _ in range(2):
        token = made(deployment, "create", "--app", partner.application, "--scopes", READ).token()
        answers = [call("/tokens/v1/echo", token=token) for _ in range(4)]
        seen.append([str(answer.json["headers"]["x-tiergate-identity"]) for answer in answers])
    assert [len(set(tokens)) for tokens in seen] == [1, 1]
    assert seen[0][0] != seen[1][0], "each caller has a token of its own"
