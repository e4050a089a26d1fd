"""What a platform's own edge (a CDN, a firewall) says of the calls that it passes on, signed so that nobody else can.

The field ``X-Tiergate-Edge`` is ``v1;<caller's address>;<Unix seconds>;<signature>``. The signature is the
HMAC-SHA-256, in lower-case hexadecimal, of all that stands before the last semicolon.
"""

import hmac
import re
from collections.abc import Sequence
from typing import Protocol

from tiergate.domain.limits import SECOND

FRESH = 60 * SECOND
"""How long the field is good, and how far the edge's clock may be ahead."""

FIELD = re.compile(r"(v1;([0-9A-Fa-f.:]{2,45});([0-9]{1,12}));([0-9a-f]{64})", re.ASCII)


class EdgeKeys(Protocol):
    """What a signature may be by: the current key and, while it is rotated, the one before."""

    def __call__(self, now: int) -> tuple[Sequence[bytes], bool]:
        """The keys at ``now``, and whether the call waited for them. Raises ``EdgeUnavailable``: none can be had."""
        ...


class Edge:
    """The platform's edge, by the keys that it signs with."""

    def __init__(self, keys: EdgeKeys) -> None:
        self._keys = keys

    def address(self, field: str | None, now: int) -> tuple[str | None, bool]:
        """The caller's address, None where the field does not prove one; and whether the call waited for the keys.

        Raises
        ------
        EdgeUnavailable
            There are none to tell by.
        """
        found = FIELD.fullmatch(field) if field else None
        if found is None or abs(int(found[3]) * SECOND - now) > FRESH:
            return None, False
        keys, waited = self._keys(now)
        proofs = [hmac.digest(key, found[1].encode(), "sha256").hex() for key in keys]
        proven = any(hmac.compare_digest(proof, found[4]) for proof in proofs)
        return (found[2] if proven else None), waited
