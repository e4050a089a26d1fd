"""A REST API that the policies name: partners' keys open it, native usage plans limit it, nothing else gets in."""

import http.client
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from tests.deployment import REST_API, Deployment
from tests.e2e.conftest import Answer
from tiergate.adapters.mirror import Mirror
from tiergate.adapters.registry import Onboarded
from tiergate.adapters.registry.table import RegistryTable
from tiergate.domain.catalogue import Catalogue
from tiergate.domain.native_keys import ROOT, native_value
from tiergate.domain.rest_apis import RestApis
from tiergate.local import aws
from tiergate.policy.bundle import compiled
from tiergate.policy.check import checked

pytestmark = pytest.mark.ministack

HOURS = 24

PROBLEM = {"application/json": "$context.authorizer.problem"}

CallRest = Callable[..., Answer]


@pytest.fixture(scope="module")
def call(deployment: Deployment) -> CallRest:
    """``call(key)``: of the REST API, which is made here as ``docs/rest-apis.md`` says."""
    client = deployment.client("apigateway")
    client.create_rest_api(name="stock", apiKeySource="AUTHORIZER", tags={"ms-custom-id": REST_API})
    (root,) = client.get_resources(restApiId=REST_API)["items"]
    function = deployment.running.outputs["tiergate-dev-sync"]["RestAuthorizerArn"]
    authorizer = client.create_authorizer(
        restApiId=REST_API,
        name="tiergate",
        type="REQUEST",
        authorizerUri=f"arn:aws:apigateway:{aws.LOCAL_REGION}:lambda:path/2015-03-31/functions/{function}/invocations",
        authorizerResultTtlInSeconds=0,
        identitySource="",
    )["id"]
    method = {"restApiId": REST_API, "resourceId": root["id"], "httpMethod": "ANY"}
    client.put_method(**method, authorizationType="CUSTOM", authorizerId=authorizer, apiKeyRequired=True)
    client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_method_response(**method, statusCode="200")
    client.put_integration_response(**method, statusCode="200")
    client.put_gateway_response(restApiId=REST_API, responseType="ACCESS_DENIED", responseTemplates=PROBLEM)
    client.create_deployment(restApiId=REST_API, stageName="prod")
    address = urlsplit(deployment.running.endpoint)

    def send(key: str | None = None, *, headers: Mapping[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection(address.netloc, timeout=60)
        sent = dict(headers or {}) | ({"X-Api-Key": key} if key else {})
        connection.request("GET", f"/restapis/{REST_API}/prod/_user_request_/", headers=sent)
        response = connection.getresponse()
        answer = Answer(response.status, {name.lower(): text for name, text in response.getheaders()}, response.read())
        connection.close()
        return answer

    return send


@pytest.fixture(scope="module")
def root(deployment: Deployment) -> bytes:
    """The stage's own, as KMS gives it."""
    kms = deployment.client("kms")
    made = kms.generate_mac(KeyId="alias/tiergate/dev/native-keys", Message=ROOT, MacAlgorithm="HMAC_SHA_256")
    found: bytes = made["Mac"]
    return found


@pytest.fixture(scope="module")
def mirror(deployment: Deployment, root: bytes) -> Mirror:
    """What the sync function does after a change, done at once."""
    bundle = compiled(checked(deployment.policies, "dev"))
    table = deployment.running.outputs["tiergate-dev-data"]["RegistryTable"]
    return Mirror(
        deployment.client("apigateway"),
        RegistryTable(deployment.client("dynamodb"), table, actor="test", clock=lambda: datetime.now(UTC)),
        catalogue=Catalogue.of(bundle),
        rest_apis=RestApis.of(bundle),
        stage="dev",
        root=lambda: root,
        clock=lambda: time.time_ns() // 1000,
    )


def mirrored(mirror: Mirror, partner: Onboarded) -> Onboarded:
    outcome = mirror.application(partner.application, time_left=lambda: 300_000)
    assert outcome.failed == ()
    return partner


def test_a_partners_key_opens_it(deployment: Deployment, mirror: Mirror, call: CallRest) -> None:
    partner = mirrored(mirror, deployment.partner())
    assert call(partner.key.text).status == 200


def test_the_native_plans_quota_ends_the_calls_of_one_subscription_alone(
    deployment: Deployment, mirror: Mirror, call: CallRest
) -> None:
    """A unit an hour is 24 a day."""
    partner, other = deployment.partner(plan="tiny"), mirrored(mirror, deployment.partner(plan="tiny"))
    deployment.registry.subscriptions.override(partner.subscription.id, {"hour": 1}, until=None)
    mirrored(mirror, partner)
    statuses = [call(partner.key.text).status for _ in range(HOURS + 1)]
    assert statuses == [200] * HOURS + [429]
    assert call(other.key.text).status == 200


def test_who_is_suspended_is_refused_and_told_why(deployment: Deployment, mirror: Mirror, call: CallRest) -> None:
    partner = mirrored(mirror, deployment.partner())
    deployment.registry.subscriptions.suspend(partner.subscription.id)
    answer = call(partner.key.text)
    assert (answer.status, answer.json["code"]) == (403, "subscription_suspended")


def test_no_native_value_and_no_other_key_opens_it(
    deployment: Deployment, mirror: Mirror, root: bytes, call: CallRest
) -> None:
    partner = mirrored(mirror, deployment.partner())
    value = native_value(root, partner.subscription.id)
    (native,) = [
        each
        for page in deployment.client("apigateway").get_paginator("get_api_keys").paginate(includeValues=True)
        for each in page["items"]
        if each["value"] == value
    ]
    assert native["enabled"]
    assert call(value).json["code"] == "credential_malformed"
    assert call().json["code"] == "credential_missing"
    assert call(headers={"x-api-key": value, "Authorization": f"Bearer {value}"}).status == 403
    stranger = deployment.partner(product="open-banking", plan="free")
    assert call(stranger.key.text, headers={"x-native-key": value}).json["code"] == "subscription_missing"


def test_what_was_called_is_counted_beside_the_http_apis(
    deployment: Deployment, mirror: Mirror, call: CallRest
) -> None:
    partner = mirrored(mirror, deployment.partner())
    assert call(partner.key.text).status == 200
    key = {"subscription": {"S": partner.subscription.id}}
    item = deployment.client("dynamodb").get_item(TableName=deployment.usage_table, Key=key)["Item"]
    assert [name for name in item if "stock/rest" in name]
