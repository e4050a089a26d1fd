"""The secret root of the stage's native keys, as KMS alone can make it."""

from base64 import b64decode, b64encode

from tiergate.adapters.aws_clients import Client
from tiergate.adapters.remembered import Remembered
from tiergate.domain.native_keys import ROOT
from tiergate.domain.store import StoreUnavailable

BYTES = 32
"""Of an HMAC with SHA-256."""


class NativeRoot:
    """``key``: the ARN of a KMS key (HMAC_256). The root is the key's for good, so it is asked for until it is known,
    with pauses, and never again."""

    def __init__(self, kms: Client, key: str) -> None:
        self._kms = kms
        self._key = key
        self._asked: Remembered[bytes] = Remembered("root of native keys", self._read)
        self._root: bytes | None = None

    def get(self, now: int) -> bytes:
        """Raises StoreUnavailable: KMS does not give it. ``now`` in microseconds."""
        if self._root is None:
            self._root = self._asked.get(self._key, now)
        return self._root

    def _read(self, key: str) -> bytes:
        request = {"KeyId": key, "Message": b64encode(ROOT).decode(), "MacAlgorithm": "HMAC_SHA_256"}
        answer = self._kms.call("GenerateMac", request, repeatable=True)
        try:
            root = b64decode(answer["Mac"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise StoreUnavailable("garbage", "KMS gave no MAC") from error
        if len(root) != BYTES:
            raise StoreUnavailable("garbage", "KMS gave no MAC of 32 bytes")
        return root
