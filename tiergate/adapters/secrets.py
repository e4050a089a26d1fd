"""Secrets of AWS Secrets Manager, remembered for five minutes, and for an hour while they cannot be read again."""

from collections.abc import Callable
from typing import Generic, TypeVar

from tiergate.adapters.aws_clients import Client
from tiergate.adapters.remembered import Remembered
from tiergate.domain.store import StoreUnavailable

T = TypeVar("T")


class Secrets(Generic[T]):
    """What ``read`` makes of the texts of secrets, by their ARNs. ``client``: of Secrets Manager, in their region.

    A text of which ``read`` makes nothing, for which it raises StoreUnavailable, counts as one that cannot be read: the
    last one that was good is kept.
    """

    def __init__(self, client: Client, read: Callable[[str], T]) -> None:
        self._client = client
        self._read = read
        self._known: Remembered[T] = Remembered("secret", self._current)

    def value(self, arn: str, now: int) -> T:
        """What a secret is now, which is parsed once for each time that it is asked for. Raises StoreUnavailable."""
        return self._known.get(arn, now)

    def due(self, arn: str, now: int) -> bool:
        """Whether ``value`` would ask for it, and so may wait."""
        return self._known.due(arn, now)

    def failure(self, arn: str) -> StoreUnavailable | None:
        """Why it could not be read the last time, if so, whether an older one serves or not."""
        return self._known.failure(arn)

    def forget(self, arn: str) -> None:
        """Ask again at the next ``value``, but at most once in ten seconds: it was refused where it is for, and may
        have been rotated."""
        self._known.forget(arn)

    def _current(self, arn: str) -> T:
        text = self._client.call("GetSecretValue", {"SecretId": arn}, repeatable=True).get("SecretString")
        if not isinstance(text, str) or not text:
            raise StoreUnavailable("garbage", "the secret holds no text")
        return self._read(text)
