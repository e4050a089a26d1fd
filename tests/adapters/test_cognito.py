"""OAuth clients of the user pool: for client credentials alone, with scopes that there are."""

from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError

from tests.fakes.user_pool import POOL, RESOURCE_SERVER, TOKEN_URL, FakeUserPool, pool_of
from tiergate.adapters.cognito import UserPool
from tiergate.adapters.registry import RegistryError


@pytest.fixture
def fake(aws):
    return FakeUserPool(aws, "accounts:read", "payments:write")


def test_a_client_gets_tokens_by_client_credentials_and_in_no_other_way(fake):
    made = pool_of(fake).create("app_1", frozenset({"payments:write"}))
    assert (made.token_url, made.scopes) == (TOKEN_URL, ("tiergate/payments:write",))
    stored = fake.clients[made.id]
    assert (stored["ClientSecret"], stored["GenerateSecret"]) == (made.secret, True)
    assert stored["AllowedOAuthFlows"] == ["client_credentials"]
    assert stored["AllowedOAuthFlowsUserPoolClient"] is True
    assert stored["AllowedOAuthScopes"] == ["tiergate/payments:write"]
    assert stored["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"], "none would allow signing in with a password"
    assert stored["PreventUserExistenceErrors"] == "ENABLED"
    assert (stored["AccessTokenValidity"], stored["TokenValidityUnits"]) == (45, {"AccessToken": "minutes"})


def test_a_secret_is_not_in_what_logs_would_show(fake):
    made = pool_of(fake).create("app_1", None)
    assert made.secret not in repr(made)


def test_a_client_without_named_scopes_gets_all_that_there_are(fake):
    made = pool_of(fake).create("app_1", None)
    assert made.scopes == ("tiergate/accounts:read", "tiergate/payments:write")
    assert pool_of(fake).scopes(made.id) == {"tiergate/accounts:read", "tiergate/payments:write"}


@pytest.mark.parametrize(
    ("scopes", "message"),
    [
        ({"accounts:read", "admin"}, "no scope admin in the user pool; known: accounts:read, payments:write"),
        (set(), "name at least one scope; known: accounts:read, payments:write"),
    ],
)
def test_a_scope_that_the_pool_does_not_know_makes_no_client_and_the_known_ones_are_told(fake, scopes, message):
    with pytest.raises(RegistryError, match=message):
        pool_of(fake).create("app_1", frozenset(scopes))
    assert fake.clients == {}


def test_a_pool_without_scopes_says_where_they_come_from(aws):
    with pytest.raises(RegistryError, match=r"has no scope yet.*name one in the OpenAPI document"):
        pool_of(FakeUserPool(aws)).create("app_1", None)


def test_more_scopes_than_a_client_can_have_must_be_chosen_from(aws):
    fake = FakeUserPool(aws, *(f"scope{number}" for number in range(51)))
    with pytest.raises(RegistryError, match="knows 51 scopes, a client has at most 50"):
        pool_of(fake).create("app_1", None)
    assert pool_of(fake).create("app_1", frozenset({"scope7"})).scopes == ("tiergate/scope7",)


def test_a_client_is_deleted_once_and_unknown_ones_are_told(fake):
    pool = pool_of(fake)
    made = pool.create("app_1", None)
    assert (pool.delete(made.id), pool.delete(made.id)) == (True, False)
    assert pool.scopes(made.id) is None
    assert pool_of(fake, "eu-central-1_Other").delete(made.id) is False


@pytest.mark.parametrize("trouble", ["down", "refused"])
def test_trouble_of_the_pool_is_told_as_the_registrys(fake, trouble):
    pool = pool_of(fake)
    made = pool.create("app_1", None)
    if trouble == "down":
        fake.down = True
    else:
        fake.refused |= {"CreateUserPoolClient", "DeleteUserPoolClient", "DescribeUserPoolClient"}
    attempts = (
        lambda: pool.create("app_1", None),
        lambda: pool.delete(made.id),
        lambda: pool.scopes(made.id),
    )
    for attempt in attempts:
        with pytest.raises(RegistryError, match=r"Could not connect|not allowed") as refused:
            attempt()
        assert made.secret not in str(refused.value)


def test_without_credentials_the_registry_says_so():
    """Whatever is asked first: there is no client of the pool then whose errors could be looked up."""

    def connect() -> Any:
        raise NoCredentialsError

    pool = UserPool(connect, POOL, issuer="partners", resource_server="tiergate", token_url=TOKEN_URL, token_minutes=60)
    for attempt in (lambda: pool.create("app_1", None), lambda: pool.delete("abc"), lambda: pool.scopes("abc")):
        with pytest.raises(RegistryError, match="Unable to locate credentials"):
            attempt()


def test_the_pools_client_is_made_when_it_is_needed(fake):
    connected = []
    pool = UserPool(
        lambda: connected.append(1) or fake.client,
        POOL,
        issuer="partners",
        resource_server=RESOURCE_SERVER,
        token_url=TOKEN_URL,
        token_minutes=60,
    )
    assert (pool.issuer, connected) == ("partners", [])
    pool.create("app_1", None)
    pool.delete("none")
    assert connected == [1]
