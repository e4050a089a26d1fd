"""REST APIs whose keys come from an authorizer, and API keys and usage plans, on the real MiniStack as AWS has them."""

import http.client
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.gateway import LocalGateway
from tiergate.local import aws

pytestmark = pytest.mark.ministack

AUTHORIZE = """
import json

def authorize(event, _context):
    effect = "Deny" if event["headers"].get("x-ask") == "deny" else "Allow"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    key = event["headers"].get("x-named")
    named = {"usageIdentifierKey": key} if key else {}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    problem = json.dumps({"code": "no", "request_id": event["requestContext"]["requestId"]})
    return {"principalId": "me", "policyDocument": policy, "context": {"problem": problem}, **named}
"""


@dataclass(frozen=True)
class RestApi:
    gateway: LocalGateway
    client: Any
    id: str

    def call(self, headers: Mapping[str, str]) -> int:
        return self.answer(headers)[0]

    def answer(self, headers: Mapping[str, str]) -> tuple[int, bytes, str]:
        """Status, body and the request's id."""
        connection = http.client.HTTPConnection("127.0.0.1", self.gateway.machine.port, timeout=30)
        connection.request("GET", f"/restapis/{self.id}/prod/_user_request_/", headers=dict(headers))
        response = connection.getresponse()
        answer = response.status, response.read(), response.headers["x-amzn-requestid"]
        connection.close()
        return answer

    def plan(self, **limits: Any) -> str:
        stages = [{"apiId": self.id, "stage": "prod"}]
        made: str = self.client.create_usage_plan(name="test", apiStages=stages, **limits)["id"]
        return made

    def key(self, *plans: str) -> tuple[str, str]:
        """Its id and its value."""
        made = self.client.create_api_key(name="test", enabled=True, value=uuid4().hex)
        for plan in plans:
            self.client.create_usage_plan_key(usagePlanId=plan, keyId=made["id"], keyType="API_KEY")
        return made["id"], made["value"]


@pytest.fixture(scope="module")
def client(gateway: LocalGateway) -> Any:
    return gateway.client("apigateway")


@pytest.fixture(scope="module")
def function(gateway: LocalGateway) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("code.py", AUTHORIZE)
    made: str = gateway.client("lambda").create_function(
        FunctionName="authorize-rest",
        Runtime="python3.13",
        Role=f"arn:aws:iam::{aws.LOCAL_ACCOUNT}:role/any",
        Handler="code.authorize",
        Code={"ZipFile": packed.getvalue()},
    )["FunctionArn"]
    return made


def rest_api(gateway: LocalGateway, client: Any, function: str, source: str) -> RestApi:
    id_ = client.create_rest_api(name="test", apiKeySource=source)["id"]
    (root,) = client.get_resources(restApiId=id_)["items"]
    uri = f"arn:aws:apigateway:{aws.LOCAL_REGION}:lambda:path/2015-03-31/functions/{function}/invocations"
    authorizer = client.create_authorizer(
        restApiId=id_, name="a", type="REQUEST", authorizerUri=uri, authorizerResultTtlInSeconds=0, identitySource=""
    )["id"]
    method = {"restApiId": id_, "resourceId": root["id"], "httpMethod": "GET"}
    client.put_method(**method, authorizationType="CUSTOM", authorizerId=authorizer, apiKeyRequired=True)
    client.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    client.put_method_response(**method, statusCode="200")
    client.put_integration_response(**method, statusCode="200")
    said = {"application/json": "$context.authorizer.problem"}
    client.put_gateway_response(restApiId=id_, responseType="ACCESS_DENIED", responseTemplates=said)
    client.create_deployment(restApiId=id_, stageName="prod")
    return RestApi(gateway, client, id_)


@pytest.fixture
def by_authorizer(gateway: LocalGateway, client: Any, function: str) -> RestApi:
    return rest_api(gateway, client, function, "AUTHORIZER")


@pytest.fixture
def by_header(gateway: LocalGateway, client: Any, function: str) -> RestApi:
    return rest_api(gateway, client, function, "HEADER")


def test_the_key_is_the_authorizers_and_no_headers(by_authorizer: RestApi) -> None:
    plan = by_authorizer.plan()
    _, value = by_authorizer.key(plan)
    _, other = by_authorizer.key()
    assert by_authorizer.call({"x-named": value}) == 200
    assert by_authorizer.call({"x-named": value, "x-api-key": other}) == 200
    assert by_authorizer.call({"x-api-key": value}) == 403
    assert by_authorizer.call({"x-named": other, "x-api-key": value}) == 403
    assert by_authorizer.call({"x-named": f"{value}x"}) == 403


def test_where_headers_have_the_key_the_authorizer_names_none(by_header: RestApi) -> None:
    _, value = by_header.key(by_header.plan())
    assert by_header.call({"x-api-key": value}) == 200
    assert by_header.call({"x-named": value}) == 403


def test_each_key_that_an_authorizer_names_has_a_quota_of_its_own(by_authorizer: RestApi) -> None:
    plan = by_authorizer.plan(quota={"limit": 2, "period": "DAY"})
    values = [by_authorizer.key(plan)[1] for _ in range(2)]
    called = [[by_authorizer.call({"x-named": value}) for _ in range(3)] for value in values]
    assert called == [[200, 200, 429]] * 2


def test_a_refusal_is_answered_in_the_authorizers_words_and_it_knows_the_request_by_its_id(
    by_authorizer: RestApi,
) -> None:
    status, body, request_id = by_authorizer.answer({"x-ask": "deny"})
    assert request_id
    assert (status, json.loads(body)) == (403, {"code": "no", "request_id": request_id})


def refusal(call: Any, **asked: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**asked)
    return str(raised.value.response["Error"]["Code"])


def test_two_keys_do_not_have_one_value(by_header: RestApi) -> None:
    client = by_header.client
    id_, value = by_header.key()
    assert refusal(client.create_api_key, name="other", value=value) == "ConflictException"
    client.delete_api_key(apiKey=id_)
    assert client.create_api_key(name="other", value=value)["value"] == value


def test_a_key_is_in_one_usage_plan_for_each_stage(by_header: RestApi) -> None:
    client = by_header.client
    first, second = by_header.plan(), by_header.plan()
    elsewhere = client.create_usage_plan(name="elsewhere")["id"]
    key, _ = by_header.key(first, elsewhere)
    wanted = {"keyId": key, "keyType": "API_KEY"}
    assert refusal(client.create_usage_plan_key, usagePlanId=second, **wanted) == "ConflictException"
    assert refusal(client.create_usage_plan_key, usagePlanId=first, **wanted) == "ConflictException"
    client.delete_usage_plan_key(usagePlanId=first, keyId=key)
    client.create_usage_plan_key(usagePlanId=second, **wanted)


def test_a_key_that_is_deleted_is_in_no_usage_plan(by_header: RestApi) -> None:
    plan = by_header.plan()
    key, _ = by_header.key(plan)
    by_header.client.delete_api_key(apiKey=key)
    assert by_header.client.get_usage_plan_keys(usagePlanId=plan)["items"] == []


def test_plans_are_found_by_a_key_in_them(by_header: RestApi) -> None:
    plan, _ = by_header.plan(), by_header.plan()
    key, _ = by_header.key(plan)
    found = [each["id"] for each in by_header.client.get_usage_plans(keyId=key)["items"]]
    assert found == [plan]
    assert len(by_header.client.get_usage_plans(limit=500)["items"]) > 1


@pytest.fixture
def named(by_header: RestApi) -> Iterator[str]:
    name = uuid4().hex
    id_ = by_header.client.create_api_key(name=name, value=f"{name}{name}")["id"]
    yield name
    by_header.client.delete_api_key(apiKey=id_)


def test_values_of_keys_are_listed_only_where_they_are_asked_for(by_header: RestApi, named: str) -> None:
    client = by_header.client
    (hidden,) = client.get_api_keys(nameQuery=named)["items"]
    (told,) = client.get_api_keys(nameQuery=named, includeValues=True)["items"]
    assert "value" not in hidden
    assert told == hidden | {"value": f"{named}{named}"}


def test_a_patch_is_taken_by_what_its_texts_stand_for(by_header: RestApi) -> None:
    client = by_header.client
    plan = by_header.plan(quota={"limit": 9, "period": "DAY"}, throttle={"rateLimit": 1, "burstLimit": 1})
    place = f"{by_header.id}:prod"
    patches = [
        {"op": "replace", "path": "/quota/limit", "value": "20"},
        {"op": "replace", "path": "/throttle/rateLimit", "value": "2.5"},
        {"op": "replace", "path": "/throttle/burstLimit", "value": "5"},
        {"op": "remove", "path": "/apiStages", "value": place},
    ]
    client.update_usage_plan(usagePlanId=plan, patchOperations=patches)
    found = client.get_usage_plan(usagePlanId=plan)
    assert (found["quota"]["limit"], found["throttle"]) == (20, {"rateLimit": 2.5, "burstLimit": 5})
    assert found["apiStages"] == []
    added = [{"op": "add", "path": "/apiStages", "value": place}]
    found = client.update_usage_plan(usagePlanId=plan, patchOperations=added)
    assert found["apiStages"] == [{"apiId": by_header.id, "stage": "prod"}]


def test_a_key_that_is_switched_off_opens_nothing(by_header: RestApi) -> None:
    id_, value = by_header.key(by_header.plan())
    switched = [{"op": "replace", "path": "/enabled", "value": "false"}]
    assert by_header.client.update_api_key(apiKey=id_, patchOperations=switched)["enabled"] is False
    assert by_header.call({"x-api-key": value}) == 403


def test_a_usage_plan_with_stages_stays(by_header: RestApi) -> None:
    client, plan = by_header.client, by_header.plan()
    assert refusal(client.delete_usage_plan, usagePlanId=plan) == "BadRequestException"
    removed = [{"op": "remove", "path": "/apiStages", "value": f"{by_header.id}:prod"}]
    client.update_usage_plan(usagePlanId=plan, patchOperations=removed)
    client.delete_usage_plan(usagePlanId=plan)
