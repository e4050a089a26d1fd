"""What the gateway proves itself to upstreams with: one of four ways, by an API's ``upstream_auth``."""

import json
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from tiergate.adapters.aws_json import AwsJson
from tiergate.adapters.remembered import PAUSE
from tiergate.adapters.secrets import Secrets
from tiergate.adapters.telemetry import log
from tiergate.domain.catalogue import FUNCTION, ApiVersion
from tiergate.domain.decision import Decision
from tiergate.domain.failures import UpstreamFailure
from tiergate.domain.messages import Request, Response, without
from tiergate.domain.store import StoreUnavailable

TIMEOUT = 2.0
"""Seconds that Secrets Manager and KMS have for an answer."""

UNPROVEN = "upstream_unauthorized"
"""The refusal where there is nothing to prove ourselves with."""

Send = Callable[[str, Request, float], Response]
"""Sends a request to an upstream within so many seconds."""


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


class UpstreamAuth:
    """Sends with the proof that an API's upstream asks for.

    ``identity_key``: the ARN of the KMS key that tells upstreams who calls, ``identity_issuer`` in whose name; empty
    where no API needs them. ``authorities``: see ``AwsJson``. ``now``: microseconds.
    """

    def __init__(
        self,
        send: Send,
        *,
        identity_key: str = "",
        identity_issuer: str = "",
        authorities: str | None = None,
        now: Callable[[], int] = lambda: time.time_ns() // 1000,
    ) -> None:
        self._send = send
        self._identity = identity_key, identity_issuer
        self._authorities = authorities
        self._now = now
        self._proofs: dict[str, Proof] = {}
        self._secrets: Secrets | None = None
        self._kms: AwsJson | None = None
        self._told: dict[str, int] = {}

    def send(self, api: ApiVersion, request: Request, decision: Decision) -> Response:
        """The upstream's answer. Where it refuses the proof (401), and there is another one, it is asked once more.

        Raises
        ------
        UpstreamFailure
            ``upstream_unauthorized``: no proof can be had. And all that ``Upstreams.send`` raises.
        """
        deadline = time.monotonic() + api.timeout
        proof = self._proofs.get(api.name) or self._proofs.setdefault(api.name, self._proof(api))
        proven = self._put(proof, api, request, decision, deadline)
        answer = self._send(api.upstream, proven, _left(api, deadline))
        if answer.status != 401 or not proof.renewable:
            return answer
        proof.forget()
        again = self._another(proof, api, request, decision, deadline)
        if again is not None and again != proven:
            answer = self._send(api.upstream, again, _left(api, deadline))
        if answer.status == 401:
            self._tell_of_refusal(api)
        return answer

    def _another(
        self, proof: Proof, api: ApiVersion, request: Request, decision: Decision, deadline: float
    ) -> Request | None:
        """The request with the proof of now; None where there is none, or no time left to send it."""
        try:
            again = self._put(proof, api, request, decision, deadline)
        except UpstreamFailure:
            return None
        return again if time.monotonic() < deadline else None

    def _put(self, proof: Proof, api: ApiVersion, request: Request, decision: Decision, deadline: float) -> Request:
        try:
            return proof.put(request, decision, self._now(), deadline)
        except StoreUnavailable as error:
            raise UpstreamFailure(UNPROVEN, f"{_named(api)}: {error}") from error

    def _proof(self, api: ApiVersion) -> Proof:
        """Each way brings its own modules, which a function that has no such API need not load."""
        raw = api.upstream_auth or {}
        kind = raw["kind"]
        if kind == "header":
            return HeaderSecret(raw, self._all_secrets())
        if kind == "oauth":
            from tiergate.adapters.upstream_oauth import ClientCredentials  # noqa: PLC0415

            return ClientCredentials(raw, self._all_secrets())
        if kind == "sigv4":
            from tiergate.adapters.upstream_sigv4 import SignatureV4  # noqa: PLC0415

            return SignatureV4(api.upstream, raw["service"], raw["region"])
        from tiergate.adapters.identity import Identity  # noqa: PLC0415

        key, issuer = self._identity
        if self._kms is None:
            self._kms = AwsJson("kms", "TrentService", authorities=self._authorities, timeout=TIMEOUT)
        return Identity(raw, self._kms, key=key, issuer=issuer)

    def _all_secrets(self) -> Secrets:
        if self._secrets is None:
            client = AwsJson("secretsmanager", "secretsmanager", authorities=self._authorities, timeout=TIMEOUT)
            self._secrets = Secrets(client)
        return self._secrets

    def _tell_of_refusal(self, api: ApiVersion) -> None:
        """Not with every call: a 401 may also be meant for the caller."""
        now = self._now()
        if not 0 <= now - self._told.get(api.name, -PAUSE) < PAUSE:
            self._told[api.name] = now
            log("WARNING", "upstream answered 401", api=api.name, proof=_named(api))


class HeaderSecret:
    """A field with a secret, or with a member of one that is JSON, behind a prefix."""

    renewable = True

    def __init__(self, raw: Mapping[str, Any], secrets: Secrets) -> None:
        self._name = raw["name"].lower()
        self._prefix = raw.get("prefix", "")
        self._secret = Secret(raw, secrets)

    def put(self, request: Request, _decision: Decision, now: int, _deadline: float) -> Request:
        return with_field(request, self._name, self._prefix + self._secret.text(now))

    def forget(self) -> None:
        self._secret.forget()


class Secret:
    """One text of Secrets Manager, as a policy names it: by ARN, and by member where the secret is a JSON object."""

    def __init__(self, raw: Mapping[str, Any], secrets: Secrets) -> None:
        self._arn: str = raw["secret"]
        self._member: str | None = raw.get("member")
        self._secrets = secrets

    def text(self, now: int) -> str:
        """Without white space around it. Raises StoreUnavailable: there is none that a field can carry."""
        text = self._secrets.value(self._arn, now)
        if self._member is not None:
            text = self._of_object(text)
        text = text.strip()
        if not text or not (text.isascii() and text.isprintable()):
            raise StoreUnavailable("garbage", "the secret is no line of printable ASCII")
        return text

    def forget(self) -> None:
        self._secrets.forget(self._arn)

    def _of_object(self, text: str) -> str:
        try:
            found = json.loads(text)[self._member]
        except (ValueError, KeyError, TypeError, RecursionError):
            found = None
        if not isinstance(found, str):
            raise StoreUnavailable("garbage", f"the secret is no JSON object with a text {self._member!r}")
        return found


def with_field(request: Request, name: str, value: str) -> Request:
    """The request with this field, and none that the caller sent under that name."""
    return replace(request, headers=[*without(request.headers, name), (name, value)])


def _named(api: ApiVersion) -> str:
    """What an API's proof is made with, for the log."""
    raw = api.upstream_auth or {}
    return str(raw.get("secret", raw["kind"]))


def _left(api: ApiVersion, deadline: float) -> float:
    """Seconds. Whole ones for functions, each of whose time-outs has a client of its own."""
    seconds = deadline - time.monotonic()
    if seconds <= 0:
        raise UpstreamFailure("upstream_timeout", f"{_named(api)}: {api.timeout:g} s went by before the call")
    return min(api.timeout, math.ceil(seconds)) if api.upstream.startswith(FUNCTION) else seconds
