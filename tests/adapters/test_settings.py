"""What functions are told by their environment."""

import pytest

from tiergate.adapters.authorizer_settings import AuthorizerSettings
from tiergate.adapters.settings import PortalSettings

ENVIRONMENT = {
    "MODE": "managed",
    "KEY_ENV": "dev",
    "REGISTRY_TABLE": "registry",
    "USAGE_TABLE": "usage",
    "STORE_TIMEOUT": "0.5",
}


@pytest.mark.parametrize(("text", "seconds"), [("0.3", 0.3), ("3", 3.0), ("0.05", 0.05)])
def test_the_store_has_as_many_seconds_as_are_set(text: str, seconds: float) -> None:
    assert AuthorizerSettings.of(ENVIRONMENT | {"STORE_TIMEOUT": text}).store_timeout == seconds


def test_nothing_is_taken_for_granted_that_the_stack_did_not_set() -> None:
    for name in ENVIRONMENT:
        with pytest.raises(KeyError, match=name):
            AuthorizerSettings.of({other: value for other, value in ENVIRONMENT.items() if other != name})


def test_the_authorities_of_awss_own_endpoint_are_in_the_package() -> None:
    environment = ENVIRONMENT | {"LAMBDA_TASK_ROOT": "/var/task"}
    assert AuthorizerSettings.of(environment).authorities == "/var/task/authorities.pem"


def test_issuers_and_an_edge_are_told_where_there_are_any() -> None:
    none = AuthorizerSettings.of(ENVIRONMENT)
    assert (none.issuers, none.edge_secret) == ({}, "")
    told = {"ISSUERS": '{"partners": {"url": "https://issuer.example"}}', "EDGE_SECRET": "arn:edge"}
    some = AuthorizerSettings.of(ENVIRONMENT | told)
    assert some.issuers["partners"]["url"] == "https://issuer.example"
    assert some.edge_secret == "arn:edge"


@pytest.mark.parametrize("text", ["", "0", "0.0", "-1", "300 ms", "nan", "inf", "1e3", "0,3"])
def test_a_timeout_that_is_none_is_named_with_what_to_set(text: str) -> None:
    with pytest.raises(ValueError, match=f"STORE_TIMEOUT is '{text}', expected seconds above 0, such as 0.3"):
        AuthorizerSettings.of(ENVIRONMENT | {"STORE_TIMEOUT": text})


PORTAL = {
    "REGISTRY_TABLE": "registry",
    "USAGE_TABLE": "usage",
    "USAGE_RECORDS_TABLE": "records",
    "KEY_ENV": "dev",
    "STAGE": "dev",
    "USER_POOL_ID": "eu-central-1_people",
    "MAC_KEY": "arn:key",
}


def test_the_portal_takes_nothing_for_granted_but_its_address_and_keys_to_try() -> None:
    assert PortalSettings.of(PORTAL).try_keys == {}
    assert PortalSettings.of(PORTAL | {"TRY": '{"product": "retail"}'}).try_keys == {"product": "retail"}
    for name in PORTAL:
        with pytest.raises(KeyError, match=name):
            PortalSettings.of({other: value for other, value in PORTAL.items() if other != name})
