"""The services of AWS that functions ask besides DynamoDB, each of which gets the same time for an answer."""

from typing import Any, Protocol

from tiergate.adapters.aws_json import AwsJson

TIMEOUT = 2.0
"""Seconds for an answer, connecting aside."""


class Client(Protocol):
    """An `AwsJson`."""

    def call(self, operation: str, request: dict[str, Any], *, repeatable: bool) -> dict[str, Any]: ...


def secrets_client(region: str, *, authorities: str | None = None) -> AwsJson:
    """Of Secrets Manager in a region. ``authorities``: see ``AwsJson``, which may raise ValueError."""
    return AwsJson("secretsmanager", "secretsmanager", region=region, authorities=authorities, timeout=TIMEOUT)


def kms_client(*, authorities: str | None = None) -> AwsJson:
    """Of KMS in the function's own region, where the stack makes its keys. The rest as with `secrets_client`."""
    return AwsJson("kms", "TrentService", authorities=authorities, timeout=TIMEOUT)


def region_of(arn: str) -> str:
    """Where a resource is, by its ARN."""
    return arn.split(":", 4)[3]
