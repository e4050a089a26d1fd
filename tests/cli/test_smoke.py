"""What ``tiergate smoke`` calls, and how it reads challenges."""

import re
from collections.abc import Mapping
from typing import Any

import click
import pytest

from tiergate.cli import smoke, smoke_checks
from tiergate.cli.smoke_checks import Answer, Failed, Skipped
from tiergate.domain.catalogue import BOTH, EITHER, KEY, TOKEN, ApiVersion, Catalogue, Operation, Plan, Product
from tiergate.domain.conditions import Conditions
from tiergate.domain.lifecycle import Lifecycle
from tiergate.domain.limits import Limits

ROUTES: Any = {"literal": {"open": {"methods": {"GET": 0}}, "things": {"methods": {"GET": 1}}}}
OPERATIONS = (Operation("open", 1, public=True), Operation("things", 1))


def api(name: str, **differing: Any) -> ApiVersion:
    fields = {"state": "published", "upstream": "https://up.example", "timeout": 10.0} | differing
    return ApiVersion(name, operations=OPERATIONS, routes=ROUTES, **fields)


def catalogue(*apis: ApiVersion) -> Catalogue:
    sold = Product("shop", frozenset(each.name for each in apis), frozenset({"free"}))
    plans = {"free": Plan(Limits.of({"quota": {"hour": 10}}))}
    return Catalogue("Test", "https://help.example", {each.name: each for each in apis}, {"shop": sold}, plans)


def chosen(*apis: ApiVersion) -> tuple[str, str]:
    found, _, path, _, _ = smoke._candidate(catalogue(*apis), [each.name for each in apis])
    return found.name, path


def test_an_operation_is_called_that_needs_the_key() -> None:
    assert chosen(api("a/v1")) == ("a/v1", "/things")


def test_an_api_that_a_key_alone_opens_is_called() -> None:
    closed = api("a/v1", accepts=TOKEN), api("b/v1", accepts=BOTH), api("c/v1", mode="direct")
    bound = api("d/v1", conditions=Conditions(subjects=frozenset({"CN=partner"})))
    assert chosen(*closed, bound, api("e/v1", accepts=EITHER)) == ("e/v1", "/things")
    with pytest.raises(click.ClickException, match="accepts keys alone"):
        chosen(*closed, bound)


def test_an_api_that_is_not_to_end_goes_before_one_that_may_be_in_a_brownout() -> None:
    ending = api("a/v1", state="deprecated", lifecycle=Lifecycle(1, 2, 3))
    assert smoke._in_order(catalogue(ending, api("c/v1"), api("b/v1"))) == ["b/v1", "c/v1", "a/v1"]


class Refusing:
    """A trial whose calls with something like a token all get one answer."""

    def __init__(self, accepts: str, challenges: Mapping[str, str], status: int = 401) -> None:
        self.api = api("a/v1", accepts=accepts)
        headers = {"content-type": "application/problem+json"} | challenges
        self._answer = Answer(status, headers, b'{"code": "token_untrusted"}')

    def call(self, *, headers: Mapping[str, str]) -> Answer:
        assert re.fullmatch(r"Bearer [\w-]+\.[\w-]+\.[\w-]+", headers["authorization"])
        return self._answer


def token_untrusted(trial: Any) -> str:
    return smoke_checks.token_untrusted(trial)


@pytest.mark.parametrize("name", ["www-authenticate", "x-amzn-remapped-www-authenticate"])
def test_a_refused_token_says_which_name_its_challenge_came_under(name: str) -> None:
    challenge = 'Bearer realm="Test", error="invalid_token"'
    told = token_untrusted(Refusing(EITHER, {"x-www-authenticate": challenge, name: challenge}))
    assert told.endswith(f"comes as {name}")


@pytest.mark.parametrize(
    ("challenges", "status"),
    [
        ({"x-www-authenticate": 'Bearer error="invalid_token"'}, 401),
        ({"www-authenticate": 'ApiKey realm="Test"'}, 401),
        ({"www-authenticate": 'Bearer error="invalid_token"'}, 200),
    ],
)
def test_a_token_that_is_taken_or_refused_without_its_challenge_fails(challenges: dict[str, str], status: int) -> None:
    with pytest.raises(Failed):
        token_untrusted(Refusing(TOKEN, challenges, status))


def test_an_api_for_keys_alone_is_sent_no_token() -> None:
    with pytest.raises(Skipped):
        token_untrusted(Refusing(KEY, {}))
