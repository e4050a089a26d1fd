"""The REST authorizer as it is deployed beside the gateway, and events as API Gateway sends it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-input.html
"""

import base64
import json
from collections.abc import Mapping
from types import ModuleType, SimpleNamespace
from typing import Any

from tests.fakes.aws_services import FakeAws
from tests.functions.conftest import Gateway, fresh
from tiergate.policy.bundle import serialized

ROOT = b"r" * 32
NATIVE_KEY = "arn:aws:kms:eu-central-1:123456789012:key/native"
STAGE_ARN = "arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/prod"
REST_APIS = {"stock": {"id": "a1b2c3d4e5", "stage": "prod"}, "spare": {"id": "b1b2c3d4e5", "stage": "prod"}}


def deploy(gateway: Gateway, services: FakeAws, **platform: Any) -> ModuleType:
    """The function of a bundle whose product ``retail`` sells ``stock``, while KMS has a root for it.

    ``platform``: what the bundle says of it besides.
    """
    bundle = json.loads(gateway.bundle.read_text())
    bundle["rest_apis"] = REST_APIS
    bundle["platform"] |= platform
    bundle["products"]["retail"]["rest_apis"] = ["stock"]
    gateway.bundle.write_text(serialized(bundle))
    services.answers["GenerateMac"] = {"KeyId": NATIVE_KEY, "Mac": base64.b64encode(ROOT).decode()}
    with gateway.monkeypatch.context() as starting:
        starting.setenv("MODE", "direct")
        starting.setenv("MAC_KEY", NATIVE_KEY)
        starting.setenv("AWS_ENDPOINT_URL_DYNAMODB", gateway.store.url)
        module = fresh("lambdas.rest_authorizer.handler")
    module.time = SimpleNamespace(time_ns=lambda: gateway.now * 1000)
    return gateway._watched(module)


def rest_event(
    key: str | None,
    *,
    method: str = "GET",
    path: str = "/depots",
    stage_arn: str = STAGE_ARN,
    field: str = "X-Api-Key",
    **identity: Any,
) -> dict[str, Any]:
    headers = {"Host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com", "X-Forwarded-For": "203.0.113.77"}
    headers |= {field: key} if key is not None else {}
    return {
        "type": "REQUEST",
        "methodArn": f"{stage_arn}/{method}{path}",
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [text] for name, text in headers.items()},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "pathParameters": {},
        "stageVariables": {},
        "requestContext": {
            "path": f"/prod{path}",
            "accountId": "123456789012",
            "resourceId": "abc123",
            "stage": "prod",
            "requestId": "d3d4c5f6-0001-4a01-8fb1-000000000001",
            "identity": {"apiKey": key, "sourceIp": "203.0.113.77", **identity},
            "resourcePath": path,
            "httpMethod": method,
            "apiId": "a1b2c3d4e5",
        },
    }


def check_policy(answer: Mapping[str, Any]) -> dict[str, str]:
    """What API Gateway takes of a REST API's authorizer; gives its context.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-output.html
    """
    allowed = answer["context"]["decision"] == "allow"
    assert answer.keys() - {"usageIdentifierKey"} == {"principalId", "policyDocument", "context"}
    assert ("usageIdentifierKey" in answer) is allowed
    (statement,) = answer["policyDocument"]["Statement"]
    assert statement["Action"] == "execute-api:Invoke"
    assert statement["Effect"] == ("Allow" if allowed else "Deny")
    assert not allowed or statement["Resource"].endswith("/*/*")
    assert isinstance(answer["principalId"], str)
    assert answer["principalId"]
    context: dict[str, str] = answer["context"]
    assert all(isinstance(each, str) for pair in context.items() for each in pair)
    json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()
    return context
