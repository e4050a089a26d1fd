"""Onboarding by program: what a sign-up backend sends, and every way that it is refused.

A request carries an ``Idempotency-Key`` (draft-ietf-httpapi-idempotency-key-header-07): the same key with the same
request of the same caller gives the same answer for a day, the API key included.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from tiergate.domain.refusals import Refusal

PATH = "/_tiergate/onboard"
"""Where a gateway takes it: of no API, because no API's name begins so."""

IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{16,255}")
"""Long enough not to be met by chance; a UUID is good."""

LONGEST_NAME = 200

ROLE_SESSION = re.compile(r"(AROA[0-9A-Z]+):.*|(arn:[a-z-]+:sts::[0-9]+:assumed-role/[^/]+)/.*", re.DOTALL)
"""A role's unique id, or what its sessions' ARNs have in common; behind it the session's name, new for each."""


class Refused(Exception):
    """Nothing was changed."""

    def __init__(self, status: int, code: str, detail: str, next_: str) -> None:
        super().__init__(detail)
        self.refusal = Refusal(code, status, detail, next_)


@dataclass(frozen=True, slots=True)
class SignUp:
    """A new customer: the organization's name, a product and one of its plans."""

    organization: str
    product: str
    plan: str

    @property
    def fingerprint(self) -> str:
        """SHA-256 of what is asked for, however it was spelt in JSON."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()


def read_sign_up(body: bytes) -> SignUp:
    """From a JSON body.

    Raises
    ------
    Refused
        ``request_malformed``, with every fault at once.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise _malformed("The body is not JSON.") from None
    if not isinstance(data, dict):
        raise _malformed("The body is not a JSON object.")
    wanted = [field.name for field in fields(SignUp)]
    faults = [f"{name} is missing" for name in wanted if name not in data]
    faults += [f"{name} must be a text of 1 to {LONGEST_NAME} characters" for name in wanted if not _text(data, name)]
    if data.keys() - set(wanted):
        faults.append(f"only {', '.join(wanted)} are known")
    if faults:
        raise _malformed("; ".join(faults) + ".")
    return SignUp(**data)


def principal(identity: Mapping[str, Any]) -> str:
    """Who calls, of what API Gateway says of an IAM identity: all sessions of a role are one.

    By the unique id where there is one: a role of the same name that is made later is another.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    """
    named: str = identity.get("userId") or identity.get("callerId") or identity["userArn"]
    session = ROLE_SESSION.fullmatch(named)
    return session[1] or session[2] if session else named


def read_idempotency_key(text: str | None, caller: str) -> str:
    """The SHA-256 of an ``Idempotency-Key`` field and its caller, under which the request is remembered.

    Raises
    ------
    Refused
        ``idempotency_key_missing`` or ``idempotency_key_malformed``.
    """
    advice = "Send an Idempotency-Key header of 16 to 255 printable characters, another for each customer: a UUID, say."
    if not text:
        raise Refused(400, "idempotency_key_missing", "The request has no Idempotency-Key header.", advice)
    if not IDEMPOTENCY_KEY.fullmatch(text):
        raise Refused(400, "idempotency_key_malformed", "The Idempotency-Key header cannot be used.", advice)
    return hashlib.sha256(json.dumps([caller, text]).encode()).hexdigest()


def _text(data: dict[str, object], name: str) -> bool:
    value = data.get(name, "absent")
    return isinstance(value, str) and len(value.strip()) > 0 and len(value) <= LONGEST_NAME


def _malformed(detail: str) -> Refused:
    advice = "Send a JSON object with organization (the customer's name), product and plan."
    return Refused(400, "request_malformed", detail, advice)
