"""Creations that can be repeated: each is remembered for a day with its answer, in the transaction that makes it.

An API key is kept nowhere: it is derived anew, as ``adapters.onboarding`` does it.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from tiergate.adapters.registry import RegistryError, Write, put
from tiergate.adapters.registry.wire import from_wire, to_wire
from tiergate.adapters.settings import PortalSettings
from tiergate.domain.keys import NewKey, derived

REPEATABLE = 24 * 3600
"""Seconds for which a request is answered as the first time."""

KEPT = 7 * REPEATABLE
"""Seconds until it is forgotten, by the table's ``ttl``; up to then a late repetition is refused."""

Derive = Callable[[str, str], NewKey]
"""The key of a request and a seed."""


class Reused(Exception):
    """The idempotency key came with another request before."""


class Expired(Exception):
    """The same request was made more than a day ago."""


class Wanted(NamedTuple):
    """A creation. ``caller``: whose ``idempotency_key`` it is. ``what``: all that the answer hangs on, for JSON."""

    caller: str
    idempotency_key: str
    what: Any

    @property
    def id(self) -> str:
        return _digest(["portal", self.caller, self.idempotency_key])

    @property
    def fingerprint(self) -> str:
        return _digest(self.what)


class Remembered(NamedTuple):
    """What a creation is answered with. ``repeated``: an earlier request made it."""

    status: int
    body: dict[str, Any]
    repeated: bool = False


class Attempt:
    """A creation under way, at ``now`` (seconds)."""

    def __init__(self, wanted: Wanted, derive: Derive, now: int) -> None:
        self._wanted = wanted
        self._derive = derive
        self._now = now
        self._seed = secrets.token_hex(32)
        self.answer: Remembered | None = None

    def key(self) -> NewKey:
        """The API key to make, the same each time."""
        return self._derive(self._wanted.id, self._seed)

    def remember(self, status: int, body: Mapping[str, Any], *, keyed: bool = False) -> Write:
        """The write that keeps the answer, to go with what makes it true. ``keyed``: the key's text belongs to it."""
        self.answer = Remembered(status, dict(body) | ({"key": self.key().text} if keyed else {}))
        item = {
            "pk": f"REQUEST#{self._wanted.id}",
            "fingerprint": self._wanted.fingerprint,
            "status": status,
            "answer": json.dumps(body),
            "time": self._now,
            "ttl": self._now + KEPT,
        }
        return put(item | ({"seed": self._seed} if keyed else {}), "the request")


class PortalRequests:
    """The creations of one portal. ``now``: the time in seconds."""

    def __init__(self, dynamodb: Any, kms: Any, *, settings: PortalSettings, now: Callable[[], int]) -> None:
        self._dynamodb = dynamodb
        self._kms = kms
        self._settings = settings
        self._now = now

    def once(self, wanted: Wanted, make: Callable[[Attempt], object]) -> Remembered:
        """The answer to a creation, which ``make`` makes and remembers unless an earlier request has.

        Raises
        ------
        Reused, Expired
            See there.
        RegistryError
            Of ``make``: nothing was made.
        """
        known = self._known(wanted)
        if known:
            return known
        attempt = Attempt(wanted, self._key, self._now())
        try:
            make(attempt)
        except RegistryError:
            known = self._known(wanted)
            if known is None:
                raise
            return known
        if attempt.answer is None:
            raise TypeError("a creation must be remembered")
        return attempt.answer

    def _known(self, wanted: Wanted) -> Remembered | None:
        found = self._dynamodb.get_item(
            TableName=self._settings.registry_table,
            Key=to_wire({"pk": f"REQUEST#{wanted.id}", "sk": "-"}),
            ConsistentRead=True,
        )
        if "Item" not in found:
            return None
        memory = from_wire(found["Item"])
        if memory["fingerprint"] != wanted.fingerprint:
            raise Reused
        if self._now() - memory["time"] > REPEATABLE:
            raise Expired
        body = json.loads(memory["answer"])
        if "seed" in memory:
            body["key"] = self._key(wanted.id, memory["seed"]).text
        return Remembered(memory["status"], body, repeated=True)

    def _key(self, request: str, seed: str) -> NewKey:
        message = f"portal {request} {seed}".encode()
        answer = self._kms.generate_mac(KeyId=self._settings.mac_key, MacAlgorithm="HMAC_SHA_256", Message=message)
        return derived(self._settings.env, answer["Mac"])


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
