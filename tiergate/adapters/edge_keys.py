"""The platform's edge, by the keys that it signs with, which are a secret."""

from collections.abc import Sequence

from tiergate.adapters.aws_json import AwsJson
from tiergate.adapters.secrets import Secrets
from tiergate.domain.edge import Edge
from tiergate.domain.limits import SECOND
from tiergate.domain.store import StoreUnavailable

KEPT = 60 * SECOND
"""How long keys are used before ``Secrets`` is asked for them again, which has times of its own."""

TIMEOUT = 2.0
"""Seconds that Secrets Manager has for an answer."""

MOST_KEYS, LEAST_LENGTH = 2, 32


class SecretEdgeKeys:
    """See ``domain.edge.EdgeKeys``. The secret ``arn`` has one key a line, of 32 characters or more, two at most."""

    def __init__(self, arn: str, secrets: Secrets) -> None:
        self._arn = arn
        self._secrets = secrets
        self._keys: Sequence[bytes] = ()
        self.asked = -KEPT

    def __call__(self, now: int) -> Sequence[bytes]:
        """The keys at ``now``.

        Raises
        ------
        StoreUnavailable
            The secret cannot be read, or holds something else.
        """
        if not 0 <= now - self.asked < KEPT:
            self._keys = _keys(self._secrets.value(self._arn, now))
            self.asked = now
        return self._keys


def edge_of(arn: str, *, authorities: str) -> Edge:
    """The edge whose keys are in a secret. ``authorities``: see ``AwsJson``."""
    client = AwsJson("secretsmanager", "secretsmanager", authorities=authorities, timeout=TIMEOUT)
    return Edge(SecretEdgeKeys(arn, Secrets(client)))


def _keys(text: str) -> Sequence[bytes]:
    keys = [line.strip().encode() for line in text.splitlines() if line.strip()]
    if not 0 < len(keys) <= MOST_KEYS or min(map(len, keys)) < LEAST_LENGTH:
        raise StoreUnavailable(
            "garbage",
            f"the edge's secret must have one key a line, {MOST_KEYS} at most, of {LEAST_LENGTH} characters or more",
        )
    return keys
