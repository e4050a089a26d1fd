"""What an upstream may take for proof that the gateway calls; the simplest of it is a secret in a field."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from tiergate.adapters.aws_clients import Client
from tiergate.adapters.secrets import Secrets
from tiergate.domain.decision import Decision
from tiergate.domain.messages import Request, with_field
from tiergate.domain.store import StoreUnavailable

UNPROVEN = "upstream_unauthorized"
"""The refusal where there is nothing to prove ourselves with."""

LEAST_LEFT = 3.0
"""Seconds of a call's time without which nothing is tried anew: a secret's reading may take as long."""


class Proof(Protocol):
    """One API's way. ``renewable``: whether there may be another proof when one was refused."""

    renewable: bool

    def put(self, request: Request, decision: Decision, now: int, deadline: float) -> Request:
        """The request with the proof on it.

        ``now`` in microseconds; ``deadline`` in monotonic seconds. Raises StoreUnavailable and UpstreamFailure.
        """
        ...

    def forget(self) -> None:
        """Have another proof made for the next request, if there is one."""
        ...


class Secret:
    """One text of Secrets Manager, as a policy names it: by ARN, and by member where the secret is a JSON object.

    ``client``: of Secrets Manager, in the secret's region.
    """

    def __init__(self, raw: Mapping[str, Any], client: Client) -> None:
        self.arn: str = raw["secret"]
        self._known = Secrets(client, partial(_line, member=raw.get("member")))

    def text(self, now: int) -> str:
        """Without white space around it. Raises StoreUnavailable: there is none that a field can carry."""
        return self._known.value(self.arn, now)

    def forget(self) -> None:
        self._known.forget(self.arn)


class HeaderSecret:
    """A field with a secret, or with a member of one that is JSON, behind a prefix."""

    renewable = True

    def __init__(self, raw: Mapping[str, Any], client: Client) -> None:
        self._name = raw["name"].lower()
        self._prefix = raw.get("prefix", "")
        self._secret = Secret(raw, client)

    def put(self, request: Request, _decision: Decision, now: int, _deadline: float) -> Request:
        return with_field(request, self._name, self._prefix + self._secret.text(now))

    def forget(self) -> None:
        self._secret.forget()


def _line(text: str, *, member: str | None) -> str:
    """What a field can carry of a secret's text. Raises StoreUnavailable."""
    if member is not None:
        text = _member(text, member)
    text = text.strip()
    if not text or not (text.isascii() and text.isprintable()):
        raise StoreUnavailable("garbage", "the secret is no line of printable ASCII")
    return text


def _member(text: str, name: str) -> str:
    try:
        found = json.loads(text)[name]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = None
    if not isinstance(found, str):
        raise StoreUnavailable("garbage", f"the secret is no JSON object with a text {name!r}")
    return found
