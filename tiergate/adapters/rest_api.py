"""API Gateway REST API events of a REQUEST authorizer, and what it answers: a policy.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-lambda-authorizer-output.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from tiergate.adapters.http_api import Event, certificate_of, request_id
from tiergate.domain.calls import Call
from tiergate.domain.decision import Decision
from tiergate.domain.problems import problem
from tiergate.domain.rest_apis import RestApis
from tiergate.domain.rest_catalogue import counted_as

KEY_FIELD = "x-api-key"

STAGE = re.compile(r"(arn:[a-z-]+:execute-api:[a-z0-9-]+:[0-9]*:([a-z0-9]+)/([A-Za-z0-9_-]+))/.*", re.DOTALL)
"""A method's ARN: that of its stage, the REST API's id, and the stage's name."""

STATUS = {"status": 403, "title": "Forbidden"}
"""What API Gateway answers to every deny, whatever the refusal's own status is."""

UNKNOWN = "-"


def read_call(event: Event, rest_apis: RestApis) -> Call:
    """The call behind an authorizer's event; of no API where its REST API is none that is named.

    Raises
    ------
    KeyError, TypeError, AttributeError
        It is no such event.
    """
    found = STAGE.fullmatch(event["methodArn"])
    rest_api = rest_apis.at(found[2], found[3]) if found else None
    shown = event["requestContext"].get("identity") or {}
    return Call(
        counted_as(rest_api.name) if rest_api else "",
        event["httpMethod"],
        "/",
        _api_key(event),
        shown.get("sourceIp") or "",
        certificate=certificate_of(shown) if shown.get("clientCert") else None,
    )


def policy(decision: Decision, event: Event, *, value: str = "", support: str = "") -> dict[str, Any]:
    """The answer: for the whole stage, so that it is right for other methods too where API Gateway keeps it.

    ``value``: of the native key whose usage plan limits an allowed call. A deny has, as ``problem``, the document that
    a gateway response can answer with; its header fields are left out.
    """
    context = decision.context()
    if not decision.allowed:
        answer = problem(decision, request_id=request_id(event), platform="", support=support)
        context["problem"] = json.dumps(json.loads(answer.body) | STATUS)
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow" if decision.allowed else "Deny",
        "Resource": _stage_arn(event),
    }
    answered = {
        "principalId": decision.subscription or UNKNOWN,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": context,
    }
    return answered | ({"usageIdentifierKey": value} if decision.allowed else {})


def _api_key(event: Event) -> str | None:
    """As HTTP APIs have it: whatever the case of the field's name, and several fields are one with commas."""
    fields = event.get("multiValueHeaders") or {name: [text] for name, text in (event.get("headers") or {}).items()}
    sent = [text for name, texts in fields.items() if name.lower() == KEY_FIELD for text in texts]
    return ",".join(sent) if sent else None


def _stage_arn(event: object) -> str:
    """Every method of the event's stage; where that cannot be read, everything, of which nothing is allowed."""
    method = event.get("methodArn") if isinstance(event, Mapping) else None
    found = STAGE.fullmatch(method) if isinstance(method, str) else None
    return f"{found[1]}/*/*" if found else "*"
