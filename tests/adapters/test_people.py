"""People as their user pool knows them."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from tiergate.adapters.people import Account, NotSignedIn, People

POOL, NAME, SUB = "eu-central-1_people", "mira", "2f0c5b1e-6a52-4c5e-9d56-0d1f6f7e8a01"


@pytest.fixture
def cognito(aws: boto3.Session) -> Any:
    client = aws.client("cognito-idp")
    with Stubber(client) as stubber:
        client.stubber = stubber
        yield client


def known(cognito: Any, *, enabled: bool = True, **attributes: str) -> Account:
    listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
    answer = {"Username": NAME, "Enabled": enabled, "UserAttributes": listed}
    cognito.stubber.add_response("admin_get_user", answer, {"UserPoolId": POOL, "Username": NAME})
    return People(cognito, POOL).account(NAME, SUB)


def test_a_mail_address_is_somebodys_when_it_is_verified(cognito: Any):
    assert known(cognito, sub=SUB, email="m@x.example", email_verified="true") == Account("m@x.example", True)
    assert known(cognito, sub=SUB, email="m@x.example", email_verified="false") == Account("m@x.example", False)
    assert known(cognito, sub=SUB, email="m@x.example") == Account("m@x.example", False)
    assert known(cognito, sub=SUB, email_verified="true") == Account("", False)


def test_another_person_by_the_name_and_a_disabled_one_are_not_signed_in(cognito: Any):
    with pytest.raises(NotSignedIn):
        known(cognito, sub="another", email="m@x.example", email_verified="true")
    with pytest.raises(NotSignedIn):
        known(cognito, enabled=False, sub=SUB, email="m@x.example", email_verified="true")


@pytest.mark.parametrize(("code", "raised"), [("UserNotFoundException", NotSignedIn), ("Throttling", ClientError)])
def test_who_is_gone_is_not_signed_in_and_trouble_is_trouble(cognito: Any, code: str, raised: type[Exception]):
    cognito.stubber.add_client_error("admin_get_user", code)
    with pytest.raises(raised):
        People(cognito, POOL).account(NAME, SUB)
