"""Secrets of AWS Secrets Manager, remembered for five minutes, and for an hour while they cannot be read again."""

from typing import Any, Protocol

from tiergate.adapters.remembered import Remembered
from tiergate.domain.store import StoreUnavailable


class Client(Protocol):
    """An `AwsJson`."""

    def call(self, operation: str, request: dict[str, Any], *, repeatable: bool) -> dict[str, Any]: ...


class Secrets:
    """The texts of secrets by their ARNs. ``client``: of Secrets Manager, in the region where all of them are."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: Remembered[str] = Remembered("secret", self._read)

    def value(self, arn: str, now: int) -> str:
        """A secret's current text. Raises StoreUnavailable."""
        return self._known.get(arn, now)

    def forget(self, arn: str) -> None:
        """Read it again at the next ``value``, but at most once in ten seconds: it was refused where it is for, and may
        have been rotated."""
        self._known.forget(arn)

    def _read(self, arn: str) -> str:
        text = self._client.call("GetSecretValue", {"SecretId": arn}, repeatable=True).get("SecretString")
        if not isinstance(text, str) or not text:
            raise StoreUnavailable("garbage", "the secret holds no text")
        return text
