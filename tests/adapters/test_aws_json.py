"""One client for every service that speaks JSON: each is asked where it is, in its own name."""

import socket
from typing import Any

import pytest

from tests.fakes.aws_services import KIND
from tests.fakes.dynamodb_answers import answer, environment, fault, item
from tests.fakes.upstream import ScriptedUpstream, answers, keeps_alive
from tiergate.adapters.aws_json import AwsJson
from tiergate.adapters.dynamodb import DynamoDB
from tiergate.domain.store import StoreUnavailable

KEYS = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret"}


def kms(environ: dict[str, str], **options: Any) -> AwsJson:
    return AwsJson("kms", "TrentService", environ=environ, timeout=5, **options)


def fields_of(request: bytes) -> dict[str, str]:
    _, *lines = request.partition(b"\r\n\r\n")[0].decode().split("\r\n")
    return dict(line.split(":", 1) for line in lines)


def test_two_services_of_one_process_are_each_asked_in_their_own_name() -> None:
    with ScriptedUpstream(*[keeps_alive(*[answer({})] * 3)] * 2) as server:
        environ = environment(server.url) | {"AWS_ENDPOINT_URL_KMS": server.url}
        clients = {"kms": kms(environ), "dynamodb": DynamoDB(environ, timeout=5)}
        for _ in range(3):
            for name, client in clients.items():
                client.call("Sign", {"KeyId": name}, repeatable=True)
        asked = [fields_of(request) for request in server.requests]
        assert [fields["x-amz-target"] for fields in asked] == ["TrentService.Sign", "DynamoDB_20120810.Sign"] * 3
        assert [fields["content-type"] for fields in asked] == [KIND, "application/x-amz-json-1.0"] * 3
        assert ["/kms/aws4_request" in fields["authorization"] for fields in asked] == [True, False] * 3


@pytest.mark.parametrize(
    ("service", "environ", "asked"),
    [
        ("kms", {}, "kms.eu-central-1.amazonaws.com"),
        ("secretsmanager", {"AWS_REGION": "cn-north-1"}, "secretsmanager.cn-north-1.amazonaws.com.cn"),
        ("kms", {"AWS_ENDPOINT_URL_KMS": "http://own.test"}, "own.test"),
        ("secretsmanager", {"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://own.test"}, "own.test"),
        ("secretsmanager", {"AWS_ENDPOINT_URL": "http://all.test", "AWS_ENDPOINT_URL_KMS": "http://x"}, "all.test"),
    ],
)
def test_a_service_is_where_the_sdks_variables_say(
    service: str, environ: dict[str, str], asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = []

    def nobody(host: str, *_: object, **__: object) -> None:
        names.append(host)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(StoreUnavailable):
        AwsJson(service, "x", environ=KEYS | environ, timeout=5).call("X", {}, repeatable=True)
    assert set(names) == {asked}


def test_a_service_may_be_asked_in_another_region_than_the_functions_own() -> None:
    with ScriptedUpstream(answers(answer({}))) as server:
        environ = environment(server.url) | {"AWS_ENDPOINT_URL_KMS": server.url}
        kms(environ, region="us-east-1").call("X", {}, repeatable=True)
        assert "/us-east-1/kms/aws4_request" in fields_of(server.requests[0])["authorization"]


def test_an_endpoint_that_is_none_is_told_by_the_name_of_its_variable() -> None:
    with pytest.raises(ValueError, match="AWS_ENDPOINT_URL_SECRETS_MANAGER"):
        AwsJson("secretsmanager", "x", environ=KEYS | {"AWS_ENDPOINT_URL": "ftp://x"}, timeout=5)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("ThrottlingException", "throttled"), ("LimitExceededException", "throttled"), ("DisabledException", "refused")],
)
def test_a_services_error_is_named_and_nothing_of_what_was_asked(name: str, reason: str) -> None:
    with ScriptedUpstream(answers(fault(name, message="private"))) as server:
        with pytest.raises(StoreUnavailable) as raised:
            kms(environment(server.url) | {"AWS_ENDPOINT_URL_KMS": server.url}).call("X", {}, repeatable=True)
        assert (raised.value.reason, raised.value.detail, raised.value.untouched) == (reason, name, True)
        assert "private" not in str(raised.value)


def test_a_failed_condition_means_something_to_dynamodb_alone() -> None:
    refused = answers(fault("ConditionalCheckFailedException"))
    with ScriptedUpstream(refused) as server, pytest.raises(StoreUnavailable, match="refused"):
        kms(environment(server.url) | {"AWS_ENDPOINT_URL_KMS": server.url}).call("X", {}, repeatable=True)


@pytest.mark.parametrize("repeatable", [True, False])
def test_only_what_may_be_repeated_is_repeated_when_a_kept_connection_ends(repeatable: bool) -> None:
    def ends(line: Any) -> None:
        answers(item("first"))(line)
        line.request()

    with ScriptedUpstream(ends, answers(item("second"))) as server:
        client = kms(environment(server.url) | {"AWS_ENDPOINT_URL_KMS": server.url})
        client.call("X", {}, repeatable=True)
        if repeatable:
            assert client.call("X", {}, repeatable=True) == {"Item": {"pk": {"S": "second"}}}
        else:
            with pytest.raises(StoreUnavailable, match="unreachable"):
                client.call("X", {}, repeatable=False)
        assert len(server.requests) == (3 if repeatable else 2)
