"""Calls with access tokens of the deployed user pool, from a client's first token to its last."""

import base64
import json
import time

import pytest

from tests.deployment import ISSUER, Deployment
from tests.e2e.conftest import Answer, Call, done
from tests.e2e.oauth import READ, WRITE, Client, made
from tiergate.adapters.registry import Onboarded
from tiergate.domain.keys import random_id

pytestmark = pytest.mark.ministack

ACCOUNTS, PAYMENTS = "/bank/v1/accounts", "/bank/v1/payments"


@pytest.fixture(scope="module")
def partner(deployment: Deployment) -> Onboarded:
    return deployment.partner()


@pytest.fixture(scope="module")
def client(deployment: Deployment, partner: Onboarded) -> Client:
    return made(deployment, "create", "--app", partner.application, "--scopes", READ)


def refused(answer: Answer, status: int, code: str) -> str:
    """The challenge of a refusal, which must be this one."""
    assert (answer.status, answer.json["code"]) == (status, code)
    return answer.headers["www-authenticate"]


def tampered(token: str) -> str:
    """With a claim more, and all else as it was signed."""
    header, payload, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    changed = json.dumps(claims | {"scope": f"tiergate/{READ} tiergate/{WRITE}"}).encode()
    return ".".join((header, base64.urlsafe_b64encode(changed).decode().rstrip("="), signature))


def test_a_token_is_counted_on_the_subscription_that_its_applications_key_is_counted_on(
    deployment: Deployment, call: Call
):
    left: list[str] = []
    hour = -1.0
    while time.time() // 3600 != hour:
        hour = time.time() // 3600
        partner = deployment.partner(plan="tiny")
        token = made(deployment, "create", "--app", partner.application, "--scopes", READ).token()
        answers = [call(ACCOUNTS, key=partner.key.text), call(ACCOUNTS, token=token), call(ACCOUNTS, token=token)]
        left = [answer.headers["ratelimit"].partition(";t=")[0] for answer in answers]
    assert [answer.status for answer in answers] == [200] * 3
    assert left == ['"hour";r=19', '"hour";r=18', '"hour";r=17']
    assert answers[1].json["items"]
    assert answers[1].headers["ratelimit-policy"].startswith('"hour";q=20;')


def test_a_token_without_the_operations_scope_is_told_which_one_it_needs(call: Call, client: Client):
    challenge = refused(call(PAYMENTS, method="POST", token=client.token()), 403, "scope_missing")
    assert challenge.startswith("Bearer realm=")
    assert 'error="insufficient_scope"' in challenge
    assert f'scope="{WRITE}"' in challenge


def test_a_client_that_was_not_made_here_is_unknown_whatever_its_issuer_says(deployment: Deployment, call: Call):
    pool = deployment.running.outputs["tiergate-dev-user-pool"]
    stranger = deployment.client("cognito-idp").create_user_pool_client(
        UserPoolId=pool["UserPoolId"],
        ClientName="stranger",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[f"{pool['ResourceServer']}/{READ}"],
    )["UserPoolClient"]
    token = Client(stranger["ClientId"], stranger["ClientSecret"], pool["TokenUrl"]).token()
    assert 'error="invalid_token"' in refused(call(ACCOUNTS, token=token), 401, "credential_unknown")


def test_a_token_that_was_changed_is_invalid(call: Call, client: Client):
    token = client.token()
    assert call(ACCOUNTS, token=token).status == 200
    challenge = refused(call(ACCOUNTS, token=tampered(token)), 401, "token_untrusted")
    assert challenge.startswith("Bearer realm=")
    assert 'error="invalid_token"' in challenge


def test_a_call_without_a_credential_is_told_of_both_schemes_and_of_no_error(call: Call):
    challenge = refused(call(ACCOUNTS), 401, "credential_missing")
    assert "Bearer realm=" in challenge
    assert "ApiKey realm=" in challenge
    assert "error" not in challenge


def test_one_bad_credential_is_refused_beside_a_good_one(call: Call, partner: Onboarded, client: Client):
    refused(call(ACCOUNTS, key=partner.key.text, token="junk"), 401, "token_malformed")
    refused(call(ACCOUNTS, key="junk", token=client.token()), 401, "credential_malformed")


def test_while_a_client_is_rotated_tokens_of_both_work(deployment: Deployment, call: Call, partner: Onboarded):
    """That only the new ones do after the grace, ``test_promises`` shows of every instance."""
    old = made(deployment, "create", "--app", partner.application, "--scopes", READ)
    before = old.token()
    after = made(deployment, "rotate", old.id, "--grace", "1h").token()
    assert [call(ACCOUNTS, token=token).status for token in (before, after)] == [200, 200]


def test_a_client_works_only_from_where_it_may(deployment: Deployment, call: Call, partner: Onboarded):
    terms = ("--scopes", READ, "--ip-deny", "127.0.0.1/32")
    token = made(deployment, "create", "--app", partner.application, *terms).token()
    answer = call(ACCOUNTS, token=token)
    assert (answer.status, answer.json["code"]) == (403, "address_not_allowed")


def test_a_client_of_another_issuer_calls_once_it_is_linked(deployment: Deployment, call: Call, partner: Onboarded):
    """The issuer's keys are found by its metadata; nothing of it is configured but its name and our audience."""
    id_ = f"acme-{random_id()}"
    token = deployment.issuer.token(client_id=id_, sub=id_, scope=READ)
    linking = ("create", "--app", partner.application, "--issuer", ISSUER, "--id", id_, "--scopes", READ)
    refused(
        call(ACCOUNTS, token=deployment.issuer.token(client_id="stranger", sub="stranger")), 401, "credential_unknown"
    )
    done(deployment, "client", *linking, "--policies", str(deployment.policies))
    assert call(ACCOUNTS, token=token).status == 200
    elsewhere = deployment.issuer.token(client_id=id_, sub=id_, aud="https://api.other.example")
    refused(call(ACCOUNTS, token=elsewhere), 401, "token_misdirected")


def test_the_secret_of_a_client_is_told_once_and_kept_nowhere_here(
    deployment: Deployment, partner: Onboarded, client: Client
):
    table = deployment.running.outputs["tiergate-dev-data"]["RegistryTable"]
    pages = deployment.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    stored = str([page["Items"] for page in pages])
    listed = done(deployment, "client", "list", "--app", partner.application)
    assert client.id in stored
    assert client.id in str(listed)
    assert client.secret not in stored + str(listed)


def test_no_token_is_in_any_log(deployment: Deployment, call: Call, client: Client):
    token = client.token()
    for path in (ACCOUNTS, "/tokens/v1/echo", "/open/v1/echo"):
        call(path, token=token)
    for log in (deployment.running.log, deployment.running.access_log):
        assert token.rpartition(".")[2] not in log.read_text(errors="replace")
