"""Creations that can be repeated: each is remembered for a day with its answer, in the transaction that makes it.

An API key is kept nowhere. It is derived from the request and a random seed that is remembered with it, by a KMS key
that never leaves KMS: the same request gives the same text for as long as it is remembered, and neither the table nor
the request alone gives it away.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tiergate.adapters.registry import RegistryError, Write, put
from tiergate.adapters.wire import from_wire, to_wire
from tiergate.domain.keys import NewKey, derived
from tiergate.domain.limits import SECOND

REPEATABLE = 24 * 3600 * SECOND
"""How long a request is answered as the first time, in microseconds."""

KEPT = 30 * 24 * 3600
"""Seconds until it is forgotten, by the table's ``ttl``; up to then a late repetition is refused."""


class Request(NamedTuple):
    """``id``: a hash of the caller and their idempotency key. ``fingerprint``: one of all that the answer hangs on."""

    id: str
    fingerprint: str


class Remembered(NamedTuple):
    """What a creation is answered with. ``key``: that it made. ``repeated``: an earlier request made it."""

    status: int
    body: Mapping[str, Any]
    key: NewKey | None = None
    repeated: bool = False


class Reused(Exception):
    """The idempotency key came with another request before."""


class Expired(Exception):
    """The same request was made more than a day ago, and got ``body``."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        super().__init__()
        self.body = body


class Attempt:
    """A creation under way, at ``now`` (microseconds). ``derive``: a key from a seed."""

    def __init__(self, request: Request, derive: Callable[[str], NewKey], now: int) -> None:
        self._request = request
        self._derive = derive
        self._now = now
        self._seed = secrets.token_hex(32)
        self.answer: Remembered | None = None

    def key(self) -> NewKey:
        """The API key to make, the same each time."""
        return self._derive(self._seed)

    def remember(self, status: int, body: Mapping[str, Any], *, keyed: bool = False) -> Write:
        """The write that keeps the answer, to go with what makes it true. ``keyed``: the key belongs to it."""
        self.answer = Remembered(status, body, self.key() if keyed else None)
        item = {
            "pk": f"REQUEST#{self._request.id}",
            "fingerprint": self._request.fingerprint,
            "status": status,
            "answer": json.dumps(body),
            "time": self._now,
            "ttl": self._now // SECOND + KEPT,
        }
        return put(item | ({"seed": self._seed} if keyed else {}), "the request")


class Creations:
    """Of one ``purpose``, which shares no key with another. ``mac_key``: of KMS (HMAC_256); all are derived with it."""

    def __init__(self, dynamodb: Any, kms: Any, *, table: str, mac_key: str, env: str, purpose: str) -> None:
        self._dynamodb = dynamodb
        self._kms = kms
        self._table = table
        self._mac_key = mac_key
        self._env = env
        self._purpose = purpose

    def once(self, request: Request, make: Callable[[Attempt], object], now: int) -> Remembered:
        """The answer to a creation, which ``make`` makes and remembers unless an earlier request has.

        Raises
        ------
        Reused, Expired
            See there.
        RegistryError
            Of ``make``: nothing was made.
        """
        known = self._known(request, now)
        if known:
            return known
        attempt = Attempt(request, lambda seed: self._key(request, seed), now)
        try:
            make(attempt)
        except RegistryError:
            known = self._known(request, now)
            if known is None:
                raise
            return known
        if attempt.answer is None:
            raise TypeError("a creation must be remembered")
        return attempt.answer

    def _known(self, request: Request, now: int) -> Remembered | None:
        key = to_wire({"pk": f"REQUEST#{request.id}", "sk": "-"})
        found = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        if "Item" not in found:
            return None
        memory = from_wire(found["Item"])
        if memory["fingerprint"] != request.fingerprint:
            raise Reused
        body = json.loads(memory["answer"])
        if now - memory["time"] > REPEATABLE:
            raise Expired(body)
        made = self._key(request, memory["seed"]) if "seed" in memory else None
        return Remembered(memory["status"], body, made, repeated=True)

    def _key(self, request: Request, seed: str) -> NewKey:
        message = f"{self._purpose} {request.id} {seed}".encode()
        answer = self._kms.generate_mac(KeyId=self._mac_key, MacAlgorithm="HMAC_SHA_256", Message=message)
        return derived(self._env, answer["Mac"])
