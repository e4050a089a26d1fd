"""Who may sign up for the portal, and how often anybody may."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas.sign_up.rules import MOST, MOST_OF_DOMAIN, MOST_OF_PUBLIC, Refused, Rules
from tests.functions.conftest import fresh
from tiergate.domain.metrics import SIGN_UP_FAILED


class FakeAllowances:
    """The seconds to wait are always 61."""

    def __init__(self) -> None:
        self.taken: Counter[str] = Counter()

    def take(self, what: str, most: int, seconds: int) -> int:
        assert seconds == 3600
        if self.taken[what] == most:
            return 61
        self.taken[what] += 1
        return 0


@pytest.fixture
def allowances() -> FakeAllowances:
    return FakeAllowances()


@pytest.mark.parametrize("domains", [[], ["acme.example"]])
def test_people_of_the_named_domains_sign_up_and_where_none_is_named_all(
    allowances: FakeAllowances, domains: list[str]
):
    Rules(allowances, domains).check("Ann@ACME.example")


@pytest.mark.parametrize(
    "mail", ["ann@other.example", "ann@acme.example.evil.example", "acme.example@other.example", "ann@evilacme.example"]
)
def test_people_of_other_domains_are_refused_and_count_for_nothing(allowances: FakeAllowances, mail: str):
    with pytest.raises(Refused, match="Only people with a mail address of certain companies can sign up here"):
        Rules(allowances, ["acme.example"]).check(mail)
    assert not allowances.taken


@pytest.mark.parametrize("mail", ["", "ann", "ann@"])
def test_what_is_no_mail_address_is_refused(allowances: FakeAllowances, mail: str):
    with pytest.raises(Refused, match=r"Give a mail address, such as name@example\.com"):
        Rules(allowances, []).check(mail)


def test_one_domain_cannot_use_up_what_all_have(allowances: FakeAllowances):
    rules = Rules(allowances, [])
    for number in range(MOST_OF_DOMAIN):
        rules.check(f"{number}@acme.example")
    for _ in range(MOST):
        with pytest.raises(Refused, match=r"Many people of your mail domain .* Try again in 2 minutes\."):
            rules.check("one-more@Acme.Example.")
    rules.check("ann@other.example")
    assert allowances.taken["sign-up"] == MOST_OF_DOMAIN + 1


def test_a_public_mail_domain_has_more_but_cannot_use_up_what_all_have_either(allowances: FakeAllowances):
    rules = Rules(allowances, [])
    for number in range(MOST_OF_PUBLIC):
        rules.check(f"{number}@gmail.com")
    with pytest.raises(Refused, match="Many people of your mail domain have signed up in the last hour"):
        rules.check("one-more@gmail.com")
    rules.check("ann@acme.example")


def test_all_together_have_a_limit_too(allowances: FakeAllowances):
    rules = Rules(allowances, [])
    for number in range(MOST):
        rules.check(f"ann@{number}.example")
    with pytest.raises(Refused, match="Many people have signed up in the last hour"):
        rules.check("ann@one-more.example")


def event(trigger: str = "PreSignUp_SignUp", mail: str = "ann@acme.example") -> dict[str, Any]:
    return {"triggerSource": trigger, "request": {"userAttributes": {"email": mail}}, "response": {}}


@pytest.fixture
def handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    with mock_aws():
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        monkeypatch.setenv("REGISTRY_TABLE", "registry")
        monkeypatch.setenv("STAGE", "dev")
        monkeypatch.setenv("SIGN_UP_DOMAINS", "acme.example,other.example")
        boto3.client("dynamodb").create_table(
            TableName="registry",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield fresh("lambdas.sign_up.handler").handler


def test_cognito_gets_its_event_back_and_confirms_nobody_by_it(handler: Any):
    assert handler(event(), None) == event()
    assert handler(event(mail="ann@other.example"), None)["response"] == {}


def test_no_mail_address_or_domain_is_kept(handler: Any):
    handler(event(), None)
    kept = str(boto3.client("dynamodb").scan(TableName="registry")["Items"])
    assert "LIMIT#" in kept
    assert "ann" not in kept
    assert "acme" not in kept


def test_cognito_is_told_why_somebody_may_not(handler: Any):
    with pytest.raises(Exception, match="Only people with a mail address of certain companies"):
        handler(event(mail="ann@evil.example"), None)
    for number in range(MOST_OF_DOMAIN):
        handler(event(mail=f"{number}@acme.example"), None)
    with pytest.raises(Exception, match="Many people of your mail domain"):
        handler(event(), None)


def test_what_fails_is_counted_for_an_alarm_and_what_is_refused_is_not(
    handler: Any, capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(Exception, match="Only people with a mail address of certain companies"):
        handler(event(mail="ann@evil.example"), None)
    assert capsys.readouterr().out == ""
    boto3.client("dynamodb").delete_table(TableName="registry")
    with pytest.raises(Exception, match="ResourceNotFound"):
        handler(event(), None)
    told = json.loads(capsys.readouterr().out)
    assert (told[SIGN_UP_FAILED], told["Stage"]) == (1, "dev")


def test_both_counts_are_done_in_the_five_seconds_that_cognito_waits(handler: Any):
    patience = handler.__globals__["PATIENCE"]
    seconds = (patience.connect_timeout + patience.read_timeout) * patience.retries["total_max_attempts"]
    assert 2 * seconds < 5


def test_whom_the_platform_makes_an_account_for_is_not_asked(handler: Any):
    assert handler(event("PreSignUp_AdminCreateUser", "ann@evil.example"), None)
