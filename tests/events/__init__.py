"""Events of an HTTP API, payload format 2.0, as API Gateway documents them.

An authorizer's: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
An integration's: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from collections.abc import Mapping
from typing import Any

from tiergate.domain.decision import ADMITTED, Decision

ROUTE = "ANY /shop/v1/{proxy+}"
REQUEST_ID = "JKJaXmPLvHcESHA="
HEADERS = {
    "accept": "application/json",
    "content-length": "0",
    "host": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
    "user-agent": "partner/1.4",
    "x-amzn-trace-id": "Root=1-5e66d96f-7491f09xmpl79d18acf3d050",
    "x-forwarded-for": "203.0.113.77",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}

DECISION = Decision(
    ADMITTED,
    api="shop/v1",
    operation="listOrders",
    cost=2,
    address="203.0.113.0",
    credential="AbCdEf012345",
    application="app_1",
    organization="acme",
    subscription="sub_1",
    product="retail",
    plan="free",
    ratelimit='"hour";r=3;t=60',
    ratelimit_policy='"hour";q=5;w=3600',
)
"""What the authorizer says of an admitted call."""


def authorizer_event(
    path: str = "/shop/v1/orders",
    *,
    method: str = "GET",
    key: str | None = None,
    headers: Mapping[str, str] | None = None,
    route: str = ROUTE,
    **overrides: Any,
) -> dict[str, Any]:
    """What an authorizer without identity source gets. ``headers`` come on top of the usual ones."""
    event = _request(path, method, _headers(headers, key), route)
    event |= {
        "type": "REQUEST",
        "routeArn": f"arn:aws:execute-api:eu-central-1:123456789012:a1b2c3d4e5/$default/{method}{path}",
        "identitySource": None,
    }
    return event | overrides


def proxy_event(
    path: str = "/shop/v1/orders",
    *,
    method: str = "GET",
    context: Mapping[str, Any] | None = None,
    headers: Mapping[str, str] | None = None,
    route: str = ROUTE,
    **overrides: Any,
) -> dict[str, Any]:
    """What the integration gets; ``context`` as its authorizer left it, or None for a route without one."""
    event = _request(path, method, _headers(headers, None), route) | {"isBase64Encoded": False}
    if context is not None:
        event["requestContext"]["authorizer"] = {"lambda": dict(context)}
    return event | overrides


def _headers(headers: Mapping[str, str] | None, key: str | None) -> dict[str, str]:
    return HEADERS | ({"x-api-key": key} if key is not None else {}) | dict(headers or {})


def _request(path: str, method: str, headers: dict[str, str], route: str) -> dict[str, Any]:
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "domainName": "a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "a1b2c3d4e5",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.77",
                "userAgent": "partner/1.4",
            },
            "requestId": REQUEST_ID,
            "routeKey": route,
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1773342238390,
        },
        "pathParameters": {"proxy": path.split("/", 3)[-1]},
    }
