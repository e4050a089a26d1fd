"""What the authorizer is told by its environment."""

import pytest

from tiergate.adapters.settings import AuthorizerSettings

ENVIRONMENT = {"MODE": "managed", "KEY_ENV": "dev", "REGISTRY_TABLE": "registry", "USAGE_TABLE": "usage"}


@pytest.mark.parametrize(("text", "seconds"), [("0.3", 0.3), ("3", 3.0), ("0.05", 0.05)])
def test_the_store_has_as_many_seconds_as_are_set(text: str, seconds: float) -> None:
    assert AuthorizerSettings.of(ENVIRONMENT | {"STORE_TIMEOUT": text}).store_timeout == seconds


def test_the_store_has_a_third_of_a_second_where_none_are_set() -> None:
    assert AuthorizerSettings.of(ENVIRONMENT).store_timeout == 0.3


def test_the_authorities_of_awss_own_endpoint_are_in_the_package() -> None:
    environment = ENVIRONMENT | {"LAMBDA_TASK_ROOT": "/var/task"}
    assert AuthorizerSettings.of(environment).authorities == "/var/task/authorities.pem"


@pytest.mark.parametrize("text", ["", "0", "0.0", "-1", "300 ms", "nan", "inf", "1e3", "0,3"])
def test_a_timeout_that_is_none_is_named_with_what_to_set(text: str) -> None:
    with pytest.raises(ValueError, match=f"STORE_TIMEOUT is '{text}', expected seconds above 0, such as 0.3"):
        AuthorizerSettings.of(ENVIRONMENT | {"STORE_TIMEOUT": text})
