"""A function behind the gateway gets the event that an HTTP API would send, and nothing unclear of it is passed on."""

import base64
import io
import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from botocore.response import StreamingBody

from tiergate.adapters import upstream_function
from tiergate.adapters.settings import ProxySettings
from tiergate.adapters.upstream_function import MOST_BYTES, FunctionUpstreams
from tiergate.adapters.upstreams import Upstreams
from tiergate.domain.failures import RequestRefused, UpstreamFailure
from tiergate.domain.messages import Request, Response

ARN = "arn:aws:lambda:eu-central-1:123456789012:function:bank"
OK = {"statusCode": 200}


class FakeLambda:
    """Answers every invocation with one payload, or raises; remembers what it was asked."""

    def __init__(self, payload: object = None, *, raises: Exception | None = None, **answer: Any) -> None:
        self._payload = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self._raises = raises
        self._answer = answer
        self.invocations: list[dict[str, Any]] = []
        self.config: Any = None

    def invoke(self, **arguments: Any) -> dict[str, Any]:
        self.invocations.append(arguments)
        if self._raises is not None:
            raise self._raises
        body = StreamingBody(io.BytesIO(self._payload), len(self._payload))
        return {"StatusCode": 200, "Payload": body, **self._answer}

    @property
    def event(self) -> dict[str, Any]:
        assert len(self.invocations) == 1
        event: dict[str, Any] = json.loads(self.invocations[0]["Payload"])
        return event


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a fake in the place of AWS and gives it back."""

    def of(fake: FakeLambda) -> FakeLambda:
        def client(service: str, *, config: Any) -> FakeLambda:
            assert service == "lambda"
            fake.config = config
            return fake

        monkeypatch.setattr(upstream_function.boto3, "client", client)
        return fake

    return of


def request(method: str = "GET", path: str = "/accounts", **parts: Any) -> Request:
    headers = [*parts.pop("headers", []), ("x-request-id", "JKJaXmPLvHcESHA=")]
    return Request(method, path, **({"query": "", "headers": headers, "body": b""} | parts))


def sent(fake: FakeLambda, asked: Request) -> dict[str, Any]:
    FunctionUpstreams().send(ARN, asked, 10)
    return fake.event


def test_the_event_is_of_payload_format_two(aws: Any) -> None:
    asked = request(
        "POST",
        "/accounts/a%20b",
        query="x=1&y=%C3%BC&x=2&z",
        headers=[
            ("x-tiergate-plan", "free"),
            ("user-agent", "partner/1.4"),
            ("x-forwarded-for", "203.0.113.77"),
            ("x-forwarded-host", "api.example"),
        ],
        body=b"{}",
    )

    assert sent(aws(FakeLambda(OK)), asked) == {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/accounts/a b",
        "rawQueryString": "x=1&y=%C3%BC&x=2&z",
        "queryStringParameters": {"x": "1,2", "y": "ü", "z": ""},
        "headers": {
            "x-tiergate-plan": "free",
            "user-agent": "partner/1.4",
            "x-forwarded-for": "203.0.113.77",
            "x-forwarded-host": "api.example",
            "x-request-id": "JKJaXmPLvHcESHA=",
            "host": "api.example",
            "content-length": "2",
        },
        "requestContext": {
            "domainName": "api.example",
            "http": {
                "method": "POST",
                "path": "/accounts/a b",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.77",
                "userAgent": "partner/1.4",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": "$default",
        },
        "body": "{}",
        "isBase64Encoded": False,
    }


def test_what_a_request_lacks_its_event_lacks_too(aws: Any) -> None:
    event = sent(aws(FakeLambda(OK)), request())

    assert not {"body", "cookies", "queryStringParameters"} & event.keys()
    assert event["headers"] == {"x-request-id": "JKJaXmPLvHcESHA="}


@pytest.mark.parametrize(
    ("path", "raw"), [("/gr%C3%BC%C3%9Fe", "/grüße"), ("/100%25", "/100%25"), ("/%2541", "/%2541"), ("/a+b", "/a+b")]
)
def test_the_path_is_decoded_but_for_the_percent_sign(aws: Any, path: str, raw: str) -> None:
    assert sent(aws(FakeLambda(OK)), request(path=path))["rawPath"] == raw


def test_cookies_stand_one_by_one(aws: Any) -> None:
    assert sent(aws(FakeLambda(OK)), request(headers=[("cookie", "a=1; b=2")]))["cookies"] == ["a=1", "b=2"]


def test_bytes_that_are_no_text_arrive_in_base64(aws: Any) -> None:
    event = sent(aws(FakeLambda(OK)), request("PUT", body=b"\x00\xff"))

    assert event["isBase64Encoded"] is True
    assert base64.b64decode(event["body"]) == b"\x00\xff"


@pytest.mark.parametrize(
    ("unit", "size_as_json"),
    [(b"a", 1), ("ü".encode(), 2), (b"\x00", 6), (b"\xff\xff\xff", 4)],
    ids=["letters", "umlauts", "control characters", "bytes"],
)
def test_an_event_is_refused_from_the_first_byte_that_lambda_would_not_take(
    aws: Any, unit: bytes, size_as_json: int
) -> None:
    sent(fake := aws(FakeLambda(OK)), request("POST", body=unit * 1_000_000))
    around = len(fake.invocations.pop()["Payload"]) - 1_000_000 * size_as_json
    most = (MOST_BYTES - around) // size_as_json
    FunctionUpstreams().send(ARN, request("POST", body=unit * most), 10)
    assert MOST_BYTES - size_as_json < len(fake.invocations.pop()["Payload"]) <= MOST_BYTES

    with pytest.raises(RequestRefused) as refused:
        FunctionUpstreams().send(ARN, request("POST", body=unit * (most + 1)), 10)
    assert refused.value.code == "request_too_large"
    assert fake.invocations == []


@pytest.mark.parametrize("code", ["RequestTooLargeException", "RequestEntityTooLargeException"])
def test_what_lambda_itself_finds_too_large_is_the_callers_to_mend(aws: Any, code: str) -> None:
    aws(FakeLambda(raises=ClientError({"Error": {"Code": code}}, "Invoke")))

    with pytest.raises(RequestRefused) as refused:
        FunctionUpstreams().send(ARN, request(), 10)
    assert refused.value.code == "request_too_large"


def test_the_function_is_called_by_its_arn_once_with_the_apis_time_out(aws: Any) -> None:
    fake = aws(FakeLambda(OK))

    Upstreams(ProxySettings({"bank": ARN})).send("lambda:bank", request(), 7)

    assert [invocation["FunctionName"] for invocation in fake.invocations] == [ARN]
    assert fake.config.read_timeout == 7
    assert fake.config.retries == {"total_max_attempts": 1}


def test_a_function_of_somebody_elses_is_called_by_the_arn_in_the_policy(aws: Any) -> None:
    fake = aws(FakeLambda(OK))

    Upstreams(ProxySettings({})).send(f"lambda:{ARN}", request(), 7)

    assert fake.invocations[0]["FunctionName"] == ARN


@pytest.mark.parametrize(
    ("payload", "answer"),
    [
        (OK, Response(200, [], b"")),
        ({"statusCode": 599, "body": None, "headers": None, "cookies": None}, Response(599, [], b"")),
        ({"statusCode": 201, "body": "grüße", "isBase64Encoded": False}, Response(201, [], "grüße".encode())),
        ({"statusCode": 200, "body": "AP8=", "isBase64Encoded": True}, Response(200, [], b"\x00\xff")),
        ({"statusCode": 200, "headers": {"X-Total": 42}}, Response(200, [("x-total", "42")], b"")),
        ({"statusCode": 200, "headers": {"x-last": True}}, Response(200, [("x-last", "true")], b"")),
        (
            {"statusCode": 200, "headers": {"ETag": '"7"'}, "cookies": ["a=1; Path=/", "b=2"]},
            Response(200, [("etag", '"7"'), ("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2")], b""),
        ),
    ],
)
def test_an_answer_comes_back_as_the_function_gave_it(aws: Any, payload: object, answer: Response) -> None:
    aws(FakeLambda(payload))

    assert FunctionUpstreams().send(ARN, request(), 10) == answer


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"<html>",
        b"\xff",
        None,
        "text",
        200,
        [OK],
        {},
        {"body": "no status"},
        pytest.param(b"[" * 100_000, id="too deep"),
        *({"statusCode": status} for status in (None, "200", 200.0, [200])),
        *({"statusCode": 200, "body": body} for body in ({"a": 1}, [1], 7, True, "\ud800")),
        *({"statusCode": 200, "isBase64Encoded": True, "body": body} for body in ("abc", "%%%%", "ü", {"a": 1}, 7)),
        *({"statusCode": 200, "headers": headers} for headers in ([["a", "b"]], "a: b", 7, True)),
        *({"statusCode": 200, "headers": {"x": value}} for value in (None, ["a", "b"], {"a": "b"})),
        *({"statusCode": 200, "cookies": cookies} for cookies in ("a=1", {"a": "1"}, [1], [None], 7)),
    ],
    ids=repr,
)
def test_an_answer_that_is_no_response_is_unreachable(aws: Any, payload: object) -> None:
    aws(FakeLambda(payload))

    with pytest.raises(UpstreamFailure) as failure:
        FunctionUpstreams().send(ARN, request(), 10)
    assert failure.value.code == "upstream_unreachable"


def test_a_function_that_raised_is_unreachable_and_its_message_stays_inside(aws: Any) -> None:
    aws(FakeLambda({"errorMessage": "password is hunter2", "statusCode": 200}, FunctionError="Unhandled"))

    with pytest.raises(UpstreamFailure) as failure:
        FunctionUpstreams().send(ARN, request(), 10)
    assert failure.value.code == "upstream_unreachable"
    assert "hunter2" not in str(failure.value)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ReadTimeoutError(endpoint_url="https://lambda"), "upstream_timeout"),
        (EndpointConnectionError(endpoint_url="https://lambda"), "upstream_unreachable"),
        (ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke"), "upstream_unreachable"),
        (ClientError({"Error": {"Code": "ResourceNotFoundException"}}, "Invoke"), "upstream_unreachable"),
    ],
)
def test_a_function_that_cannot_be_invoked_is_a_failure_and_not_tried_again(
    aws: Any, error: Exception, code: str
) -> None:
    fake = aws(FakeLambda(raises=error))

    with pytest.raises(UpstreamFailure) as failure:
        FunctionUpstreams().send(ARN, request(), 10)
    assert failure.value.code == code
    assert len(fake.invocations) == 1


def test_a_client_is_made_once_for_each_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[float] = []
    monkeypatch.setattr(boto3, "client", lambda _, config: made.append(config.read_timeout) or FakeLambda(OK))
    upstreams = FunctionUpstreams()

    for timeout in (5, 9, 5, 9):
        upstreams.send(ARN, request(), timeout)

    assert made == [5, 9]
