"""Issuers of access tokens, from their file to what the functions and the stacks read of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.policies.test_bundle import bundle_of
from tiergate.adapters import issuer_keys
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.issuers import Issuer
from tiergate.domain.limits import SECOND
from tiergate.policy.check import checked
from tiergate.policy.issuers import FRESH
from tiergate.policy.source import Faults

ACME = "issuer: https://login.acme.example/\naudience: [https://api.shop.example]\n"


def issuers(folder: Path, **files: str) -> dict[str, Any]:
    """The bundle's issuers, of files with these names and texts."""
    (folder / "issuers").mkdir()
    for name, text in files.items():
        (folder / "issuers" / f"{name}.yaml").write_text(text, encoding="utf-8")
    found: dict[str, Any] = json.loads(bundle_of(folder))["issuers"]
    return found


def with_tokens(folder: Path, *, version: str, scopes: str, accepts: str = "either") -> None:
    """Another version of ``orders`` that accepts tokens, one of whose operations asks for scopes."""
    text = (folder / "apis/orders/v1/openapi.yaml").read_text(encoding="utf-8")
    asked = f"operationId: getOrder\n      security: [{{OAuth: [{scopes}]}}]"
    text = text.replace("operationId: getOrder", asked)
    text = text.replace("components:\n", "components:\n  securitySchemes: {OAuth: {type: oauth2, flows: {}}}\n")
    made = folder / "apis/orders" / version
    made.mkdir()
    (made / "openapi.yaml").write_text(text, encoding="utf-8")
    policy = (folder / "apis/orders/v1/api.yaml").read_text(encoding="utf-8")
    (made / "api.yaml").write_text(f"{policy}accepts: {accepts}\n", encoding="utf-8")


def test_without_issuers_the_bundle_has_none(folder: Path) -> None:
    bundle = json.loads(bundle_of(folder))
    assert bundle["issuers"] == {}
    assert Catalogue.of(bundle).issuers == {}


def test_an_issuer_of_access_tokens_is_strict_until_its_file_says_otherwise(folder: Path) -> None:
    raw = issuers(folder, acme=ACME)["acme"]
    assert Issuer.of("acme", raw) == Issuer(
        name="acme",
        url="https://login.acme.example/",
        jwks="",
        algorithms=frozenset({"RS256", "ES256"}),
        audiences=frozenset({"https://api.shop.example"}),
        types=frozenset({"at+jwt", "application/at+jwt"}),
        required={},
        client="client_id",
        scope="scope",
        scope_prefix="",
        stale=14_400 * SECOND,
    )


def test_every_key_of_an_issuer_reaches_the_authorizer(folder: Path) -> None:
    raw = issuers(
        folder,
        acme=f"""title: Acme's sign-in
{ACME}jwks: https://keys.acme.example/v2
algorithms: [EdDSA, PS512]
tokens: any
client: azp
scope: scp
scope_prefix: "api://shop/"
require: {{token_use: access, https://acme.example/tenant: "7", version: 7, email_verified: true}}
stale: 900
""",
    )["acme"]
    assert Issuer.of("acme", raw) == Issuer(
        name="acme",
        url="https://login.acme.example/",
        jwks="https://keys.acme.example/v2",
        algorithms=frozenset({"EdDSA", "PS512"}),
        audiences=frozenset({"https://api.shop.example"}),
        types=frozenset({"at+jwt", "application/at+jwt", "jwt", ""}),
        required={"token_use": "access", "https://acme.example/tenant": "7", "version": 7, "email_verified": True},
        client="azp",
        scope="scp",
        scope_prefix="api://shop/",
        stale=900 * SECOND,
    )
    assert "title" not in raw, "it is for people alone"


def test_a_user_pool_of_the_deploy_lacks_only_its_addresses(folder: Path) -> None:
    raw = issuers(folder, partners="cognito: {}\n")["partners"]
    assert raw["cognito"] == {"resource_server": "tiergate", "token_minutes": 60, "scopes": []}
    assert not {"url", "jwks"} & raw.keys()
    issuer = Issuer.of("partners", raw | {"url": "https://pool.example"})
    assert (issuer.algorithms, issuer.types) == ({"RS256"}, {"", "jwt"})
    assert (issuer.required, issuer.audiences) == ({"token_use": "access"}, frozenset())
    assert (issuer.client, issuer.scope, issuer.scope_prefix) == ("client_id", "scope", "tiergate/")


def test_a_user_pool_has_the_scopes_of_every_api_that_accepts_tokens_and_of_no_other(folder: Path) -> None:
    with_tokens(folder, version="v2", scopes="orders:write, orders:read")
    with_tokens(folder, version="v3", scopes="orders:read, admin", accepts="both")
    with_tokens(folder, version="v4", scopes="keys-only", accepts="key")
    raw = issuers(folder, partners="title: Partners\ncognito: {resource_server: shop, token_minutes: 5}\n")["partners"]
    scopes = ["admin", "orders:read", "orders:write"]
    assert raw["cognito"] == {"resource_server": "shop", "token_minutes": 5, "scopes": scopes}
    assert (raw["scope_prefix"], "title" in raw) == ("shop/", False)


def test_a_hundred_scopes_fit_into_a_user_pool(folder: Path) -> None:
    with_tokens(folder, version="v2", scopes=", ".join(f"s{number}" for number in range(100)))
    assert len(issuers(folder, partners="cognito: {}\n")["partners"]["cognito"]["scopes"]) == 100


def test_a_scope_with_a_slash_is_only_a_user_pools_problem(folder: Path) -> None:
    with_tokens(folder, version="v2", scopes="orders/read")
    assert "acme" in issuers(folder, acme=ACME)


def test_a_user_pool_that_is_there_already_needs_no_audience_where_only_access_tokens_are_taken(folder: Path) -> None:
    text = "issuer: https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI\ntokens: any\n"
    raw = issuers(folder, pool=f"{text}require: {{token_use: access}}\n")["pool"]
    assert (raw["audiences"], raw["required"]) == ([], {"token_use": "access"})


def test_keys_are_believed_for_as_long_as_check_says() -> None:
    assert FRESH * SECOND == issuer_keys.FRESH


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8080/realm", "http://[::1]:8080", "http://localhost", "https://a.b:8443"]
)
def test_an_issuer_on_this_machine_needs_no_tls(folder: Path, address: str) -> None:
    found = issuers(folder, here=f"issuer: {address}\njwks: {address}\naudience: [a]\n")["here"]
    assert (found["url"], found["jwks"]) == (address, address)


@pytest.mark.parametrize("address", ["http://127.0.0.1.example", "http://10.0.0.1", "http://localhost.example"])
def test_what_only_looks_like_this_machine_needs_tls(folder: Path, address: str) -> None:
    with pytest.raises(Faults, match="must be an https:// address"):
        issuers(folder, here=f"issuer: {address}\naudience: [a]\n")


def test_the_greatest_times_are_allowed(folder: Path) -> None:
    found = issuers(folder, acme=f"{ACME}stale: 86400\n", partners="cognito: {token_minutes: 1440}\n")
    assert (found["acme"]["stale"], found["partners"]["cognito"]["token_minutes"]) == (86_400, 1440)


def test_issuers_with_different_addresses_stand_side_by_side(folder: Path) -> None:
    other = ACME.replace("acme.example/", "acme.example")
    assert set(issuers(folder, acme=ACME, other=other, partners="cognito: {}\n")) == {"acme", "other", "partners"}


def test_the_order_of_algorithms_and_audiences_makes_no_difference(folder: Path) -> None:
    text = "issuer: https://a.example\nalgorithms: [{}]\naudience: [{}]\n"
    found = issuers(folder, acme=text.format("ES256, RS256", "a, b"))
    (folder / "issuers/acme.yaml").write_text(text.format("RS256, ES256", "b, a"), encoding="utf-8")
    assert json.loads(bundle_of(folder))["issuers"] == found


def test_faults_of_issuers_and_of_apis_are_told_at_once(folder: Path) -> None:
    with_tokens(folder, version="v2", scopes="orders/read", accepts="Token")
    with_tokens(folder, version="v3", scopes="orders/read")
    with pytest.raises(Faults) as raised:
        issuers(folder, acme="audience: [a]\nstale: -1\n", partners="cognito: {resource_server: a/b}\njwks: x\n")
    assert [(fault.file.removeprefix("policies/"), fault.line) for fault in raised.value.faults] == [
        ("apis/orders/v2/api.yaml", 8),
        ("apis/orders/v3/openapi.yaml", 14),
        ("issuers/acme.yaml", 1),
        ("issuers/acme.yaml", 2),
        ("issuers/partners.yaml", 1),
        ("issuers/partners.yaml", 2),
        ("issuers/partners.yaml", 2),
    ]


def test_an_issuer_that_cannot_be_read_is_told_once(folder: Path) -> None:
    with_tokens(folder, version="v2", scopes="orders:read")
    with pytest.raises(Faults) as raised:
        issuers(folder, acme="issuer: [\n")
    assert [fault.file for fault in raised.value.faults] == ["policies/issuers/acme.yaml"]


def test_check_reads_what_it_compiles(folder: Path) -> None:
    issuers(folder, acme=ACME)
    assert checked(folder).issuers["acme"].value.issuer == "https://login.acme.example/"
