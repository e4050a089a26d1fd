"""The public halves of the KMS keys that identity tokens may be signed with."""

from base64 import b64decode
from collections.abc import Sequence

from tiergate.adapters.aws_clients import Client
from tiergate.adapters.remembered import Remembered
from tiergate.domain.identity import jwk, key_id_of
from tiergate.domain.store import StoreUnavailable

UNUSABLE = frozenset({"DisabledException", "KMSInvalidStateException", "NotFoundException"})
"""What KMS says of a key that nothing should be believed by any more."""


class IdentityKeys:
    """``arns``: of keys on P-256; the current one first, then the others that are published."""

    def __init__(self, kms: Client, arns: Sequence[str]) -> None:
        self._kms = kms
        self._arns = arns
        self._known: Remembered[dict[str, str]] = Remembered("identity key", self._read)

    def current(self, now: int) -> list[dict[str, str]]:
        """As JSON Web Keys, without those that are disabled or deleted. ``now`` in microseconds.

        Raises
        ------
        StoreUnavailable
            One of them cannot be read, or there is none.
        """
        keys = [key for arn in self._arns if (key := self._known.get(arn, now))]
        if not keys:
            raise StoreUnavailable("refused", "no key is enabled")
        return keys

    def _read(self, arn: str) -> dict[str, str]:
        """Empty for a key that nothing should be believed by."""
        try:
            answer = self._kms.call("GetPublicKey", {"KeyId": arn}, repeatable=True)
            return jwk(b64decode(answer["PublicKey"], validate=True), key_id_of(arn))
        except StoreUnavailable as error:
            if error.detail in UNUSABLE:
                return {}
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise StoreUnavailable("garbage", "KMS gave no public key on P-256") from error
