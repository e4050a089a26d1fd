"""A sign-up backend onboards a customer with one signed call."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.deployment import Deployment
from tests.e2e.conftest import Answer, Call
from tiergate.domain.keys import random_id

pytestmark = pytest.mark.ministack

PATH = "/_tiergate/onboard"


def _signed(deployment: Deployment, call: Call, wanted: Any, request: str) -> Answer:
    address = urlsplit(deployment.endpoint)
    body = json.dumps(wanted)
    url = f"{address.scheme}://{address.netloc}{address.path}{PATH}"
    signed = AWSRequest("POST", url, headers={"host": address.netloc, "idempotency-key": request}, data=body)
    SigV4Auth(Credentials("test", "test"), "execute-api", "us-east-1").add_auth(signed)
    return call(PATH, method="POST", headers=dict(signed.headers.items()), body=body.encode())


def test_a_new_customer_calls_at_once_and_a_repetition_makes_no_second_one(deployment: Deployment, call: Call):
    wanted = {"organization": f"Sign-up {random_id(6)}", "product": "open-banking", "plan": "free"}
    request = random_id(20)
    made = _signed(deployment, call, wanted, request)
    assert made.status == 201, made.body
    assert call("/bank/v1/accounts", key=made.json["key"]["secret"]).status == 200
    again = _signed(deployment, call, wanted, request)
    assert (again.status, again.headers["idempotency-replayed"]) == (201, "true")
    assert again.json == made.json
    entries = list(deployment.registry.audit(made.json["organization"]))
    assert [entry.what for entry in entries] == ["onboard repeated", "onboard"]
    assert all(entry.who.startswith("arn:") for entry in entries)


def test_a_key_that_was_revoked_is_not_told_again(deployment: Deployment, call: Call):
    wanted = {"organization": f"Sign-up {random_id(6)}", "product": "open-banking", "plan": "free"}
    request = random_id(20)
    made = _signed(deployment, call, wanted, request)
    deployment.registry.keys.revoke(made.json["key"]["id"])
    again = _signed(deployment, call, wanted, request)
    assert (again.status, again.json["code"]) == (409, "request_spent")


def test_an_unsigned_call_is_the_gateways_own_403(call: Call):
    assert call(PATH, method="POST", body=b"{}").status == 403


def test_no_api_key_opens_the_route(deployment: Deployment, call: Call):
    assert call(PATH, method="POST", key=deployment.partner().key.text, body=b"{}").status == 403
