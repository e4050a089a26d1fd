"""One request to the portal: who sends it, and what it asks for."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from lambdas.portal_api.bodies import Fields, checked, read_json
from lambdas.portal_api.pages import Window
from lambdas.portal_api.portal import Portal
from lambdas.portal_api.refusals import Refused
from tiergate.adapters.people import Account
from tiergate.adapters.registry import Registry
from tiergate.adapters.repeatable import Attempt, Request
from tiergate.domain.members import PERSON, PORTAL, Person

IDEMPOTENCY_KEY = re.compile(r"[!-~]{8,128}")
ETAG = re.compile(r'"([1-9][0-9]{0,17})"', re.ASCII)
NO_VERSION = 0
"""Of nothing: what the caller saw is not what is there."""


class Answer(NamedTuple):
    """``body`` None: there is none (204). A ``version`` in it is the ``ETag`` of single resources."""

    status: int
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = {}


@dataclass(frozen=True)
class Call:
    """``claims``: of an access token that API Gateway checked; none where nobody need sign in."""

    portal: Portal
    event: Mapping[str, Any]
    claims: Mapping[str, str]

    @classmethod
    def of(cls, event: Mapping[str, Any], portal: Portal, *, public: bool) -> "Call":
        """Raises ``Refused``: nobody is signed in, and somebody must be."""
        if public:
            return cls(portal, event, {})
        authorizer = event["requestContext"].get("authorizer") or {}
        claims = (authorizer.get("jwt") or {}).get("claims") or {}
        if claims.get("token_use") != "access" or not PERSON.fullmatch(claims.get("sub", "")):
            raise Refused("token_invalid")
        return cls(portal, event, claims)

    @property
    def sub(self) -> str:
        return self.claims["sub"]

    @cached_property
    def registry(self) -> Registry:
        return self.portal.registry(PORTAL + self.sub)

    @cached_property
    def account(self) -> Account:
        """Raises ``NotSignedIn``."""
        return self.portal.people.account(self.claims.get("username") or self.sub, self.sub)

    def person(self) -> Person:
        """The caller with a mail address that is surely theirs.

        Raises
        ------
        Refused
            ``email_unverified``.
        """
        if not self.account.verified:
            raise Refused("email_unverified")
        return Person(self.sub, self.account.mail)

    def refuse_leavers(self) -> None:
        """Raises ``NotSignedIn``: the caller was deleted or disabled since their access token was made."""
        _ = self.account

    @property
    def headers(self) -> Mapping[str, str]:
        return self.event.get("headers") or {}

    @property
    def query(self) -> Mapping[str, str]:
        return self.event.get("queryStringParameters") or {}

    def window(self) -> Window:
        """The page that is asked for."""
        return Window.read(self.query, self.event["rawPath"])

    @cached_property
    def json(self) -> dict[str, Any]:
        return read_json(self.event)

    def fields(self, fields: Fields) -> dict[str, Any]:
        """Of the body; raises ``Refused`` with every fault."""
        return checked(self.json, fields)

    def expected(self, *, needed: bool = False) -> int | None:
        """The version in ``If-Match``; None for any.

        Raises
        ------
        Refused
            It is ``needed`` and there is none.
        """
        text = self.headers.get("if-match", "").strip()
        if not text and needed:
            raise Refused("version_required")
        if text in {"", "*"}:
            return None
        found = ETAG.fullmatch(text)
        return int(found[1]) if found else NO_VERSION

    def once(self, make: Callable[[Attempt], object]) -> Answer:
        """Create something, or answer as when the same request created it.

        Raises
        ------
        Refused
            There is no ``Idempotency-Key``, or no JSON.
        """
        key = self.headers.get("idempotency-key", "")
        if not IDEMPOTENCY_KEY.fullmatch(key):
            raise Refused("idempotency_key_invalid", wrong="cannot be used" if key else "is missing")
        what = [self.event["requestContext"]["http"]["method"], self.event["rawPath"], self.json]
        request = Request(_digest(["portal", self.sub, key]), _digest(what))
        made = self.portal.creations.once(request, make, self.portal.microseconds())
        body = {**made.body, "key": made.key.text} if made.key else made.body
        return Answer(made.status, body, {"idempotency-replayed": "true"} if made.repeated else {})


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
