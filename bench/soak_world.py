"""What a soaked gateway lives among: customers without number, callers of every kind, a store and an upstream.

The store makes up each record from the id that is asked for, so there are as many customers as ids. The first letter of
a key's id says what comes of it.
"""

import hashlib
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.fake_dynamodb import KIND, FakeDynamo
from bench.http_server import Answer, Request, response
from tiergate.adapters.registry.items import application_item, credential_item
from tiergate.adapters.wire import to_wire
from tiergate.domain.decision import ADMITTED
from tiergate.domain.keys import ALPHABET, ID_LENGTH, checksum, fingerprint
from tiergate.domain.registry import Application, Credential, Subscription

ENV, API, DEAD_API, OPEN_API, PRODUCT, PLAN = "dev", "soak/v1", "dead/v1", "open/v1", "soak", "soak"
REGISTRY, USAGE = "registry", "usage"
HERE = "203.0.113.7"
ISSUER = "soak"
LIMIT = 1_000_000_000
"""Units an hour of the plan."""

HOT, WIDE = 200, 100_000
"""Customers who call all the time, and who call now and then: ten times as many as an instance remembers."""

STATES = {"G": "active", "S": "suspended", "R": "revoked", "Q": "active", "F": "active"}
"""By the first letter of an id: good, suspended, revoked, used up its quota, the store fails. No other is known."""

ANSWERS = {
    "json": (200, response(json.dumps({"items": ["." * 90] * 20}).encode(), headers={"set-cookie": "a=b"})),
    "large": (200, response(b"[" + b"0," * 200_000 + b"0]")),
    "binary": (200, response(bytes(range(256)) * 40, kind="application/octet-stream")),
    "empty": (204, b"HTTP/1.1 204 No Content\r\n\r\n"),
    "moved": (302, response(b"", status="302 Found", headers={"location": "/elsewhere"})),
    "failing": (503, response(b"down", status="503 Service Unavailable", kind="text/plain")),
    "broken": (502, b"HTTP/1.1 200 OK\r\nno field\r\n\r\n"),
    "two-lengths": (502, b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"),
}
"""By the last segment of the path: the status that the caller gets, and what the upstream says."""


@dataclass(frozen=True, slots=True)
class Step:
    """One call: what comes in, the reason that it must get, and the caller's status where it is forwarded."""

    event: dict[str, Any]
    reason: str
    status: int = 0


Kind = tuple[Callable[[random.Random], Step], float]
"""A kind of call with its share."""


def steps(seed: int, others: Iterable[Kind] = ()) -> Iterator[Step]:
    """Calls without end, the same for the same seed: most are good, the rest wrong in every way.

    ``others``: kinds of calls beside those with keys.
    """
    chance = random.Random(seed)  # noqa: S311 - traffic, not secrets
    kinds, weights = zip(*_KINDS, *others, strict=True)
    while True:
        (kind,) = chance.choices(kinds, weights)
        yield kind(chance)


def store() -> Answer:
    """A DynamoDB with these customers. It refuses the debits of those who used up their quota.

    Where it fails, it throttles: silence would keep other customers out for a moment too, see ``adapters.circuit``.
    """
    counters = FakeDynamo({USAGE: ("subscription",)})

    def answer(request: Request) -> bytes:
        asked = json.loads(request.body)
        if asked["TableName"] == REGISTRY:
            record = _record(asked["Key"]["pk"]["S"])
            return response(json.dumps({"Item": record} if record else {}).encode(), kind=KIND)
        subscription = asked["Key"]["subscription"]["S"]
        if subscription.startswith("sub_F"):
            return response(b'{"__type":"ThrottlingException"}', status="400 Bad Request", kind=KIND)
        if subscription.startswith("sub_Q"):
            return _refused(asked)
        return counters.answer(request)

    return answer


def upstream() -> Answer:
    """Says what ``ANSWERS`` has for the path."""
    return lambda request: ANSWERS[request.path.partition("?")[0].rpartition("/")[2]][1]


def _record(pk: str) -> dict[str, Any] | None:
    kind, _, id_ = pk.partition("#")
    id_ = id_.removeprefix(f"{ISSUER}#")
    if kind == "APP":
        own = id_.removeprefix("app_")
        subscription = Subscription(f"sub_{own}", PRODUCT, PLAN, created="2026-01-01")
        return to_wire(application_item(Application(id_, f"org-{own.lower()}", {PRODUCT: subscription}, own)))
    if id_[0] not in STATES:
        return None
    issuer = ISSUER if kind == "CLIENT" else ""
    proof = "" if issuer else fingerprint(_key(id_))
    credential = Credential(id_, f"app_{id_}", proof, STATES[id_[0]], created="2026-01-01", issuer=issuer)
    return to_wire(credential_item(credential))


def _refused(asked: dict[str, Any]) -> bytes:
    """The debit's condition does not hold: every window that it names is full."""
    names, values = asked["ExpressionAttributeNames"], asked["ExpressionAttributeValues"]
    windows = {attribute: {"N": str(LIMIT)} for name, attribute in names.items() if name.startswith("#u")}
    fault = {
        "__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",
        "message": "The conditional request failed",
        "Item": asked["Key"] | windows | {"w": values[":w"]},
    }
    return response(json.dumps(fault).encode(), status="400 Bad Request", kind=KIND)


def _key(id_: str) -> str:
    """The key that belongs to an id, so that nobody need keep it."""
    body = f"tg_{ENV}_{id_}_{hashlib.sha256(id_.encode()).hexdigest()[:32]}"
    return body + checksum(body)


def customer(letter: str, number: int) -> str:
    """The id of one of a kind: of the key, of the OAuth client and of the application."""
    return f"{letter}{number:0{ID_LENGTH - 1}}"


def _text(chance: random.Random, most: int) -> str:
    return "".join(chance.choices(ALPHABET, k=chance.randrange(1, most)))


def _good(chance: random.Random, customers: int) -> Step:
    answer = chance.choices(list(ANSWERS), [80, 0.1, 5, 3, 3, 3, 3, 3])[0]
    status = ANSWERS[answer][0]
    return Step(event_of(chance, _key(customer("G", chance.randrange(customers))), answer), ADMITTED, status)


def _refuse(letter: str, reason: str) -> Callable[[random.Random], Step]:
    """A call of one of ``HOT`` customers of a kind."""
    return lambda chance: Step(event_of(chance, _key(customer(letter, chance.randrange(HOT)))), reason)


def _made_up(chance: random.Random) -> Step:
    id_ = "X" + _text(chance, 2) + "".join(chance.choices(ALPHABET, k=ID_LENGTH - 2))
    return Step(event_of(chance, _key(id_)), "credential_unknown")


def _junk(chance: random.Random) -> Step:
    return Step(event_of(chance, "tg_dev_" + _text(chance, 200)), "credential_malformed")


def _lost(chance: random.Random) -> Step:
    event = event_of(chance, _key(customer("G", 0)))
    event["rawPath"] = f"/{API}/" + "/".join(_text(chance, 60) for _ in range(chance.randrange(3, 20)))
    return Step(event, "operation_not_found")


def _wrong_method(chance: random.Random) -> Step:
    event = event_of(chance, _key(customer("G", 0)))
    event["requestContext"]["http"]["method"] = "X" + _text(chance, 30).upper()
    return Step(event, "method_not_allowed")


def _broken(chance: random.Random) -> Step:
    event = event_of(chance, _key(customer("G", 0)))
    del event[chance.choice(["routeKey", "rawPath", "requestContext"])]
    return Step(event, "gateway_fault")


def _dead(chance: random.Random) -> Step:
    return Step(event_of(chance, _key(customer("G", 0)), api=DEAD_API), ADMITTED, 502)


_KINDS: list[Kind] = [
    (lambda chance: _good(chance, HOT), 40),
    (lambda chance: _good(chance, WIDE), 25),
    (_refuse("S", "credential_suspended"), 2),
    (_refuse("R", "credential_revoked"), 2),
    (_refuse("Q", "quota_exceeded"), 5),
    (_refuse("F", "admission_unavailable"), 1),
    (lambda chance: Step(event_of(chance, None), "credential_missing"), 3),
    (_made_up, 8),
    (_junk, 6),
    (_lost, 3),
    (_wrong_method, 2),
    (_broken, 1),
    (_dead, 2),
]


def event_of(
    chance: random.Random,
    key: str | None,
    answer: str = "json",
    *,
    api: str = API,
    token: str = "",
    address: str = HERE,
) -> dict[str, Any]:
    """What API Gateway says of a call, with fields and a query that nobody else sends."""
    path = f"/{api}/{_text(chance, 30)}/{answer}"
    headers = {"accept": "application/json", "host": "soak.example", "user-agent": _text(chance, 100)}
    headers |= {"authorization": f"Bearer {token}"} if token else {}
    headers |= {"x-" + _text(chance, 20).lower(): _text(chance, 50) for _ in range(chance.randrange(3))}
    return {
        "version": "2.0",
        "routeKey": f"ANY /{api}/{{proxy+}}",
        "rawPath": path,
        "rawQueryString": f"q={_text(chance, 100)}",
        "headers": headers if key is None else headers | {"x-api-key": key},
        "requestContext": {
            "http": {"method": chance.choice(["GET", "POST"]), "path": path, "sourceIp": address},
            "requestId": _text(chance, 20),
            "stage": "$default",
        },
        "body": _text(chance, 2_000),
        "isBase64Encoded": False,
    }
