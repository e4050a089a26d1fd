"""The bench's tokens are good ones: our own verifier takes each kind, from a bundle's issuer."""

import json
import time
from pathlib import Path

import pytest

from bench.gateway import ISSUER, bundle_of
from bench.tokens import CLIENT, Issuer
from tiergate.adapters.tokens import Tokens
from tiergate.domain.issuers import Issuer as Trusted
from tiergate.domain.messages import Response

URL = "https://127.0.0.1:4443/"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_our_verifier_takes_each_token_that_is_measured_with(algorithm: str, tmp_path: Path) -> None:
    issuer = Issuer()
    issuer.url = URL
    trusted = json.loads(bundle_of(tmp_path, "http://127.0.0.1:9", URL))["issuers"][ISSUER]
    tokens = Tokens([Trusted.of(ISSUER, trusted)], fetch=lambda _address, _timeout: Response(200, [], issuer.jwks()))

    first, second = issuer.token(algorithm), issuer.token(algorithm)

    assert first != second
    for text in (first, second):
        token, _ = tokens.verify(text, time.time_ns() // 1000)
        assert (token.issuer, token.client) == (ISSUER, CLIENT)


def test_a_bundle_without_an_issuer_accepts_keys_alone(tmp_path: Path) -> None:
    bundle = json.loads(bundle_of(tmp_path, "http://127.0.0.1:9"))

    assert not bundle.get("issuers")
    assert "accepts" not in bundle["apis"]["bench/v1"]
