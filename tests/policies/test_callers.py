"""Who may call an API, and what proves the gateway to its upstream, as the functions read it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.policies.test_bundle import bundle_of, with_keys
from tests.policies.test_invalid import change, faults
from tiergate.domain.catalogue import ApiVersion, Catalogue
from tiergate.domain.conditions import NONE

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders/service-a1B2c3"


def api(folder: Path) -> ApiVersion:
    return Catalogue.of(json.loads(bundle_of(folder))).apis["orders/v1"]


def test_an_api_is_for_keys_from_anywhere_until_it_says_otherwise(folder: Path) -> None:
    found = api(folder)
    assert (found.accepts, found.conditions, found.public_plan, found.upstream_auth) == ("key", NONE, "", None)
    assert not any(operation.public for operation in found.operations)
    policy = with_keys(folder, "accepts: key\n")
    assert not {"accepts", "conditions", "public_plan", "upstream_auth"} & policy.keys()


@pytest.mark.parametrize("accepts", ["token", "either", "both"])
def test_an_api_says_which_credentials_it_accepts(folder: Path, accepts: str) -> None:
    (folder / "issuers").mkdir()
    (folder / "issuers/partners.yaml").write_text("cognito: {}\n", encoding="utf-8")
    with_keys(folder, f"accepts: {accepts}\n")
    assert api(folder).accepts == accepts


def test_networks_and_subjects_of_an_api_are_read_as_they_are_meant(folder: Path) -> None:
    with_keys(
        folder,
        """addresses:
  allow: [203.0.113.0/24, "2001:DB8::/48"]
  deny: [203.0.113.66]
subjects: ["CN=partner,O=Acme,C=DE"]
""",
    )
    conditions = api(folder).conditions
    assert [str(network) for network in conditions.allowed] == ["203.0.113.0/24", "2001:db8::/48"]
    partner = "CN=partner,O=Acme,C=DE"
    assert conditions.broken("203.0.113.65", partner) is None
    assert conditions.broken("2001:db8::1", partner) is None
    assert conditions.broken("203.0.113.66", partner) == "address_not_allowed"
    assert conditions.broken("198.51.100.1", partner) == "address_not_allowed"
    assert conditions.broken("203.0.113.65", "CN=other") == "certificate_not_allowed"


@pytest.mark.parametrize("key", ["allow", "deny"])
def test_one_list_of_networks_is_enough(folder: Path, key: str) -> None:
    with_keys(folder, f"addresses: {{{key}: [203.0.113.7]}}\n")
    refused = api(folder).conditions.broken("203.0.113.7", "") is not None
    assert refused == (key == "deny")


def test_fifty_networks_and_twenty_subjects_are_not_too_many(folder: Path) -> None:
    networks = ", ".join(f"203.0.113.{number}" for number in range(50))
    denied = ", ".join(f"203.0.113.{number}" for number in range(49, 99))
    subjects = ", ".join(f"CN=p{number}" for number in range(20))
    with_keys(folder, f"addresses: {{allow: [{networks}], deny: [{denied}]}}\nsubjects: [{subjects}]\n")
    found = api(folder).conditions
    assert (len(found.allowed), len(found.denied), len(found.subjects)) == (50, 50, 20)


@pytest.mark.parametrize(
    "addresses",
    [
        "{deny: [0.0.0.0/0]}",
        '{deny: [0.0.0.0/1, 128.0.0.0/1, "::/1"]}',
        '{allow: [203.0.113.0/24, "2001:db8::/48"], deny: [203.0.113.0/24]}',
        "{allow: [203.0.113.0/30], deny: [203.0.113.0/31, 203.0.113.2]}",
    ],
)
def test_networks_may_be_denied_as_long_as_somebody_is_left(folder: Path, addresses: str) -> None:
    with_keys(folder, f"addresses: {addresses}\n")
    assert api(folder).conditions.denied


@pytest.mark.parametrize(
    "subjects", ["[CN=a, CN=b]", '["CN=a", "O=b"]', "[CN=a]", "\n  - CN=a\n  - O=b", '["CN=a,O=Acme", O=b]']
)
def test_subjects_of_one_part_are_told_from_one_that_was_torn_apart(folder: Path, subjects: str) -> None:
    with_keys(folder, f"subjects: {subjects}\n")
    assert api(folder).conditions.subjects


def test_a_public_operation_is_counted_by_the_plan_that_is_named(folder: Path) -> None:
    with_keys(folder, "  listOrders: {public: true}\n  getOrder: {public: false}\npublic_plan: basic\n")
    found = api(folder)
    assert [operation.id for operation in found.operations if operation.public] == ["listOrders"]
    assert found.public_plan == "basic"
    assert bundle_of(folder).count('"public"') == 1


def test_a_direct_api_may_have_public_operations_and_conditions(folder: Path) -> None:
    with_keys(
        folder,
        "  listOrders: {public: true}\npublic_plan: large\nmode: direct\n"
        "addresses: {deny: [203.0.113.66]}\nsubjects: [CN=partner]\n",
    )
    found = api(folder)
    assert (found.mode, found.public_plan, found.conditions.subjects) == ("direct", "large", {"CN=partner"})


def test_a_plan_for_anybody_must_admit_what_anybody_can_call_and_no_more(folder: Path) -> None:
    """``placeOrder`` costs 5, but only subscribers of other plans can call it."""
    (folder / "plans/anonymous.yaml").write_text("title: A\nlimits: {quota: {hour: 4}}\n", encoding="utf-8")
    with_keys(folder, "  listOrders: {cost: 4, public: true}\npublic_plan: anonymous\n")
    assert faults(folder) == []


def test_a_leased_plan_may_count_public_operations(folder: Path) -> None:
    (folder / "plans/anonymous.yaml").write_text(
        "title: A\nlimits: {mode: leased, rate: {per_second: 5, burst: 64}}\n", encoding="utf-8"
    )
    with_keys(folder, "  listOrders: {public: true}\npublic_plan: anonymous\n")
    assert api(folder).public_plan == "anonymous"


@pytest.mark.parametrize(
    ("text", "compiled"),
    [
        (
            f"header: {{name: Authorization, secret: '{SECRET}', member: token, prefix: 'Bearer '}}",
            {"kind": "header", "name": "Authorization", "secret": SECRET, "member": "token", "prefix": "Bearer "},
        ),
        (
            f"header: {{name: X-Api-Key, secret: '{SECRET}'}}",
            {"kind": "header", "name": "X-Api-Key", "secret": SECRET, "prefix": ""},
        ),
        (
            "sigv4: {service: execute-api, region: eu-west-1, "
            "resource: 'arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/*'}",
            {
                "kind": "sigv4",
                "service": "execute-api",
                "region": "eu-west-1",
                "resource": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3d4e5/prod/GET/*",
            },
        ),
        (
            f"oauth: {{token_url: 'https://login.shop.example/token', client_id: gateway, secret: '{SECRET}'}}",
            {
                "kind": "oauth",
                "token_url": "https://login.shop.example/token",
                "client_id": "gateway",
                "secret": SECRET,
            },
        ),
        (
            f"oauth: {{token_url: 'http://127.0.0.1:9/token', client_id: gateway, secret: '{SECRET}', "
            "member: secret, scopes: [orders:read, orders:write], audience: 'https://orders.shop.example'}",
            {
                "kind": "oauth",
                "token_url": "http://127.0.0.1:9/token",
                "client_id": "gateway",
                "secret": SECRET,
                "member": "secret",
                "scopes": ["orders:read", "orders:write"],
                "audience": "https://orders.shop.example",
            },
        ),
        (
            "identity: {audience: 'https://orders.shop.example'}",
            {
                "kind": "identity",
                "audience": "https://orders.shop.example",
                "header": "X-Tiergate-Identity",
                "lifetime": 300,
            },
        ),
        (
            "identity: {audience: orders, header: x-tiergate-identity}",
            {"kind": "identity", "audience": "orders", "header": "x-tiergate-identity", "lifetime": 300},
        ),
        (
            "identity: {audience: orders, header: Authorization, lifetime: 3600}",
            {"kind": "identity", "audience": "orders", "header": "Authorization", "lifetime": 3600},
        ),
    ],
)
def test_every_way_of_proving_the_gateway_to_an_upstream_is_in_the_bundle(
    folder: Path, text: str, compiled: dict[str, Any]
) -> None:
    with_keys(folder, f"upstream_auth:\n  {text}\n")
    assert api(folder).upstream_auth == compiled


@pytest.mark.parametrize(
    "upstream", ["http://127.0.0.1:8080", "http://localhost", "http://orders.internal.example\nprivate: true"]
)
def test_a_proof_may_go_in_clear_on_this_machine_and_within_the_vpc(folder: Path, upstream: str) -> None:
    change(folder / "apis/orders/v1/api.yaml", "https://orders.shop.example/api", upstream)
    with_keys(folder, "upstream_auth: {identity: {audience: orders}}\n")
    assert api(folder).upstream_auth


@pytest.mark.parametrize("prefix", ["'Bearer '", "'key='", "'Token token:'", "''"])
def test_what_stands_before_a_secret_ends_where_the_secret_begins(folder: Path, prefix: str) -> None:
    with_keys(folder, f"upstream_auth:\n  header: {{name: X-Key, secret: '{SECRET}', prefix: {prefix}}}\n")
    assert (api(folder).upstream_auth or {})["prefix"] == prefix.strip("'")


@pytest.mark.parametrize(
    ("service", "resource"),
    [
        ("lambda", "arn:aws:lambda:eu-west-1:123456789012:function:orders"),
        ("lambda", "arn:aws:lambda:eu-west-1:123456789012:function:orders:live"),
        ("vpc-lattice-svcs", "arn:aws:vpc-lattice:eu-west-1:123456789012:service/svc-0a1b2c3d4e5f60718/*"),
        ("execute-api", "arn:aws-us-gov:execute-api:eu-west-1:123456789012:a1b2c3d4e5/*"),
    ],
)
def test_a_signed_call_is_for_one_resource_of_its_service(folder: Path, service: str, resource: str) -> None:
    with_keys(folder, f"upstream_auth:\n  sigv4: {{service: {service}, region: eu-west-1, resource: '{resource}'}}\n")
    assert api(folder).upstream_auth == {
        "kind": "sigv4",
        "service": service,
        "region": "eu-west-1",
        "resource": resource,
    }


def test_the_key_of_identity_tokens_is_the_first_until_it_is_rotated(folder: Path) -> None:
    assert json.loads(bundle_of(folder))["platform"]["identity_key"] == 1
    with (folder / "platform.yaml").open("a", encoding="utf-8") as file:
        file.write("identity_key: 1000\n")
    assert json.loads(bundle_of(folder))["platform"]["identity_key"] == 1000


def test_no_fault_repeats_a_secret_or_the_user_of_an_address(folder: Path) -> None:
    secrets = ("hunter2", "correct-horse", "battery-staple")
    text = (
        "upstream_auth:\n"
        f"  oauth:\n    token_url: https://me:{secrets[0]}@login.shop.example/token\n"
        f"    client_id: gateway\n    secret: {secrets[1]}\n"
        f"  header:\n    name: X-Key\n    secret: [{secrets[2]}]\n"
    )
    with (folder / "apis/orders/v1/api.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    told = faults(folder)
    assert len(told) == 4
    assert not [fault for fault in told if any(secret in fault for secret in secrets)]
