"""Whatever stands in the files of issuers and callers, it ends in faults or in a bundle that can be read."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tiergate.domain.catalogue import Catalogue
from tiergate.domain.issuers import Issuer
from tiergate.policy.bundle import compiled, serialized
from tiergate.policy.callers import Addresses
from tiergate.policy.check import checked
from tiergate.policy.issuers import Cognito
from tiergate.policy.issuers import Issuer as IssuerPolicy
from tiergate.policy.schema import Api
from tiergate.policy.source import Faults
from tiergate.policy.upstream_auth import Header, Identity, OAuth, SigV4, UpstreamAuth

KEYS = sorted(
    {key for part in (Addresses, Cognito, Header, Identity, OAuth, SigV4, UpstreamAuth) for key in part.model_fields}
)
ISSUER_KEYS, API_KEYS = sorted(IssuerPolicy.model_fields), sorted(Api.model_fields)
WORDS = [
    "either", "both", "direct", "lambda:demo_bank", "https://a.example", "http://[", "https://a:b", "203.0.113.7/24",
    "2001:db8::/48", "::ffff:1.2.3.4", "basic", "RS256", "any", "Host", "execute-api", "eu-west-1", "getOrder",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-a1B2c3",
]  # fmt: skip
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(WORDS)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner),
    max_leaves=8,
)


def said(data: Any) -> str:
    return json.dumps(data, allow_nan=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(
    st.sampled_from([{}, {"cognito": {}}, {"issuer": "https://a.example", "audience": ["a"]}]),
    st.dictionaries(st.sampled_from(ISSUER_KEYS), values, max_size=2),
    st.dictionaries(st.sampled_from(API_KEYS), values, max_size=2),
)
def test_any_issuer_and_any_api_end_in_faults_or_in_a_bundle(
    folder: Path, kind: dict[str, Any], issuer: dict[str, Any], api: dict[str, Any]
) -> None:
    (folder / "issuers").mkdir(exist_ok=True)
    (folder / "issuers/any.yaml").write_text(said(kind | issuer), encoding="utf-8")
    right = {"title": "Orders", "owner": "me", "upstream": "https://orders.shop.example"}
    (folder / "apis/orders/v1/api.yaml").write_text(said(right | api), encoding="utf-8")
    try:
        bundle = json.loads(serialized(compiled(checked(folder))))
    except Faults:
        return
    catalogue = Catalogue.of(bundle)
    assert "orders/v1" in catalogue.apis
    assert Issuer.of("any", {"url": "https://pool.example"} | catalogue.issuers["any"]).algorithms


@pytest.mark.parametrize("name", ["issuers/any.yaml", "apis/orders/v1/api.yaml"])
@pytest.mark.parametrize("text", ["", "[]", "7", "text", "{}", "null", "- a"])
def test_a_file_that_holds_something_else_ends_in_faults(folder: Path, name: str, text: str) -> None:
    (folder / "issuers").mkdir()
    (folder / name).write_text(text, encoding="utf-8")
    with pytest.raises(Faults):
        checked(folder)
