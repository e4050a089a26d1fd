"""The secret that values of native keys are made of, asked of KMS when the first one is made."""

from collections.abc import Callable
from functools import cache
from typing import Any

from tiergate.domain.native_keys import ROOT


class NoRoot(Exception):
    """A native key is wanted where no REST API is named, so that there is no KMS key."""


def root_of(client: Callable[[], Any], key: str) -> Callable[[], bytes]:
    """``client``: makes one of KMS. ``key``: the ARN of the key, empty for none.

    What comes out asks once, and raises botocore's errors and ``NoRoot``.
    """

    @cache
    def root() -> bytes:
        if not key:
            raise NoRoot
        made: bytes = client().generate_mac(KeyId=key, Message=ROOT, MacAlgorithm="HMAC_SHA_256")["Mac"]
        return made

    return root
