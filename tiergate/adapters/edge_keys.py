"""The platform's edge, by the keys that it signs with, which are a secret."""

from collections.abc import Callable, Sequence

from tiergate.adapters.aws_clients import region_of, secrets_client
from tiergate.adapters.secrets import Secrets
from tiergate.domain.edge import Edge
from tiergate.domain.store import EdgeUnavailable, StoreUnavailable

MOST_KEYS, LEAST_LENGTH = 2, 32

Report = Callable[[Exception], None]


class SecretEdgeKeys:
    """See ``domain.edge.EdgeKeys``. The secret ``arn`` is read by ``keys_in``.

    ``report`` hears of failures to read it while the keys that are here are believed.
    """

    def __init__(self, arn: str, secrets: Secrets[Sequence[bytes]], report: Report) -> None:
        self._arn = arn
        self._secrets = secrets
        self._report = report

    def __call__(self, now: int) -> tuple[Sequence[bytes], bool]:
        """The keys at ``now``, and whether they were read for it.

        Raises
        ------
        EdgeUnavailable
            The secret cannot be read, or holds something else, and what it held before is too old.
        """
        waited = self._secrets.due(self._arn, now)
        try:
            keys = self._secrets.value(self._arn, now)
        except StoreUnavailable as error:
            raise EdgeUnavailable(str(error)) from error
        failure = self._secrets.failure(self._arn) if waited else None
        if failure is not None:
            self._report(EdgeUnavailable(str(failure)))
        return keys, waited


def edge_of(arn: str, *, authorities: str, report: Report) -> Edge:
    """The edge whose keys are in a secret. ``authorities``: see ``AwsJson``."""
    client = secrets_client(region_of(arn), authorities=authorities)
    return Edge(SecretEdgeKeys(arn, Secrets(client, keys_in), report))


def keys_in(secret: str) -> Sequence[bytes]:
    """One key a line, of 32 characters or more, two at most. Raises StoreUnavailable where that is not so."""
    keys = [line.strip().encode() for line in secret.splitlines() if line.strip()]
    if not 0 < len(keys) <= MOST_KEYS or min(map(len, keys)) < LEAST_LENGTH:
        raise StoreUnavailable(
            "garbage",
            f"the edge's secret must have one key a line, {MOST_KEYS} at most, of {LEAST_LENGTH} characters or more",
        )
    return keys
