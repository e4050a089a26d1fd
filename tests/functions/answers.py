"""What API Gateway takes from a function; anything else is a 500 of its own."""

import json
import re
from typing import Any

MOST_BYTES = 6 * 1024 * 1024
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
NO_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_simple(answer: dict[str, Any], *, managed: bool) -> dict[str, str]:
    """An authorizer's simple response; gives its context.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    assert set(answer) == {"isAuthorized", "context"}
    context: dict[str, str] = answer["context"]
    assert all(isinstance(each, str) for pair in context.items() for each in pair)
    assert answer["isAuthorized"] is (managed or context["decision"] == "allow")
    _check_size(answer)
    return context


def check_response(answer: dict[str, Any]) -> None:
    """A response of payload format 2.0.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    assert (
        {"statusCode", "headers", "body"}
        <= set(answer)
        <= {
            "statusCode",
            "headers",
            "body",
            "cookies",
            "isBase64Encoded",
        }
    )
    assert type(answer["statusCode"]) is int
    assert 200 <= answer["statusCode"] <= 599
    assert isinstance(answer["body"], str)
    assert answer.get("isBase64Encoded", True) is True
    for name, value in answer["headers"].items():
        assert NAME.fullmatch(name)
        assert not NO_VALUE.search(value)
    assert all(not NO_VALUE.search(cookie) for cookie in answer.get("cookies", ()))
    _check_size(answer)


def _check_size(answer: dict[str, Any]) -> None:
    """As Lambda's runtime sends it: UTF-8, which has no lone surrogates, and numbers that JSON has."""
    assert len(json.dumps(answer, ensure_ascii=False, allow_nan=False).encode()) <= MOST_BYTES
