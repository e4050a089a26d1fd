"""What is measured: each function with its package, its environment, its events and the answer it owes."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from bench.runtime_api import Check
from bench.upstream import DOCUMENT
from tiergate.domain.decision import ADMITTED, Decision

API = "bench/v1"
PATHS = tuple(f"/accounts-{number}/acc-00{number}" for number in range(0, 75, 5))
"""Below the API's base; ``bench.workbench`` describes them."""

Credential = Mapping[str, str]
"""The field that a call proves itself by."""


@dataclass(frozen=True, slots=True)
class Function:
    """``name`` is its name in the results; ``package`` the folder it runs from.

    ``compiled``: with bytecode, as a deploy by Lambda's own version of Python ships it. ``layer``: libraries that it
    has to bring along beside the package.
    """

    name: str
    title: str
    handler: str
    package: Path
    environment: Mapping[str, str]
    events: Sequence[bytes]
    check: Check
    compiled: bool = True
    layer: tuple[str, ...] = ()


def by_key(text: str) -> list[Credential]:
    """A call of each path with one API key."""
    return [{"x-api-key": text}] * len(PATHS)


def by_token(*texts: str) -> list[Credential]:
    """A call with each access token."""
    return [{"authorization": f"Bearer {text}"} for text in texts]


def authorizer_events(credentials: Iterable[Credential]) -> list[bytes]:
    """A call with each of them, as API Gateway shows it to an authorizer (payload format 2.0)."""
    calls = zip(cycle(PATHS), credentials, strict=False)
    return [_encoded({**_event(path, each), "type": "REQUEST", "routeArn": _ARN}) for path, each in calls]


def proxy_events(credential: Credential) -> list[bytes]:
    """A call of each path, as an integration gets it, with what our authorizer decided."""
    decision = Decision(
        ADMITTED,
        api=API,
        operation="getAccount",
        cost=1,
        address="203.0.113.0",
        credential="k3yk3yk3yk3y",
        application="app_0123456789ab",
        organization="acme",
        subscription="sub_0123456789ab",
        product="bench",
        plan="bench",
        ratelimit='"hour";r=999999;t=1800',
        ratelimit_policy='"hour";q=1000000;w=3600, "burst";q=100000;w=1',
    )
    events = []
    for path in PATHS:
        event = _event(path, credential)
        event["requestContext"]["authorizer"] = {"lambda": decision.context()}
        events.append(_encoded(event))
    return events


def is_constant(answer: dict[str, Any]) -> str:
    return "" if answer == {"isAuthorized": True} else "not the constant"


def is_allowed(answer: dict[str, Any]) -> str:
    """Our authorizer lets refusals through to the proxy, so the decision counts, not ``isAuthorized`` alone."""
    allowed = answer["isAuthorized"] is True and answer["context"]["decision"] == "allow"
    return "" if allowed else "not an allow"


def is_allowed_usual(answer: dict[str, Any]) -> str:
    return "" if answer["isAuthorized"] is True and answer["context"]["consumer"] else "not an allow"


def is_passed_on(answer: dict[str, Any]) -> str:
    if answer["statusCode"] != 200:
        return "not a 200"
    return "" if answer["body"].encode() == DOCUMENT else "not the upstream's body"


_ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/$default/GET/bench/v1/accounts"


def _encoded(event: dict[str, Any]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode()


def _event(path: str, credential: Credential) -> dict[str, Any]:
    raw = f"/{API}{path}"
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
    host = "abcdef1234.execute-api.eu-central-1.amazonaws.com"
    return {
        "version": "2.0",
        "routeKey": f"ANY /{API}/{{proxy+}}",
        "rawPath": raw,
        "rawQueryString": "page=2&size=50",
        "headers": {
            "accept": "application/json",
            "accept-encoding": "gzip, deflate, br",
            "accept-language": "en-GB,en;q=0.9",
            "content-length": "0",
            "host": host,
            "user-agent": agent,
            "x-amzn-trace-id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            **credential,
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "queryStringParameters": {"page": "2", "size": "50"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "domainName": host,
            "domainPrefix": "abcdef1234",
            "http": {
                "method": "GET",
                "path": raw,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": agent,
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": f"ANY /{API}/{{proxy+}}",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000,
        },
        "pathParameters": {"proxy": path.lstrip("/")},
        "isBase64Encoded": False,
    }
